"""Answers of a language model, stored beside a case until it is made, so that a draft can resume.

An answer's key is a hash of the model, its address, the task and the part of the text, so that none is used for another
question; each is checked against the text again when it is used.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from wherenow.files import write_text


class StoredAnswers:
    """Usable answers by the hash of their question, in a file; not stored if ``path`` is None."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._found: dict[str, str] = {}
        if path is not None and path.is_file():
            try:
                tree = json.loads(path.read_text("utf-8"))
                self._found = {str(key): str(answer) for key, answer in tree.items()}
            except (ValueError, AttributeError, RecursionError):
                self._found = {}  # the file is damaged, so every part is requested again

    def __len__(self) -> int:
        return len(self._found)

    def pop(self, question: str) -> str | None:
        """Remove and return the answer to a question, if there is one."""
        return self._found.pop(_hash(question), None)

    def keep(self, question: str, answer: str) -> None:
        """Add an answer, and write all answers atomically."""
        self._found[_hash(question)] = answer
        if self._path is not None:
            write_text(self._path, json.dumps(self._found))


def beside(folder: Path) -> Path:
    """Return the file of answers for a case to be made in ``folder``."""
    place = folder.resolve()
    return place.with_name(f".{place.name}.draft-answers.json")


def _hash(question: str) -> str:
    return hashlib.sha256(question.encode()).hexdigest()

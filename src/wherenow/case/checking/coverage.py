"""Coverage of a case's text: which sentences the case uses, and which it does not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wherenow.case.case_types import Case, Sentence
from wherenow.case.reading.evidence import ARTICLE, digest_of
from wherenow.errors import UsageError


@dataclass(frozen=True, slots=True)
class Covered:
    """A sentence, its text if the folder holds it, and what refers to it, as ``claim NAME``."""

    sentence: Sentence
    words: str
    used_by: tuple[str, ...]


def coverage(case: Case) -> tuple[Covered, ...]:
    """List every sentence of the case's text in order, with the entries that refer to it.

    Raises UsageError if the case has no text.
    """
    if case.source is None or not case.source.sentences:
        hint = "wherenow sentences ARTICLE --out sentences.csv"
        raise UsageError(f"{case.folder} names no text with sentences", hint)
    users: dict[str, list[str]] = {name: [] for name in case.source.sentences}
    for user, pointers in _users(case):
        for pointer in pointers:
            if pointer in users:
                users[pointer].append(user)
    text = text_of(case.folder, case.source.sha256)
    return tuple(
        Covered(s, " ".join(text[s.start : s.end].split()), tuple(dict.fromkeys(users[name])))
        for name, s in case.source.sentences.items()
    )


def text_of(folder: Path, sha256: str) -> str:
    """Return the text in a case folder if its hash matches; else an empty text."""
    try:
        text = (folder / ARTICLE).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
    return text if digest_of(text) == sha256 else ""


def _users(case: Case) -> list[tuple[str, tuple[str, ...]]]:
    users = [(f"claim {c.id}", c.evidence) for c in case.claims.values()]
    users += [(f"forecast {p.id}", p.evidence) for p in case.predictions.values()]
    users += [(f"event {e.id}", e.evidence) for e in case.events.values()]
    users += [(f"variable {v.name}", v.evidence) for v in case.model.variables.values()]
    users += [(f"position of {a.id}", p.evidence) for a in case.actors.values() for p in a.positions.values()]
    return users

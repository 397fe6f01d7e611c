"""The article behind a case: quoted if its text is in the folder, else paraphrased, with a link to it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from wherenow.case.case_types import Case
from wherenow.case.checking import coverage
from wherenow.report.wording.texts import texts

_POINTER = re.compile(r"P(\d+)(?:S(\d+))?")


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of the article: its own words if ``own``, else a paraphrase from the claims."""

    pointer: str
    place: str
    text: str
    own: bool


@lru_cache(maxsize=8)
def text_of(case: Case) -> str:
    """Return the article's text; '' if the folder does not contain the text that the case was made from."""
    known = case.source is not None and bool(case.source.sentences)
    return coverage.text_of(case.folder, case.source.sha256) if known and case.source is not None else ""


def unused(case: Case, language: str = "en") -> tuple[Quote, ...]:
    """Return the sentences of the article that nothing in the case cites; empty if the case cites no sentences."""
    if case.source is None or not case.source.sentences:
        return ()
    return tuple(
        Quote(one.sentence.id, place(one.sentence.id, language), one.words, bool(one.words))
        for one in coverage.coverage(case)
        if not one.used_by
    )


def quotes(case: Case, pointers: Iterable[str], paraphrase: str = "", language: str = "en") -> tuple[Quote, ...]:
    """Return the sentences that ``pointers`` name; ``paraphrase`` replaces those whose text is not available."""
    text = text_of(case)
    collected = []
    for pointer in pointers:
        sentence = case.source.sentences.get(pointer) if case.source else None
        own = text[sentence.start : sentence.end] if sentence and text else ""
        collected.append(Quote(pointer, place(pointer, language), " ".join(own.split()) or paraphrase, bool(own)))
    return tuple(collected)


def place(pointer: str, language: str = "en") -> str:
    """Write ``P2S5`` as ``paragraph 2, sentence 5``."""
    matched, own = _POINTER.fullmatch(pointer), texts(language)
    if not matched:
        return pointer
    if matched[1] == "0":
        return own["place.title"]
    return own["place.sentence" if matched[2] else "place.paragraph"].format(n=matched[1], m=matched[2])

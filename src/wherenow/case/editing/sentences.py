"""The position of each sentence of an article, so that a case can cite it without containing its text.

Paragraphs are separated by empty lines and count from 0, which is the title; sentences count from 1 in each. A sentence
ends with a full stop, question mark or exclamation mark (and closing quotes or brackets) before a blank and a capital.
A full stop after an abbreviation ("Mr.", "U.S.", "J.") ends a sentence only if the next word shows it: one that rarely
follows a name ("in the U.S. The …"), or, after "No.", anything but a figure.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from wherenow.case.case_types import Sentence
from wherenow.case.reading.evidence import COLUMNS, digest_of

_PARAGRAPH = re.compile(r"[^\n]+(?:\n(?![ \t]*\n)[^\n]+)*")
_END = re.compile(r"(?<![.!?])[.!?]++[\"'”’)\]]*+\s++(?=[\"'“‘(\[]*+[^\W_a-z])")
_SHORT = re.compile(r"(?:^|[\s(\"“])(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|No|vs|cf|e\.g|i\.e|U\.S|U\.K)\.[\"'”’)\]]*\s+$")
"""Abbreviations whose full stop rarely ends a sentence."""
_OPENS = (
    "A|An|And|Are|As|At|Both|But|By|Can|Could|Did|Do|Does|Each|Every|For|From|Had|Has|Have|He|Her|His|How|However|If|In|"
    "Is|It|Its|Many|May|Might|Most|Must|My|No|Not|Nor|Of|On|One|Or|Our|Perhaps|Shall|She|Should|Since|So|Some|Such|That|"
    "The|Their|Then|There|These|They|This|Those|Though|Thus|To|Under|Until|Was|We|Were|What|When|Where|Whether|Which|"
    "While|Who|Why|Will|With|Would|Yet|You|Your"
)
"""Words that open a sentence rather than follow an initial, title or abbreviation."""
_ENDS = re.compile(
    rf"(?:(?<![\w.])(?:[A-Z]|U\.S|U\.K)\.[\"'”’)\]]*\s+(?=[\"'“‘(\[]*(?:{_OPENS})\b)"
    r"|\b(?:am|and|are|as|but|can|could|did|do|does|had|have|may|might|must|nor|not|or|should|than|was|were|will|would)"
    r"\sI\.[\"'”’)\]]*\s+"
    r"|(?<![\w.])No\.[\"'”’)\]]*\s+(?=[^\W\d_]|[\"'“‘(\[]))"
)
"""An abbreviation that does end a sentence."""
_REACH = 5
"""Number of characters before a full stop that show whether it ends an abbreviation."""
_WORD = 9
"""Characters before a full stop in which a word and the pronoun after it fit."""


@dataclass(frozen=True, slots=True)
class Article:
    """The article's entries in ``case.yaml``, and its sentences by name."""

    sha256: str
    length: int
    sentences: tuple[Sentence, ...]


def read_article(content: str) -> Article:
    """Split the text ``content`` of an article into sentences."""
    return Article(digest_of(content), len(content), tuple(_sentences(content)))


def as_csv(sentences: tuple[Sentence, ...]) -> str:
    """Write the sentences as the file of a case folder."""
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows((s.id, s.start, s.end, s.sha256) for s in sentences)
    return file.getvalue()


def _sentences(content: str) -> Iterator[Sentence]:
    for number, paragraph in enumerate(_PARAGRAPH.finditer(content)):
        for count, (start, end) in enumerate(_spans(paragraph.group()), start=1):
            first, last = paragraph.start() + start, paragraph.start() + end
            yield Sentence(f"P{number}S{count}", first, last, digest_of(content[first:last]))


def _spans(paragraph: str) -> Iterator[tuple[int, int]]:
    """List the start and end of each sentence of a paragraph, without the blanks between."""
    start = len(paragraph) - len(paragraph.lstrip())
    for end in _END.finditer(paragraph):
        if not _goes_on(paragraph, start, end):
            yield start, start + len(paragraph[start : end.end()].rstrip())
            start = end.end()
    if paragraph[start:].strip():
        yield start, start + len(paragraph[start:].rstrip())


def _goes_on(paragraph: str, start: int, end: re.Match[str]) -> bool:
    """Check whether ``end`` is only the full stop of an abbreviation, within the sentence that begins at ``start``."""
    if not _SHORT.search(paragraph, max(start - 1, end.start() - _REACH, 0), end.end()):
        return False
    near = paragraph[max(start, end.start() - _WORD) : end.end() + _WORD]
    return not any(match.end() == end.end() - max(start, end.start() - _WORD) for match in _ENDS.finditer(near))

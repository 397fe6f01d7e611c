"""Split a text where proposals begin and end, so that a page can mark the words of each."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from wherenow.case.editing.sentences import read_article
from wherenow.draft.drafts import Draft, DraftItem, passages
from wherenow.draft.proposals import LinkProposal


@dataclass(frozen=True, slots=True)
class Segment:
    """Words of a sentence, and the ids of the proposals that quote them."""

    words: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """A sentence, divided into segments."""

    id: str
    segments: tuple[Segment, ...]


def marked(text: str, draft: Draft) -> list[list[Marked]]:
    """Split a text into paragraphs, each a list of sentences."""
    spans = [(start, end, item.id) for item in draft.items.values() for start, end in passages(item.proposal)]
    paragraphs: dict[str, list[Marked]] = {}
    for sentence in read_article(text).sentences:
        inside = [
            (max(a, sentence.start), min(b, sentence.end), i)
            for a, b, i in spans
            if a < sentence.end and b > sentence.start
        ]
        cuts = sorted({sentence.start, sentence.end, *(a for a, _, _ in inside), *(b for _, b, _ in inside)})
        segments = tuple(
            Segment(text[a:b], tuple(i for first, last, i in inside if first <= a and b <= last))
            for a, b in pairwise(cuts)
        )
        paragraphs.setdefault(sentence.id.partition("S")[0], []).append(Marked(sentence.id, segments))
    return list(paragraphs.values())


def in_words(item: DraftItem) -> str:
    """Describe a proposal on one line."""
    one = item.proposal
    if isinstance(one, LinkProposal):
        return f"{'not: ' if one.negated else ''}{one.cause} —({one.sign})→ {one.effect}"
    if item.kind == "events":
        return f"{getattr(one, 'date', '')}: {getattr(one, 'what', '')}"
    if item.kind == "quantities":
        return f"{getattr(one, 'value', 0):g} {getattr(one, 'unit', '')}"
    return str(getattr(one, "says", "") or getattr(one, "name", ""))


def sentence_of(item: DraftItem) -> str:
    """Return the name of the sentence that states a proposal."""
    return str(getattr(item.proposal, "sentence", "") or getattr(item.proposal, "first_sentence", ""))

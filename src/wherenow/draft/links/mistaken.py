"""Find links by word order if the tagger mistook a verb; separate causes from denied alternatives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wherenow.draft import words
from wherenow.draft.links.stated import Stated
from wherenow.draft.text.grammar import Phrase, Token, child, is_person, phrase
from wherenow.draft.text.parsing import Parsed


def by_mistaken(sentence: Parsed) -> Iterator[Stated]:
    """Find links by a verb tagged as a noun or adjective in a clause without another verb."""
    for span in sentence.doc.sents:
        for token in span:
            if token.pos_ not in ("NOUN", "ADJ", "PROPN", "VERB") or token.i in (span.start, span.end - 1):
                continue
            if token.lower_.endswith("ing"):
                continue
            alone = span.root.pos_ not in ("VERB", "AUX") or (token.dep_ == "amod" and token.tag_ == "VBD")
            if not (alone or (token.pos_ == "NOUN" and child(token, "dobj") is not None)):
                continue
            entry = next((e for lemma in words.lemmas(token.lower_) for e in words.verbs().get(lemma, ())), None)
            subject = child(token, "nsubj")
            left = _noun_before(sentence, token, span.start) if subject is None else phrase(sentence, subject)
            if entry is None or left is None or is_person(left.head):
                continue
            after = sentence.doc[token.i + 1]
            if entry.takes in ("object", "clause"):
                if after.pos_ not in ("DET", "NOUN", "ADJ", "PROPN", "VERB", "PRON", "NUM"):
                    continue
                start = token.i + 1
            else:
                near = sentence.doc[token.i + 1 : min(span.end, token.i + 6)]
                prep = next((t.i for t in near if t.lower_ == entry.takes.lstrip("<")), None)
                if prep is None:
                    continue
                start = prep + 1
            right = chunk(sentence, start, span.end)
            if right is not None:
                one, other = (right, left) if entry.takes.startswith("<") else (left, right)
                yield Stated(cause=one, effect=other, sign=entry.sign, trigger=token, form="verb", confidence=0.5)


def _noun_before(sentence: Parsed, token: Token, start: int) -> Phrase | None:
    """Return the noun phrase before ``token``, skipping adverbs and asides."""
    doc = sentence.doc
    at = token.i - 1
    if doc[at].text == ",":  # as in "idleness, more than poverty, drives …"
        at = next((i for i in range(at - 1, max(start, at - 8), -1) if doc[i].text == ","), at) - 1
    while at > start and (doc[at].pos_ in ("ADV", "PUNCT") or doc[at - 1 : at + 1].text.lower() == "in turn"):
        at -= 2 if doc[at].lower_ == "turn" else 1
    if doc[at].pos_ not in ("NOUN", "PROPN", "NUM", "PRON") or doc[at].lower_ in ("which", "that", "who"):
        return None
    first, head = _leftmost(doc, at, start), doc[at]
    while first > start + 1 and doc[first - 1].lower_ in ("of", "in", "for"):
        head = doc[first - 2]
        first = _leftmost(doc, first - 2, start)
    return Phrase(sentence, head, first, at, False)


def _leftmost(doc: Token, at: int, start: int) -> int:
    """Return the first word of the noun phrase that ends at ``at``."""
    while (
        at > start
        and doc[at - 1].pos_ in ("DET", "ADJ", "NOUN", "PROPN", "NUM", "PRON")
        and doc[at - 1].lower_ != "that"
    ):
        at -= 1
    return at


def chunk(sentence: Parsed, start: int, end: int) -> Phrase | None:
    """Return the noun phrase that begins at ``start``."""
    doc = sentence.doc
    stop = start
    while stop < end and doc[stop].pos_ in ("DET", "ADJ", "NOUN", "PROPN", "NUM", "PRON", "VERB", "PART"):
        stop += 1
    if stop == start:
        return None
    return Phrase(sentence, doc[stop - 1], start, stop - 1, False)


def apart(one: Stated) -> list[Stated]:
    """*Distance, not doubt, …*, *drought rather than war*: separate the cause from the denied alternative."""
    cause = one.cause
    doc = cause.sentence.doc
    if cause.clause or one.negated or cause.sentence.doc is not one.trigger.doc:
        return [one]
    for at in range(cause.head.i + 1, min(cause.head.i + 7, len(doc) - 1)):
        pair = doc[at - 1 : at + 1].text.lower()
        if (doc[at].lower_ == "not" and doc[at - 1].text == ",") or pair in ("rather than", "and not", "instead of"):
            alone = Phrase(cause.sentence, doc[at + 1], at + 1, at + 1, False)
            other = chunk(cause.sentence, at + 1, len(doc)) or alone
            verbal = doc[at + 1].pos_ in ("VERB", "AUX", "ADP", "SCONJ")
            affirmed = replace(one, cause=replace(cause, last=max(cause.head.i, min(cause.last, at - 2))))
            return [one] if verbal else [affirmed, replace(one, cause=other, negated=True, variables=None)]
    return [one]

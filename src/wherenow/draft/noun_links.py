"""Links that a noun or an adjective states: *the main cause of Y is X*, *attributable to X*, *the effect of X on Y*."""

from __future__ import annotations

from collections.abc import Iterator

from wherenow.draft import words
from wherenow.draft.grammar import (
    Token,
    child,
    hedged,
    is_person,
    main_verb,
    negated,
    phrase,
    prepositions,
    subject_of,
    with_conjuncts,
)
from wherenow.draft.parsing import Parsed
from wherenow.draft.stated import Stated

_OF = ("of", "for", "behind", "in", "to", "on")


def by_nouns(sentence: Parsed) -> Iterator[Stated]:
    """Every link that a predicate noun or adjective of ``sentence`` states."""
    for token in sentence.doc:
        if token.pos_ == "NOUN":
            yield from _noun(sentence, token)
        if token.pos_ == "ADJ" or token.lower_ == "due":
            yield from _adjective(sentence, token)


def _noun(sentence: Parsed, noun: Token) -> Iterator[Stated]:
    role = words.nouns().get(noun.lemma_.lower())
    if role is None:
        return
    others = next((found for p in _OF if (found := prepositions(noun, p))), [])
    verb = noun.head
    if not others or verb.lemma_ not in (
        "be",
        "become",
        "remain",
        "constitute",
        "represent",
        "hold",
        "consider",
        "lie",
    ):
        return
    if noun.dep_ in ("nsubj", "nsubjpass"):
        ends = [
            *_complements(verb),
        ]
    elif noun.dep_ in ("attr", "dobj", "oprd"):
        subject = subject_of(verb)
        ends = [] if subject is None else [subject]
    else:
        return
    back = role[0] == "effect"
    for end in with_conjuncts(ends):
        for other in with_conjuncts(others):
            if is_person(end):
                continue
            one, two = (other, end) if back else (end, other)
            yield Stated(
                cause=phrase(sentence, one),
                effect=phrase(sentence, two),
                sign=role[1],
                trigger=noun,
                form="noun",
                negated=negated(verb),
                hedged=hedged(verb),
            )


def _complements(verb: Token) -> Iterator[Token]:
    for item in verb.children:
        if item.dep_ in ("attr", "oprd"):
            yield item
        elif item.dep_ in ("xcomp", "ccomp") and item.lemma_ == "be":
            yield from _complements(item)


def _adjective(sentence: Parsed, adjective: Token) -> Iterator[Stated]:
    for (lemma, prep), (back, sign) in words.adjectives().items():
        if adjective.lemma_.lower() != lemma:
            continue
        others = prepositions(adjective, prep)
        if not others:
            continue
        subjects = [adjective.head] if adjective.dep_ == "amod" else _subjects(adjective)
        for subject in with_conjuncts(subjects):
            if is_person(subject):
                continue
            for other in with_conjuncts(others):
                one, two = (other, subject) if back else (subject, other)
                verb = main_verb(adjective)
                yield Stated(
                    cause=phrase(sentence, one),
                    effect=phrase(sentence, two),
                    sign=sign,
                    trigger=adjective,
                    form="noun",
                    negated=negated(verb),
                    hedged=hedged(verb) or any(t.lower_ in words.listed("hedges") for t in adjective.children),
                )


def _subjects(adjective: Token) -> list[Token]:
    if adjective.dep_ in ("acomp", "oprd", "attr", "xcomp", "ccomp", "prep"):
        subject = child(adjective, "nsubj") or subject_of(adjective.head)
        return [] if subject is None else [subject]
    if adjective.dep_ == "relcl":
        return [adjective.head]
    return []

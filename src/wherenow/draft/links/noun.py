"""Find links by nouns and adjectives: *the main cause of Y is X*, *attributable to X*, *the effect of X on Y*."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wherenow.draft import words
from wherenow.draft.links.stated import Stated, state
from wherenow.draft.text.grammar import (
    Token,
    child,
    children,
    hedged,
    is_person,
    main_verb,
    negated,
    phrase,
    prepositions,
    subject_of,
    with_conjuncts,
)
from wherenow.draft.text.parsing import Parsed

_OF = ("of", "for", "behind", "in", "to", "on", "upon", "against", "from")
_BE = words.group("define")
_AS = frozenset({"act", "serve", "function", "work", "operate", "regard", "see", "describe", "count"})
_ACTS_ON = {"effect": "on", "impact": "on", "influence": "on", "bearing": "on", "contribution": "to", "damage": "to"}
"""Nouns of a relation, and the prepositions before the other side: *the effect of X on Y*."""
_BETWEEN = frozenset({"link", "connection", "relationship", "relation", "correlation", "association"})
_OPEN = frozenset({"uncertain", "unknown", "unclear", "disputed", "debatable", "contested", "ambiguous", "doubtful"})


def by_nouns(sentence: Parsed) -> Iterator[Stated]:
    """Find the links that nouns and adjectives in ``sentence`` state."""
    for token in sentence.doc:
        if token.pos_ == "NOUN":
            yield from _noun(sentence, token)
            yield from _relation(sentence, token)
        if token.pos_ == "ADJ" or token.lower_ == "due":
            yield from _adjective(sentence, token)
        if token.lemma_ == "blame" and token.dep_ in ("xcomp", "acomp", "advcl") and token.head.lemma_ == "be":
            subject = subject_of(token.head)
            ends = [] if subject is None else [subject]
            yield from _stated(sentence, token, token.head, ends, prepositions(token, "for"), ("cause", 1))


def _noun(sentence: Parsed, noun: Token) -> Iterator[Stated]:
    """*The main cause of Y is X*, *X, a consequence of Y, …*, *X acts as a brake on Y*, *X lies at the root of Y*."""
    role = words.nouns().get(noun.lemma_.lower())
    if role is None:
        return
    owners = [t for t in children(noun, "poss") if t.pos_ in ("NOUN", "PROPN")]
    reasons = [t for t in children(noun, "relcl") if noun.lemma_ == "reason" and t.pos_ in ("VERB", "AUX")]
    others = next((found for p in _OF if (found := prepositions(noun, p))), owners or reasons)
    verb, ends = _other_side(noun)
    if others and verb is not None:
        yield from _stated(sentence, noun, verb, ends, others, role)


def _other_side(noun: Token) -> tuple[Token | None, list[Token]]:
    """Return the verb that defines ``noun``, and its complements."""
    verb = noun.head
    if noun.dep_ == "appos":
        return main_verb(noun), [noun.head]
    if _trails(noun) and verb.pos_ == "VERB":
        return verb, [verb]  # as in "Unemployment soared, a result of …"
    if noun.dep_ == "pobj" and verb.lower_ in ("as", "at") and verb.head.pos_ in ("VERB", "AUX"):
        verb, allowed = verb.head, _AS if verb.lower_ == "as" else _BE
    else:
        allowed = _BE if noun.dep_ in ("attr", "dobj", "oprd", "nsubj", "nsubjpass") else frozenset()
    while verb.lemma_ == "be" and verb.dep_ == "xcomp" and verb.head.pos_ == "VERB" and noun.dep_ == "attr":
        verb = verb.head
        allowed = allowed | {verb.lemma_}
    if verb.lemma_ not in allowed:
        return None, []
    if noun.dep_ in ("nsubj", "nsubjpass"):
        return verb, list(_complements(verb))
    subject = child(verb, "dobj") if verb.lemma_ in ("regard", "see", "describe") else subject_of(verb)
    return verb, [] if subject is None else [subject]


def _trails(noun: Token) -> bool:
    """Return whether a noun follows, after a comma, the clause that it describes."""
    edge = noun.left_edge.i
    return noun.dep_ in ("dobj", "npadvmod", "dep") and noun.i > noun.head.i and noun.doc[edge - 1].text == ","


def _stated(
    sentence: Parsed, trigger: Token, verb: Token, ends: list[Token], others: list[Token], role: tuple[str, int]
) -> Iterator[Stated]:
    for end in with_conjuncts(ends):
        for other in [] if is_person(end) else with_conjuncts(others):
            one, two = (other, end) if role[0] == "effect" else (end, other)
            cause, effect = phrase(sentence, one), phrase(sentence, two)
            if end.i < trigger.i and (trigger.dep_ == "appos" or _trails(trigger)):
                cut = trigger.left_edge.i - 1
                cause, effect = (replace(p, last=min(p.last, cut)) if p.head is end else p for p in (cause, effect))
            yield state(trigger, cause, effect, role[1], "noun", verb)


def _relation(sentence: Parsed, noun: Token) -> Iterator[Stated]:
    """*The effect of the tax on drinking was small*, *a link between X and Y*; an unknown effect states nothing."""
    if noun.lemma_.lower() in _BETWEEN and (pair := with_conjuncts(prepositions(noun, "between")))[1:]:
        one, other = phrase(sentence, pair[0]), phrase(sentence, pair[1])
        one, verb = replace(one, last=max(pair[0].i, min(one.last, pair[1].left_edge.i - 2))), main_verb(noun)
        none = negated(verb) or any(t.lower_ == "no" for t in children(noun, "det"))
        yield Stated(cause=one, effect=other, sign=1, trigger=noun, form="association", negated=none, hedged=True)
    prep = _ACTS_ON.get(noun.lemma_.lower())
    causes = [t for t in prepositions(noun, "of") if not is_person(t)]
    if prep is None or not causes or noun.dep_ not in ("nsubj", "nsubjpass", "dobj", "pobj"):
        return
    verb = main_verb(noun)
    if any(t.lemma_.lower() in _OPEN for t in verb.children):
        return
    affected = [t for o in (noun, *causes) for t in prepositions(o, prep)]
    for one in with_conjuncts(causes):
        for other in with_conjuncts(affected):
            cause, denied = phrase(sentence, one), negated(verb) and noun.dep_ != "pobj"
            cause = replace(cause, last=max(one.i, min(cause.last, other.head.i - 1)))
            yield state(noun, cause, phrase(sentence, other), 1, "noun", verb, negated=denied, confidence=0.6)


def _complements(verb: Token) -> Iterator[Token]:
    for item in verb.children:
        if item.dep_ in ("attr", "oprd") or (item.dep_ == "ccomp" and child(item, "mark") is not None):
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
        verb = main_verb(adjective)
        weak = hedged(verb) or any(t.lower_ in words.listed("hedges") for t in adjective.children)
        for subject in with_conjuncts(_subjects(adjective)):
            for other in [] if is_person(subject) else with_conjuncts(others):
                one, two = (phrase(sentence, t) for t in ((other, subject) if back else (subject, other)))
                yield state(adjective, one, two, sign, "noun", verb, hedged=weak)


def _subjects(adjective: Token) -> list[Token]:
    if adjective.dep_ in ("acomp", "oprd", "attr", "xcomp", "ccomp", "prep"):
        subject = child(adjective, "nsubj") or subject_of(adjective.head)
        return [] if subject is None else [subject]
    return [adjective.head] if adjective.dep_ in ("relcl", "amod") else []

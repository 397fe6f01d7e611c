"""Find links in clefts: *what drove prices up was a shortage*, *it takes money to win an election*."""

from __future__ import annotations

from collections.abc import Iterator

from wherenow.draft.links.stated import Stated, state
from wherenow.draft.links.verb_effects import effects_of
from wherenow.draft.text.grammar import (
    Phrase,
    Token,
    child,
    children,
    has_it,
    has_modal,
    negated,
    phrase,
    with_conjuncts,
)
from wherenow.draft.text.parsing import Parsed

_PLACEHOLDERS = frozenset({"way", "fact", "manner", "extent"})


def by_clefts(sentence: Parsed) -> Iterator[Stated]:
    """Find the links that clefts in ``sentence`` state."""
    for token in sentence.doc:
        if token.lemma_ == "be" and token.pos_ in ("AUX", "VERB"):
            yield from _what(sentence, token)
            yield from _but(sentence, token)
        if token.lemma_ == "take" and has_it(token):
            yield from _takes(sentence, token)


def _what(sentence: Parsed, be: Token) -> Iterator[Stated]:
    """*What hurt exporters was the strength of the franc.*"""
    yield from _is_what(sentence, be)
    verb = child(be, "csubj", "nsubj")
    asked = None if verb is None else next((t for t in verb.children if t.lower_ == "what"), None)
    if verb is None or asked is None or verb.pos_ not in ("VERB", "AUX") or asked.i > verb.i:
        return
    named = [t for t in with_conjuncts(children(be, "attr", "ccomp")) if t.i > be.i]
    if asked.dep_ != "nsubj":
        subject = child(verb, "nsubj")
        pairs = [] if subject is None else [(phrase(sentence, subject), phrase(sentence, t), 1) for t in named]
    else:
        pairs = [(_fact(sentence, t), effect, sign) for t in named for effect, sign in effects_of(sentence, verb)]
    for cause, effect, sign in pairs:
        yield _cleft(be, cause, effect, sign)


def _is_what(sentence: Parsed, be: Token) -> Iterator[Stated]:
    """*Credit is what keeps farms alive.*"""
    verb, subject = child(be, "ccomp", "attr"), child(be, "nsubj")
    if verb is None or subject is None or verb.i < be.i or child(verb, "nsubj") is None:
        return
    if verb.pos_ == "VERB" and any(t.lower_ == "what" for t in children(verb, "nsubj")):
        for effect, sign in effects_of(sentence, verb):
            yield _cleft(be, phrase(sentence, subject), effect, sign)


def _fact(sentence: Parsed, noun: Token) -> Phrase:
    """Return the clause in *the way in which trust was lost*, *the fact that trust was lost*, else the noun phrase."""
    clause = child(noun, "relcl", "acl") if noun.lemma_ in _PLACEHOLDERS else None
    return phrase(sentence, noun if clause is None else clause)


def _but(sentence: Parsed, be: Token) -> Iterator[Stated]:
    """*It was not the tariff that killed the mill but a lack of orders*; *…; it was a lack of orders*."""
    noun = child(be, "attr")
    verb = None if noun is None else child(noun, "relcl")
    if noun is None or verb is None or not negated(be) or not has_it(be):
        return
    for other in _instead(sentence, verb):
        for effect, sign in effects_of(sentence, verb):
            if effect.end <= sentence.start + other.left_edge.idx:
                yield _cleft(verb, phrase(sentence, other), effect, sign)


def _instead(sentence: Parsed, verb: Token) -> Iterator[Token]:
    for token in sentence.doc[verb.i + 1 :]:
        if token.lower_ == "but" and (joined := [t for t in children(token.head, "conj") if t.i > token.i]):
            yield joined[0]
        if token.lemma_ == "be" and has_it(token) and not negated(token) and child(token, "attr") is not None:
            yield from children(token, "attr")


def _takes(sentence: Parsed, take: Token) -> Iterator[Stated]:
    """*It takes money to win an election.*"""
    aim = child(take, "xcomp", "advcl", "ccomp")
    if aim is None or not has_modal(aim, "to"):
        return
    for held in with_conjuncts(children(take, "dobj")):
        for effect, sign in effects_of(sentence, aim):
            yield _cleft(take, phrase(sentence, held), effect, sign)


def _cleft(verb: Token, cause: Phrase, effect: Phrase, sign: int) -> Stated:
    return state(verb, cause, effect, sign, "cleft", verb)

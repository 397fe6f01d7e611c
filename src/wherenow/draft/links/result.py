"""Find links by purpose or degree: *raised taxes to curb demand*, *so salty that nothing grows*."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from wherenow.draft import words
from wherenow.draft.links.stated import Stated, state
from wherenow.draft.text.grammar import (
    Phrase,
    Token,
    child,
    children,
    has_modal,
    hedged,
    main_verb,
    objects_of,
    phrase,
    with_conjuncts,
)
from wherenow.draft.text.parsing import Parsed
from wherenow.draft.words import Verb

_HOPES = frozenset({"hope", "aim", "view", "intention", "purpose", "goal", "object"})
"""Nouns that make a following *of reducing imports* a purpose."""
_NO_AIM = words.group("aimless")


def by_results(sentence: Parsed) -> Iterator[Stated]:
    """Find links in ``sentence`` between an act and its aim, or a degree and its result."""
    for token in sentence.doc:
        if token.pos_ == "VERB" and has_modal(token, "to"):
            yield from _aim(sentence, token)
        hoped = token.head.head
        if token.dep_ == "pcomp" and hoped.lemma_ in _HOPES and hoped.dep_ == "pobj" and hoped.head.head.pos_ == "VERB":
            yield from _between(sentence, hoped.head.head, token, hoped.head.i)
        if token.lower_ in ("so", "too", "enough") and token.dep_ == "advmod" and token.head.pos_ in ("ADJ", "ADV"):
            yield from _degree(sentence, token)


def _aim(sentence: Parsed, inner: Token) -> Iterator[Stated]:
    before = [t.lower_ for t in sentence.doc[max(0, inner.left_edge.i - 2) : inner.i]]
    explicit = not {("order", "to"), ("as", "to")}.isdisjoint(pairwise(before))
    outer = main_verb(inner.head)
    if outer is inner or outer.pos_ != "VERB" or outer.lemma_ in _NO_AIM or outer.i > inner.i:
        return
    entry, objects = _effect(inner)
    if not explicit and (inner.dep_ != "advcl" or entry is None or not objects):
        return
    start = next(t.i for t in children(inner, "aux") if t.lower_ == "to")
    yield from _between(sentence, outer, inner, start - (2 if explicit else 0))


def _effect(verb: Token) -> tuple[Verb | None, list[Token]]:
    """Return the entry of a transitive verb, and its objects."""
    entry = next((e for e in words.verbs().get(verb.lemma_.lower(), ()) if e.takes == "object"), None)
    return entry, with_conjuncts([t for t in objects_of(verb) if t.pos_ != "PRON"])


def _between(sentence: Parsed, outer: Token, inner: Token, start: int) -> Iterator[Stated]:
    """Link the act of ``outer``, up to the token ``start``, to its purpose ``inner``."""
    entry, held = _effect(inner)
    clause = phrase(sentence, outer)
    cause = Phrase(sentence, outer, clause.first, max(outer.i, min(clause.last, start - 1)), True)
    if outer.dep_ in ("relcl", "acl"):
        cause = phrase(sentence, outer.head)  # as in "the troops sent to restore order"
    effects = [(phrase(sentence, t), entry.sign) for t in held] if entry is not None else [(phrase(sentence, inner), 1)]
    for effect, sign in effects:
        if effect.start >= cause.end:
            yield state(inner, cause, effect, sign, "purpose", inner, negated=False, hedged=True, confidence=0.6)


def _degree(sentence: Parsed, word: Token) -> Iterator[Stated]:
    """*So salty that wheat will not grow*, *too low for the young to stay*, *cheap enough to use*."""
    quality = word.head
    outer = main_verb(quality)
    clauses = [*children(quality, "ccomp", "advcl", "xcomp"), *children(outer, "ccomp", "advcl", "xcomp")]
    mark = "that" if word.lower_ == "so" else "to"
    after = [t for t in clauses if t.i > quality.i and sentence.doc[t.left_edge.i - 1 : t.i + 1].text]
    inner = next((t for t in after if any(w.lower_ == mark for w in sentence.doc[t.left_edge.i : t.i])), None)
    if inner is None or outer.pos_ not in ("VERB", "AUX") or child(outer, "nsubj", "nsubjpass", "expl") is None:
        return
    clause, effect = phrase(sentence, outer), phrase(sentence, inner)
    cause = Phrase(sentence, outer, clause.first, quality.i, True)
    if effect.start >= cause.end:
        sign = -1 if word.lower_ == "too" else 1
        yield Stated(cause=cause, effect=effect, sign=sign, trigger=word, form="connective", hedged=hedged(outer))

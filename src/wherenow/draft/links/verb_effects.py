"""Find the objects of a verb, and whether it raises or lowers them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wherenow.draft import words
from wherenow.draft.text.grammar import Phrase, Token, child, children, objects_of, phrase, prepositions, with_conjuncts
from wherenow.draft.text.parsing import Parsed
from wherenow.draft.words import Verb

_SAYS_OF = frozenset({"mean", "ensure", "guarantee", "explain", "dictate", "determine", "entail", "decide"})
"""Verbs whose effect may be a clause: *means that fewer barges sail*, *explains why farmers vote for tariffs*."""
_OF_CLAUSE = frozenset({"that", "why", "how", "whether"})
_CARRY, _WAYS = words.group("carry"), words.group("ways")
_PUT = frozenset({"bring", "put", "hold", "keep", "place", "throw", "call", "set"})
_STATES = {
    **dict.fromkeys([("to", "end"), ("to", "halt"), ("to", "standstill"), ("to", "stop"), ("to", "close")], -1),
    **dict.fromkeys([("in", "check"), ("at", "bay"), ("under", "control"), ("at", "risk"), ("in", "danger")], -1),
    **dict.fromkeys([("in", "jeopardy"), ("into", "question"), ("into", "doubt"), ("into", "disarray")], -1),
    **dict.fromkeys([("in", "motion"), ("into", "being"), ("into", "existence"), ("to", "life")], 1),
}
"""States into which something is brought, and whether there is more of it then."""
_LETS = frozenset({"make", "leave", "render", "keep", "drive", "push", "send", "turn", "hold", "get"})


def effects_of(sentence: Parsed, verb: Token) -> list[tuple[Phrase, int]]:
    """Return the objects of ``verb`` with signs; for a verb in no table, the rest of the clause from the verb."""
    for entry in entries_of(verb):
        effects = [] if entry.takes.startswith("<") else list(effects_by(sentence, verb, entry))
        if effects:
            return effects
    clause = phrase(sentence, verb)
    return [(Phrase(sentence, verb, verb.i, max(verb.i, clause.last), True), 1)] if clause.last > verb.i else []


def entries_of(verb: Token) -> tuple[Verb, ...]:
    lemma = verb.lemma_.lower()
    for particle in children(verb, "prt", "advmod", "prep"):
        alone = particle.dep_ != "prep" or not child(particle, "pobj", "pcomp")
        if alone or child(verb, "dobj") is None:
            entries = words.verbs().get(f"{lemma} {particle.lower_}")
            if entries:
                return entries
    return words.verbs().get(lemma, ())


def effects_by(sentence: Parsed, verb: Token, entry: Verb) -> Iterator[tuple[Phrase, int]]:
    takes = entry.takes.lstrip("<")
    state = _state(verb) if takes in ("object", "clause") or entry.takes in _WAYS else None
    if state is not None:
        for item in with_conjuncts(children(verb, "dobj")):
            yield phrase(sentence, item), state
        return
    brought = _brought(sentence, verb) if takes == "object" or entry.takes in _WAYS else None
    if brought is not None:
        yield brought, 1
    elif takes == "object":
        gerunds = [t for t in children(verb, "xcomp", "ccomp") if t.tag_ == "VBG"]
        about = [
            held
            for prep in children(verb, "prep")
            if f"{verb.lemma_.lower()} {prep.lower_}" in words.verbs() and child(verb, "dobj") is None
            for held in children(prep, "pobj")
        ]  # the parser can take a particle for a preposition: "scares off capital"
        clause = child(verb, "ccomp") if verb.lemma_ in _SAYS_OF else None
        if clause is not None and any(t.lower_ in _OF_CLAUSE for t in clause.children if t.i < clause.i):
            yield phrase(sentence, clause), entry.sign
        for item in with_conjuncts([*(t for t in objects_of(verb) if t.dep_ != "attr"), *gerunds, *about]):
            if _is_money(item) and item.dep_ == "dobj" and (payer := child(verb, "dative")) is not None:
                whole = phrase(sentence, item)  # as in "cost the country two billion a year"
                yield replace(whole, first=min(whole.first, phrase(sentence, payer).first)), entry.sign
            if _is_money(item) or item.lower_ in ("itself", "themselves"):
                continue
            if item.pos_ != "PRON" or item.lower_ in ("it", "them", "this", "that", "these", "us"):
                changed = _moved(verb)
                yield phrase(sentence, item), entry.sign if changed is None else changed
    elif takes == "clause":
        yield from _caused_clause(sentence, verb, entry.sign)
    elif not takes.startswith("object"):
        held = children(verb, "dobj") if entry.takes == "of" else []
        for item in with_conjuncts([t for o in (verb, *held) for t in prepositions(o, takes)]):
            effect = phrase(sentence, item)
            if held:  # as in "robs the delta of its silt"
                effect = replace(effect, first=min(effect.first, held[0].left_edge.i))
            yield effect, entry.sign


def _brought(sentence: Parsed, verb: Token) -> Phrase | None:
    """*Drives people out of the profession*, *turns rivals into partners*: return what is moved, and where."""
    direct_object, ways = child(verb, "dobj"), list(_ways(verb))
    vertical = any(t.lower_ in ("up", "down") for t in children(verb, "prt", "advmod"))
    if verb.lemma_ not in _CARRY or direct_object is None or not ways or vertical or direct_object.pos_ == "PRON":
        return None
    last = max(t.i for way in ways for t in way.subtree if not t.is_punct)
    return Phrase(sentence, verb, direct_object.left_edge.i, last, True)


def _ways(verb: Token) -> Iterator[Token]:
    """Return the phrases that say from where or to where."""
    for prep in children(verb, "prep", "prt", "advmod"):
        if prep.lower_ in _WAYS and (child(prep, "pobj") is not None or any(t.dep_ == "prep" for t in prep.children)):
            yield prep


def _state(verb: Token) -> int | None:
    """*Brings the fighting to an end*, *holds fares in check*: return the direction."""
    for prep in children(verb, "prep") if verb.lemma_ in _PUT else ():
        held = child(prep, "pobj")
        if held is not None and (prep.lower_, held.lemma_.lower()) in _STATES:
            return _STATES[prep.lower_, held.lemma_.lower()]
    return None


def _moved(verb: Token) -> int | None:
    """*Drove rates higher*: return the direction of the object."""
    for item in children(verb, "advmod", "oprd", "acomp"):
        way = words.directions("adjective").get(item.lower_)
        if way is not None and item.tag_ in ("RBR", "JJR", "JJ") and verb.lemma_ in _LETS:
            return way
    return None


def _caused_clause(sentence: Parsed, verb: Token, sign: int) -> Iterator[tuple[Phrase, int]]:
    for inner in children(verb, "ccomp", "xcomp", "oprd"):
        if inner.dep_ != "ccomp" or child(inner, "nsubj", "nsubjpass") is not None or inner.tag_[:2] in ("JJ", "VB"):
            if inner.tag_ in ("VBD", "VBZ", "VBP") or any(
                t.dep_ == "mark" and t.lower_ != "from" for t in inner.children
            ):
                continue
            if any(t.lower_ == "from" for t in children(inner, "mark", "prep") if t.i < inner.i):
                sign = -1
            for held in [inner, *children(inner, "conj")]:
                span = phrase(sentence, held)
                subject = child(inner, "nsubj", "nsubjpass") or child(verb, "dobj")
                first = min(span.first, subject.left_edge.i) if subject is not None and held is inner else span.first
                yield Phrase(sentence, held, min(first, span.first), span.last, True), sign
            return
    for held in prepositions(verb, "from"):
        if held.pos_ == "VERB":
            yield phrase(sentence, held), -1
    for held in children(verb, "dobj") if verb.lemma_ in _LETS else ():
        for state in children(held, "acl", "amod"):
            if state.i > held.i and state.tag_ in ("VBG", "VBN", "JJ"):  # as in "keeps people doing double shifts"
                last = max(t.i for t in state.subtree if not t.is_punct)
                yield Phrase(sentence, state, held.left_edge.i, last, True), sign


def carries(verb: Token) -> bool:
    """*Sends children to crowded homes*: whether something is moved between places or states."""
    return verb.lemma_ in _CARRY and child(verb, "dobj") is not None and any(_ways(verb))


def _is_money(token: Token) -> bool:
    """*Cost 20 euros*, *fell 3 points*: whether an object is only a figure."""
    return (
        any(t.pos_ == "NUM" for t in token.children)
        and (
            token.ent_type_ in ("MONEY", "PERCENT", "QUANTITY", "CARDINAL", "DATE", "TIME")
            or token.pos_ in ("NUM", "SYM")
            or token.lemma_.lower() in ("euro", "dollar", "pound", "franc", "yen", "percent", "point")
        )
    ) or token.pos_ == "NUM"

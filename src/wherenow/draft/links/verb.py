"""Find links by verbs: *raises*, *is caused by*, *leads to*, *makes … less reliable*, *prevents … from*."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from wherenow.draft import words
from wherenow.draft.links.stated import Stated, state
from wherenow.draft.links.verb_effects import carries, effects_by, entries_of
from wherenow.draft.text.grammar import (
    Phrase,
    Token,
    child,
    children,
    has_modal,
    hedged,
    is_common,
    is_person,
    negated,
    phrase,
    prepositions,
    subject_of,
    with_conjuncts,
)
from wherenow.draft.text.parsing import Parsed
from wherenow.draft.words import Verb

_BEFALLS = frozenset({"die", "perish", "succumb", "collapse", "suffer", "benefit", "profit", "gain"})
_EVEN_PEOPLE = frozenset({"cause", "trigger", "provoke", "precipitate"})


def by_verbs(sentence: Parsed) -> Iterator[Stated]:
    """Find the links that verbs in ``sentence`` state."""
    for token in sentence.doc:
        if token.pos_ not in ("VERB", "AUX") or token.dep_ in ("aux", "auxpass"):
            continue
        yield from _idiom(sentence, token)
        entries = entries_of(token)
        if not entries:
            yield from _unlisted(sentence, token)
            continue
        yield from _by_means(sentence, token, entries)
        yield from _ascribed(sentence, token, entries)
        yield from _passive(sentence, token, entries) or _active(sentence, token, entries)


def _unlisted(sentence: Parsed, verb: Token) -> Iterator[Stated]:
    """Find a thing's effect by a verb in no table, as a whole clause: *long hours drive people out*."""
    idle = verb.lemma_ in words.listed("inactive") and child(verb, "dative") is None and not carries(verb)
    if verb.lemma_ in words.listed("stances") or idle:
        return
    if child(verb, "auxpass") is not None:
        yield from _unlisted_passive(sentence, verb)
        return
    objects = [t for t in children(verb, "dobj") if t.pos_ in ("NOUN", "PROPN", "PRON") and t.tag_ not in ("WDT", "WP")]
    if not objects:
        return
    subject = subject_of(verb)
    gerund = subject is not None and subject.tag_ == "VBG" and subject.dep_ in ("csubj", "advcl")
    if subject is None or not (is_common(subject) or gerund) or is_person(subject):
        return
    if _is_amount(subject) or verb.dep_ == "acl" or (verb.dep_ == "xcomp" and verb.head.pos_ != "VERB"):
        return
    clause = phrase(sentence, verb)
    effect = Phrase(sentence, verb, max(verb.i, clause.first), max(clause.last, objects[0].i), True)
    for cause in _causes(sentence, verb):
        if cause.end <= effect.start:
            yield _statement(verb, cause=cause, effect=effect, sign=1, confidence=0.5)


def _unlisted_passive(sentence: Parsed, verb: Token) -> Iterator[Stated]:
    """*The valley was spared by its forests.*"""
    subject = child(verb, "nsubjpass")
    if subject is None or subject.tag_ in ("WDT", "WP"):
        return
    for agent in with_conjuncts(prepositions(verb, "by")):
        if agent.pos_ != "NOUN" or agent.ent_type_ or is_person(agent) or _is_amount(agent):
            continue
        cause, clause = phrase(sentence, agent), phrase(sentence, verb)
        effect = Phrase(sentence, verb, clause.first, min(clause.last, agent.head.i - 1), True)
        yield _statement(verb, cause=cause, effect=effect, sign=1, form="passive", confidence=0.5)


def _by_means(sentence: Parsed, verb: Token, entries: tuple[Verb, ...]) -> Iterator[Stated]:
    """*The state lowers imports by ending waste*: the means are the cause."""
    entry = next((e for e in entries if e.takes == "object"), None)
    subject = subject_of(verb)
    means = [t for p in ("by", "in", "through") for t in prepositions(verb, p) if t.tag_ == "VBG"]
    if entry is None or not means or not (subject is None or is_person(subject)):
        return
    for one in means:
        for effect, sign in effects_by(sentence, verb, entry):
            cause = phrase(sentence, one)
            if effect.end <= cause.start or cause.end <= effect.start:
                yield _statement(verb, cause=cause, effect=effect, sign=sign)


def _statement(verb: Token, **given: Any) -> Stated:
    weak, denied = hedged(verb), given.pop("denied", False) or negated(verb)
    usual: dict[str, Any] = {"form": "verb", "confidence": 0.6 if weak else 0.8}
    cause = given["cause"]
    if denied and cause.first < cause.last and cause.sentence.doc[cause.first].lower_ in ("no", "neither"):
        given["cause"] = replace(cause, first=cause.first + 1)  # "no rise" already contains the denial
    return Stated(trigger=verb, negated=denied, hedged=weak, **usual | given)


def _passive(sentence: Parsed, verb: Token, entries: tuple[Verb, ...]) -> list[Stated]:
    """*Y is raised by X*, *Y, delayed by X*, *prompted by X, S did …*."""
    active = child(verb, "auxpass") is None and any(t.lemma_ == "have" for t in children(verb, "aux"))
    named = [t for t in prepositions(verb, "by") if not _is_amount(t)]
    agents = with_conjuncts(named) if verb.tag_ == "VBN" and not active else []
    entry = next((e for e in entries if e.takes in ("object", "clause")), None)
    if entry is None or not agents:
        return []
    passive = child(verb, "nsubjpass")
    if passive is not None and not (passive.tag_ in ("WDT", "WP") and verb.dep_ == "relcl"):
        effects = [phrase(sentence, t) for t in with_conjuncts(children(verb, "nsubjpass"))]
    elif verb.dep_ in ("acl", "relcl", "advcl", "conj"):
        subject = subject_of(verb) if verb.dep_ == "conj" else verb.head
        effects = [] if subject is None else [phrase(sentence, subject)]
    else:
        return []
    by = (prep for prep in children(verb, "agent", "prep") if prep.lower_ == "by" and prep.i)
    denied = any(prep.nbor(-1).lower_ in ("not", "neither") for prep in by)  # as in "neither by poverty nor by drugs"
    sign = 1 if verb.dep_ == "advcl" and effects[0].head.i == verb.head.i else entry.sign  # "weakened by X, they fell"
    return [
        _statement(verb, cause=phrase(sentence, agent), effect=effect, sign=sign, form="passive", denied=denied)
        for agent in agents
        for effect in effects
        if not (is_person(agent) and not entry.strong)
    ]


def _ascribed(sentence: Parsed, verb: Token, entries: tuple[Verb, ...]) -> Iterator[Stated]:
    """*They blame Y on X*, *they credit X with Y*: find a link attributed to somebody."""
    for entry in entries:
        held, way, prep = entry.takes.partition("<") if "<" in entry.takes else entry.takes.partition(">")
        if held != "object" or not prep:
            continue
        objects = with_conjuncts(children(verb, "dobj"))
        others = [t for o in (verb, *objects) for t in prepositions(o, prep)]
        for one in objects:
            for other in with_conjuncts(others):
                first, second = phrase(sentence, one), phrase(sentence, other)
                first = replace(first, last=min(first.last, other.head.i - 1))
                cause, effect = (second, first) if way == "<" else (first, second)
                yield _statement(verb, cause=cause, effect=effect, sign=entry.sign)


def _is_amount(token: Token) -> bool:
    """*By a fifth*, *by 7%*: whether it is an amount, not an agent."""
    return token.lower_ in words.listed("amounts") or any(t.pos_ == "NUM" for t in (token, *token.children))


def _active(sentence: Parsed, verb: Token, entries: tuple[Verb, ...]) -> Iterator[Stated]:
    causes = _causes(sentence, verb)
    if not causes or (child(verb, "auxpass") is not None and not _associated(verb)):
        return
    ascribes = child(verb, "dobj") is not None and any(e.takes.startswith("object<") for e in entries)
    for entry in entries:
        if ascribes and entry.takes.startswith("<"):
            continue  # "traced the rise to the speed": the subject does not come from the speed
        effects = list(effects_by(sentence, verb, entry))
        if not effects:
            continue
        for cause in causes:
            if not cause.clause and is_person(cause.head) and verb.lemma_ not in _EVEN_PEOPLE:
                continue
            for effect, sign in effects:
                back = entry.takes.startswith("<") or (entry.takes == "with" and _pointing(cause))
                if back and verb.lemma_ in _BEFALLS:  # "thousands died of hunger": their death is the effect
                    cause = Phrase(sentence, verb, min(cause.first, verb.i), verb.i, True)
                one, other = (effect, cause) if back else (cause, effect)
                form = "association" if entry.takes == "with" else "verb"
                yield _statement(verb, cause=one, effect=other, sign=sign, form=form)
        return


def _pointing(subject: Phrase) -> bool:
    """*This rise* was correlated with X: whether the subject is known already, and so explained by the rest."""
    return subject.sentence.doc[subject.first].lower_ in ("this", "these", "that", "those")


def _associated(verb: Token) -> bool:
    return any(e.takes in ("with", "to") or e.takes[0] == "<" for e in words.verbs().get(verb.lemma_.lower(), ()))


def _causes(sentence: Parsed, verb: Token) -> list[Phrase]:
    """Return the phrases of the subject, or the clause before a participle after a comma (*…, leading to Y*)."""
    if _trails(verb):
        return [_before(sentence, verb.head, verb)]
    subject = subject_of(verb)
    if subject is None:
        return []
    if verb.dep_ == "relcl" and _refers_to_clause(verb, subject):
        return [_before(sentence, _governor(subject), verb)]
    return [phrase(sentence, t) for t in with_conjuncts([subject])]


def _trails(verb: Token) -> bool:
    """Return whether a participle follows the clause that is its cause: *…, leading to Y*."""
    if verb.dep_ != "advcl" or verb.tag_ != "VBG" or verb.head.pos_ not in ("VERB", "AUX") or verb.i < verb.head.i:
        return False
    return child(verb, "nsubj") is None and not any(t.dep_ in ("mark", "prep") and t.i < verb.i for t in verb.children)


def _refers_to_clause(verb: Token, noun: Token) -> bool:
    """*…, which makes …*: whether *which* refers to the whole preceding clause."""
    which = next((t for t in verb.children if t.lower_ == "which" and t.dep_ == "nsubj"), None)
    comma = which is not None and which.i > 0 and verb.doc[which.i - 1].text == ","
    singular = verb.tag_ == "VBZ" or any(t.tag_ == "VBZ" for t in children(verb, "aux"))
    return comma and singular and (noun.tag_ in ("NNS", "NNPS") or noun.pos_ not in ("NOUN", "PROPN"))


def _governor(noun: Token) -> Token:
    return next((t for t in noun.ancestors if t.pos_ in ("VERB", "AUX")), noun)


def _before(sentence: Parsed, verb: Token, until: Token) -> Phrase:
    """Return the clause of ``verb`` up to the clause of ``until``."""
    clause = phrase(sentence, verb)
    last = min(clause.last, until.left_edge.i - 1)
    while last > clause.first and sentence.doc[last].is_punct:
        last -= 1
    return Phrase(sentence, verb, min(clause.first, last), max(last, clause.first), True)


def _idiom(sentence: Parsed, verb: Token) -> Iterator[Stated]:
    """*Has no effect on*, *puts pressure on*, *has nothing to do with*."""
    objects = children(verb, "dobj")
    for noun in (*objects, *(t for o in objects if o.pos_ in ("DET", "PRON") for t in prepositions(o, "of"))):
        for (head, of, marked), sign in words.idioms().items():
            if (head, of) != (verb.lemma_, noun.lemma_.lower()):
                continue
            prep = marked.lstrip("<")
            effects = with_conjuncts(prepositions(noun, prep) + prepositions(verb, prep))
            nothing = of == "nothing" and head == "have"
            if nothing:
                effects = [t for d in noun.children if d.lemma_ == "do" for t in with_conjuncts(prepositions(d, prep))]
            none = of in ("nothing", "little") or any(t.lower_ in ("no", "little") for t in noun.children)
            weak = {"negated": none or negated(verb), "hedged": hedged(verb) or has_modal(verb, "would")}
            for cause in _causes(sentence, verb):
                for other in effects if cause.clause or not is_person(cause.head) else ():
                    one, two = cause, phrase(sentence, other)
                    one, two = (two, one) if marked.startswith("<") else (one, two)
                    yield state(verb, one, two, 1 if nothing else sign, "verb", verb, confidence=0.85, **weak)

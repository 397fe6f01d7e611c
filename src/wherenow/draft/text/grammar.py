"""Queries on a parsed sentence: subjects, objects, phrases, negation and hedges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from wherenow.draft import words
from wherenow.draft.text.parsing import Parsed, vocabulary

Token = Any
"""A spaCy token; spaCy's own types are compiled and carry no annotations that mypy reads."""

_APART = frozenset({"relcl", "conj", "cc", "appos", "preconj", "parataxis"})
_ASIDE = frozenset({"advcl", "conj", "cc", "mark", "parataxis", "intj", "dep", "punct"})
_SUBJECTS = ("nsubj", "nsubjpass", "csubj", "csubjpass", "expl")
_DISPOSED, _FALSE = words.group("disposed"), words.group("false")
_UNABLE = frozenset({"unlikely", "unable", "insufficient", "powerless"})
_NOBODY = frozenset({"no", "nothing", "nobody", "none", "neither", "little", "few"})
_NO = ("no", "neither")
_NEVER = frozenset({"never", "hardly", "scarcely", "barely", "neither", "nor"})
_OBJECTS = ("dobj", "obj", "attr", "dative")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A stretch of one sentence around ``head``: a noun phrase, or a clause if the head is a verb."""

    sentence: Parsed
    head: Token
    first: int
    last: int
    clause: bool

    @property
    def start(self) -> int:
        return int(self.sentence.start + self.sentence.doc[self.first].idx)

    @property
    def end(self) -> int:
        token = self.sentence.doc[self.last]
        return int(self.sentence.start + token.idx + len(token.text))

    @property
    def text(self) -> str:
        return str(self.sentence.doc[self.first : self.last + 1].text)


def phrase(sentence: Parsed, head: Token) -> Phrase:
    """Return the noun phrase or clause of ``head``, without adjoined clauses."""
    clause = head.pos_ in ("VERB", "AUX") and head.dep_ not in ("pobj", "dobj", "nsubj", "nsubjpass")
    tokens = sorted(_kept(head, _ASIDE if clause else _APART, top=True), key=lambda t: t.i)
    while len(tokens) > 1 and tokens[-1].is_punct:
        tokens.pop()
    while len(tokens) > 1 and (tokens[0].is_punct or tokens[0].dep_ in ("cc", "mark")):
        tokens.pop(0)
    return Phrase(sentence, head, tokens[0].i, tokens[-1].i, clause)


def _kept(token: Token, leave: frozenset[str], top: bool = False) -> Iterator[Token]:
    yield token
    for child in token.children:
        edge = child.left_edge.i
        beside = child.dep_ in ("acl", "prep") and edge > token.i and child.doc[edge - 1].text == ","
        if not (top and child.dep_ in leave) and child.dep_ not in ("relcl", "appos") and not beside:
            yield from _kept(child, leave)


def children(token: Token, *deps: str) -> list[Token]:
    return [child for child in token.children if child.dep_ in deps]


def child(token: Token, *deps: str) -> Token | None:
    return next(iter(children(token, *deps)), None)


def with_conjuncts(tokens: Iterable[Token]) -> list[Token]:
    """Return each token, and those coordinated with it by *and* or *or*."""
    result: list[Token] = []
    for token in tokens:
        result.append(token)
        joined = [t for t in children(token, "conj") if not _set_against(token, t)]
        result.extend(t for t in with_conjuncts(joined) if t.pos_ in (token.pos_, "NOUN", "PROPN", "PRON", "NUM"))
    return result


def _set_against(token: Token, other: Token) -> bool:
    """*X but Y*, *X and not Y*: whether ``other`` contrasts with ``token``; *not only X but Y* does not."""
    between = [t.lower_ for t in token.doc[token.i + 1 : other.i]]
    only = any(t.lower_ == "only" for t in token.doc[max(0, token.i - 3) : other.i])
    return "not" in between or "rather" in between or ("but" in between and not only)


def own_subject(verb: Token) -> Token | None:
    return child(verb, "nsubj", "nsubjpass", "csubj", "csubjpass")


def subject_of(verb: Token) -> Token | None:
    """Return the subject of a verb: its own, or the one implied by the verb or noun that governs it."""
    subject = _subject_of(verb)
    return _mistaken_subject(verb) if subject is None else subject


def _mistaken_subject(verb: Token) -> Token | None:
    """Return the word in subject position of a finite verb, if the parser mistook it."""
    if verb.tag_ not in ("VBZ", "VBP", "VBD") and not children(verb, "aux"):
        return None
    before = [t for t in verb.children if t.i < verb.i and t.dep_ not in ("aux", "auxpass", "neg", "advmod", "punct")]
    if before and before[-1].pos_ in ("NOUN", "PROPN") and before[-1].dep_ in ("compound", "nmod", "dep", "npadvmod"):
        return before[-1]
    gerund = child(verb, "advcl")
    opens = gerund is not None and gerund.tag_ == "VBG" and gerund.left_edge.i == gerund.i == verb.left_edge.i
    return gerund if opens else None


def _subject_of(verb: Token) -> Token | None:
    current = verb
    for _ in range(6):
        subject = own_subject(current)
        if subject is not None and not (
            subject.pos_ == "PRON" and subject.tag_ in ("WDT", "WP") and current.dep_ == "relcl"
        ):
            return subject
        if current.dep_ in ("relcl", "acl", "advcl") and _does_little(current):
            current = current.head if current.head.lemma_ == "do" else current.head.head
            continue
        if current.dep_ == "relcl" or (current.dep_ == "acl" and current.tag_ in ("VBG", "VBN")):
            return current.head
        if current.dep_ in ("xcomp", "ccomp") and current.head.pos_ in ("VERB", "AUX"):
            argument = child(current.head, "dobj", "nsubj") if current.dep_ == "xcomp" else None
            if argument is not None and argument.dep_ == "dobj":
                return argument
            current = current.head
        elif current.dep_ == "xcomp" and current.head.lower_ in _DISPOSED and current.head.head.pos_ in ("VERB", "AUX"):
            current = current.head.head  # as in "is likely to raise"
        elif current.dep_ in ("conj", "advcl") and current.head.pos_ in ("VERB", "AUX"):
            current = current.head
        elif current.dep_ == "pcomp" and current.head.head.pos_ in ("VERB", "AUX"):
            current = current.head.head
        elif current.dep_ == "pcomp" and current.head.head.dep_ in _OBJECTS:
            current = current.head.head.head  # as in "has the effect of reducing"
        elif current.dep_ == "pcomp" and current.head.lower_ == "by" and current.head.head.dep_ in _SUBJECTS:
            return current.head.head  # as in "the drought, by raising prices, …"
        else:
            return None
    return None


def objects_of(verb: Token) -> list[Token]:
    return children(verb, *_OBJECTS)


def prepositions(token: Token, name: str) -> list[Token]:
    """Return the objects of the preposition ``name`` of ``token``; a name may have two words (*out of*)."""
    first, _, second = name.partition(" ")
    objects = []
    for prep in children(token, "prep", "prt", "dative", "agent", "advmod"):
        if prep.lower_ == first:
            objects.extend(prepositions(prep, second) if second else held_by(prep))
    return objects


def held_by(prep: Token) -> list[Token]:
    """Return the objects of a preposition and those coordinated with it: *for lack of timber and of bricks*."""
    return [t for p in (prep, *children(prep, "conj")) for t in children(p, "pobj", "pcomp")]


def main_verb(token: Token) -> Token:
    """Return the verb of the clause that contains ``token``."""
    while token.dep_ != "ROOT" and token.pos_ not in ("VERB", "AUX"):
        token = token.head
    while token.dep_ in ("aux", "auxpass"):
        token = token.head
    return token


def is_person(noun: Token) -> bool:
    """Return whether a noun names somebody who acts: a person, an organisation, or a name not of a place or thing."""
    if noun.pos_ == "PRON":
        return noun.lower_ in ("he", "she", "we", "i", "who", "you", "nobody", "somebody", "everyone", "people")
    if any(t.lemma_.lower() in words.listed("persons") for t in children(noun, "appos")):
        return True
    if noun.tag_ == "NNS" and any(t.lower_ in words.directions("adjective") for t in children(noun, "amod", "det")):
        return False  # "fewer teachers" is a number that moves
    if is_common(noun):
        return noun.lemma_.lower() in words.listed("persons")
    if noun.ent_type_ in ("PERSON", "ORG", "NORP", "GPE"):
        return not any(t.dep_ == "prep" for t in noun.children)
    if noun.pos_ == "PROPN" and not noun.ent_type_ and noun.dep_ == "nsubj" and not children(noun, "det", "amod"):
        return bool(noun.head.tag_ in ("VBD", "VBN"))  # a name before a past act is assumed to be a person
    return noun.lemma_.lower() in words.listed("persons")


def is_common(noun: Token) -> bool:
    """Return whether a noun is not a name: in lower case, or a known word at the start of a sentence."""
    opens = noun.i == noun.sent.start and not noun.ent_type_ and noun.lower_ in vocabulary()
    return noun.pos_ in ("NOUN", "PROPN") and (noun.text.islower() or opens)


def negated(verb: Token) -> bool:
    """Return whether the text denies ``verb``: *not*, *never*, *no longer*, *hardly*, *fails to*, *nobody*."""
    for item in verb.children:
        if item.dep_ == "neg" and not _only(item):
            return True
        if item.lower_ == "longer" and any(t.lower_ == "no" for t in item.children):
            return True
        if item.lower_ in _NEVER and item.dep_ in ("advmod", "cc", "preconj", "neg"):
            return True
        if item.dep_ in _SUBJECTS and any(t.lower_ in _NO for t in children(item, "det", "preconj", "cc")):
            return True
        if item.dep_ == "aux" and any(t.dep_ == "neg" for t in item.children):
            return True
    if verb.dep_ == "xcomp" and (verb.head.lemma_ in ("fail", "cease", "refuse") or negated(verb.head)):
        return True
    if verb.dep_ == "xcomp" and (verb.head.lower_ in _UNABLE or any(t.lower_ == "too" for t in verb.head.children)):
        return True
    return _does_little(verb) or _cleft_denied(verb) or _loose_negation(verb) or _denied_above(verb)


def _denied_above(verb: Token) -> bool:
    """*There is no evidence that*, *it is a myth that*, *it is wrong to say that*, *nothing suggests that*."""
    one = verb
    while one.dep_ in ("ccomp", "acl", "csubj", "xcomp") and (one is not verb or child(one, "mark") is not None):
        head = one.head
        if head.lemma_.lower() in _FALSE:
            return not any(t.dep_ == "neg" for t in (*head.children, *head.head.children))
        about = [t for t in head.children if t.dep_ in ("det", "nsubj", "neg") or t.lower_ in ("little", "few")]
        if any(t.lower_ in _NOBODY or (t.dep_ == "neg" and not _only(t)) for t in about):
            return True
        one = head
    return False


def _does_little(verb: Token) -> bool:
    """*Does nothing to improve*, *does little to improve*."""
    held = child(verb.head, "dobj") if verb.head.lemma_ == "do" and verb.dep_ in ("advcl", "xcomp", "relcl") else None
    held = verb.head if held is None and verb.dep_ in ("relcl", "acl") and verb.head.head.lemma_ == "do" else held
    return held is not None and held.lower_ in ("nothing", "little")


def _cleft_denied(verb: Token) -> bool:
    """*It was not the tariff that killed the mill*."""
    noun = verb.head
    if verb.dep_ != "relcl" or noun.dep_ != "attr" or noun.head.lemma_ != "be":
        return False
    return has_it(noun.head) and negated(noun.head)


def _loose_negation(verb: Token) -> bool:
    """*Does not of itself restore*: a negation before the verb that the parser attached elsewhere."""
    before = verb.doc[max(verb.sent.start, verb.i - 5) : verb.i]
    for token in reversed(before):
        if token.is_punct or token.pos_ == "VERB":
            return False
        if token.dep_ == "neg" and token.head is not verb and token.i and token.nbor(-1).pos_ == "AUX":
            return token.head.pos_ == "ADP" and not _only(token)
    return False


def _only(negation: Token) -> bool:
    """*Not only*, *not the whole*: what follows is affirmed."""
    doc = negation.doc
    return any(
        t.lower_ in ("only", "just", "merely", "solely", "whole", "entirely", "always")
        for t in doc[negation.i + 1 : negation.i + 4]
    )


def hedged(verb: Token) -> bool:
    """Return whether ``verb`` is hedged."""
    hedges = words.listed("hedges")
    near = [verb, *(t for t in verb.children if t.dep_ in ("aux", "advmod", "acomp", "oprd")), *above(verb)]
    return any(t.lemma_.lower() in hedges or t.lower_ in hedges for t in near)


def above(verb: Token) -> list[Token]:
    """Return the verbs that report or hedge ``verb``: *suggest that*, *appear to*."""
    verbs = []
    while verb.dep_ in ("xcomp", "ccomp") and verb.head.pos_ in ("VERB", "AUX", "ADJ"):
        verb = verb.head
        verbs += [verb, *(t for t in verb.children if t.dep_ in ("aux", "acomp", "advmod"))]
    return verbs


def takes_a_stance(verb: Token) -> bool:
    """Return whether somebody wants or thinks what ``verb`` says: *ministers insist*."""
    subject = own_subject(verb) if verb.lemma_ in words.listed("stances") else None
    return subject is not None and (is_person(subject) or subject.pos_ in ("PROPN", "PRON"))


def has_it(verb: Token) -> bool:
    """Return whether the subject of ``verb`` is *it*."""
    return any(t.lower_ == "it" for t in children(verb, "nsubj", "expl"))


def has_modal(verb: Token, *modals: str) -> bool:
    """Return whether ``verb`` has one of these auxiliaries, modals or *to*."""
    return any(t.dep_ == "aux" and t.lower_ in modals for t in verb.children)

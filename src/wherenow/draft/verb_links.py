"""Links that a verb states: *raises*, *is caused by*, *leads to*, *makes … less reliable*, *prevents … from*."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wherenow.draft import words
from wherenow.draft.grammar import (
    Phrase,
    Token,
    child,
    children,
    has_modal,
    hedged,
    is_person,
    negated,
    objects_of,
    phrase,
    prepositions,
    subject_of,
    with_conjuncts,
)
from wherenow.draft.parsing import Parsed
from wherenow.draft.stated import Stated
from wherenow.draft.words import Verb

_EVEN_PEOPLE = frozenset({"cause", "trigger", "provoke", "precipitate"})
_LETS = frozenset({"make", "leave", "render", "keep", "drive", "push", "send", "turn", "hold", "get"})


def by_verbs(sentence: Parsed) -> Iterator[Stated]:
    """Every link that a verb of ``sentence`` states."""
    for token in sentence.doc:
        if token.pos_ not in ("VERB", "AUX") or token.dep_ in ("aux", "auxpass"):
            continue
        yield from _idiom(sentence, token)
        entries = _entries(token)
        if not entries:
            yield from _unlisted(sentence, token)
            continue
        yield from _by_means(sentence, token, entries)
        found = list(_passive(sentence, token, entries) or _active(sentence, token, entries))
        yield from found


def _unlisted(sentence: Parsed, verb: Token) -> Iterator[Stated]:
    """What a thing does to another by a verb of no table: *long hours drive people out*; the effect is all of that."""
    held = [t for t in children(verb, "dobj") if t.pos_ in ("NOUN", "PRON") and t.tag_ not in ("WDT", "WP")]
    if not held or verb.lemma_ in words.listed("inactive") or verb.lemma_ in words.listed("stances"):
        return
    subject = subject_of(verb)
    if subject is None or subject.pos_ != "NOUN" or subject.ent_type_ or is_person(subject) or _is_amount(subject):
        return
    if child(verb, "auxpass") is not None or verb.dep_ == "acl" or (verb.dep_ == "xcomp" and verb.head.pos_ != "VERB"):
        return
    whole = phrase(sentence, verb)
    effect = Phrase(sentence, verb, max(verb.i, whole.first), max(whole.last, held[0].i), True)
    for cause in _causes(sentence, verb):
        if cause.end <= effect.start:
            yield _statement(verb, cause=cause, effect=effect, sign=1, confidence=0.5)


def _entries(verb: Token) -> tuple[Verb, ...]:
    lemma = verb.lemma_.lower()
    for particle in children(verb, "prt", "advmod", "prep"):
        alone = particle.dep_ != "prep" or not child(particle, "pobj", "pcomp")
        if alone or child(verb, "dobj") is None:
            found = words.verbs().get(f"{lemma} {particle.lower_}")
            if found:
                return found
    return words.verbs().get(lemma, ())


def _by_means(sentence: Parsed, verb: Token, entries: tuple[Verb, ...]) -> Iterator[Stated]:
    """*The state lowers imports by ending waste*: what somebody does is the cause."""
    entry = next((e for e in entries if e.takes == "object"), None)
    subject = subject_of(verb)
    means = [t for t in prepositions(verb, "by") if t.tag_ == "VBG"]
    if entry is None or not means or not (subject is None or is_person(subject)):
        return
    for one in means:
        for effect, sign in _effects(sentence, verb, entry):
            if effect.end <= phrase(sentence, one).start:
                yield _statement(verb, cause=phrase(sentence, one), effect=effect, sign=sign)


def _statement(verb: Token, **given: Any) -> Stated:
    weak = hedged(verb)
    usual: dict[str, Any] = {"form": "verb", "confidence": 0.6 if weak else 0.8}
    return Stated(trigger=verb, negated=negated(verb), hedged=weak, **usual | given)


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
    elif verb.dep_ in ("acl", "relcl"):
        effects = [phrase(sentence, verb.head)]
    elif verb.dep_ in ("advcl", "conj"):
        effects = [phrase(sentence, verb.head)] if verb.dep_ == "advcl" else _shared(sentence, verb)
    else:
        return []
    return [
        _statement(verb, cause=phrase(sentence, agent), effect=effect, sign=entry.sign, form="passive")
        for agent in agents
        for effect in effects
        if not (is_person(agent) and not entry.strong)
    ]


def _is_amount(token: Token) -> bool:
    """*By a fifth*, *by 7%*: how far, not by whom."""
    ending = token.lower_ in (
        "half",
        "third",
        "quarter",
        "fifth",
        "tenth",
        "percent",
        "percentage",
        "%",
        "degree",
        "point",
    )
    return ending or token.pos_ == "NUM" or any(t.pos_ == "NUM" for t in token.children)


def _is_money(token: Token) -> bool:
    """*Cost 20 euros*, *fell 3 points*: a figure, and nothing that is moved."""
    return (
        any(t.pos_ == "NUM" for t in token.children)
        and (
            token.ent_type_ in ("MONEY", "PERCENT", "QUANTITY", "CARDINAL", "DATE", "TIME")
            or token.pos_ in ("NUM", "SYM")
        )
    ) or token.pos_ == "NUM"


def _shared(sentence: Parsed, verb: Token) -> list[Phrase]:
    subject = subject_of(verb)
    return [] if subject is None else [phrase(sentence, subject)]


def _active(sentence: Parsed, verb: Token, entries: tuple[Verb, ...]) -> Iterator[Stated]:
    causes = _causes(sentence, verb)
    if not causes or (child(verb, "auxpass") is not None and not _associated(verb)):
        return
    for entry in entries:
        effects = list(_effects(sentence, verb, entry))
        if not effects:
            continue
        for cause in causes:
            if not cause.clause and is_person(cause.head) and verb.lemma_ not in _EVEN_PEOPLE:
                continue
            for effect, sign in effects:
                back = entry.takes.startswith("<") or (entry.takes == "with" and _pointing(cause))
                one, other = (effect, cause) if back else (cause, effect)
                form = "association" if entry.takes == "with" else "verb"
                yield _statement(verb, cause=one, effect=other, sign=sign, form=form)
        return


def _pointing(subject: Phrase) -> bool:
    """*This rise* was correlated with X: what is known already is explained by what is new."""
    return subject.sentence.doc[subject.first].lower_ in ("this", "these", "that", "those")


def _associated(verb: Token) -> bool:
    return any(e.takes in ("with", "<from", "<to", "to") for e in words.verbs().get(verb.lemma_.lower(), ()))


def _causes(sentence: Parsed, verb: Token) -> list[Phrase]:
    """The phrases of the subject; for a participle after a comma (*…, leading to Y*) the clause before it."""
    if _trails(verb):
        return [_before(sentence, verb.head, verb)]
    subject = subject_of(verb)
    if subject is None:
        return []
    if verb.dep_ == "relcl" and _tells_of_clause(verb, subject):
        return [_before(sentence, _governor(subject), verb)]
    return [phrase(sentence, t) for t in with_conjuncts([subject])]


def _trails(verb: Token) -> bool:
    """Whether a participle comes after the clause that is its cause: *…, leading to Y*."""
    if verb.dep_ != "advcl" or verb.tag_ != "VBG" or verb.head.pos_ not in ("VERB", "AUX") or verb.i < verb.head.i:
        return False
    return child(verb, "nsubj") is None and not any(t.dep_ in ("mark", "prep") and t.i < verb.i for t in verb.children)


def _tells_of_clause(verb: Token, noun: Token) -> bool:
    """ ", which makes …": whether *which* stands for all that came before it."""
    which = next((t for t in verb.children if t.lower_ == "which" and t.dep_ == "nsubj"), None)
    comma = which is not None and which.i > 0 and verb.doc[which.i - 1].text == ","
    singular = verb.tag_ == "VBZ" or any(t.tag_ == "VBZ" for t in children(verb, "aux"))
    return comma and singular and (noun.tag_ in ("NNS", "NNPS") or noun.pos_ not in ("NOUN", "PROPN"))


def _governor(noun: Token) -> Token:
    return next((t for t in noun.ancestors if t.pos_ in ("VERB", "AUX")), noun)


def _before(sentence: Parsed, verb: Token, until: Token) -> Phrase:
    """The clause of ``verb``, as far as the word before ``until``'s clause."""
    whole = phrase(sentence, verb)
    last = min(whole.last, until.left_edge.i - 1)
    while last > whole.first and sentence.doc[last].is_punct:
        last -= 1
    return Phrase(sentence, verb, min(whole.first, last), max(last, whole.first), True)


def _effects(sentence: Parsed, verb: Token, entry: Verb) -> Iterator[tuple[Phrase, int]]:
    takes = entry.takes.lstrip("<")
    if takes == "object":
        gerunds = [t for t in children(verb, "xcomp", "ccomp") if t.tag_ == "VBG"]
        about = [
            held
            for prep in children(verb, "prep")
            if f"{verb.lemma_.lower()} {prep.lower_}" in words.verbs() and child(verb, "dobj") is None
            for held in children(prep, "pobj")
        ]  # a particle that the parser took for a preposition: "scares off capital"
        for item in with_conjuncts([*(t for t in objects_of(verb) if t.dep_ != "attr"), *gerunds, *about]):
            if _is_money(item) or item.lower_ in ("itself", "themselves"):
                continue
            if item.pos_ != "PRON" or item.lower_ in ("it", "them", "this", "that", "these"):
                changed = _moved(verb)
                yield phrase(sentence, item), entry.sign if changed is None else changed
    elif takes == "clause":
        yield from _caused_clause(sentence, verb, entry.sign)
    else:
        for item in with_conjuncts(prepositions(verb, takes)):
            yield phrase(sentence, item), entry.sign


def _moved(verb: Token) -> int | None:
    """*Drove rates higher*: the way that the object goes."""
    for item in children(verb, "advmod", "oprd", "acomp"):
        way = words.directions("adjective").get(item.lower_)
        if way is not None and item.tag_ in ("RBR", "JJR", "JJ") and verb.lemma_ in _LETS:
            return way
    return None


def _caused_clause(sentence: Parsed, verb: Token, sign: int) -> Iterator[tuple[Phrase, int]]:
    for inner in children(verb, "ccomp", "xcomp", "oprd"):
        if inner.dep_ != "ccomp" or child(inner, "nsubj", "nsubjpass") is not None or inner.pos_ == "ADJ":
            if inner.tag_ in ("VBD", "VBZ", "VBP") or any(
                t.dep_ == "mark" and t.lower_ != "from" for t in inner.children
            ):
                continue
            for held in [inner, *children(inner, "conj")]:
                span = phrase(sentence, held)
                subject = child(inner, "nsubj", "nsubjpass") or child(verb, "dobj")
                first = min(span.first, subject.left_edge.i) if subject is not None and held is inner else span.first
                yield Phrase(sentence, held, min(first, span.first), span.last, True), sign
            return
    for held in prepositions(verb, "from"):
        if held.pos_ == "VERB":
            yield phrase(sentence, held), sign


def _idiom(sentence: Parsed, verb: Token) -> Iterator[Stated]:
    """*Has no effect on*, *puts pressure on*, *has nothing to do with*."""
    for noun in children(verb, "dobj"):
        for (head, of, prep), sign in words.idioms().items():
            if (head, of) != (verb.lemma_, noun.lemma_.lower()):
                continue
            effects = with_conjuncts(prepositions(noun, prep) + prepositions(verb, prep))
            nothing = of == "nothing"
            if nothing:
                effects = [t for d in noun.children if d.lemma_ == "do" for t in with_conjuncts(prepositions(d, prep))]
            none = nothing or any(t.lower_ in ("no", "little") for t in noun.children)
            causes = _causes(sentence, verb)
            for cause in causes:
                if is_person(cause.head) and not cause.clause:
                    continue
                for effect in effects:
                    yield Stated(
                        cause=cause,
                        effect=phrase(sentence, effect),
                        sign=1 if nothing else sign,
                        trigger=verb,
                        form="verb",
                        negated=none or negated(verb),
                        hedged=hedged(verb) or has_modal(verb, "would"),
                    )


def by_mistaken(sentence: Parsed) -> Iterator[Stated]:
    """Links by a verb that the tagger took for a noun or an adjective, where its clause has no other verb."""
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
            left = _noun_before(sentence, token, span.start)
            if entry is None or left is None or is_person(left.head):
                continue
            after = sentence.doc[token.i + 1]
            if entry.takes in ("object", "clause"):
                if after.pos_ not in ("DET", "NOUN", "ADJ", "PROPN", "VERB", "PRON", "NUM"):
                    continue
                start = token.i + 1
            else:
                found = next(
                    (t.i for t in sentence.doc[token.i + 1 : span.end] if t.lower_ == entry.takes.lstrip("<")), -1
                )
                if found < 0 or found > token.i + 5:
                    continue
                start = found + 1
            right = _chunk(sentence, start, span.end)
            if right is not None:
                one, other = (right, left) if entry.takes.startswith("<") else (left, right)
                yield Stated(cause=one, effect=other, sign=entry.sign, trigger=token, form="verb", confidence=0.5)


def _noun_before(sentence: Parsed, token: Token, start: int) -> Phrase | None:
    """The noun phrase before ``token``, past adverbs and asides."""
    doc = sentence.doc
    at = token.i - 1
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
    """The first word of the noun phrase that ends at ``at``."""
    while (
        at > start
        and doc[at - 1].pos_ in ("DET", "ADJ", "NOUN", "PROPN", "NUM", "PRON")
        and doc[at - 1].lower_ != "that"
    ):
        at -= 1
    return at


def _chunk(sentence: Parsed, start: int, end: int) -> Phrase | None:
    """The noun phrase that begins at ``start``."""
    doc = sentence.doc
    stop = start
    while stop < end and doc[stop].pos_ in ("DET", "ADJ", "NOUN", "PROPN", "NUM", "PRON", "VERB", "PART"):
        stop += 1
    if stop == start:
        return None
    return Phrase(sentence, doc[stop - 1], start, stop - 1, False)

"""Find links by conjunctions, adverbs and prepositions: *because*, *owing to*, *the more … the more*."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

from wherenow.draft import words
from wherenow.draft.links.direction import is_comparative, variable
from wherenow.draft.links.stated import Stated, state
from wherenow.draft.text.grammar import (
    Phrase,
    Token,
    child,
    children,
    has_modal,
    hedged,
    held_by,
    main_verb,
    own_subject,
    phrase,
    takes_a_stance,
    with_conjuncts,
)
from wherenow.draft.text.parsing import Parsed

_MOTIVES = frozenset({"belief", "hope", "expectation", "fear", "conviction", "assumption", "confidence"})
_IF = frozenset({"if", "unless", "when", "whenever", "where", "wherever", "once", "provided"})


def by_joins(sentence: Parsed) -> Iterator[Stated]:
    """Find the links that connectives in ``sentence`` state between its clauses or phrases."""
    correlative = list(_correlative(sentence))
    yield from correlative
    for token in sentence.doc:
        if token.dep_ in ("mark", "advmod") and not (correlative and token.lower_ == "as"):
            yield from _subordinate(sentence, token)
        if token.lower_ in ("had", "were", "should"):
            yield from _inverted(sentence, token)
    for at, phrase_words, kind in connectives_in(sentence):
        if kind in ("preposition", "lack"):
            yield from _preposition(sentence, at, phrase_words, kind == "lack")
    yield from _supposed(sentence)
    for span in sentence.doc.sents:
        yield from _commanded(sentence, span.root)


def connectives_in(sentence: Parsed) -> list[tuple[int, int, str]]:
    """Find connectives: the first token, the number of tokens, and the kind of each."""
    lower = [t.lower_ for t in sentence.doc]
    connectives: list[tuple[int, int, str]] = []
    covered: set[int] = set()
    for text, kind in words.connectives().items():
        parts = text.split()
        for at in range(len(lower) - len(parts) + 1):
            if lower[at : at + len(parts)] == parts and at not in covered:
                covered.update(range(at, at + len(parts)))
                connectives.append((at, len(parts), kind))
    return sorted(connectives)


def clauses(verb: Token) -> list[Token]:
    """Return ``verb`` and the verbs of clauses that *and* joins to its clause."""
    verbs = [verb]
    for item in children(verb, "conj"):
        if item.pos_ in ("VERB", "AUX") and not any(t.dep_ == "mark" for t in item.children):
            verbs += clauses(item)
    return verbs


def _subordinate(sentence: Parsed, mark: Token) -> Iterator[Stated]:
    inner = mark.head
    if inner.dep_ not in ("advcl", "ccomp", "relcl", "acl", "pcomp") or inner.pos_ not in ("VERB", "AUX", "ADJ"):
        return
    outer = main_verb(inner.head)
    if outer.pos_ not in ("VERB", "AUX") or outer.i == inner.i:
        return
    word = mark.lower_
    before = sentence.doc[mark.i - 1].lower_ if mark.i else ""
    if (word == "that" and before in ("so", "result", "effect", "consequence")) or (
        word == "so" and mark.dep_ == "mark"
    ):
        earlier = [outer.head] if outer.dep_ == "conj" and outer.head.pos_ in ("VERB", "AUX") else []
        yield from _joined(sentence, [*earlier, *clauses(outer)], clauses(inner), mark, "connective")
        return
    if word == "that" and before in ("now", "given", "seeing"):
        yield from _joined(sentence, clauses(inner), clauses(outer), mark, "connective")
    if word == "that" and inner.dep_ == "acl" and inner.head.lemma_ in _MOTIVES and inner.head.dep_ == "pobj":
        act = Phrase(sentence, outer, phrase(sentence, outer).first, inner.head.head.i - 1, True)
        yield Stated(cause=phrase(sentence, inner), effect=act, sign=1, trigger=mark, form="connective")
    if inner.dep_ != "advcl":
        return
    if word == "because" or (word == "since" and _reason(outer, inner)):
        denied = mark.i > 0 and mark.doc[mark.i - 1].lower_ in ("not", "only", "just", "partly")
        if not (_opinion(outer) or denied):
            effects = clauses(outer) if inner.i < outer.i else [outer]
            shared = [t for t in effects if t is outer or own_subject(t) is None]
            yield from _joined(sentence, clauses(inner), shared, mark, "connective")
    elif word == "as" and _both_move(inner, outer) and inner.lemma_ not in words.listed("stances"):
        yield from _joined(sentence, clauses(inner), clauses(outer), mark, "comparative")
    elif word in _IF and _general(word, outer, inner):
        yield from _joined(sentence, clauses(inner), clauses(outer), mark, "conditional", flip=word == "unless")


def _joined(
    sentence: Parsed, causes: list[Token], effects: list[Token], mark: Token, form: str, flip: bool = False
) -> Iterator[Stated]:
    pairs = [(one, effect) for cause in causes for one in _each_subject(sentence, cause) for effect in effects]
    for one, effect in pairs:
        other = phrase(sentence, effect)
        if one.start < other.end and other.start < one.end:
            one, other = _apart(sentence, one, other, mark)
        confidence = 0.6 if hedged(effect) else 0.8
        yield state(mark, one, other, -1 if flip else 1, form, effect, negated=False, confidence=confidence)


def _each_subject(sentence: Parsed, verb: Token) -> list[Phrase]:
    """Return the clause of ``verb``, or each of several subjects."""
    subject = own_subject(verb)
    several = [] if subject is None else with_conjuncts([subject])
    return [phrase(sentence, t) for t in several] if len(several) > 1 else [phrase(sentence, verb)]


def _apart(sentence: Parsed, one: Phrase, other: Phrase, mark: Token) -> tuple[Phrase, Phrase]:
    """Separate two overlapping phrases, each on the side of its own head."""
    first, second = (one, other) if one.head.i < other.head.i else (other, one)
    commas = (t.i for t in sentence.doc[first.head.i + 1 : second.head.i + 1] if t.text == ",")
    cut = next(commas, second.head.left_edge.i)
    early = replace(first, last=max(first.head.i, min(first.last, cut - 1)))
    late = replace(second, first=min(second.head.i, max(second.first, early.last + 1)))
    return (early, late) if first is one else (late, early)


def _reason(outer: Token, inner: Token) -> bool:
    """Return whether *since* gives a reason rather than a date."""
    perfect = any(t.dep_ == "aux" and t.lemma_ == "have" and t.lower_ != "had" for t in outer.children)
    return not (perfect and inner.tag_ == "VBD")


def _opinion(verb: Token) -> bool:
    return has_modal(verb, "should", "must", "ought") or takes_a_stance(verb)


def _moves(verb: Token) -> bool:
    """Return whether the clause of ``verb`` has a direction."""
    alone = Phrase(Parsed("", 0, verb.doc), verb, verb.i, verb.i, True)
    return variable(alone).known or any(t.tag_ in ("JJR", "RBR") for t in verb.subtree)


def _both_move(inner: Token, outer: Token) -> bool:
    """*As X rises, Y falls*; in the past tense only if both sides have a direction, since *as* may mean *while*."""
    return own_subject(inner) is not None and _moves(inner) and (inner.tag_ != "VBD" or _moves(outer))


def _general(word: str, outer: Token, inner: Token) -> bool:
    """Return whether a condition states its consequence; *when* and *where* do so only in general statements."""
    if own_subject(inner) is None and child(inner, "expl") is None:
        return False
    if word in ("if", "unless", "provided"):
        return outer.lemma_ not in ("know", "ask", "wonder", "see", "tell", "say")
    past = any(t.tag_ in ("VBD",) for t in (outer, inner, *children(outer, "aux"), *children(inner, "aux", "auxpass")))
    return not past and (inner.i < outer.i or _moves(outer) or word == "whenever")


def _inverted(sentence: Parsed, aux: Token) -> Iterator[Stated]:
    """*Had the channel been deepened, losses would have been smaller*, in either order."""
    doc = sentence.doc
    yield from _inverted_after(sentence, aux)
    opens = aux.i == 0 or doc[aux.i - 1].text in (",", ";", ":") or doc[aux.i - 1].lower_ in ("but", "and", "yet")
    inner = aux.head if aux.dep_ in ("aux", "auxpass") else aux
    if not opens or inner.dep_ not in ("advcl", "ccomp", "nsubj", "csubj", "acl") or inner.i <= aux.i:
        return
    comma = next((t.i for t in doc[inner.i :] if t.text == ","), inner.i + 1)
    near = (main_verb(inner.head), *(t for t in doc[comma:] if t.pos_ in ("VERB", "AUX")))
    outer = next((t for t in near if has_modal(t, "would", "might", "could")), None)
    if outer is None:
        return
    other = phrase(sentence, outer)
    cause = Phrase(sentence, inner, aux.i + 1, max(inner.i, comma - 1), True)
    effect = Phrase(sentence, outer, max(comma + 1, other.first), other.last, True) if other.last > comma else other
    also = [t for t in children(outer, "advcl", "conj") if t.i > outer.i and has_modal(t, "would", "might", "could")]
    for result in (effect, *(phrase(sentence, t) for t in also)):
        if result.start >= cause.end:
            shortened = result
            if also and result is effect:
                shortened = replace(result, last=min(result.last, also[0].left_edge.i - 1))
            weak = hedged(result.head)
            yield Stated(cause=cause, effect=shortened, sign=1, trigger=aux, form="counterfactual", hedged=weak)


def _inverted_after(sentence: Parsed, aux: Token) -> Iterator[Stated]:
    """*Losses would have been smaller had the channel been deepened.*"""
    inner = aux.head if aux.dep_ in ("aux", "auxpass") else aux
    outer = inner.head
    verb = inner if inner is not aux else child(aux, "ccomp", "xcomp")
    subject = None if verb is None else own_subject(verb)
    if inner.dep_ not in ("ccomp", "advcl") or outer.i > aux.i or subject is None or subject.i < aux.i or verb is None:
        return
    if has_modal(outer, "would", "could", "might"):
        cause = Phrase(sentence, verb, aux.i + 1, max(verb.i, phrase(sentence, verb).last), True)
        clause = phrase(sentence, outer)
        effect = Phrase(sentence, outer, clause.first, max(outer.i, min(clause.last, aux.i - 1)), True)
        yield Stated(cause=cause, effect=effect, sign=1, trigger=aux, form="counterfactual", hedged=hedged(outer))


def _commanded(sentence: Parsed, verb: Token) -> Iterator[Stated]:
    """*Open the market, and fares will fall.*"""
    if verb.lemma_ in ("ask", "see", "look", "imagine", "wait", "remember", "read") or verb.tag_ not in ("VB", "VBP"):
        return
    if own_subject(verb) is not None or children(verb, "aux", "expl"):
        return
    for follows in children(verb, "conj"):
        if own_subject(follows) is not None and has_modal(follows, "will", "would", "can", "could", "’ll", "'ll"):
            yield from _joined(sentence, [verb], [follows], verb, "conditional")


def _supposed(sentence: Parsed) -> Iterator[Stated]:
    """*With a stronger union, wages would be higher*, *given enough rain, the crop will recover*."""
    doc = sentence.doc
    for prep in doc:
        outer = prep.head
        opens = prep.i == 0 or doc[prep.i - 1].text in (",", ";", ":") or doc[prep.i - 1].lower_ in ("but", "and")
        if prep.lower_ not in ("with", "given") or not opens or outer.i < prep.i or outer.pos_ not in ("VERB", "AUX"):
            continue
        if has_modal(outer, "would", "could", "might", "can", "will"):
            for condition in with_conjuncts(children(prep, "pobj")):
                one, other = phrase(sentence, condition), phrase(sentence, outer)
                other = Phrase(sentence, outer, max(other.first, one.last + 1), other.last, True)
                yield Stated(cause=one, effect=other, sign=1, trigger=prep, form="conditional", hedged=hedged(outer))


def _preposition(sentence: Parsed, at: int, count: int, lack: bool) -> Iterator[Stated]:
    doc = sentence.doc
    last = doc[at + count - 1]
    objects = held_by(last) or [t for word in doc[at : at + count] for t in children(word, "pobj") if t.i >= at + count]
    after = doc[at + count : at + count + 1]
    if not objects and len(after) and after[0].pos_ in ("NOUN", "PROPN"):
        objects = [after[0]]
    if not objects or (lack and objects[0].dep_ == "pcomp"):
        return
    top = doc[at]
    while top.i >= at and top.i < at + count and top.dep_ != "ROOT":
        top = top.head
    outer = top if top.pos_ in ("VERB", "AUX") else main_verb(top)
    if outer.pos_ not in ("VERB", "AUX"):
        return
    is_lack = doc[at + count - 2].lower_ in ("lack", "want", "absence", "fear")  # "for lack of X" names the lack
    for cause in with_conjuncts(objects):
        for effect in [outer] if at > outer.i else clauses(outer):
            one, other = phrase(sentence, cause), phrase(sentence, effect)
            if is_lack and cause is objects[0]:
                one = Phrase(sentence, doc[at + count - 2], at + count - 2, one.last, False)
            if at > other.head.i:
                other = Phrase(sentence, other.head, other.first, max(other.head.i, min(other.last, at - 1)), True)
            else:
                other = Phrase(sentence, other.head, max(other.first, one.last + 1), other.last, True)
            sign = 1 if not lack or (is_lack and cause is objects[0]) else -1
            yield state(doc[at], one, other, sign, "connective", outer, negated=_rather(doc, at))


def _rather(doc: Token, at: int) -> bool:
    return doc[max(0, at - 2) : at].text.lower() == "rather than" or (at > 0 and bool(doc[at - 1].lower_ == "not"))


def _ends_er(doc: Token, the: int) -> bool:
    """*…, the bolder they become*: a comparative tagged as a noun, after another correlative."""
    after = doc[the + 1]
    earlier = any(t.lower_ == "the" and is_comparative(doc[t.i + 1]) for t in doc[max(0, the - 14) : the - 1])
    return earlier and bool(after.lower_.endswith("er")) and after.tag_ in ("NN", "JJ", "RB")


def _correlative(sentence: Parsed) -> Iterator[Stated]:
    """*The more X, the fewer Y.*"""
    doc = sentence.doc
    definite = [t.i for t in doc[:-1] if t.lower_ == "the"]
    starts = [i for i in definite if is_comparative(doc[i + 1]) or (i and doc[i - 1].text == "," and _ends_er(doc, i))]
    for one, other in itertools.pairwise(starts):
        gap = doc[one:other]
        if any(t.text == ";" for t in gap) or not any(t.text == "," for t in gap):
            continue
        end = next((t.i for t in doc[other:] if t.text in (";", ".", ":", ",")), len(doc))
        comma = max(t.i for t in gap if t.text == ",")
        cause = Phrase(sentence, doc[one + 1], one, comma - 1, False)
        effect = Phrase(sentence, doc[other + 1], other, max(other + 1, end - 1), False)
        yield Stated(cause=cause, effect=effect, sign=1, trigger=doc[one], form="comparative", confidence=0.9)

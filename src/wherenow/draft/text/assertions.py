"""Find the claims of a text: assertions that could be wrong, each with its kind."""

from __future__ import annotations

from typing import Any

from wherenow.draft.links.stated import Stated
from wherenow.draft.proposals import ClaimProposal, EventProposal, Kind
from wherenow.draft.text.grammar import (
    Token,
    child,
    children,
    has_modal,
    main_verb,
    own_subject,
    phrase,
    takes_a_stance,
)
from wherenow.draft.text.parsing import Parsed
from wherenow.draft.text.text_dates import mentions

_LIKELY = frozenset({"likely", "unlikely", "improbable", "probable", "bound", "set", "poised"})
_AHEAD = frozenset({"will", "shall", "ll", "’ll", "'ll", "wo"})


def claims(
    sentences: list[Parsed], stated: list[Stated], events: tuple[EventProposal, ...]
) -> tuple[ClaimProposal, ...]:
    """List the claims in the order of the text; causal ones give their links by position in ``stated``."""
    result: list[ClaimProposal] = []
    for sentence in sentences:
        if sentence.doc.text.rstrip("\"'”’)").endswith("?"):
            continue
        own_links = [(i, s) for i, s in enumerate(stated) if s.trigger.doc is sentence.doc]
        result += _of_sentence(sentence, own_links, [e for e in events if e.sentence == sentence.id])
    return tuple(result)


def _of_sentence(sentence: Parsed, mine: list[tuple[int, Stated]], events: list[EventProposal]) -> list[ClaimProposal]:
    result: list[ClaimProposal] = []
    covered: set[int] = set()  # tokens of verbs that some claim covers
    groups: dict[int, list[tuple[int, Stated]]] = {}
    for at, one in mine:
        groups.setdefault(_stem(one, [s for _, s in mine]), []).append((at, one))
    for several in groups.values():
        first = several[0][1]
        parts = [p for _, s in several for p in (s.cause, s.effect) if p.sentence is sentence]
        start = min((p.start for p in parts), default=sentence.start)
        end = max((p.end for p in parts), default=sentence.end)
        kind: Kind = "forecast" if _is_ahead(sentence, first) else "cause"
        covered |= {t.i for _, s in several for t in (s.trigger, main_verb(s.trigger), s.cause.head, s.effect.head)}
        result.append(_claim(sentence, kind, start, end, first.confidence, links=tuple(i for i, _ in several)))
    for event in events:
        if not event.noun:
            result.append(_claim(sentence, "event", event.start, sentence.end, event.confidence, says=event.what))
    dated = any(not e.noun for e in events)
    for verb in _assertions(sentence):
        if verb.i in covered or any(t.i in covered for a in children(verb, "attr") for t in children(a, "relcl")):
            continue  # "it was the rain that filled it" becomes a link instead
        kind = _kind(verb)
        if kind == "state" and dated and any(verb.text in e.what.split() for e in events):
            continue
        if kind == "state" and own_subject(verb) is None and child(verb, "expl") is None:
            continue  # the clause only introduces another: "it may be recalled"
        clause = phrase(sentence, verb)
        result.append(_claim(sentence, kind, clause.start, clause.end, 0.6, actor=_who(verb, kind)))
    return sorted(result, key=lambda c: (c.start, c.end))


def _stem(one: Stated, here: list[Stated]) -> int:
    """Return the token for a statement: *led to X and brought Y* is one, as is *prompted by X, Z led to Y*."""
    verb = one.trigger
    if one.form == "passive" and verb.dep_ == "advcl" and any(s.trigger == verb.head for s in here):
        verb = verb.head
    while verb.dep_ == "conj" and own_subject(verb) is None and any(s.trigger == verb.head for s in here):
        verb = verb.head
    return int(verb.i)


def _claim(
    sentence: Parsed, kind: Kind, start: int, end: int, confidence: float, says: str = "", **more: Any
) -> ClaimProposal:
    text = " ".join((says or sentence.doc.text[start - sentence.start : end - sentence.start]).split()).strip(" ,;")
    more |= {"start": start, "end": end, "decides": _decides(sentence) if kind == "forecast" else ""}
    return ClaimProposal(kind=kind, sentence=sentence.id, says=text, confidence=confidence, **more)


def _decides(sentence: Parsed) -> str:
    """Return the date that decides a forecast, if its sentence names one."""
    dates = mentions(sentence.doc.text, "")
    return f"by {dates[-1].value}" if dates else ""


def _is_ahead(sentence: Parsed, one: Stated) -> bool:
    heads = [p.head for p in (one.cause, one.effect) if p.sentence is sentence]
    return any(_future(t) for t in (one.trigger, *heads) if t.pos_ in ("VERB", "AUX"))


def _future(verb: Token) -> bool:
    if any(t.lower_ in _AHEAD for t in children(verb, "aux")):
        return True
    if any(t.lower_ in _LIKELY for t in children(verb, "acomp", "oprd", "xcomp")) or verb.lower_ in _LIKELY:
        return True
    shares = verb.dep_ in ("conj", "ccomp", "xcomp") and verb.head.pos_ in ("VERB", "AUX")
    return shares and own_subject(verb) is None and _future(verb.head)


def _assertions(sentence: Parsed) -> list[Token]:
    """Return the verbs of main clauses and of coordinate clauses with their own subjects."""
    verbs = []
    for token in sentence.doc:
        if token.pos_ not in ("VERB", "AUX") or token.dep_ in ("aux", "auxpass"):
            continue
        joined = token.dep_ == "conj" and token.head.pos_ in ("VERB", "AUX") and _main(token.head)
        beside = token.dep_ == "advcl" and any(t.lower_ in ("while", "whereas") for t in children(token, "mark"))
        quoted = token.dep_ == "ccomp" and token.head.dep_ == "ROOT" and token.i < token.head.i
        if token.dep_ == "ROOT" or quoted or ((joined or beside) and own_subject(token) is not None):
            verbs.append(token)
    return verbs


def _main(verb: Token) -> bool:
    return verb.dep_ == "ROOT" or (verb.dep_ == "conj" and _main(verb.head))


def _kind(verb: Token) -> Kind:
    if _future(verb) or any(t.lower_ in (_LIKELY - {"bound", "set", "poised"}) | {"expected"} for t in verb.children):
        return "forecast"
    inner = child(verb, "xcomp")
    if verb.lemma_ in ("appear", "seem", "continue", "begin") and inner is not None:
        verb = inner
    if has_modal(verb, "should", "must", "ought"):
        return "stance"
    if child(verb, "nsubjpass") is None and takes_a_stance(verb):
        return "stance"
    inner = child(verb, "ccomp")
    foresees = verb.lemma_ in ("expect", "predict", "project", "forecast")
    if inner is not None and (foresees or (verb.lemma_ in ("think", "believe") and _future(inner))):
        return "forecast"
    return "state"


def _who(verb: Token, kind: Kind) -> str:
    subject = own_subject(verb)
    if kind != "stance" or subject is None:
        return ""
    return "the authors" if subject.lower_ in ("we", "i") else str(phrase_text(subject))


def phrase_text(noun: Token) -> str:
    """Return a noun with the words before it that belong to it."""
    return " ".join(t.text for t in noun.subtree if t.i <= noun.i and t.dep_ in ("compound", "amod", "det", "nsubj"))

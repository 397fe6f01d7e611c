"""Find dates (day, month or year) in a text, and the events that happened then."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from wherenow.draft import words
from wherenow.draft.proposals import EventProposal
from wherenow.draft.text.grammar import Token, children, main_verb, own_subject, phrase, subject_of
from wherenow.draft.text.parsing import Parsed

MONTHS = words.ordered("months")
_MONTH = "(?:" + "|".join(m.title() for m in MONTHS) + r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?"
_DAY = r"(?:[0-2]?\d|3[01])(?:st|nd|rd|th)?"
_YEAR = r"(?:1[5-9]|20)\d\d"
_DATE = re.compile(
    rf"\b(?P<d1>{_DAY})(?:\s+of)?\s+(?P<m1>{_MONTH})(?:,?\s+(?P<y1>{_YEAR}))?\b"
    rf"|\b(?P<m2>{_MONTH})\s+(?P<d2>{_DAY})(?!\d)(?:,?\s+(?P<y2>{_YEAR}))?\b"
    rf"|\b(?P<m3>{_MONTH}),?\s+(?:of\s+)?(?P<y3>{_YEAR})\b"
    r"|\b(?P<iso>(?:1[5-9]|20)\d\d-[01]\d-[0-3]\d)\b"
    rf"|\b(?:[Ss]pring|[Ss]ummer|[Aa]utumn|[Ff]all|[Ww]inter)(?:\s+of)?\s+(?P<y4>{_YEAR})\b"
    rf"|\b(?P<m5>{'|'.join(m.title() for m in MONTHS)})\b(?=[^\w’']|$)"
    rf"|(?<![\d.,$£€-])\b(?P<y6>{_YEAR})\b(?![\d%]|,\d|\.\d|-\d)"
)
_SPAN = words.group("spans")
_PARTS = frozenset({"end", "beginning", "start", "middle", "month", "week", "day", "half", "quarter"})
_FORESEEN = frozenset({"expect", "forecast", "project", "predict", "plan", "schedule", "foresee", "intend"})


@dataclass(frozen=True, slots=True)
class Mention:
    """A date in a sentence: its words, by offset in the sentence, and its value with the precision of the text."""

    start: int
    end: int
    value: str


def mentions(sentence: str, year: str) -> list[Mention]:
    """Find the dates in a sentence; a day without a year takes ``year``, the last one named before."""
    result: list[Mention] = []
    for match in _DATE.finditer(sentence):
        group = match.groupdict()
        if group["iso"]:
            value = group["iso"]
        else:
            stated = next((group[k] for k in ("y1", "y2", "y3", "y4", "y6") if group[k]), "")
            month = next((group[k] for k in ("m1", "m2", "m3", "m5") if group[k]), "")
            day = group["d1"] or group["d2"]
            if group["m5"] and (not year or group["m5"] in ("May", "March")):
                continue
            value = stated or year
            if not value:
                continue
            year = value
            if month:
                value += f"-{1 + [name[:3] for name in MONTHS].index(month.lower()[:3]):02d}"
            if day:
                value += f"-{int(re.sub(r'[a-z]+', '', day)):02d}"
        if _possible(value):
            year = value[:4]
            result.append(Mention(match.start(), match.end(), value))
    return result


def is_date(value: str) -> bool:
    """Return whether a text is a year, month or day as proposals write it."""
    return re.fullmatch(r"\d{4}(?:-\d\d(?:-\d\d)?)?", value) is not None and _possible(value)


def _possible(value: str) -> bool:
    try:
        date.fromisoformat((value + "-01-01")[:10])
    except ValueError:
        return False
    return True


def events(sentences: list[Parsed], actors: dict[str, str]) -> tuple[EventProposal, ...]:
    """Find dated events. ``actors`` maps every name and alias to the name of its actor."""
    result: list[EventProposal] = []
    year = ""
    for sentence in sentences:
        dates = mentions(sentence.doc.text, year)
        for mention in dates:
            result += _at(sentence, mention, dates, actors)
        year = dates[-1].value[:4] if dates else year
    return tuple(result)


def _at(sentence: Parsed, mention: Mention, here: list[Mention], actors: dict[str, str]) -> Iterator[EventProposal]:
    doc = sentence.doc
    tokens = [t for t in doc if mention.start <= t.idx < mention.end]
    if not tokens or _is_span(doc, tokens, mention, here):
        return
    outer = [t for t in tokens if t.head not in tokens]
    top = next((t for t in outer if t.head.pos_ == "ADP"), outer[0] if outer else tokens[-1])
    monthly = len(mention.value) > 4
    opened = tokens[0].i > 0 and doc[tokens[0].i - 1].pos_ == "ADP"
    noun = None if opened and top.head not in (doc[tokens[0].i - 1],) and monthly else _noun_of(top)
    if noun is not None:
        if monthly and noun.lemma_.lower() not in _PARTS:
            yield _event(sentence, mention, phrase(sentence, noun).text, 0.6, actors, True)
        return
    verb = _verb_of(doc, top)
    if verb is None:
        return
    joined = _happenings(verb) if tokens[0].i < verb.i else [verb]
    for happened in joined:
        if not _happened(happened, monthly):
            continue
        about = phrase(sentence, happened)
        subject = subject_of(happened)
        missing = subject is not None and not about.first <= subject.i <= about.last
        text = f"{subject.text if subject and missing else ''} {about.text}"
        yield _event(sentence, mention, text, 0.8 if monthly else 0.6, actors, False)


def _event(
    sentence: Parsed, mention: Mention, text: str, confidence: float, actors: dict[str, str], noun: bool
) -> EventProposal:
    actor_names = (name for alias, name in actors.items() if re.search(rf"\b{re.escape(alias)}\b", text))
    return EventProposal(
        date=mention.value,
        sentence=sentence.id,
        what=" ".join(text.split()),
        start=sentence.start + mention.start,
        end=sentence.start + mention.end,
        confidence=confidence,
        actors=tuple(dict.fromkeys(actor_names)),
        noun=noun,
    )


def _noun_of(top: Token) -> Token | None:
    """Return the noun that a date modifies: *the 2005 constitution*, *the killing of two men in January 2020*."""
    if top.dep_ in ("nummod", "compound", "amod", "nmod") and top.head.pos_ in ("NOUN", "PROPN"):
        return top.head
    prep = top.head
    if prep.dep_ != "prep" or prep.head.pos_ not in ("NOUN", "PROPN"):
        return None
    noun = prep.head
    verbs = [t for t in children(noun, "acl", "relcl") if t.i < top.i and t.tag_ in ("VBN", "VBD")]
    governor = noun
    while governor.dep_ in ("pobj", "prep", "conj", "appos") and governor.pos_ in ("NOUN", "PROPN", "ADP"):
        governor = governor.head
    before = governor.dep_ in ("nsubj", "nsubjpass") and governor.head.i > top.i
    return noun if not verbs and (before or prep.lower_ in ("of", "from")) else None


def _is_span(doc: Token, tokens: list[Token], mention: Mention, here: list[Mention]) -> bool:
    """Return whether the date bounds a span of time, a comparison or a deadline."""
    first = tokens[0]
    before = [t.lower_ for t in doc[max(0, first.i - 4) : first.i]]
    after = [t.lower_ for t in doc[tokens[-1].i + 1 : tokens[-1].i + 3]]
    last = before[-1] if before else ""
    near = before[-2:]
    if last in ("the", "of", "early", "late", "mid") and len(before) > 1:
        near = before[-3:]
    if any(w in _SPAN for w in near) and last not in ("in", "on", "from", "since"):
        return True
    if last == "since" and len(mention.value) == 4:
        return True
    if last == "and" and "between" in before:
        return True
    if last == "from" and {"to", "until", "through", "on"} & {*after}:
        return True
    if last in ("in", "of") and after[:1] == ["to"] and any(m.start > mention.end for m in here):
        return True
    follows = last == "in" and any(m.end < mention.start for m in here)
    to, start = (any(t.lower_ == w for t in doc[a : first.i]) for w, a in (("to", max(0, first.i - 6)), ("from", 0)))
    return follows and to and start


def _verb_of(doc: Token, top: Token) -> Token | None:
    """Return the verb or participle to which the date belongs."""
    head = top.head
    first = head if head.pos_ == "ADP" else top
    if first.head.i > top.i and first.i > 1 and doc[first.i - 1].text == ",":  # as in "… issued the order, on 9 May, …"
        verb = next((t for t in reversed(doc[: first.i]) if t.pos_ == "VERB" and t.tag_ in ("VBD", "VBN")), None)
        if verb is not None:
            return verb
    while head.pos_ in ("ADP", "NOUN", "PROPN", "NUM", "ADV", "PRON", "ADJ", "SCONJ") and head.dep_ != "ROOT":
        inner = next((t for t in children(head, "acl", "relcl") if t.i < top.i and t.tag_ in ("VBN", "VBD")), None)
        if inner is not None and head.pos_ in ("NOUN", "PROPN"):
            return inner
        head = head.head
    if head.pos_ in ("VERB", "AUX"):
        return main_verb(head)
    return next((t for t in doc if t.pos_ == "VERB" and t.tag_ in ("VBD", "VBN")), None)


def _happenings(verb: Token) -> list[Token]:
    """Return the verb, and coordinate verbs for what else happened then."""
    joined = (t for t in children(verb, "conj") if t.pos_ == "VERB" and t.tag_ in ("VBD", "VBN"))
    return [verb, *(t for t in joined if own_subject(t) is not None)]


def _supposed(verb: Token) -> bool:
    """*If it had come in 1967*, *had it come in 1967*."""
    inverted = any(t.lower_ == "had" and t.i == verb.left_edge.i for t in children(verb, "aux"))
    return verb.dep_ == "advcl" and (inverted or any(t.lower_ in ("if", "unless") for t in children(verb, "mark")))


def _happened(verb: Token, monthly: bool) -> bool:
    """Return whether a verb describes something that took place, not a level, a trend or the future."""
    if verb.lemma_ in words.listed("statives") and not (monthly and verb.lemma_ in ("fall", "rise", "drop")):
        return False
    if (verb.lemma_ in _FORESEEN and children(verb, "auxpass")) or _supposed(verb):
        return False
    auxiliaries = {t.lower_ for t in children(verb, "aux")}
    if auxiliaries & {"will", "would", "should", "could", "may", "might", "must", "shall", "to"}:
        return False
    past = verb.tag_ in ("VBD", "VBN") or "did" in auxiliaries
    return past or (monthly and verb.dep_ == "relcl")

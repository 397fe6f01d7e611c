"""Answers of a language model, parsed and checked against the text: none is trusted.

A proposal is used only if its sentence exists, every passage that it quotes is in that sentence word for word, and its
names are plain words. Dropped proposals are counted by reason.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from wherenow.case.case_types import Sentence
from wherenow.draft.proposals import (
    ActorProposal,
    ClaimProposal,
    EventProposal,
    LinkProposal,
    Proposals,
    QuantityProposal,
)
from wherenow.draft.text.text_dates import is_date

KINDS = ("event", "state", "cause", "stance", "forecast")
LONGEST_NAME = 80
LONGEST_SAYING = 400
MOST_ITEMS = 400
"""Proposals of one kind in one answer; no text of a few paragraphs has more."""
_NAME = re.compile(r"[^\W_][\w '’.,&%()+-]*")


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _list(**properties: Any) -> dict[str, Any]:
    return {"type": "array", "items": _object(**properties)}


_TEXT = {"type": "string"}
_NUMBER = {"type": "number"}
_TRUTH = {"type": "boolean"}
SCHEMA = _object(
    variables={"type": "array", "items": _TEXT},
    claims=_list(
        kind={"type": "string", "enum": list(KINDS)}, sentence=_TEXT, says=_TEXT, quote=_TEXT, confidence=_NUMBER
    ),
    links=_list(
        **dict.fromkeys(("cause", "effect"), _TEXT),
        sign={"type": "string", "enum": ["+", "-"]},
        **dict.fromkeys(("negated", "hedged"), _TRUTH),
        **dict.fromkeys(("sentence", "cause_quote", "effect_quote"), _TEXT),
        confidence=_NUMBER,
    ),
    events=_list(date=_TEXT, sentence=_TEXT, what=_TEXT, quote=_TEXT, confidence=_NUMBER),
    actors=_list(name=_TEXT, aliases={"type": "array", "items": _TEXT}, sentence=_TEXT, confidence=_NUMBER),
    quantities=_list(value=_NUMBER, unit=_TEXT, sentence=_TEXT, quote=_TEXT, confidence=_NUMBER),
)
"""The JSON schema that an answer is constrained to."""


class MalformedError(ValueError):
    """An answer that is not JSON, or does not follow the schema."""


@dataclass(slots=True, kw_only=True)
class Sifted:
    """The valid proposals of one or more answers, and counts of the others."""

    claims: list[ClaimProposal] = field(default_factory=list)  # valid claims
    links: list[LinkProposal] = field(default_factory=list)  # valid links
    events: list[EventProposal] = field(default_factory=list)  # valid events
    actors: list[ActorProposal] = field(default_factory=list)  # valid actors
    quantities: list[QuantityProposal] = field(default_factory=list)  # valid quantities
    dropped: Counter[str] = field(default_factory=Counter)  # number of invalid proposals, by reason

    def proposals(self, reader: str) -> Proposals:
        """Return all valid proposals, in the order of the text; links stated with both signs are dropped."""
        links = self._consistent()
        return Proposals(
            reader=reader,
            claims=tuple(sorted(self._linked(links), key=lambda c: c.start)),
            links=tuple(links),
            events=tuple(sorted(self.events, key=lambda e: e.start)),
            actors=_joined(self.actors),
            quantities=tuple(sorted(self.quantities, key=lambda q: q.start)),
            dropped=dict(self.dropped),
        )

    def _consistent(self) -> list[LinkProposal]:
        signs: dict[tuple[str, str, str, bool], set[str]] = {}
        for link in self.links:
            signs.setdefault((link.cause, link.effect, link.sentence, link.negated), set()).add(link.sign)
        consistent = [x for x in self.links if len(signs[x.cause, x.effect, x.sentence, x.negated]) == 1]
        if len(consistent) < len(self.links):
            self.dropped["links stated with both signs"] += len(self.links) - len(consistent)
        return sorted(dict.fromkeys(consistent), key=lambda x: (min(x.cause_start, x.effect_start), x.cause, x.effect))

    def _linked(self, links: list[LinkProposal]) -> list[ClaimProposal]:
        """Connect causal claims with the links of their sentence whose words lie in their quotation."""

        def states(claim: ClaimProposal, link: LinkProposal) -> bool:
            return link.sentence == claim.sentence and claim.start <= link.effect_start < claim.end

        return [
            replace(c, links=tuple(i for i, x in enumerate(links) if states(c, x))) if c.kind == "cause" else c
            for c in self.claims
        ]


def _joined(actors: list[ActorProposal]) -> tuple[ActorProposal, ...]:
    by_name: dict[str, ActorProposal] = {}
    for actor in sorted(actors, key=lambda a: a.start):
        before = by_name.get(actor.name)
        aliases = dict.fromkeys((*(before.aliases if before else ()), *actor.aliases))
        by_name[actor.name] = replace(before or actor, aliases=tuple(aliases))
    return tuple(by_name.values())


def sift(answer: str, text: str, sentences: Mapping[str, Sentence], sifted: Sifted) -> None:
    """Add the proposals of an answer that ``text`` supports to ``sifted``.

    Raises MalformedError if the answer does not follow the schema.
    """
    try:
        tree = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise MalformedError(f"no JSON: {str(error)[:80]}") from None
    if not isinstance(tree, dict) or not all(isinstance(tree.get(k, []), list) for k in SCHEMA["properties"]):
        raise MalformedError("JSON that does not follow the schema")
    if not any(k in tree for k in SCHEMA["properties"]):
        raise MalformedError("JSON without any proposal")
    check = _AnswerChecker(text, sentences, {v.strip() for v in tree.get("variables", []) if isinstance(v, str)})
    for kind in ("claims", "links", "events", "actors", "quantities"):
        items = tree.get(kind, [])
        if len(items) > MOST_ITEMS:
            sifted.dropped[f"{kind} beyond {MOST_ITEMS} in one answer"] += len(items) - MOST_ITEMS
        for item in items[:MOST_ITEMS]:
            try:
                _require(isinstance(item, dict), "that are not JSON objects")
                getattr(sifted, kind).append(getattr(check, kind)(item))
            except _UnsupportedError as error:
                sifted.dropped[f"{kind} {error}"] += 1


class _UnsupportedError(ValueError):
    """A proposal that does not follow the schema, or that the text does not support."""


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise _UnsupportedError(otherwise)


@dataclass(frozen=True, slots=True)
class _AnswerChecker:
    """Checks of items against the text; each method returns a proposal, or raises _UnsupportedError."""

    text: str
    sentences: Mapping[str, Sentence]
    variables: set[str]

    def claims(self, item: dict[str, Any]) -> ClaimProposal:
        _require(item.get("kind") in KINDS, f"whose kind is not one of {', '.join(KINDS)}")
        return ClaimProposal(kind=item["kind"], says=_words(item.get("says"), LONGEST_SAYING), **self._quoted(item))

    def links(self, item: dict[str, Any]) -> LinkProposal:
        cause, effect = _name(item.get("cause")), _name(item.get("effect"))
        one, other = self._span(item, "cause_quote"), self._span(item, "effect_quote")
        _require(item.get("sign") in ("+", "-"), "whose sign is neither + nor -")
        _require({cause, effect} <= self.variables, "of variables that were not proposed")
        _require(cause != effect, "of a variable with itself")
        marks: dict[str, Any] = {name: item.get(name) is True for name in ("negated", "hedged")}
        places: dict[str, Any] = {
            "cause_start": one[0],
            "cause_end": one[1],
            "effect_start": other[0],
            "effect_end": other[1],
        }
        rest = {"sign": item["sign"], "sentence": item["sentence"], "confidence": _share(item)}
        return LinkProposal(cause=cause, effect=effect, form="", **marks, **places, **rest)

    def events(self, item: dict[str, Any]) -> EventProposal:
        what, when = _words(item.get("what"), LONGEST_SAYING), item.get("date")
        _require(
            isinstance(when, str) and is_date(when), "whose date is not a valid year, month or day such as 2018-10-04"
        )
        return EventProposal(date=str(when), what=what, **self._quoted(item))

    def actors(self, item: dict[str, Any]) -> ActorProposal:
        name = _name(item.get("name"))
        start, end = self._span({**item, "name": name}, "name")
        given = item.get("aliases")
        usable = (_plain(a, LONGEST_NAME) for a in (given if isinstance(given, list) else ())[:20])
        aliases = tuple(a for a in usable if a and _NAME.fullmatch(a) and a != name and a in self.text)
        at, share = item["sentence"], _share(item)
        return ActorProposal(name=name, aliases=aliases, first_sentence=at, start=start, end=end, confidence=share)

    def quantities(self, item: dict[str, Any]) -> QuantityProposal:
        value, unit = item.get("value"), _words(item.get("unit"), LONGEST_NAME)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e30:
            raise _UnsupportedError("whose value is not a number of magnitude below 1e30")
        return QuantityProposal(value=float(value), unit=unit, **self._quoted(item))

    def _quoted(self, item: dict[str, Any]) -> dict[str, Any]:
        start, end = self._span(item, "quote")
        return {"sentence": item["sentence"], "start": start, "end": end, "confidence": _share(item)}

    def _span(self, item: dict[str, Any], key: str) -> tuple[int, int]:
        """Find an item's quotation in its sentence."""
        quote, name = item.get(key), item.get("sentence")
        sentence = self.sentences.get(name) if isinstance(name, str) else None
        if sentence is not None and isinstance(quote, str) and quote.strip():
            words = r"\s+".join(re.escape(word) for word in quote.split())
            match = re.compile(words).search(self.text, sentence.start, sentence.end)
            if match is not None:
                return match.span()
        raise _UnsupportedError("whose words are not in the text")


def _name(value: object) -> str:
    name = _words(value, LONGEST_NAME)
    _require(_NAME.fullmatch(name) is not None, "whose name is not made of plain words")
    return name


def _words(value: object, longest: int) -> str:
    words = _plain(value, longest)
    if words is None:
        raise _UnsupportedError(f"whose words are not one line of plain text with at most {longest} characters")
    return words


def _plain(value: object, longest: int) -> str | None:
    """Return plain words on one line: no markup, no control characters, at most ``longest`` characters."""
    if not isinstance(value, str) or "<" in value or ">" in value or any(ord(c) < 32 or c == "\x7f" for c in value):
        return None
    words = " ".join(value.split())
    return words if words and len(words) <= longest else None


def _share(item: dict[str, Any]) -> float:
    """Return the confidence of an item between 0 and 1; one half if it gives none."""
    value = item.get("confidence")
    usable = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    return round(float(value), 3) if usable and value is not None else 0.5

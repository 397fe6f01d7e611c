"""Answers of a language model, parsed and checked against the text: none is trusted.

A proposal is used only if its sentence exists, every passage that it quotes is in that sentence word for word, and its
names are plain words. Dropped proposals are counted by reason.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wherenow.case.types import Sentence
from wherenow.draft.proposals import (
    ActorProposal,
    ClaimProposal,
    EventProposal,
    LinkProposal,
    Proposals,
    QuantityProposal,
)
from wherenow.draft.text.dates import is_date

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
        cause=_TEXT,
        effect=_TEXT,
        sign={"type": "string", "enum": ["+", "-"]},
        negated=_TRUTH,
        hedged=_TRUTH,
        sentence=_TEXT,
        cause_quote=_TEXT,
        effect_quote=_TEXT,
        confidence=_NUMBER,
    ),
    events=_list(date=_TEXT, sentence=_TEXT, what=_TEXT, quote=_TEXT, confidence=_NUMBER),
    actors=_list(name=_TEXT, aliases={"type": "array", "items": _TEXT}, sentence=_TEXT, confidence=_NUMBER),
    quantities=_list(value=_NUMBER, unit=_TEXT, sentence=_TEXT, quote=_TEXT, confidence=_NUMBER),
)
"""The JSON schema that an answer is constrained to."""


class MalformedError(ValueError):
    """An answer that is not JSON, or has another form."""


@dataclass(slots=True, kw_only=True)
class Sifted:
    """The valid proposals of one or more answers, and counts of the others."""

    claims: list[ClaimProposal] = field(default_factory=list)
    links: list[LinkProposal] = field(default_factory=list)
    events: list[EventProposal] = field(default_factory=list)
    actors: list[ActorProposal] = field(default_factory=list)
    quantities: list[QuantityProposal] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)

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
        kept = [x for x in self.links if len(signs[x.cause, x.effect, x.sentence, x.negated]) == 1]
        if len(kept) < len(self.links):
            self.dropped["links stated with both signs"] += len(self.links) - len(kept)
        return sorted(dict.fromkeys(kept), key=lambda x: (min(x.cause_start, x.effect_start), x.cause, x.effect))

    def _linked(self, links: list[LinkProposal]) -> list[ClaimProposal]:
        """Connect causal claims with the links of their sentence whose words lie in their quotation."""
        from dataclasses import replace

        def states(claim: ClaimProposal, link: LinkProposal) -> bool:
            return link.sentence == claim.sentence and claim.start <= link.effect_start < claim.end

        return [
            replace(c, links=tuple(i for i, x in enumerate(links) if states(c, x))) if c.kind == "cause" else c
            for c in self.claims
        ]


def _joined(actors: list[ActorProposal]) -> tuple[ActorProposal, ...]:
    from dataclasses import replace

    found: dict[str, ActorProposal] = {}
    for actor in sorted(actors, key=lambda a: a.start):
        before = found.get(actor.name)
        aliases = dict.fromkeys((*(before.aliases if before else ()), *actor.aliases))
        found[actor.name] = replace(before or actor, aliases=tuple(aliases))
    return tuple(found.values())


def sift(answer: str, text: str, sentences: Mapping[str, Sentence], kept: Sifted) -> None:
    """Add the proposals of an answer that ``text`` supports to ``kept``. Raises MalformedError for another form."""
    try:
        tree = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise MalformedError(f"no JSON: {str(error)[:80]}") from None
    if not isinstance(tree, dict) or not all(isinstance(tree.get(k, []), list) for k in SCHEMA["properties"]):
        raise MalformedError("JSON of another form")
    if not any(k in tree for k in SCHEMA["properties"]):
        raise MalformedError("JSON without any proposal")
    sifter = _Sifter(text, sentences, kept, {v.strip() for v in tree.get("variables", []) if isinstance(v, str)})
    for kind, take in (
        ("claims", sifter.claim),
        ("links", sifter.link),
        ("events", sifter.event),
        ("actors", sifter.actor),
        ("quantities", sifter.quantity),
    ):
        items = tree.get(kind, [])
        if len(items) > MOST_ITEMS:
            kept.dropped[f"{kind} beyond {MOST_ITEMS} in one answer"] += len(items) - MOST_ITEMS
        for item in items[:MOST_ITEMS]:
            reason = take(item) if isinstance(item, dict) else "of another form"
            if reason:
                kept.dropped[f"{kind} {reason}"] += 1


@dataclass(frozen=True, slots=True)
class _Sifter:
    """A checker; each method adds a proposal to ``kept``, or records why it does not."""

    text: str
    sentences: Mapping[str, Sentence]
    kept: Sifted
    variables: set[str]

    def claim(self, item: dict[str, Any]) -> str:
        span, says = self._span(item, "quote"), self._words(item.get("says"), LONGEST_SAYING)
        if span is None:
            return "whose words are not in the text"
        if says is None or item.get("kind") not in KINDS:
            return "of another form"
        self.kept.claims.append(
            ClaimProposal(
                kind=item["kind"],
                sentence=item["sentence"],
                says=says,
                start=span[0],
                end=span[1],
                confidence=_share(item),
            )
        )
        return ""

    def link(self, item: dict[str, Any]) -> str:
        cause, effect = self._name(item.get("cause")), self._name(item.get("effect"))
        one, other = self._span(item, "cause_quote"), self._span(item, "effect_quote")
        if one is None or other is None:
            return "whose words are not in the text"
        if cause is None or effect is None or item.get("sign") not in ("+", "-"):
            return "of another form"
        if cause not in self.variables or effect not in self.variables:
            return "of variables that were not proposed"
        if cause == effect:
            return "of a variable with itself"
        self.kept.links.append(
            LinkProposal(
                cause=cause,
                effect=effect,
                sign=item["sign"],
                negated=item.get("negated") is True,
                hedged=item.get("hedged") is True,
                sentence=item["sentence"],
                cause_start=one[0],
                cause_end=one[1],
                effect_start=other[0],
                effect_end=other[1],
                confidence=_share(item),
                form="",
            )
        )
        return ""

    def event(self, item: dict[str, Any]) -> str:
        span, what, when = self._span(item, "quote"), self._words(item.get("what"), LONGEST_SAYING), item.get("date")
        if span is None:
            return "whose words are not in the text"
        if what is None or not isinstance(when, str) or not is_date(when):
            return "of another form"
        self.kept.events.append(
            EventProposal(
                date=when, sentence=item["sentence"], what=what, start=span[0], end=span[1], confidence=_share(item)
            )
        )
        return ""

    def actor(self, item: dict[str, Any]) -> str:
        name = self._name(item.get("name"))
        span = None if name is None else self._span({**item, "name": name}, "name")
        if name is None:
            return "of another form"
        if span is None:
            return "whose words are not in the text"
        given = item.get("aliases")
        found = (self._name(a) for a in (given if isinstance(given, list) else ())[:20])
        aliases = tuple(a for a in found if a is not None and a != name and a in self.text)
        self.kept.actors.append(
            ActorProposal(
                name=name,
                aliases=aliases,
                first_sentence=item["sentence"],
                start=span[0],
                end=span[1],
                confidence=_share(item),
            )
        )
        return ""

    def quantity(self, item: dict[str, Any]) -> str:
        span, value, unit = self._span(item, "quote"), item.get("value"), self._words(item.get("unit"), LONGEST_NAME)
        if span is None:
            return "whose words are not in the text"
        if unit is None or isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e30:
            return "of another form"
        self.kept.quantities.append(
            QuantityProposal(
                value=float(value),
                unit=unit,
                sentence=item["sentence"],
                start=span[0],
                end=span[1],
                confidence=_share(item),
            )
        )
        return ""

    def _span(self, item: dict[str, Any], key: str) -> tuple[int, int] | None:
        """Find an item's quotation in its sentence; None where it is absent."""
        quote, name = item.get(key), item.get("sentence")
        if not isinstance(quote, str) or not quote.strip() or not isinstance(name, str) or name not in self.sentences:
            return None
        sentence = self.sentences[name]
        words = r"\s+".join(re.escape(word) for word in quote.split())
        found = re.compile(words).search(self.text, sentence.start, sentence.end)
        return None if found is None else found.span()

    def _name(self, value: object) -> str | None:
        words = self._words(value, LONGEST_NAME)
        return words if words is not None and _NAME.fullmatch(words) else None

    def _words(self, value: object, longest: int) -> str | None:
        """Return plain words on one line: no markup, no control characters, at most ``longest`` characters."""
        if not isinstance(value, str) or "<" in value or ">" in value or any(ord(c) < 32 or c == "\x7f" for c in value):
            return None
        words = " ".join(value.split())
        return words if words and len(words) <= longest else None


def _share(item: dict[str, Any]) -> float:
    """Return the confidence of an item between 0 and 1; one half where it gives none."""
    value = item.get("confidence")
    usable = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    return round(float(value), 3) if usable and value is not None else 0.5

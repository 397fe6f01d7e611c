"""The proposals of a reader: claims, links, dated events, actors and quantities, each with the words that support it.

Offsets count characters from the start of the text, end exclusive, as in Python slices.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

Kind = Literal["event", "state", "cause", "stance", "forecast"]
Sign = Literal["+", "-"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimProposal:
    """An assertion that could be wrong on its own; ``links`` has the positions of the links that it states."""

    kind: Kind  # event, state, cause, stance or forecast
    sentence: str  # name of the sentence
    says: str  # the claim in words
    start: int  # offset of the passage's start in the text
    end: int  # offset of the passage's end in the text
    confidence: float  # confidence between 0 and 1
    links: tuple[int, ...] = ()
    actor: str = ""  # who claims it, if not the author
    decides: str = ""  # for a forecast: the date or condition that decides it


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkProposal:
    """A cause and its effect in one statement; ``sign`` holds between the variables ``cause`` and ``effect``.

    The words at the offsets may say which way a variable goes ("fewer buses"); its name does not ("buses").
    """

    cause: str
    effect: str
    sign: Sign
    negated: bool  # whether the text denies the link
    hedged: bool  # whether the text weakens the link
    sentence: str  # name of the sentence
    cause_start: int  # offset of the cause's start in the text
    cause_end: int  # offset of the cause's end in the text
    effect_start: int  # offset of the effect's start in the text
    effect_end: int  # offset of the effect's end in the text
    confidence: float  # confidence between 0 and 1
    form: str  # name of the construction
    cause_way: int = 1  # 1, or -1 where the words reverse the variable: "fewer buses" is ``buses``, -1
    effect_way: int = 1  # the same for the effect
    delayed: bool = False  # whether the text names a delay


@dataclass(frozen=True, slots=True, kw_only=True)
class EventProposal:
    """A dated event: ``2018``, ``2018-10`` or ``2018-10-04``."""

    date: str  # ISO date, which may be a year or a month
    sentence: str  # name of the sentence
    what: str  # what happened, in words
    start: int  # offset of the passage's start in the text
    end: int  # offset of the passage's end in the text
    confidence: float  # confidence between 0 and 1
    actors: tuple[str, ...] = ()  # names of the actors
    noun: bool = False  # whether a noun ("the killing of May 2001") states it in a sentence about something else


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorProposal:
    """A named person, organisation or state that acts or speaks."""

    name: str  # full name
    aliases: tuple[str, ...]  # other names in the text
    first_sentence: str  # name of the sentence that first mentions it
    start: int  # offset of the name's start in the text
    end: int  # offset of the name's end in the text
    confidence: float  # confidence between 0 and 1


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityProposal:
    """A figure with its unit; words such as *million* are multiplied out."""

    value: float  # value in ``unit``
    unit: str  # unit as written
    sentence: str  # name of the sentence
    start: int  # offset of the passage's start in the text
    end: int  # offset of the passage's end in the text
    confidence: float  # confidence between 0 and 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposals:
    """All proposals for one text; ``reader`` is the reader's name and version, ``dropped`` counts unused ones."""

    reader: str
    claims: tuple[ClaimProposal, ...] = ()  # claims in the order of the text
    links: tuple[LinkProposal, ...] = ()  # causal links in the order of the text
    events: tuple[EventProposal, ...] = ()  # events in the order of the text
    actors: tuple[ActorProposal, ...] = ()  # actors in the order of the text
    quantities: tuple[QuantityProposal, ...] = ()  # quantities in the order of the text
    dropped: dict[str, int] = field(default_factory=dict)

    def as_tree(self) -> dict[str, Any]:
        """Return the proposals as plain lists and mappings, in the order of their fields."""
        return asdict(self)


Proposal = ClaimProposal | LinkProposal | EventProposal | ActorProposal | QuantityProposal
ITEMS: dict[str, type[Proposal]] = {
    "claims": ClaimProposal,
    "links": LinkProposal,
    "events": EventProposal,
    "actors": ActorProposal,
    "quantities": QuantityProposal,
}


def item_from_tree(kind: str, tree: dict[str, Any]) -> Proposal:
    """Read one proposal from a plain mapping. Raises KeyError or ValueError for a missing or invalid field."""
    from pydantic import TypeAdapter

    form = ITEMS[kind]
    unknown = set(tree) - {f.name for f in fields(form)}
    if unknown:
        raise ValueError(f"{kind} have no {', '.join(sorted(unknown))}")
    return TypeAdapter(form).validate_python(tree)

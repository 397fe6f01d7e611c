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
    start: int  # offset in the text
    end: int  # offset in the text
    confidence: float  # between 0 and 1
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
    negated: bool  # the text denies it
    hedged: bool  # the text weakens it
    sentence: str  # name of the sentence
    cause_start: int  # offset in the text
    cause_end: int  # offset in the text
    effect_start: int  # offset in the text
    effect_end: int  # offset in the text
    confidence: float  # between 0 and 1
    form: str  # kind of construction
    cause_way: int = 1  # direction of the words: "fewer buses" is ``buses``, -1
    effect_way: int = 1  # direction of the words
    delayed: bool = False  # the text names a delay


@dataclass(frozen=True, slots=True, kw_only=True)
class EventProposal:
    """A dated event: ``2018``, ``2018-10`` or ``2018-10-04``."""

    date: str  # as an ISO date
    sentence: str  # name of the sentence
    what: str  # happened, in words
    start: int  # offset in the text
    end: int  # offset in the text
    confidence: float  # between 0 and 1
    actors: tuple[str, ...] = ()  # names
    noun: bool = False  # stated by a noun ("the killing of May 2001") in a sentence about something else


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorProposal:
    """A named person, organisation or state that acts or speaks."""

    name: str  # in full
    aliases: tuple[str, ...]  # other names in the text
    first_sentence: str  # name of the sentence that first mentions it
    start: int  # offset in the text
    end: int  # offset in the text
    confidence: float  # between 0 and 1


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityProposal:
    """A figure with its unit; words such as *million* are multiplied out."""

    value: float  # in ``unit``
    unit: str  # as written
    sentence: str  # name of the sentence
    start: int  # offset in the text
    end: int  # offset in the text
    confidence: float  # between 0 and 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposals:
    """All proposals for one text; ``reader`` is the reader's name and version, ``dropped`` counts unused ones."""

    reader: str
    claims: tuple[ClaimProposal, ...] = ()  # in order of the text
    links: tuple[LinkProposal, ...] = ()  # in order of the text
    events: tuple[EventProposal, ...] = ()  # in order of the text
    actors: tuple[ActorProposal, ...] = ()  # in order of the text
    quantities: tuple[QuantityProposal, ...] = ()  # in order of the text
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

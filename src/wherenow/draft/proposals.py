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

    kind: Kind
    sentence: str
    says: str
    start: int
    end: int
    confidence: float
    links: tuple[int, ...] = ()
    actor: str = ""
    decides: str = ""
    """For a forecast: the date or condition that decides it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkProposal:
    """A cause and its effect in one statement; ``sign`` holds between the variables ``cause`` and ``effect``.

    The words at the offsets may say which way a variable goes ("fewer buses"); its name does not ("buses").
    """

    cause: str
    effect: str
    sign: Sign
    negated: bool
    hedged: bool
    sentence: str
    cause_start: int
    cause_end: int
    effect_start: int
    effect_end: int
    confidence: float
    form: str
    cause_way: int = 1
    effect_way: int = 1
    """The direction of the words: "fewer buses" is ``buses``, -1."""
    delayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EventProposal:
    """A dated event: ``2018``, ``2018-10`` or ``2018-10-04``."""

    date: str
    sentence: str
    what: str
    start: int
    end: int
    confidence: float
    actors: tuple[str, ...] = ()
    noun: bool = False
    """Whether a noun states it ("the killing of May 2001") in a sentence about something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorProposal:
    """A named person, organisation or state that acts or speaks."""

    name: str
    aliases: tuple[str, ...]
    first_sentence: str
    start: int
    end: int
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityProposal:
    """A figure with its unit; words such as *million* are multiplied out."""

    value: float
    unit: str
    sentence: str
    start: int
    end: int
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposals:
    """All proposals for one text; ``reader`` is the reader's name and version, ``dropped`` counts unused ones."""

    reader: str
    claims: tuple[ClaimProposal, ...] = ()
    links: tuple[LinkProposal, ...] = ()
    events: tuple[EventProposal, ...] = ()
    actors: tuple[ActorProposal, ...] = ()
    quantities: tuple[QuantityProposal, ...] = ()
    dropped: dict[str, int] = field(default_factory=dict)

    def as_tree(self) -> dict[str, Any]:
        """Return the proposals as plain lists and mappings, in the order of their fields."""
        return asdict(self)


ITEMS: dict[str, type[ClaimProposal | LinkProposal | EventProposal | ActorProposal | QuantityProposal]] = {
    "claims": ClaimProposal,
    "links": LinkProposal,
    "events": EventProposal,
    "actors": ActorProposal,
    "quantities": QuantityProposal,
}


def item_from_tree(
    kind: str, tree: dict[str, Any]
) -> ClaimProposal | LinkProposal | EventProposal | ActorProposal | QuantityProposal:
    """Read one proposal from a plain mapping. Raises KeyError or ValueError for a missing or invalid field."""
    from pydantic import TypeAdapter

    form = ITEMS[kind]
    unknown = set(tree) - {f.name for f in fields(form)}
    if unknown:
        raise ValueError(f"{kind} have no {', '.join(sorted(unknown))}")
    found: ClaimProposal | LinkProposal | EventProposal | ActorProposal | QuantityProposal = TypeAdapter(
        form
    ).validate_python(tree)
    return found

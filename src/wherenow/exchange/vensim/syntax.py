"""What one entry of a Vensim model file defines: the left side, and the kinds of right side.

Expressions are already the nodes of :mod:`wherenow.language.syntax`, but functions still have Vensim's names and
argument orders: :mod:`wherenow.exchange.vensim.translation.calls` makes those the table's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from wherenow.language.syntax import NOWHERE, Expression, Span, Table, canonical


@dataclass(frozen=True, slots=True)
class Literal:
    """A string among a function's arguments: a file, a sheet or a cell."""

    value: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A name as written, without continued lines; ``key`` is its canonical spelling."""

    label: str
    span: Span = field(default=NOWHERE, compare=False)

    @property
    def key(self) -> str:
        return canonical(self.label)


@dataclass(frozen=True, slots=True)
class Left:
    """The defined name with its subscripts, exceptions and the way between data points (as Vensim's keyword)."""

    name: Name
    subscripts: tuple[Name, ...] = ()
    excepted: tuple[tuple[Name, ...], ...] = ()
    interpolation: str = ""


@dataclass(frozen=True, slots=True)
class Formula:
    """``left = expression``; ``operator`` is ``=``, ``==`` or ``:=``."""

    left: Left
    expression: Expression
    operator: str = "="


@dataclass(frozen=True, slots=True)
class Numbers:
    """``left = 1, 2; 3, 4;`` or a tabbed array: numbers in the order of the elements, the last subscript fastest."""

    left: Left
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Points:
    """A lookup given by its points."""

    left: Left
    table: Table


@dataclass(frozen=True, slots=True)
class Empty:
    """A name alone: data that comes from elsewhere."""

    left: Left


@dataclass(frozen=True, slots=True)
class Item:
    """A member of a subscript range: an element or another range."""

    name: Name


@dataclass(frozen=True, slots=True)
class ItemRange:
    """``(first-last)``: elements numbered from the one to the other."""

    first: Name
    last: Name


@dataclass(frozen=True, slots=True)
class ItemCall:
    """Elements read from a file: GET XLS SUBSCRIPT and GET DIRECT SUBSCRIPT."""

    function: Name
    arguments: tuple[str, ...]


Items = tuple[Item | ItemRange | ItemCall, ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """``-> target`` (``items`` empty: element by element) or ``-> (target: items)``."""

    target: Name
    items: Items = ()


@dataclass(frozen=True, slots=True)
class Range:
    """``name: items -> mappings``."""

    name: Name
    items: Items
    mappings: tuple[Mapping, ...] = ()


@dataclass(frozen=True, slots=True)
class Equivalence:
    """``name <-> other``: two names of one subscript range."""

    name: Name
    other: Name


@dataclass(frozen=True, slots=True)
class Output:
    """A variable among a macro call's arguments, after the colon, that one of its further outputs goes to."""

    name: Name
    span: Span = field(default=NOWHERE, compare=False)


Definition = Formula | Numbers | Points | Empty | Range | Equivalence


def string(node: Any) -> str | None:
    """The text of a string argument, None of anything else."""
    return node.value if isinstance(node, Literal) else None


def join(name: str) -> str:
    """A name with continued lines, tabs and runs of blanks as single blanks."""
    return " ".join(re.sub(r"\\\n", " ", name).split())


def shown(key: str) -> str:
    """A function's name as Vensim writes it."""
    return key.replace("_", " ").upper()


class UntranslatableError(Exception):
    """A call that means nothing, or that has no counterpart here."""

    def __init__(self, message: str, span: Span, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.span, self.hint = message, span, hint

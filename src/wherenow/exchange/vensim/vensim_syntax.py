"""Definitions in a Vensim model file: the left-hand side, and the kinds of right-hand side.

Expressions are already nodes of :mod:`wherenow.language.syntax`, but functions still have Vensim's names and argument
orders, which :mod:`wherenow.exchange.vensim.translation.calls` converts to those of the function table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from wherenow.language.syntax import NOWHERE, Call, Expression, Span, Table, canonical


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
    """The defined name with its subscripts, exceptions and interpolation between data points (as Vensim's keyword)."""

    name: Name
    subscripts: tuple[Name, ...] = ()
    excepted: tuple[tuple[Name, ...], ...] = ()
    interpolation: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """``left = expression``, also written with ``==`` or, if it computes data of other data, ``:=``."""

    left: Left
    expression: Expression
    of_data: bool = field(default=False, compare=False)


def lists_causes(definition: object) -> bool:
    """Check whether a definition is ``A FUNCTION OF``: the causes of a variable without an equation yet."""
    expression = definition.expression if isinstance(definition, Assignment) else None
    return isinstance(expression, Call) and expression.function == "a_function_of"


@dataclass(frozen=True, slots=True)
class Numbers:
    """A list ``left = 1, 2; 3, 4;`` or a tabbed array, in the order of the elements, the last subscript fastest."""

    left: Left
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Points:
    """A lookup given by its points."""

    left: Left
    table: Table


@dataclass(frozen=True, slots=True)
class Empty:
    """A name alone: data from an external file."""

    left: Left


@dataclass(frozen=True, slots=True)
class ItemRange:
    """A numbered range of elements, ``(first-last)``."""

    first: Name
    last: Name


@dataclass(frozen=True, slots=True)
class ItemCall:
    """Elements read from a file: GET XLS SUBSCRIPT and GET DIRECT SUBSCRIPT."""

    function: Name
    arguments: tuple[str, ...]


Items = tuple[Name | ItemRange | ItemCall, ...]
"""The members of a subscript range; a name is an element or another range."""


@dataclass(frozen=True, slots=True)
class MapTo:
    """A mapping ``-> target`` (``items`` empty: element by element) or ``-> (target: items)``."""

    target: Name
    items: Items = ()


@dataclass(frozen=True, slots=True)
class Range:
    """A subscript range, ``name: items -> mappings``."""

    name: Name
    items: Items
    mappings: tuple[MapTo, ...] = ()


@dataclass(frozen=True, slots=True)
class Equivalence:
    """``name <-> other``: two names of one subscript range."""

    name: Name
    other: Name


@dataclass(frozen=True, slots=True)
class StringVariable:
    """``name :IS: 'text'``: a string variable, which has no number."""

    name: Name


Definition = Assignment | Numbers | Points | Empty | Range | Equivalence | StringVariable


def join(name: str) -> str:
    """Join continued lines, and reduce tabs and runs of blanks in a name to single blanks."""
    return " ".join(re.sub(r"\\\n", " ", name).split())


def shown(key: str) -> str:
    """Spell a function's name as Vensim does."""
    return key.replace("_", " ").upper()

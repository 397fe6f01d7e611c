"""The abstract syntax of an equation: frozen trees with the position of each node in its text.

Every reader (case folder, XMILE, Vensim) produces these nodes, and nothing after the readers reads the text again.
Names are canonical (see :func:`canonical`): lower case, runs of blanks and underscores as one underscore, no quotes.
Elements and dimensions of arrays are plain :class:`Reference` nodes among the subscripts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

MISSING = -(2.0**109)
"""The number that represents a missing value, as in Vensim (``:NA:``)."""


class Span(NamedTuple):
    """Half-open range of character offsets into the equation's :class:`~wherenow.errors.Text`."""

    start: int
    end: int


NOWHERE = Span(0, 0)


@lru_cache(maxsize=1 << 15)
def canonical(name: str) -> str:
    r"""Return the canonical spelling of a name: ``"Net  Flow"`` and ``Net\nFlow`` are both ``net_flow`` (XMILE 1.0,
    3.1). A quote within a name has a backslash.
    """
    bare = name.strip()
    if '"' in bare:
        bare = bare[1:-1] if len(bare) > 1 and bare[0] == bare[-1] == '"' else bare
        bare = re.sub(r'(?<!\\)"', r"\"", bare)
    bare = bare.replace("\\n", " ").replace("\u00a0", " ")
    return re.sub(r"[\s_]+", "_", bare.strip()).lower()


@dataclass(frozen=True, slots=True)
class Number:
    value: float
    span: Span = field(default=NOWHERE, compare=False)


class Deferred(Number):
    """A number that is computed when its value is first read, because that takes time. Copies are plain numbers."""

    __slots__ = ("_compute",)
    _compute: Callable[[], float]

    @classmethod
    def of(cls, compute: Callable[[], float]) -> Deferred:
        """Return the number that ``compute`` gives."""
        number = object.__new__(cls)
        object.__setattr__(number, "_compute", compute)
        object.__setattr__(number, "span", NOWHERE)
        return number

    def __getattr__(self, name: str) -> float:  # called only while `value` is missing
        if name != "value":
            raise AttributeError(name)
        value = self._compute()
        object.__setattr__(self, "value", value)
        return value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and self.value == other.value

    __hash__ = Number.__hash__

    def __reduce__(self) -> tuple[type[Number], tuple[float]]:
        return Number, (self.value,)


@dataclass(frozen=True, slots=True)
class Reference:
    """A variable, element or dimension by canonical name; ``subscripts`` is empty for a plain name."""

    name: str
    subscripts: tuple[Subscript, ...] = ()
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Each:
    """A reduced subscript: XMILE ``*`` (``dimension`` is None), ``*:dim``, or Vensim ``dim!``."""

    dimension: str | None = None
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class IndexRange:
    """XMILE ``first:last`` among the subscripts, both inclusive."""

    first: Expression
    last: Expression
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """``-x``, ``+x`` or ``not x``; ``operator`` is ``-``, ``+`` or ``not``."""

    operator: str
    operand: Expression
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """``operator`` is one of ``+ - * / ^ mod < <= > >= = <> and or``."""

    operator: str
    left: Expression
    right: Expression
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Conditional:
    """``IF condition THEN then ELSE otherwise``."""

    condition: Expression
    then: Expression
    otherwise: Expression
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the table, a macro, or a lookup variable applied to an argument; ``function`` is canonical."""

    function: str
    arguments: tuple[Expression, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Table:
    """A piecewise function given by points. ``xs`` ascend.

    ``between``: ``linear`` · ``previous`` (step: the value at the last point passed) · ``next``.
    ``outside``: ``clamp`` (first and last value) · ``extrapolate`` (the end slopes).
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    between: str = "linear"
    outside: str = "clamp"
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class PerElement:
    """A name or number for each element of an equation over an array.

    It occurs only in a :class:`~wherenow.model.system.Body`.
    """

    items: tuple[str | float, ...]
    span: Span = field(default=NOWHERE, compare=False)

    def at(self, place: int) -> Expression:
        """Return the name or number of the element at a place."""
        item = self.items[place]
        return Reference(item, (), self.span) if isinstance(item, str) else Number(item, self.span)


Expression = Number | Reference | Unary | Binary | Conditional | Call | Table | PerElement
Subscript = Expression | Each | IndexRange


def call(function: str, *arguments: Expression) -> Call:
    """Return a call of a function that is not in any text."""
    return Call(function, arguments)


def plain_number(expression: object) -> float | None:
    """Return the value of a number written with or without a minus; None for any other expression."""
    match expression:
        case Number(value):
            return value
        case Unary("-", Number(value)):
            return -value
    return None


def children(node: Subscript) -> tuple[Subscript, ...]:
    """Return the direct sub-nodes, in reading order."""
    if isinstance(node, Reference):  # called often, and `match` takes twice as long
        return node.subscripts
    if isinstance(node, Binary):
        return (node.left, node.right)
    if isinstance(node, Call):
        return node.arguments
    if isinstance(node, Unary):
        return (node.operand,)
    if isinstance(node, Conditional):
        return (node.condition, node.then, node.otherwise)
    if isinstance(node, IndexRange):
        return (node.first, node.last)
    return ()


def walk(node: Subscript) -> Iterator[Subscript]:
    """Yield ``node`` and all nodes below it, parents first."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(reversed(children(top)))

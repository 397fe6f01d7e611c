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
from typing import Any, NamedTuple

from wherenow.errors import Diagnostic, Text

MISSING = -(2.0**109)
"""The number that represents a missing value, as in Vensim (``:NA:``)."""


class Span(NamedTuple):
    """Half-open range of character offsets into the equation's :class:`~wherenow.errors.Text`."""

    start: int
    end: int


NOWHERE = Span(0, 0)


class ExpressionError(Exception):
    """A part of an expression, at ``span``, that has no meaning where it is, or none in another language."""

    def __init__(self, message: str, span: Span, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.span, self.hint = message, span, hint

    def problem(self, text: Text, about: str = "") -> Diagnostic:
        """Return the diagnostic for the text of the expression, which begins with what it is about."""
        return text.problem(about + self.message, self.hint, self.span.start)


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


def _infix(operator: str, swapped: bool = False) -> Callable[[Any, Any], Binary]:
    def combined(one: Any, other: Any) -> Binary:
        operand: Any = other if isinstance(other, Operand) else Number(float(other))
        return Binary(operator, operand, one) if swapped else Binary(operator, one, operand)

    return combined


class Operand:
    """Python's operators for expressions: ``rate * dt`` builds a :class:`Binary`; a plain number becomes a node.

    ``&`` and ``|`` are the logical ``and`` and ``or``. ``==`` compares two trees, as in any dataclass.
    """

    __slots__ = ()
    __add__, __sub__, __mul__, __truediv__, __pow__ = map(_infix, "+-*/^")
    __lt__, __le__, __gt__, __ge__ = map(_infix, ("<", "<=", ">", ">="))
    __and__, __or__, __mod__ = map(_infix, ("and", "or", "mod"))
    __radd__, __rsub__, __rmul__, __rtruediv__ = (_infix(sign, swapped=True) for sign in "+-*/")

    def __neg__(self: Any) -> Unary:
        return Unary("-", self)


@dataclass(frozen=True, slots=True)
class Number(Operand):
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
class Reference(Operand):
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
class Unary(Operand):
    """``-x``, ``+x`` or ``not x``; ``operator`` is ``-``, ``+`` or ``not``."""

    operator: str
    operand: Expression
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Binary(Operand):
    """``operator`` is one of ``+ - * / ^ mod < <= > >= = <> and or``."""

    operator: str
    left: Expression
    right: Expression
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Conditional(Operand):
    """``IF condition THEN then ELSE otherwise``."""

    condition: Expression
    then: Expression
    otherwise: Expression
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Call(Operand):
    """A function of the table, a macro, or a lookup variable applied to an argument; ``function`` is canonical."""

    function: str
    arguments: tuple[Expression, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Table(Operand):
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
class PerElement(Operand):
    """A name or number for each element of an equation over an array.

    It occurs only in a body of :class:`~wherenow.model.system.Element`.
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

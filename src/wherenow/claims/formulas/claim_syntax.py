"""The abstract syntax of a claim's formula: frozen trees with the position of each part in the text."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from wherenow.errors import Text
from wherenow.language.syntax import NOWHERE, Span


@dataclass(frozen=True, slots=True)
class NumberTerm:
    """A number. ``whole``: it is written as four digits and so can name a year. ``unit``: as written, or empty."""

    value: float
    whole: bool = False
    unit: str = ""
    span: Span = field(default=NOWHERE, compare=False)

    @property
    def start(self) -> float:
        """The number as a moment."""
        return self.value


@dataclass(frozen=True, slots=True)
class Date:
    """``2014-06`` (``day`` 0) or ``2014-06-10``: a month or a day, in decimal years with months of exact twelfths."""

    year: int
    month: int
    day: int = 0
    span: Span = field(default=NOWHERE, compare=False)

    @property
    def start(self) -> float:
        return self.year + (self.month - 1 + max(self.day - 1, 0) / self._days) / 12

    @property
    def stop(self) -> float:
        return self.year + (self.month - 1 + (self.day / self._days if self.day else 1)) / 12

    @property
    def _days(self) -> int:
        return calendar.monthrange(self.year, self.month)[1]


@dataclass(frozen=True, slots=True)
class Series:
    """A variable of a run, or a data series. ``run`` is '' for the run under test, otherwise a counterfactual's name.

    ``subscripts`` are element names, or ``*`` for every element (only inside ``sum_over`` and similar operators).
    """

    name: str
    subscripts: tuple[str, ...] = ()
    run: str = ""
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class EventTerm:
    id: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Negative:
    operand: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``operator`` is one of ``+ - * / ^``."""

    operator: str
    left: Node
    right: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator of :data:`wherenow.claims.formulas.operators.OPERATORS` applied to its arguments."""

    operator: str
    arguments: tuple[Node, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class First:
    condition: Node
    window: tuple[Node, Node] | None = None
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """``operator`` is one of ``< <= > >= = <>``."""

    operator: str
    left: Node
    right: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    operand: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Connective:
    """``operator`` is ``and``, ``or`` or ``implies``."""

    operator: str
    left: Node
    right: Node
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Temporal:
    """``operator`` is ``always`` or ``eventually``; no window means all times."""

    operator: str
    condition: Node
    window: tuple[Node, Node] | None = None
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Until:
    left: Node
    right: Node
    window: tuple[Node, Node] | None = None
    span: Span = field(default=NOWHERE, compare=False)


Quantity = NumberTerm | Date | Series | EventTerm | Negative | Arithmetic | Apply | First
Condition = Comparison | Not | Connective | Temporal | Until
Node = Quantity | Condition
_PARTS = ("operand", "left", "right", "condition")
"""The fields that hold one part each."""
CONDITIONS = (Comparison, Not, Connective, Temporal, Until)


def children(node: Node) -> tuple[Node, ...]:
    """Return the direct parts, in reading order; a window comes before its operand."""
    parts = [getattr(node, name) for name in _PARTS if hasattr(node, name)]
    return (*(getattr(node, "window", None) or ()), *getattr(node, "arguments", ()), *parts)


def walk(node: Node) -> Iterator[Node]:
    """Yield ``node`` and all parts below it, parents first."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(reversed(children(top)))


def dates_of(node: Node) -> tuple[Node, ...]:
    """Return the direct parts that are dates, between or at which the node reads."""
    match node:
        case Apply(operator=operator, arguments=arguments) if len(arguments) > 1 or operator == "at":
            return arguments[1:]
        case First(window=window) | Temporal(window=window) | Until(window=window):
            return window or ()
        case _:
            return ()


def with_values(node: Node, values: Mapping[Span, float]) -> Node:
    """Return ``node`` with the numbers at these positions replaced."""
    if isinstance(node, NumberTerm):
        return NumberTerm(values[node.span], span=node.span) if node.span in values else node
    changed: dict[str, Any] = {}
    for name in _PARTS:
        if hasattr(node, name):
            changed[name] = with_values(getattr(node, name), values)
    for name in ("arguments", "window"):
        if getattr(node, name, None):
            changed[name] = tuple(with_values(below, values) for below in getattr(node, name))
    return replace(node, **changed) if changed else node


@dataclass(frozen=True, slots=True)
class Formula:
    """A parsed formula and its text."""

    root: Node
    text: Text = field(compare=False)

    def __str__(self) -> str:
        return self.text.content.strip()

    @property
    def series(self) -> tuple[Series, ...]:
        """Every series or variable that the formula reads, in reading order, each once."""
        return tuple(dict.fromkeys(n for n in walk(self.root) if isinstance(n, Series)))

    @property
    def runs(self) -> tuple[str, ...]:
        """The names after ``@``, each once."""
        return tuple(dict.fromkeys(s.run for s in self.series if s.run))

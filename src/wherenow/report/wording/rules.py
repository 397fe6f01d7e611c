"""Claims' formulas in words, and the comparison that decides each: its series, threshold and window."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from wherenow.claims.checking.formula_check import Checked
from wherenow.claims.formulas.claim_syntax import (
    CONDITIONS,
    Apply,
    Arithmetic,
    Comparison,
    Connective,
    Date,
    EventTerm,
    First,
    Negative,
    Node,
    Not,
    NumberTerm,
    Series,
    Temporal,
    Until,
    walk,
)
from wherenow.report.wording.texts import amount, isolated, number, texts
from wherenow.report.wording.times import TimeFormatter

LEVELS = frozenset({"mean", "at", "max", "min"})
"""Operators whose results are values of the series itself, so that a threshold can be drawn on its axis."""
_COMPARED = {"<": "less", "<=": "most", ">": "more", ">=": "least", "=": "equal", "<>": "unequal"}
_SIGNS = {"+": "+", "-": "−", "*": "×", "/": "÷"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """The comparison in a formula that reads furthest into the future: of ``series``, or a part of it, with ``other``.

    ``window`` is its time window; ``level`` is true if ``other`` is a value of ``series`` itself, ``below`` if the
    formula holds below that rather than above it.
    """

    other: Node
    series: Series
    window: tuple[float, float]
    level: bool
    below: bool


def criterion(checked: Checked, events: Mapping[str, float]) -> Criterion | None:
    """Return the comparison that decides a formula; None if it compares no series over a known window."""
    comparisons = list(_criteria(checked.formula.root, None, events))
    return max(comparisons, key=lambda c: c.window[1]) if comparisons else None


def _criteria(node: Node, window: tuple[float, float] | None, events: Mapping[str, float]) -> Iterator[Criterion]:
    match node:
        case Comparison(left=left, right=right):
            for side, other in ((left, right), (right, left)):
                own = [n for n in walk(side) if isinstance(n, Series) and not n.run]
                spans = [s for n in walk(side) if (s := _span(n, events)) is not None]
                span = (min(a for a, _ in spans), max(b for _, b in spans)) if spans else window
                if own and span:
                    level = isinstance(side, Series) or (
                        isinstance(side, Apply) and side.operator in LEVELS and isinstance(side.arguments[0], Series)
                    )
                    below = (node.operator in ("<", "<=")) == (side is left)
                    yield Criterion(other=other, series=own[0], window=span, level=level, below=below)
        case Connective(left=left, right=right):
            yield from _criteria(left, window, events)
            yield from _criteria(right, window, events)
        case Not(operand=operand):
            yield from _criteria(operand, window, events)
        case Temporal(condition=condition, window=inner) | First(condition=condition, window=inner):
            dates = [d for d in (_date(end, events) for end in inner or ()) if d is not None]
            reach = (dates[0][0], dates[1][1]) if len(dates) == 2 else window
            yield from _criteria(condition, reach, events)


def _span(node: Node, events: Mapping[str, float]) -> tuple[float, float] | None:
    """Return the times that an operator over a window reads."""
    if not isinstance(node, Apply) or len(node.arguments) < 2:
        return None
    dates = [_date(d, events) for d in node.arguments[1:]]
    known = [d for d in dates if d is not None]
    return (known[0][0], known[-1][1]) if len(known) == len(dates) else None


def _date(node: Node, events: Mapping[str, float]) -> tuple[float, float] | None:
    match node:
        case Date():
            return node.start, node.stop
        case NumberTerm(value=value, whole=whole):
            return value, value + (1 if whole else 0)
        case EventTerm(id=event):
            return events[event], events[event]
        case _:
            return None


@dataclass(frozen=True, slots=True)
class FormulaWriter:
    """A writer of formulas in words: ``label`` names a series, ``unit`` gives its unit, ``event`` names an event."""

    clock: TimeFormatter
    label: Callable[[str], str]
    unit: Callable[[str], str]
    event: Callable[[str], str]
    events: Mapping[str, float]

    def say(self, node: Node) -> str:
        """Put a formula or a part of one into words, without a capital or full stop."""
        match node:
            case Comparison(operator=operator, left=left, right=right):
                return self._text(_COMPARED[operator], left=self.say(left), right=self._beside(right, left))
            case Connective(operator=operator, left=left, right=right):
                return self._text(operator, left=self.say(left), right=self.say(right))
            case Not(operand=operand):
                return self._text("not", x=self.say(operand))
            case Temporal(operator=operator, condition=condition, window=window):
                how = "always" if operator == "always" else "once"
                return self._text(how, x=self.say(condition), window=self._window(window) or self._text("whole"))
            case Until(left=left, right=right):
                return self._text("until", left=self.say(left), right=self.say(right))
            case First(condition=condition):
                return self._text("first", x=self.say(condition))
            case Series(name=name, subscripts=subscripts, run=run):
                parts = ", ".join(self._text("all") if s == "*" else s.replace("_", " ") for s in subscripts)
                named = isolated(self.label(name) + (f" ({parts})" if parts else ""), self.clock.language)
                return self._text("counterfactual", x=named) if run else named
            case Apply():
                return self._apply(node)
            case Arithmetic(operator=operator, left=left, right=right):
                sign = self._text("power") if operator == "^" else _SIGNS[operator]
                return f"{self._inner(left)} {sign} {self._inner(right)}"
            case Negative(operand=operand):
                return f"−{self._inner(operand)}"
            case NumberTerm(value=value):
                return number(value, self.clock.language)
            case Date():
                return self.clock.span(node.start, node.stop)
            case EventTerm(id=name):
                return f"“{isolated(self.event(name), self.clock.language)}”"
        raise AssertionError(f"not a part of a formula: {node}")

    def _text(self, key: str, **values: str) -> str:
        return texts(self.clock.language)[f"rule.{key}"].format(**values)

    def _inner(self, node: Node) -> str:
        text = self.say(node)
        return f"({text})" if isinstance(node, (Arithmetic, *CONDITIONS)) else text

    def _beside(self, node: Node, measured: Node) -> str:
        """Write a number with the unit of the quantity that it is compared with."""
        value = -node.operand.value if isinstance(node, Negative) and isinstance(node.operand, NumberTerm) else None
        value = node.value if isinstance(node, NumberTerm) else value
        own = measured.arguments[0] if isinstance(measured, Apply) and measured.operator in LEVELS else measured
        if value is not None and isinstance(own, Series):
            return amount(value, self.unit(own.name), self.clock.language)
        if isinstance(node, NumberTerm) and node.whole and self.clock.dated:
            return f"{node.value:.0f}"
        return self.say(node)

    def _apply(self, node: Apply) -> str:
        subject, *dates = node.arguments
        text = self._text(node.operator, x=self.say(subject))
        if not dates:
            return text
        if node.operator == "at":
            key = "on" if isinstance(dates[0], NumberTerm) and not self.clock.dated else "in"
            return self._text(key, x=text, window=self._at(dates[0]))
        window = self._window((dates[0], dates[1]))
        return self._text("in" if window.isdigit() else "from", x=text, window=window)

    def _window(self, window: tuple[Node, Node] | None) -> str:
        if window is None:
            return ""
        ends = [_date(d, self.events) for d in window]
        if ends[0] is None or ends[1] is None or any(isinstance(d, EventTerm) for d in window):
            return f"{self.say(window[0])} {texts(self.clock.language)['span.to']} {self.say(window[1])}"
        return self.clock.span(ends[0][0], ends[1][1])

    def _at(self, node: Node) -> str:
        if isinstance(node, NumberTerm):
            return f"{node.value:.0f}" if self.clock.dated else self.clock.moment(node.value)
        return self.say(node)

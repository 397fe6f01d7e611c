"""How robustly, and whether, a formula holds in each draw: the quantitative semantics of signal temporal logic.

Robustness (Fainekos & Pappas 2009, definition 7; Donzé & Maler 2010, section 3), over samples:

- in their own unit, ``a > b``, ``a >= b``: a - b; ``a < b``, ``a <= b``: b - a; ``a = b``: -abs(a - b);
  ``a <> b``: abs(a - b);
- ``not p``: -p; ``p and q``: min; ``p or q``: max; ``p implies q``: max(-p, q);
- ``always``: the minimum, ``eventually``: the maximum over the samples in the window;
- ``p until q``: the maximum over samples t' in the window of min(q at t', the minimum of p from its begin to t').

Where ``and``, ``or``, ``implies`` or ``until`` combines comparisons of different units, a minimum would compare persons
with dollars. Each comparison is then relative, (a - b) / (abs(a) + abs(b)) from -1 to 1 (for dates, with d = a - b, d /
(1 + abs(d))), and the robustness has no unit. This preserves every sign.

Robustness 0 decides nothing (``>=`` holds there and ``>`` does not), so the exact truth value is carried beside it. NaN
marks undefined values (outside the samples, the logarithm of zero, infinity minus infinity) and propagates to the whole
formula.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from wherenow.case.dates import is_year
from wherenow.claims.checking.formula_check import Checked
from wherenow.claims.evaluation import windows
from wherenow.claims.evaluation.proportion import Share
from wherenow.claims.evaluation.signals import Array, Mask, Signals, Value, Window, together
from wherenow.claims.formulas.claim_syntax import (
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
)


@dataclass(frozen=True, slots=True)
class Robustness:
    """``values[draws]`` in ``unit`` (None: relative, -1 to 1), NaN if undefined; ``holds[draws]`` is the truth
    value.

    ``holds`` is False if the formula is undefined, so read it by :meth:`truth` or beside ``defined``.
    """

    values: Array
    holds: Mask
    unit: str | None

    @property
    def defined(self) -> Mask:
        return np.asarray(~np.isnan(self.values))

    def truth(self, draws: int, what: str) -> Mask:
        """Return ``holds`` of every draw. Raises UsageError, which names ``what``, if any draw has no value."""
        undefined = int(np.isnan(np.broadcast_to(self.values, draws)).sum())
        Share(0, draws, undefined).known(what)
        return np.broadcast_to(self.holds, draws)


def robustness(checked: Checked, signals: Signals) -> Robustness:
    """Evaluate a checked formula for every draw. Data have one "draw"."""
    truth = Evaluation(checked, signals).condition(checked.formula.root, relative=False)
    values = truth.robustness[0]
    return Robustness(values, truth.holds[0] & ~np.isnan(values), checked.unit)


def quantity(checked: Checked, signals: Signals) -> Value:
    """Evaluate a formula that is a quantity (``check_formula(…, signal=True)``) to times and ``values[t, draws]``."""
    return Evaluation(checked, signals).quantity(checked.formula.root)


@dataclass(frozen=True, slots=True)
class Truth:
    """A condition under evaluation: both ``[t, draws]``; if it is fixed, t is 1 and ``times`` None."""

    times: Array | None
    robustness: Array
    holds: Mask


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Evaluates the quantities and conditions of a formula on signals."""

    checked: Checked
    signals: Signals

    def condition(self, node: Node, relative: bool) -> Truth:
        relative = relative or self.checked.kinds[node].unit is None
        match node:
            case Comparison():
                return self._comparison(node, relative)
            case Not(operand=operand):
                inner = self.condition(operand, relative)
                return Truth(inner.times, -inner.robustness, ~inner.holds)
            case Connective(operator=operator, left=left, right=right):
                times, p, q = _aligned(self.condition(left, relative), self.condition(right, relative))
                if operator == "implies":
                    p = Truth(p.times, -p.robustness, ~p.holds)
                if operator == "and":
                    return Truth(times, np.minimum(p.robustness, q.robustness), p.holds & q.holds)
                return Truth(times, np.maximum(p.robustness, q.robustness), p.holds | q.holds)
            case Temporal(operator=operator, condition=inside, window=window):
                return self._temporal(operator, self.condition(inside, relative), window)
            case Until(left=left, right=right, window=window):
                times, p, q = _aligned(self.condition(left, relative), self.condition(right, relative))
                return self._until(p, q, times, window)
        raise AssertionError(f"not a condition: {node}")

    def _comparison(self, node: Comparison, relative: bool) -> Truth:
        times, a, b = together(self.quantity(node.left), self.quantity(node.right))
        with np.errstate(invalid="ignore"):  # infinity minus infinity is undefined
            above = a - b
        if relative:
            date = (unit := self.checked.kinds[node].unit) is not None and unit.date
            above = _relative(a, b, above, date)
        if node.operator in ("=", "<>"):
            above = np.abs(above)
        holds = np.asarray(_COMPARED[node.operator](a, b))
        return Truth(times, -above if node.operator in ("<", "<=", "=") else above, holds)

    def _temporal(self, operator: str, inside: Truth, window: tuple[Node, Node] | None) -> Truth:
        assert inside.times is not None
        mask, covered = self.samples(inside.times, window)
        if operator == "always":
            least = np.where(mask, inside.robustness, np.inf).min(axis=0)
            return fixed(least, np.where(mask, inside.holds, True).all(axis=0), covered)
        greatest = np.where(mask, inside.robustness, -np.inf).max(axis=0)
        return fixed(greatest, np.where(mask, inside.holds, False).any(axis=0), covered)

    def _until(self, p: Truth, q: Truth, times: Array | None, window: tuple[Node, Node] | None) -> Truth:
        assert times is not None
        mask, covered = self.samples(times, window)
        so_far = np.minimum.accumulate(np.where(mask, p.robustness, np.inf), axis=0)
        held = np.logical_and.accumulate(np.where(mask, p.holds, True), axis=0)
        best = np.where(mask, np.minimum(so_far, q.robustness), -np.inf).max(axis=0)
        return fixed(best, (mask & held & q.holds).any(axis=0), covered)

    def samples(self, times: Array, window: tuple[Node, Node] | None) -> tuple[Mask, Mask]:
        """Return which samples are in the window, and for which draws it is covered and contains any."""
        if window is None:
            return np.ones((len(times), 1), bool), np.ones(1, bool)
        found = self.window(*window)
        mask = found.holds(times)
        return mask, found.covered(times) & mask.any(axis=0)

    def quantity(self, node: Node) -> Value:
        match node:
            case NumberTerm(value=value):
                return _number(value)
            case Date():
                return _number(node.start)
            case EventTerm(id=event):
                return _number(self.signals.declared.events[event])
            case Series():
                return self._series(node)
            case Negative(operand=operand):
                inner = self.quantity(operand)
                return Value(inner.times, -inner.values)
            case Arithmetic(operator=operator, left=left, right=right):
                times, a, b = together(self.quantity(left), self.quantity(right))
                return Value(times, _arithmetic(operator, a, b))
            case Apply():
                return self._apply(node)
            case First(condition=condition, window=window):
                return Value(None, self._first(self.condition(condition, relative=False), window)[None, :])
        raise AssertionError(f"not a quantity: {node}")

    def _series(self, node: Series) -> Value:
        signal = self.signals.series[node.run][self.checked.elements[node][0]]
        return Value(signal.times, signal.values)

    def _apply(self, node: Apply) -> Value:
        operator, argument = node.operator, node.arguments[0]
        if operator.endswith("_over"):
            return self._over(operator, argument)
        x = self.quantity(argument)
        if operator in POINTWISE:
            with np.errstate(over="ignore"):
                return Value(x.times, np.asarray(POINTWISE[operator](x.values)))
        assert x.times is not None
        if operator == "at":
            return Value(None, windows.at(x.times, x.values, *self.period(node.arguments[1])[:2])[None, :])
        if operator == "growth":
            before, after = (windows.at(x.times, x.values, *self.period(d)[:2]) for d in node.arguments[1:])
            ratio = np.where(before > 0, after / np.where(before > 0, before, 1.0), np.nan)
            return Value(None, ratio[None, :] - 1)
        window = self.window(node.arguments[1], node.arguments[2])
        if operator == "volatility":
            monthly = is_year(self.signals.declared.time_unit)
            return Value(None, windows.volatility(x.times, x.values, window, monthly)[None, :])
        return Value(None, windows.over_window(operator, x.times, x.values, window)[None, :])

    def _over(self, operator: str, argument: Node) -> Value:
        assert isinstance(argument, Series)
        signals = [self.signals.series[argument.run][n] for n in self.checked.elements[argument]]
        total = Value(signals[0].times, signals[0].values)
        for signal in signals[1:]:
            times, a, b = together(total, Value(signal.times, signal.values))
            step = {"min_over": np.minimum, "max_over": np.maximum}.get(operator, np.add)
            total = Value(times, step(a, b))
        return Value(total.times, total.values / len(signals)) if operator == "mean_over" else total

    def _first(self, inside: Truth, window: tuple[Node, Node] | None) -> Array:
        assert inside.times is not None
        mask, covered = self.samples(inside.times, window)
        mask = np.broadcast_to(mask, np.broadcast_shapes(mask.shape, inside.holds.shape))
        holds, robust = np.broadcast_to(inside.holds, mask.shape) & mask, np.broadcast_to(inside.robustness, mask.shape)
        index = holds.argmax(axis=0)
        draw, before = np.arange(mask.shape[1]), np.maximum(index - 1, 0)
        now, then = robust[index, draw], robust[before, draw]
        # If the robustness changes sign between two samples, interpolate the date of the crossing, so that dates
        # change continuously with the draw instead of jumping from sample to sample.
        crossing = (index > 0) & mask[before, draw] & (then < 0) & (now > 0) & np.isfinite(now) & np.isfinite(then)
        gap = np.where(crossing, now - then, 1.0)
        back = np.where(crossing, np.where(crossing, now, 0.0) / gap, 0.0) * (
            inside.times[index] - inside.times[before]
        )
        found = np.where(holds.any(axis=0), inside.times[index] - back, np.inf)
        undefined = np.where(mask, np.isnan(robust), False).any(axis=0)
        return np.where(covered & ~undefined, found, np.nan)

    def period(self, node: Node) -> tuple[Array, Array, bool]:
        """Return the beginning and end of the period that a date names, and whether it is an instant.

        Instants are days and computed dates.
        """
        if isinstance(node, Date):
            if node.day:
                return np.array([node.start]), np.array([node.start]), True
            return np.array([node.start]), np.array([node.stop]), False
        if isinstance(node, NumberTerm) and node.whole and is_year(self.signals.declared.time_unit):
            return np.array([node.value]), np.array([node.value + 1]), False
        instant = self.quantity(node).values[0]
        return instant, instant, True

    def window(self, first: Node, last: Node) -> Window:
        """Return the window between two dates."""
        # Dates name periods: "2005 to 2007" runs from the start of 2005 to the end of 2007, so the window is half-open
        # and adjoining windows share no sample. Only an instant at the end (a day or a computed date) is included.
        start, stop = self.period(first), self.period(last)
        return Window(start[0], stop[1], closed=stop[2])


POINTWISE: dict[str, Callable[[Array], Array]] = {
    "abs": np.abs,
    "exp": np.exp,
    "ln": lambda x: np.where(x > 0, np.log(np.where(x > 0, x, 1.0)), np.nan),
    "sqrt": lambda x: np.where(x >= 0, np.sqrt(np.where(x >= 0, x, 0.0)), np.nan),
}
_COMPARED = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}
_COMPARED |= {"=": np.equal, "<>": np.not_equal}
_ARITHMETIC = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "^": np.power}


def _arithmetic(operator: str, a: Array, b: Array) -> Array:
    with np.errstate(all="ignore"):  # failed computations become NaN or infinite and stay visible as such
        found = _ARITHMETIC[operator](a, b)
        return np.where(b == 0, np.nan, found) if operator == "/" else np.asarray(found)


def _relative(a: Array, b: Array, above: Array, date: bool) -> Array:
    scale = 1 + np.abs(above) if date else np.abs(a) + np.abs(b)
    infinite = np.isinf(above)
    safe = np.where((scale > 0) & ~infinite & np.isfinite(scale), scale, 1.0)
    return np.where(infinite, np.sign(above), above / safe)


def _number(value: float) -> Value:
    return Value(None, np.array([[value]]))


def fixed(values: Array, holds: Mask | np.bool_, covered: Mask) -> Truth:
    """Return a value per draw, NaN if the window is not covered."""
    values = np.where(covered, values, np.nan)
    return Truth(None, values[None, :], np.broadcast_to(holds, values.shape)[None, :])


def _aligned(p: Truth, q: Truth) -> tuple[Array | None, Truth, Truth]:
    """Bring two conditions to common times. Truth between samples follows from the interpolated robustness."""
    same = p.times is None or q.times is None or np.array_equal(p.times, q.times)
    times, a, b = together(Value(p.times, p.robustness), Value(q.times, q.robustness))
    if same:
        return times, Truth(times, a, p.holds), Truth(times, b, q.holds)
    return times, Truth(times, a, a > 0), Truth(times, b, b > 0)

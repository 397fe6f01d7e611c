"""Compile formulas on the model to streaming plans, which evaluate windows during a run and store no trajectory.

A formula needs a few numbers of each draw: a mean, an extreme, the samples around a date. These are its items.
:func:`read_formulas` finds them and combines them in one plan. A run with this plan (``Native.read``) fills registers,
from which :meth:`FormulaPlan.robustness` computes each formula by the rules of
:mod:`wherenow.claims.evaluation.robustness`, to the same bits as on stored trajectories. What does not reduce to a
single pass over one run (a trend, `first`, `until`, two runs compared at each time) is stored as the samples in its
window and evaluated on those; where dates differ between draws, as the samples of the whole run.

    plan = read_formulas(formulas, program, declared)
    here = native.read(inputs, plan.readings).registers
    there = native.read(changed, plan.readings).registers          # what the formulas call @against
    plan.robustness(formulas[0], {"": here, "against": there})
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from wherenow.claims.checking.formula_check import Checked
from wherenow.claims.evaluation import windows
from wherenow.claims.evaluation.robustness import POINTWISE, Evaluation, Robustness, Truth, fixed
from wherenow.claims.evaluation.signals import Array, Declared, Mask, Signal, Signals, Value, Window
from wherenow.claims.evaluation.streamable import Rows, runs_of
from wherenow.claims.formulas.claim_syntax import (
    Apply,
    Condition,
    Date,
    EventTerm,
    First,
    Node,
    NumberTerm,
    Series,
    Temporal,
    Until,
    children,
    walk,
)
from wherenow.engine.backend import saved_times
from wherenow.engine.ir import Program
from wherenow.engine.streaming.plan import PlanBuilder, StreamingPlan

Registers = Mapping[str, npt.NDArray[np.float64]]
"""The registers ``[register, draw]`` of each run, by the name that formulas use for it."""
_Key = tuple[Node, bool]
_Item = Callable[["_FromRegisters"], Array | Truth]


class _MovingError(Exception):
    """Raised where a date differs between draws."""


@dataclass(frozen=True, eq=False)
class FormulaPlan:
    """One streaming plan for several formulas, for runs of one program."""

    readings: StreamingPlan
    declared: Declared
    items: Mapping[_Key, _Item] = field(repr=False)
    asked: PlanBuilder = field(repr=False)
    parts: Mapping[Node, frozenset[int]] = field(repr=False)

    def only(self, formulas: Iterable[Checked]) -> StreamingPlan:
        """Return the plan restricted to some of the formulas, with all registers in place."""
        return self.asked.build(n for checked in formulas for n in self.parts[checked.formula.root])

    def robustness(self, checked: Checked, registers: Registers) -> Robustness:
        """Evaluate a formula of the plan in every draw; see
        :func:`wherenow.claims.evaluation.robustness.robustness`."""
        signals = Signals(self.declared, {})
        truth = _FromRegisters(checked, signals, self, registers).condition(checked.formula.root, relative=False)
        values = truth.robustness[0]
        return Robustness(values, truth.holds[0] & ~np.isnan(values), checked.unit)


def read_formulas(formulas: Sequence[Checked], program: Program, declared: Declared) -> FormulaPlan:
    """Plan the evaluation of ``formulas``, whose variables ``program`` saves."""
    reader = _FormulaPlanner(program, declared)
    parts: dict[Node, frozenset[int]] = {}
    for checked in formulas:
        looking = _ItemFinder(reader, checked)
        looking.condition(checked.formula.root, relative=False)
        parts[checked.formula.root] = reader.needed(looking.seen)
    return FormulaPlan(reader.plan.build(), declared, reader.items, reader.plan, parts)


@dataclass(frozen=True, slots=True)
class _FromRegisters(Evaluation):
    """Evaluates a formula, with its items taken from registers."""

    plan: FormulaPlan
    registers: Registers

    def condition(self, node: Condition | Node, relative: bool) -> Truth:
        relative = relative or self.checked.kinds[node].unit is None
        item = self.plan.items.get((node, relative)) if isinstance(node, Temporal | Until) else None
        if item is None:
            return Evaluation.condition(self, node, relative)
        found = item(self)
        assert isinstance(found, Truth)
        return found

    def quantity(self, node: Node) -> Value:
        item = self.plan.items.get((node, False)) if isinstance(node, Apply | First) else None
        if item is None:
            return Evaluation.quantity(self, node)
        found = item(self)
        assert not isinstance(found, Truth)
        return Value(None, found[None, :])

    def on(self, samples: Mapping[str, Mapping[str, Signal]]) -> _FromRegisters:
        """Return the same evaluation on series with these samples."""
        return _FromRegisters(self.checked, Signals(self.signals.declared, samples), self.plan, self.registers)


class _FormulaPlanner:
    """Builds one plan for several formulas."""

    def __init__(self, program: Program, declared: Declared) -> None:
        self.plan, self.declared = PlanBuilder(program), declared
        self.times = saved_times(program)
        self.items: dict[_Key, _Item] = {}
        self.instructions: dict[_Key, frozenset[int]] = {}

    def needed(self, keys: Iterable[_Key]) -> frozenset[int]:
        """Return the numbers of the plan's instructions that items need."""
        return frozenset[int]().union(*(self.instructions[key] for key in keys))

    def steps(self, inside: Mask) -> list[int]:
        return [self.plan.steps[save] for save in np.flatnonzero(inside)]


class _ItemFinder:
    """Finds the items of one formula."""

    def __init__(self, reader: _FormulaPlanner, checked: Checked) -> None:
        self.reader, self.checked = reader, checked
        self.plan, self.times = reader.plan, reader.times
        self.dates = Evaluation(checked, Signals(reader.declared, {}))
        self.rows = Rows(reader.plan, checked)
        self.seen: set[_Key] = set()

    def condition(self, node: Node, relative: bool) -> None:
        """Find the items below a part that is one number per draw."""
        if isinstance(node, NumberTerm | Date | EventTerm):
            return
        relative = relative or self.checked.kinds[node].unit is None
        match node:
            case Temporal():
                self._known(node, relative, self._temporal)
            case Until(window=window):
                self._known(node, relative, lambda n, r: self._sampled(n, self._inside(window), r))
            case First(window=window):
                self._known(node, False, lambda n, _: self._sampled(n, self._inside(window)))
            case Apply(operator=operator) if operator not in POINTWISE:
                self._known(node, False, lambda n, _: self._apply(n))
            case _:
                for part in children(node):
                    self.condition(part, relative)

    def _known(self, node: Node, relative: bool, make: Callable[[Node, bool], _Item]) -> None:
        key = (node, relative)
        if key not in self.reader.items:
            around, self.seen = self.seen, set()
            before = self.plan.length
            try:
                item = make(node, relative)
            except _MovingError:
                item = self._sampled(node, self._inside(None), relative)
            given = range(before, self.plan.length)
            self.reader.items[key] = item
            self.reader.instructions[key] = self.reader.needed(self.seen).union(given)
            self.seen = around
        self.seen.add(key)

    # -- windows

    def _fixed(self, *dates: Node) -> None:
        """Reject dates that differ between draws."""
        if any(isinstance(part, Series) for date in dates for part in walk(date)):
            raise _MovingError

    def _window(self, first: Node, last: Node) -> Window:
        self._fixed(first, last)
        return self.dates.window(first, last)

    def _inside(self, window: tuple[Node, Node] | None) -> Mask:
        """Return which saved times a window contains."""
        if window is None:
            return np.ones(len(self.times), bool)
        return self._window(*window).holds(self.times)[:, 0]

    # -- items

    def _apply(self, node: Node) -> _Item:
        assert isinstance(node, Apply)
        operator, argument = node.operator, node.arguments[0]
        if operator == "at":
            return self._at(argument, node.arguments[1])
        if operator == "growth":
            parts = [Apply("at", (argument, date)) for date in node.arguments[1:]]
            before, after = (self._at(argument, part.arguments[1]) for part in parts)

            def growth(f: _FromRegisters) -> Array:
                a, b = before(f), after(f)
                assert not isinstance(a, Truth)
                assert not isinstance(b, Truth)
                return np.where(a > 0, b / np.where(a > 0, a, 1.0), np.nan) - 1

            return growth
        window = self._window(node.arguments[1], node.arguments[2])
        inside = window.holds(self.times)[:, 0]
        if not inside.any() or not window.covered(self.times)[0]:
            return lambda f: np.full(next(iter(f.registers.values())).shape[1], np.nan)
        register = self.rows.quantity(argument)
        if register is None or operator not in _ACCUMULATED:
            return self._sampled(node, inside)
        run, steps = self._run(argument), self.reader.steps(inside)
        match operator:
            case "mean" | "sum":
                total, count = self.plan.total(register, steps), len(steps)
                length = (window.stop - window.start)[0] if operator == "sum" else None

                def mean(f: _FromRegisters) -> Array:
                    found: Array = f.registers[run][total] / count
                    return found if length is None else found * length

                return mean
            case "max" | "min":
                place = self.plan.extreme(register, steps, operator == "max")
            case _:
                ordered = register if operator == "date_of_max" else self.rows.negative(register)
                place = self.plan.date_of_greatest(ordered, steps, self.times[inside].tolist())
        return lambda f: f.registers[run][place]

    def _at(self, argument: Node, date: Node) -> _Item:
        """Take the mean of the samples in a period, or, if it has none, interpolate at its middle."""
        self._fixed(date)
        start, stop, _ = self.dates.period(date)
        inside = Window(start, stop, closed=False).holds(self.times)[:, 0]
        register = self.rows.quantity(argument)
        if inside.any() and register is not None:
            run, count = self._run(argument), int(inside.sum())
            total = self.plan.total(register, self.reader.steps(inside))
            return lambda f: f.registers[run][total] / count
        if not inside.any():
            middle = float((start + stop)[0] / 2)
            left = int(np.clip(np.searchsorted(self.times, middle, side="right") - 1, 0, max(len(self.times) - 2, 0)))
            inside = np.zeros(len(self.times), bool)
            inside[left : left + 2] = True
        samples = self._samples(argument, inside)

        def at(f: _FromRegisters) -> Array:
            x = f.on(samples(f)).quantity(argument)
            assert x.times is not None
            return windows.at(x.times, x.values, start, stop)

        return at

    def _temporal(self, node: Node, relative: bool) -> _Item:
        assert isinstance(node, Temporal)
        inside, covered = self._inside(node.window), np.ones(1, bool)
        if node.window is not None:
            covered = self._window(*node.window).covered(self.times) & inside.any()
        margin = self.rows.margin(node.condition, relative)
        if margin is None:
            return self._sampled(node, inside, relative)
        always = node.operator == "always"
        place = self.plan.extreme(margin.register, self.reader.steps(inside), greatest=not always)
        run = self._run(node.condition)

        def temporal(f: _FromRegisters) -> Truth:
            values = f.registers[run][place]
            return fixed(values, values > 0 if margin.strict else values >= 0, covered)

        return temporal

    def _run(self, node: Node) -> str:
        """Return the run that a part reads."""
        return next(iter(runs_of(node)), "")

    def _sampled(self, node: Node, inside: Mask, relative: bool = False) -> _Item:
        """Store the samples of a part's window, to evaluate the part on them."""
        samples = self._samples(node, inside)
        if isinstance(node, Temporal | Until):
            return lambda f: Evaluation.condition(f.on(samples(f)), node, relative)
        return lambda f: Evaluation.quantity(f.on(samples(f)), node).values[0]

    def _samples(self, node: Node, inside: Mask) -> Callable[[_FromRegisters], dict[str, dict[str, Signal]]]:
        """Store the series of a part at saved times; its parts with windows of their own become items too."""
        places: dict[tuple[str, str], int] = {}
        steps, times = self.reader.steps(inside), self.times[inside]
        stack: list[Node] = [*children(node)] if _windowed(node) else [node]
        while stack:
            part = stack.pop()
            if isinstance(part, Series):
                for name in self.checked.elements[part]:
                    if (part.run, name) not in places:
                        places[part.run, name] = self.plan.samples(self.plan.output(name), steps)
            elif _windowed(part):
                self.condition(part, relative=False)
            else:
                stack.extend(children(part))

        def found(f: _FromRegisters) -> dict[str, dict[str, Signal]]:
            series: dict[str, dict[str, Signal]] = {}
            for (run, name), place in places.items():
                samples = Signal(times, f.registers[run][place : place + len(steps)])
                series.setdefault(run, {})[name] = samples
            return series

        return found


_ACCUMULATED = frozenset({"mean", "sum", "max", "min", "date_of_max", "date_of_min"})


def _windowed(node: Node) -> bool:
    """Return whether a part has a window or date of its own, so that it is one number per draw."""
    if isinstance(node, Apply):
        return node.operator not in POINTWISE and not node.operator.endswith("_over")
    return isinstance(node, First | Temporal | Until)

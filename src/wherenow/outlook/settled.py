"""What forecasts read that is settled before a lever can act: read once, however often the levers move."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from wherenow.case.types import Case
from wherenow.claims.check import Checked
from wherenow.claims.robustness import Evaluation, Robustness
from wherenow.claims.signals import EDGE, Array, Mask, Value
from wherenow.claims.sources import declared_model, run_signals
from wherenow.claims.syntax import Apply, Date, Event, Node, Number, Series, children
from wherenow.ensemble.runs import Runs

BETWEEN = frozenset({"at", "growth"})
"""What reads a value at a date between the samples beside it."""


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """``known`` are quantities that the forecasts read of what all runs share; of a run only what lies after ``since``
    is read beside them.
    """

    known: Mapping[Node, Value]
    since: float

    def holds(self, case: Case, checked: Checked, runs: Runs) -> Mask:
        """In which draws a forecast holds in runs of the same draws, of which those after ``since`` are enough."""
        asked = _Evaluation(checked, run_signals(case, runs), self.known)
        truth = asked.condition(checked.formula.root, relative=False)
        found = Robustness(truth.robustness[0], truth.holds[0], checked.unit)
        return found.truth(len(runs), f"the forecast '{checked.formula}'")


def settled(case: Case, base: Runs, forecasts: Mapping[str, Checked], start: float) -> Settled:
    """What is settled of ``forecasts`` in runs that are ``base`` at all times before ``start``."""
    interval = float(np.max(np.diff(base.times)))
    shared = base.times[base.times < start]
    until = float(shared[-1]) if len(shared) else -math.inf
    events = declared_model(case).events
    known: dict[Node, Value] = {}
    starts: list[float] = []
    for checked in forecasts.values():
        evaluation = Evaluation(checked, run_signals(case, base))
        waiting: list[Node] = [checked.formula.root]
        while waiting:
            node = waiting.pop()
            if not isinstance(node, Apply) or len(node.arguments) == 1:
                waiting += children(node)
                if isinstance(node, Series):
                    starts.append(-math.inf)  # it is read as a whole
                continue
            dates = [_span(date, events) for date in node.arguments[1:]]
            begin, end = min(start for start, _ in dates), max(stop for _, stop in dates)
            if _last_read(node, evaluation, base.times, end + interval) <= until:
                known[node] = evaluation.quantity(node)
            else:
                starts.append(begin)
    return Settled(known, min(starts, default=math.inf) - 2 * interval)


@dataclass(frozen=True, slots=True)
class _Evaluation(Evaluation):
    known: Mapping[Node, Value]

    def quantity(self, node: Node) -> Value:
        found = self.known.get(node)
        return Evaluation.quantity(self, node) if found is None else found


def _last_read(node: Apply, evaluation: Evaluation, times: Array, beside: float) -> float:
    """The last of the saved times that a quantity reads; ``beside`` is after all that it reads between samples."""
    if not math.isfinite(beside):
        return math.inf  # a date that depends on the run
    if node.operator in BETWEEN:
        read = times <= beside + EDGE
    else:
        read = evaluation.window(node.arguments[1], node.arguments[2]).holds(times)[:, 0]
    return float(times[read].max(initial=-math.inf))


def _span(date: Node, events: Mapping[str, float]) -> tuple[float, float]:
    """When a date begins and ends; any time where it depends on the run."""
    match date:
        case Date():
            return date.start, date.stop
        case Number(value=value):
            return value, value + 1  # a whole number may name a year
        case Event(id=event):
            return events[event], events[event]
        case _:
            return -math.inf, math.inf

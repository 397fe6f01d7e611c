"""Which part of a run matters: from when a counterfactual can differ, and until when a formula reads.

A counterfactual has the bits of the run without it until its first deed, so that it can go on from there; and what
comes after the last date that a claim reads need not be run at all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from wherenow.case.scenario import Plan
from wherenow.claims.check import Checked
from wherenow.claims.syntax import Date, Event, First, Node, Number, Temporal, Until, dates_of, walk
from wherenow.engine.native import Shared
from wherenow.model.types import TimeSpec


def last_read(checked: Checked, events: Mapping[str, float]) -> float:
    """A date after which the formula reads nothing; infinite where it may read to the end of the run."""
    dates: list[float] = []
    for node in walk(checked.formula.root):
        dates += [_latest(date, events) for date in dates_of(node)]
        if isinstance(node, First | Temporal | Until) and node.window is None:
            dates.append(math.inf)
    return max(dates, default=math.inf)


def _latest(date: Node, events: Mapping[str, float]) -> float:
    match date:
        case Date():
            return date.stop
        case Number(value=value):
            return value + 1  # a whole number may name a year
        case Event(id=event):
            return events[event]
        case _:
            return math.inf  # a computed date may be any


def end_step(time: TimeSpec, dates: Iterable[float]) -> int:
    """The step before which a run may end whose formulas read nothing after ``dates``.

    Two saved steps follow the last date: a value at a date is read between the saved ones beside it.
    """
    last = max(dates, default=math.inf)
    if not last < time.stop:
        return time.steps + 1
    after = math.ceil((last - time.start) / time.step) + 2 * time.save_every + 1
    return max(1, min(time.steps + 1, after))


def first_step(time: TimeSpec, planned: Plan, own: Shared, changed: Shared) -> int:
    """The step until whose beginning a run of ``planned``, which reads ``changed``, has the bits of one without it,
    which reads ``own``.

    One step is left to stages within a step.
    """
    if planned.parameters or not np.array_equal(own.first_series, changed.first_series):
        return 0
    steps = [math.ceil((i.start - time.start) / time.step - 1e-6) if i.start > time.start else 0
             for i in planned.interventions]  # fmt: skip
    differ = np.flatnonzero((own.rows != changed.rows).any(axis=(1, 2)))
    steps += [int(differ[0])] if differ.size else []
    return min(max(0, min(steps, default=time.steps) - 1), time.steps)

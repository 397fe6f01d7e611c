"""Interventions on tables over time: exogenous paths change without a new program."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from wherenow.case.inputs.series import EARLY
from wherenow.language.syntax import Table
from wherenow.model.intervention import Act, Intervention
from wherenow.model.model_types import TimeSpec


def value_at(table: Table, time: float) -> float:
    """Return the table's value at a time."""
    xs, ys = table.xs, table.ys
    if table.between == "previous":
        return ys[max(int(np.searchsorted(xs, time, side="right")) - 1, 0)]
    if table.between == "next":
        return ys[min(int(np.searchsorted(xs, time, side="left")), len(ys) - 1)]
    if table.outside == "extrapolate" and len(xs) > 1 and not xs[0] <= time <= xs[-1]:
        i, j = (0, 1) if time < xs[0] else (-2, -1)
        return ys[i] + (ys[j] - ys[i]) * (time - xs[i]) / (xs[j] - xs[i])
    return float(np.interp(time, xs, ys))


def as_linear(table: Table, time: TimeSpec) -> Table:
    """Return the same path as linear pieces; a jump takes :data:`~wherenow.case.inputs.series.EARLY` of a step."""
    if table.between == "linear":
        return table
    jump = EARLY * time.step
    points = {table.xs[0]: table.ys[0]}
    for x_before, x, before, after in zip(table.xs, table.xs[1:], table.ys, table.ys[1:], strict=False):
        edge = x if table.between == "previous" else x_before + jump
        points[edge - jump] = before
        points[edge] = after
    xs = tuple(sorted(points))
    return Table(xs, tuple(points[x] for x in xs), "linear", "clamp")


def changed(table: Table, action: Intervention, time: TimeSpec) -> Table:
    """Apply an intervention to ``table`` from its start until before its stop; the result has linear pieces."""
    base = as_linear(table, time)
    jump = EARLY * time.step
    start = max(action.start, time.start) - jump
    stop = min(action.stop, time.stop + time.step) - jump
    if stop <= start:
        return base
    become = _becoming(base, action)
    points = {x: y for x, y in zip(base.xs, base.ys, strict=True) if not start - jump <= x <= stop}
    points[start - jump] = value_at(base, start - jump)
    turns = [x for x in (*base.xs, *(x for x, _ in action.points)) if start < x < stop - jump]
    for x in (start, *turns, stop - jump):
        points[x] = become(x)
    points[stop] = value_at(base, stop)
    xs = tuple(sorted(points))
    return Table(xs, tuple(points[x] for x in xs), "linear", base.outside)


def _becoming(base: Table, action: Intervention) -> Callable[[float], float]:
    """Return the value that the path takes at a time under the action."""
    match action.act:
        case Act.SET:
            return lambda _: action.value
        case Act.SCALE:
            return lambda x: action.value * value_at(base, x)
        case Act.ADD:
            return lambda x: action.value + value_at(base, x)
        case Act.HOLD:
            held = value_at(base, action.start)
            return lambda _: held
        case Act.PATH:
            xs, ys = zip(*action.points, strict=True)
            return lambda x: float(np.interp(x, xs, ys))

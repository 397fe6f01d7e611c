"""Exogenous paths as tables over time: data, written points, and inputs moved by events.

A path that jumps is a table that jumps :data:`EARLY` of a step before its date, so that the step that begins on the
date sees the new value, however the floats of the grid round.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wherenow.case.case_types import DataSeries, Effect
from wherenow.case.dates import moment
from wherenow.case.located_yaml.problems import Problems
from wherenow.errors import Text, did_you_mean
from wherenow.language.syntax import Table, canonical
from wherenow.model.model_types import TimeSpec

if TYPE_CHECKING:
    from wherenow.case.reading.schema import SeriesForm, TableForm

EARLY = 1e-6
"""The share of a step by which jumps are early."""

NOTHING = Table((0.0,), (0.0,))


def plain_table(form: TableForm, text: Text, problems: Problems) -> Table:
    """Return a lookup's table."""
    xs, ys = (tuple(point[side] for point in form.points) for side in (0, 1))
    return _table(xs, ys, form.between, form.outside, text, problems)


def _table(
    xs: tuple[float, ...], ys: tuple[float, ...], between: str, outside: str, text: Text, problems: Problems
) -> Table:
    if not xs:
        problems.error("a table needs at least one point", text)
        return NOTHING
    for before, after in pairwise(xs):
        if not before < after:
            problems.error(f"the points of a table must ascend: {after:g} comes after {before:g}", text, "sort them")
            return NOTHING
    return Table(xs, ys, between, outside)


def series_table(
    form: SeriesForm, data: Mapping[str, DataSeries], time: TimeSpec, text: Text, problems: Problems
) -> Table:
    """Return the path of a series variable, from data or from points; ``after`` its last point, held or a number."""
    if (form.data is None) == (form.points is None):
        problems.error("a series has either data or points", text)
        return NOTHING
    if form.data is not None:
        name = canonical(form.data.content)
        if name not in data:
            problems.error(f"there is no data for the series '{name}'", form.data, did_you_mean(name, data))
            return NOTHING
        xs, ys = tuple(map(float, data[name].times)), tuple(map(float, data[name].values))
    else:
        times = [problems.parsed(moment, date, time.unit) for date, _ in form.points or ()]
        if None in times:
            return NOTHING
        xs, ys = tuple(x for x in times if x is not None), tuple(value for _, value in form.points or ())
    table = _table(xs, tuple(form.scale * y for y in ys), form.between, form.outside, text, problems)
    return _ended(table, form.after, time, problems)


def _ended(table: Table, after: Text | None, time: TimeSpec, problems: Problems) -> Table:
    """Return the table with its value after the last point: held, or a number."""
    if after is None or after.content.strip() == "hold":
        return table
    try:
        value = float(after.content)
    except ValueError:
        problems.error(f"after the last datum: hold or a number, not {after.content!r}", after)
        return table
    end = table.xs[-1] + EARLY * time.step
    return Table((*table.xs, end), (*table.ys, value), table.between, table.outside)


def effect_table(default: float, effects: Iterable[tuple[float, Effect]], time: TimeSpec) -> Table:
    """Return an input's path over the run: ``default`` moved by effects that begin at their times.

    At any time the input is the amount of the latest ``set`` still in force (else the default) plus all ``add`` still
    in force. Each step has the path's mean over it, so that an effect shorter than a step keeps its integral.
    """
    ordered = sorted(effects, key=lambda pair: pair[0])
    grid = time.start + np.arange(time.steps + 2) * time.step
    spans = [(_snapped(start, grid, time), _snapped(start + e.lasting, grid, time), e) for start, e in ordered]
    cuts = {t for start, end, _ in spans for t in (start, end) if grid[0] < t < grid[-1]}
    edges = np.array(sorted({*grid.tolist(), *cuts}))
    levels = np.full(len(edges) - 1, default)
    for act in ("set", "add"):
        for start, end, effect in spans:
            if effect.act == act:
                during = (edges[:-1] >= start) & (edges[1:] <= end)
                levels[during] = effect.amount if act == "set" else levels[during] + effect.amount
    return _steps(grid, _means(grid, edges, levels), time)


def _snapped(at: float, grid: NDArray[np.floating[Any]], time: TimeSpec) -> float:
    """Return ``at``, or the grid's own float if they differ by rounding only."""
    if not math.isfinite(at):
        return at
    k = min(max(round((at - time.start) / time.step), 0), len(grid) - 1)
    return float(grid[k]) if abs(float(grid[k]) - at) <= EARLY * time.step else at


def _means(
    grid: NDArray[np.floating[Any]], edges: NDArray[np.floating[Any]], levels: NDArray[np.floating[Any]]
) -> NDArray[np.floating[Any]]:
    """Compute the mean over each interval of ``grid`` of a path with ``levels`` between ``edges``."""
    first = np.searchsorted(edges, grid[:-1])
    last = np.searchsorted(edges, grid[1:])
    means = levels[first]  # a step inside one level has that level itself, free of rounding
    turns = np.concatenate([[0], np.cumsum(np.diff(levels) != 0)])  # changes of level so far
    for k in np.flatnonzero(turns[last - 1] > turns[first]):
        i, j = first[k], last[k]
        means[k] = np.average(levels[i:j], weights=np.diff(edges[i : j + 1]))
    return means


def _steps(grid: NDArray[np.floating[Any]], values: NDArray[np.floating[Any]], time: TimeSpec) -> Table:
    """Return a path that is constant over each step, with a point at each change."""
    changes = np.flatnonzero(np.diff(values)) + 1
    xs = (time.start, *(float(grid[k]) - EARLY * time.step for k in changes))
    return Table(xs, (float(values[0]), *(float(values[k]) for k in changes)), "previous", "clamp")

"""Piecewise functions in a prepared form, in which every kind of table is one formula: ``y[i] + (x - x[i]) *
slope[i]``.

``i`` counts the points passed. A clamping table has slope 0 at its ends and its argument clamped to them; one that
extrapolates has its end slopes; a stepwise one has slopes of 0. NaN gives NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from wherenow.engine.backend import Array
from wherenow.errors import UsageError
from wherenow.language.syntax import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """``xs``, ``ys`` and ``slopes`` have one entry per point. ``low`` and ``high`` bound the argument.

    ``passes_at``: whether a point counts as passed at x equal to it (else only beyond it).
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    slopes: tuple[float, ...]
    low: float
    high: float
    passes_at: bool

    @property
    def form(self) -> tuple[int, bool, bool]:
        """What tables must have in common to be read by the same code."""
        return len(self.xs), self.passes_at, self.low == float("-inf")


@lru_cache(maxsize=4096)
def prepare(table: Table) -> Segments:
    """Prepare a table; raises UsageError for one without points, or whose xs do not ascend."""
    xs, ys = table.xs, table.ys
    if not xs or len(xs) != len(ys):
        raise UsageError(f"a table needs as many ys as xs, and at least one: {len(xs)} xs, {len(ys)} ys")
    if any(not a <= b for a, b in pairwise(xs)) or xs[0] != xs[0]:
        raise UsageError("the xs of a table must ascend")
    stepwise = table.between != "linear"
    outward = table.outside == "extrapolate" and not stepwise
    slopes = [0.0] * len(xs)
    if not stepwise:
        for i in range(len(xs) - 1):
            width = xs[i + 1] - xs[i]
            slopes[i] = (ys[i + 1] - ys[i]) / width if width > 0 else 0.0
    if outward and len(xs) > 1:
        slopes[-1] = slopes[-2]
    low, high = (float("-inf"), float("inf")) if outward else (xs[0], xs[-1])
    if table.between == "next":
        # each point is passed just beyond the one before, so that the next point's value holds
        return Segments(xs=(xs[0], *xs[:-1]), ys=ys, slopes=tuple(slopes), low=low, high=high, passes_at=False)
    return Segments(xs=xs, ys=ys, slopes=tuple(slopes), low=low, high=high, passes_at=True)


def look_up(table: Segments, x: Array) -> Array:
    """Return the table's value at each ``x``."""
    xs, ys, slopes = (np.array(v) for v in (table.xs, table.ys, table.slopes))
    x = np.where(x < table.low, table.low, np.where(x > table.high, table.high, x))
    passed = np.searchsorted(xs, x, side="right" if table.passes_at else "left")
    passed[np.isnan(x)] = 0
    i = np.maximum(passed - 1, 0)
    return np.asarray(ys[i] + (x - xs[i]) * slopes[i])


def read_as(function: str, table: Table) -> Table:
    """Return the table that a lookup function reads."""
    match function:
        case "lookup_extrapolate":
            return Table(table.xs, table.ys, "linear", "extrapolate")
        case "lookup_forward":
            return Table(table.xs, table.ys, "next", "clamp")
        case "lookup_backward":
            return Table(table.xs, table.ys, "previous", "clamp")
        case "lookupinv":
            return _inverse(table)
    return table


def _inverse(table: Table) -> Table:
    """Invert a table over the first part in which its values rise (or fall)."""
    points = sorted(zip(table.ys, table.xs, strict=True))
    kept: dict[float, float] = {}
    for y, x in points:
        kept.setdefault(y, x)
    return Table(tuple(kept), tuple(kept.values()), "linear", "clamp")

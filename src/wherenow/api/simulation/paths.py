"""Paths over time: a pandas Series or xarray DataArray by time, or a function of time."""

from __future__ import annotations

from typing import Any

import numpy as np

from wherenow.case.dates import is_year
from wherenow.errors import UsageError
from wherenow.language.syntax import Table
from wherenow.model.model_types import Method, TimeSpec


def is_path(value: Any) -> bool:
    """Check whether ``value`` is a path: an object with an index of times, or a function."""
    return callable(value) or (hasattr(value, "index") and hasattr(value, "values")) or hasattr(value, "coords")


def path_table(value: Any, name: str, time: TimeSpec | None) -> Table:
    """Convert a path to a table, linear between its points and constant before and after them.

    A function is evaluated at every step of ``time``, and mid-step where the method needs that; the table is linear in
    between. ``time`` is None for a table that is not over time.

    Raises
    ------
    UsageError
        if times or values are not finite numbers, two values have the same time, or there are none.
    """
    if callable(value) and time is not None:
        halves = 1 if time.method is Method.EULER else 2
        xs = time.start + np.arange(halves * time.steps + 1) * (time.step / halves)
        return _table(xs, [_asked(value, float(x), name) for x in xs], name)
    if hasattr(value, "to_series"):  # a DataArray, or an index
        if getattr(value, "ndim", 1) != 1:
            raise UsageError(f"the path of '{name}' has {value.ndim} dimensions", "give one element at a time")
        value = value.to_series()
    return _table(times_of(value.index, name, time.unit if time else ""), value.to_numpy(), name)


def times_of(index: Any, name: str, unit: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Convert an index to model time. Dates become decimal years, in which every month is a twelfth, as everywhere
    here.
    """
    if hasattr(index, "strftime"):  # dates
        if not is_year(unit):
            raise UsageError(f"'{name}' is by date, and the model's time unit is {unit or 'not given'}, not years")
        days = np.asarray((index.day - 1) / index.days_in_month, float)
        return np.asarray(index.year + (index.month - 1 + days) / 12, float)
    try:
        return np.asarray(index, dtype=np.float64)
    except (TypeError, ValueError):
        raise UsageError(f"the index of '{name}' has no times", "give numbers in the model's time unit") from None


def _asked(function: Any, time: float, name: str) -> float:
    try:
        return float(function(time))
    except (TypeError, ValueError) as error:
        raise UsageError(f"the function for '{name}' gives no number at time {time:g}: {error}") from None


def _table(xs: Any, ys: Any, name: str) -> Table:
    try:
        times, values = np.asarray(xs, np.float64), np.asarray(ys, np.float64)
    except (TypeError, ValueError):
        raise UsageError(f"the values of '{name}' are not numbers") from None
    order = np.argsort(times, kind="stable")
    times, values = times[order], values[order]
    if not len(times):
        raise UsageError(f"the path of '{name}' has no points")
    if not (np.isfinite(times).all() and np.isfinite(values).all()):
        raise UsageError(f"the path of '{name}' has a value that is not finite", "leave unknown values out")
    if (np.diff(times) == 0).any():
        raise UsageError(f"the path of '{name}' has two values at time {times[:-1][np.diff(times) == 0][0]:g}")
    return Table(tuple(times.tolist()), tuple(values.tolist()))

"""The operators over a window of samples, one function each: ``[t, draws]`` in, ``[draws]`` out.

Their definitions are in :data:`wherenow.claims.formulas.operators.OPERATORS`. A result is NaN if it is undefined: no
sample in the window, a window that the samples do not cover, or the logarithm of a number that is not positive.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from wherenow.claims.evaluation.signals import Array, Mask, Window, interpolate, interpolate_each

MONTH = 1 / 12
_Operator = Callable[[Array, Array, Mask], Array]


def over_window(operator: str, times: Array, values: Array, window: Window) -> Array:
    """Apply ``operator`` to ``values[t, draws]`` in ``window``; returns ``[1 or draws]``."""
    inside = window.holds(times)
    rows = inside.any(axis=1)
    if not rows.any():
        return np.full(max(values.shape[1], inside.shape[1]), np.nan)
    found = _OPERATORS[operator](times[rows], values[rows], inside[rows])
    if operator == "sum":
        found = found * (window.stop - window.start)
    return np.where(window.covered(times) & inside.any(axis=0), found, np.nan)


def at(times: Array, values: Array, start: Array, stop: Array) -> Array:
    """Return the mean of the samples in the period ``start ≤ t < stop``, or the interpolated value at its middle."""
    inside = Window(start, stop, closed=False).holds(times)
    point = interpolate_each(times, values, (start + stop) / 2)
    rows = inside.any(axis=1)
    if not rows.any():
        return point
    return np.where(inside.any(axis=0), _mean(times[rows], values[rows], inside[rows]), point)


def volatility(times: Array, values: Array, window: Window, monthly: bool) -> Array:
    """Return the standard deviation of changes from month to month (or, unless ``monthly``, from sample to sample)."""
    inside = window.holds(times)
    rows = np.flatnonzero(inside.any(axis=1))
    draws = max(values.shape[1], inside.shape[1])
    if rows.size < 3 or (monthly and np.median(np.diff(times[rows])) > 1.5 * MONTH):
        return np.full(draws, np.nan)
    grid, read = times[rows], values[rows]
    if monthly:
        months = int((grid[-1] - grid[0]) / MONTH + 1e-4)
        grid = grid[0] + MONTH * np.arange(months + 1)
        read = interpolate(times, values, grid)
    here = window.holds(grid)
    both = np.broadcast_to(here[1:] & here[:-1], (len(grid) - 1, draws))
    changes = np.broadcast_to(np.diff(read, axis=0), both.shape)
    count = both.sum(axis=0)
    centred = np.where(both, changes - _mean(grid[1:], changes, both), 0.0)
    squares = (centred**2).sum(axis=0)
    found = np.sqrt(squares / np.maximum(count - 1, 1))
    return np.where((count >= 2) & window.covered(times), found, np.nan)


def _within(inside: Mask, values: Array, elsewhere: float) -> Array:
    """Return ``values`` inside the window and NaN outside, without a copy if all are inside."""
    return values if inside.all() else np.where(inside, values, elsewhere)


def _mean(_: Array, values: Array, inside: Mask) -> Array:
    count = inside.sum(axis=0)
    return np.asarray(_within(inside, values, 0.0).sum(axis=0) / np.maximum(count, 1))


def _line(times: Array, values: Array, inside: Mask) -> tuple[Array, Array, Array]:
    """Return slope ``[draws]``, fitted values and centred values ``[t, draws]`` of the least-squares line."""
    column = _within(inside, times[:, None], 0.0)
    centre = column.sum(axis=0) / np.maximum(inside.sum(axis=0), 1)
    away = _within(inside, times[:, None] - centre, 0.0)
    mean = _mean(times, values, inside)
    spread = (away**2).sum(axis=0)
    product = _within(inside, away * (values - mean), 0.0).sum(axis=0)
    slope = np.where(spread > 0, product / np.where(spread > 0, spread, 1.0), np.nan)
    return slope, mean + slope * away, values - mean


def _logarithms(values: Array, inside: Mask) -> Array:
    """Return logarithms; NaN for a whole draw with a sample in the window that is not positive."""
    above = values > 0
    positive = (above | ~inside).all(axis=0)
    return np.where(positive, np.log(np.where(inside & above, values, 1.0)), np.nan)


def _doubling_time(times: Array, values: Array, inside: Mask) -> Array:
    slope = _line(times, _logarithms(values, inside), inside)[0]
    with np.errstate(divide="ignore"):
        found = np.where(slope > 0, np.log(2) / np.where(slope > 0, slope, 1.0), np.inf)
    return np.where(np.isnan(slope), np.nan, found)


def _explained(values: Array, fitted: Array, inside: Mask, times: Array) -> Array:
    centred = values - _mean(times, values, inside)
    total = _within(inside, centred**2, 0.0).sum(axis=0)
    residual = _within(inside, (values - fitted) ** 2, 0.0).sum(axis=0)
    return np.where(total > 0, 1 - residual / np.where(total > 0, total, 1.0), np.nan)


def _fit_exponential(times: Array, values: Array, inside: Mask) -> Array:
    fitted = np.exp(_line(times, _logarithms(values, inside), inside)[1])
    return _explained(values, fitted, inside, times)


def _date(times: Array, values: Array) -> Array:
    """Return the time of the maximum of ``values[t, draws]``; NaN for a draw with a NaN among them."""
    return np.where(np.isnan(values).any(axis=0), np.nan, times[values.argmax(axis=0)])


_OPERATORS: dict[str, _Operator] = {
    "mean": _mean,
    "sum": _mean,
    "max": lambda _, values, inside: np.asarray(_within(inside, values, -np.inf).max(axis=0)),
    "min": lambda _, values, inside: np.asarray(_within(inside, values, np.inf).min(axis=0)),
    "trend": lambda times, values, inside: _line(times, values, inside)[0],
    "doubling_time": _doubling_time,
    "fit_linear": lambda times, values, inside: _explained(values, _line(times, values, inside)[1], inside, times),
    "fit_exponential": _fit_exponential,
    "date_of_max": lambda times, values, inside: _date(times, _within(inside, values, -np.inf)),
    "date_of_min": lambda times, values, inside: _date(times, _within(inside, -values, -np.inf)),
}

"""Signals that formulas read, from runs or from data, and windows over their samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
EDGE = 1e-6  # tolerance in units of time, because saved times are sums of steps; half a minute if the unit is a year
REACH = 1.5  # usual sampling intervals by which a window may extend beyond the first or last sample of a series


@dataclass(frozen=True, slots=True)
class Signal:
    """Samples of one quantity. ``times[t]`` ascend; ``values[t, draws]``, or ``[t, 1]`` if all draws share them."""

    times: Array
    values: Array


@dataclass(frozen=True, slots=True)
class Declared:
    """What formulas may read: the date of each event, and the unit of each scalar series.

    ``units[run][name]``: ``run`` is '' for the run under test, otherwise the name after ``@``. An array's element is
    named ``x[a,b]``.
    """

    time_unit: str
    units: Mapping[str, Mapping[str, str]]
    events: Mapping[str, float] = field(default_factory=dict)
    definitions: tuple[str, ...] = ()  # unit definitions of the case


@dataclass(frozen=True, slots=True)
class Signals:
    """The samples of everything declared: ``series[run][name]``."""

    declared: Declared
    series: Mapping[str, Mapping[str, Signal]]


@dataclass(frozen=True, slots=True)
class Value:
    """A quantity under evaluation: ``values[t, draws]``; if it is fixed, ``times`` is None and t is 1."""

    times: Array | None
    values: Array


@dataclass(frozen=True, slots=True)
class Window:
    """From ``start`` to ``stop``, each ``[1]`` or ``[draws]``. ``closed``: a sample at ``stop`` belongs to it."""

    start: Array
    stop: Array
    closed: bool

    def holds(self, times: Array) -> Mask:
        """Return which times are in the window, ``[t, 1 or draws]``."""
        column = times[:, None]
        last = self.stop + EDGE if self.closed else self.stop - EDGE
        return np.asarray((column >= self.start - EDGE) & (column < last))

    def covered(self, times: Array) -> Mask:
        """Return whether samples at ``times`` reach both ends of the window, ``[1 or draws]``.

        They do if neither end is more than one and a half usual (median) intervals beyond the outermost sample; a
        series with a single sample counts as yearly. Thus yearly figures dated at mid-year cover whole years, and a
        window that begins before the series or ends after it is rejected rather than judged on a part.
        """
        usual = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
        reach = REACH * usual + EDGE
        return np.asarray((times[0] - self.start <= reach) & (self.stop - times[-1] <= reach))


def interpolate(times: Array, values: Array, at: Array) -> Array:
    """Interpolate ``values[t, draws]`` linearly at ``at[k]``; NaN before the first and after the last sample."""
    clipped, inside = _inside(times, at)
    left = np.clip(np.searchsorted(times, clipped, side="right") - 1, 0, max(len(times) - 2, 0))
    right = np.minimum(left + 1, len(times) - 1)
    share = _share(times, left, right, clipped)[:, None]
    found = values[left] + (values[right] - values[left]) * share
    return np.where(inside[:, None], found, np.nan)


def interpolate_each(times: Array, values: Array, at: Array) -> Array:
    """Interpolate each draw at its own time, ``at[1 or draws]``, as in :func:`interpolate`; returns ``[draws]``."""
    draws = max(values.shape[1], at.size)
    values, at = np.broadcast_to(values, (len(times), draws)), np.broadcast_to(at, (draws,))
    clipped, inside = _inside(times, at)
    left = np.clip(np.searchsorted(times, clipped, side="right") - 1, 0, max(len(times) - 2, 0))
    right = np.minimum(left + 1, len(times) - 1)
    column = np.arange(draws)
    before, after = values[left, column], values[right, column]
    return np.where(inside, before + (after - before) * _share(times, left, right, clipped), np.nan)


def _inside(times: Array, at: Array) -> tuple[Array, Mask]:
    inside = (at >= times[0] - EDGE) & (at <= times[-1] + EDGE)
    return np.where(inside, np.clip(at, times[0], times[-1]), times[0]), inside


def _share(times: Array, left: npt.NDArray[np.intp], right: npt.NDArray[np.intp], at: Array) -> Array:
    width = times[right] - times[left]
    return np.where(width > 0, (at - times[left]) / np.where(width > 0, width, 1.0), 0.0)


def together(a: Value, b: Value) -> tuple[Array | None, Array, Array]:
    """Bring two values to common times: their own if equal, otherwise all times of both within their common span.

    Returns the times and both values ``[t, draws]``, which broadcast against each other.
    """
    if a.times is None or b.times is None or (len(a.times) == len(b.times) and np.array_equal(a.times, b.times)):
        return (b.times if a.times is None else a.times), a.values, b.values
    low, high = max(a.times[0], b.times[0]), min(a.times[-1], b.times[-1])
    times = np.union1d(a.times, b.times)
    times = times[(times >= low) & (times <= high)]
    if times.size == 0:
        nothing = np.full((1, 1), np.nan)
        return np.array([low]), nothing, nothing
    return times, interpolate(a.times, a.values, times), interpolate(b.times, b.values, times)

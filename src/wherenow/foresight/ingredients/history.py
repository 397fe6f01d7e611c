"""Forecasts of a series from its own record, as joint paths on its scale.

Each method gives draws ``[date, draw]``. Methods that know only the distribution at each date (ETS, ARIMA,
climatology) take the order of their draws from a random walk, so that maxima and means over windows make sense.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from importlib.util import find_spec
from types import MappingProxyType

import numpy as np
import scipy

from wherenow.distributions.families import Array
from wherenow.foresight.ingredients.level import Known, Method, Steps, filtered, walk
from wherenow.foresight.ingredients.record import Record
from wherenow.parts import part

ANALOGUES = "analogues"
"""The name of the method that uses the moves of other series: see :func:`analogues`."""
_LONGEST = 60
"""Number of latest data for ETS and ARIMA."""
_FEWEST = 10
"""Minimum number of past stretches for analogues."""


def random_walk(r: Record, moves: Steps, dates: Array, rng: np.random.Generator, draws: int) -> Array | None:
    """Continue from the filtered level as a random walk, with steps pooled over series."""
    y = np.broadcast_to(r.y[:, None], (len(r.y), 1))
    level = filtered(r.times, y, r.wide, r.starts, moves.step, moves.noise)
    return walk(level, float(r.times[-1]), dates, moves, rng, draws)


def drift(r: Record, moves: Steps, dates: Array, rng: np.random.Generator, draws: int) -> Array | None:
    """Continue with the mean slope so far, shrunk halfway to zero and as uncertain as the steps make it."""
    span = float(r.times[-1] - r.times[0])
    if len(r.y) < 4 or span <= 0 or r.starts[1:].any():
        return None
    walked = random_walk(r, moves, dates, rng, draws)
    slope = 0.5 * (r.y[-1] - r.y[0]) / span + moves.step / np.sqrt(2 * span) * rng.standard_normal(draws)
    return None if walked is None else walked + slope * (dates - r.times[-1])[:, None]


def climatology(r: Record, moves: Steps, dates: Array, rng: np.random.Generator, draws: int) -> Array | None:
    """Draw from all earlier values, smoothed between them (a smoothed bootstrap)."""
    if len(r.y) < 4:
        return None
    rank = scipy.special.ndtr(_standard_walk(dates - r.times[-1], rng, draws))
    width = r.y.std(ddof=1) * len(r.y) ** -0.2
    jitter = np.broadcast_to(rng.standard_normal(draws), rank.shape)
    return np.asarray(np.quantile(r.y, rank) + width * jitter)


def _standard_walk(ahead: Array, rng: np.random.Generator, draws: int) -> Array:
    """Return a random walk scaled to a standard normal at each date, which orders draws over time."""
    gaps = np.diff(np.maximum(ahead, 0.0), prepend=0.0)
    path = np.cumsum(np.sqrt(np.maximum(gaps, 0.0))[:, None] * rng.standard_normal((len(ahead), draws)), axis=0)
    return np.asarray(path / np.sqrt(np.maximum(ahead, 1e-12))[:, None])


def _automatic(name: str, least: int) -> Method:
    """Return a method that forecasts by a model of statsforecast, from at least ``least`` data."""

    def method(r: Record, moves: Steps, dates: Array, rng: np.random.Generator, draws: int) -> Array | None:
        grid, values = regular(r)
        if len(values) < least or not np.ptp(values):
            return None
        gap = grid[-1] - grid[-2]
        steps = int(np.ceil((dates.max() - grid[-1]) / gap - 1e-9)) + 1
        if (forecast := _forecast(name, values, steps)) is None:
            return None
        middle, sd = np.concatenate([[[values[-1]], [0.0]], forecast], axis=1)
        if not (np.isfinite(middle).all() and np.isfinite(sd).all()):
            return None
        at = grid[-1] + gap * np.arange(len(middle))
        spread = np.maximum(np.interp(dates, at, sd), 0.5 * moves.noise)[:, None]
        return np.asarray(
            np.interp(dates, at, middle)[:, None] + spread * _standard_walk(dates - r.times[-1], rng, draws)
        )

    method.__doc__ = f"{name} of statsforecast, on the series' own interval or else on yearly means."
    return method


def _forecast(name: str, values: Array, steps: int) -> Array | None:
    """Return means and standard deviations ``[2, step]`` of at least ``steps`` steps; None without statsforecast.

    They are cached on disk, because importing the library takes longer than the rest of a question.
    """
    if lacking():
        return None
    steps = 1 << (steps - 1).bit_length()  # round up to a power of two, so that more questions share a cache entry

    def made() -> Array:
        from statsforecast import models

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit = getattr(models, name)(season_length=1).forecast(values, steps, level=[68.27])
        return np.array([fit["mean"], (fit["hi-68.27"] - fit["lo-68.27"]) / 2], float)

    return part(name, made, values, steps, packages=("foresight",))


def lacking() -> tuple[str, ...]:
    """Name the methods that are missing because the extra ``inference`` is not installed."""
    return () if find_spec("statsforecast") else ("ETS", "ARIMA")


def regular(r: Record) -> tuple[Array, Array]:
    """Return the latest data at even intervals: unchanged if they are even, else means over whole units of time."""
    gaps = np.diff(r.times)
    if len(gaps) and gaps.max() <= 1.6 * gaps.min():
        values = r.y[-_LONGEST:]
        return r.times[-1] + np.median(gaps) * np.arange(1 - len(values), 1), values
    unit = np.floor(r.times + 1e-9)
    distinct = np.unique(unit)
    means = np.array([r.y[unit == u].mean() for u in distinct])
    every = np.arange(distinct[0], distinct[-1] + 1)[-_LONGEST:]
    return every + 0.5, np.interp(every, distinct, means)


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "random walk": random_walk,
        "drift": drift,
        "climatology": climatology,
        "ETS": _automatic("AutoETS", 9),
        "ARIMA": _automatic("AutoARIMA", 10),
    }
)


def histories(what: Known, series: str, dates: Array, rng: np.random.Generator, draws: int) -> dict[str, Array]:
    """Return every method's paths of a series at ``dates``, ``[date, draw]`` each, in the series' unit."""
    r, moves = what.records[series], what.steps[series]
    paths = {name: method(r, moves, dates, rng, draws) for name, method in METHODS.items()}
    paths[ANALOGUES] = analogues(what, series, dates, rng, draws)
    return {name: r.back(y) for name, y in paths.items() if y is not None}


def analogues(what: Known, series: str, dates: Array, rng: np.random.Generator, draws: int) -> Array | None:
    """Continue as some series of the case once moved, in typical steps: the base rate of surprises.

    A past stretch of any series, from any datum on, is scaled by that series' typical step and added, with either sign,
    to the last datum of this one. None if fewer than ten stretches are long enough.
    """
    r = what.records[series]
    ahead = dates - r.times[-1]
    by_series = [found for name in what.records if (found := _stretches(what.records[name], what.steps[name], ahead))]
    if sum(map(len, by_series)) < _FEWEST:
        return None
    # a series counts as at most ``_FEWEST`` stretches, else monthly prices would dominate
    odds = np.concatenate([np.full(len(s), min(len(s), _FEWEST) / len(s)) for s in by_series])
    stretches = np.array([s for found in by_series for s in found])
    picked = stretches[rng.choice(len(stretches), draws, p=odds / odds.sum())] * rng.choice([-1.0, 1.0], draws)[:, None]
    return np.asarray(r.y[-1] + picked.T * what.steps[series].typical(ahead)[:, None])


def _stretches(r: Record, moves: Steps, ahead: Array) -> list[Array]:
    """Return the changes from each datum to the times ``ahead`` of it, in typical steps, within one definition."""
    ends = np.flatnonzero(r.starts[1:]) + 1
    stretches = []
    for times, y in zip(np.split(r.times, ends), np.split(r.y, ends), strict=True):
        for i in range(len(times) - 1):
            if times[i] + ahead[-1] <= times[-1] + 1e-6:
                changes = np.interp(times[i] + ahead, times[i:], y[i:]) - y[i]
                stretches.append(changes / moves.typical(np.maximum(ahead, 1e-9)))
    return stretches

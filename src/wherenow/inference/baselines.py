"""What a forecast has to beat: simple methods that know only the series itself.

All work on the series' own scale (logarithms where its errors are of logarithms) and give draws.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from wherenow.case.families import Array

Method = Callable[[Array, Array, Array, np.random.Generator, int], Array | None]
"""(times, values, times ahead, random numbers, draws) to ``[time ahead, draw]``; None where there are too few data."""


def _steps(times: Array, values: Array) -> tuple[float, float]:
    """Drift and variance, each a unit of time, of a random walk seen at irregular times."""
    gaps, moved = np.diff(times), np.diff(values)
    gaps = np.maximum(gaps, 1e-6)
    drift = float(moved.sum() / gaps.sum())
    return drift, float(np.mean(moved * moved / gaps))


def persistence(times: Array, values: Array, ahead: Array, rng: np.random.Generator, draws: int) -> Array | None:
    """The last value; a random walk around it."""
    if len(values) < 3:
        return None
    _, variance = _steps(times, values)
    spread = np.sqrt(variance * (ahead - times[-1]))[:, None]
    return np.asarray(values[-1] + spread * rng.standard_normal((len(ahead), draws)))


def drift(times: Array, values: Array, ahead: Array, rng: np.random.Generator, draws: int) -> Array | None:
    """The last value and the mean slope so far; a random walk around it."""
    if len(values) < 3:
        return None
    slope, variance = _steps(times, values)
    gaps = np.diff(times)
    left = np.diff(values) - slope * gaps
    variance = float((left * left / np.maximum(gaps, 1e-6)).sum() / max(len(gaps) - 1, 1))
    distance = ahead - times[-1]
    span = times[-1] - times[0]
    spread = np.sqrt(variance * (distance + distance**2 / span))[:, None]  # the slope is uncertain, too
    return np.asarray((values[-1] + slope * distance)[:, None] + spread * rng.standard_normal((len(ahead), draws)))


def climatology(times: Array, values: Array, ahead: Array, rng: np.random.Generator, draws: int) -> Array | None:
    """Any earlier value, with a spread between them (a smoothed bootstrap)."""
    if len(values) < 3:
        return None
    width = values.std(ddof=1) * len(values) ** -0.2
    picked = rng.choice(values, (len(ahead), draws))
    return np.asarray(picked + width * rng.standard_normal((len(ahead), draws)))


def _automatic(name: str, least: int) -> Method:
    """A statsforecast model on yearly means, of which it needs at least ``least``."""

    def method(times: Array, values: Array, ahead: Array, rng: np.random.Generator, draws: int) -> Array | None:
        from statsforecast import models

        years, means = yearly(times, values)
        if len(means) < least:
            return None
        horizon = int(np.ceil(ahead.max() - years[-1] - 1e-9)) + 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit = getattr(models, name)(season_length=1).forecast(means, horizon, level=[68.27])
        middle = np.concatenate([[means[-1]], fit["mean"]])
        sd = np.concatenate([[0.0], (fit["hi-68.27"] - fit["lo-68.27"]) / 2])
        at = years[-1] + np.arange(horizon + 1)
        centre, spread = np.interp(ahead, at, middle)[:, None], np.maximum(np.interp(ahead, at, sd), 1e-9)[:, None]
        return np.asarray(centre + spread * rng.standard_normal((len(ahead), draws)))

    method.__doc__ = f"{name} of statsforecast on yearly means, straight between years."
    return method


def yearly(times: Array, values: Array) -> tuple[Array, Array]:
    """Means by year, at the middles of years; years without data are filled by straight lines."""
    years = np.floor(times + 1e-9)
    known = np.unique(years)
    means = np.array([values[years == y].mean() for y in known])
    every = np.arange(known[0], known[-1] + 1)
    return every + 0.5, np.interp(every, known, means)


BASELINES: Mapping[str, Method] = MappingProxyType(
    {
        "persistence": persistence,
        "drift": drift,
        "climatology": climatology,
        "AutoETS": _automatic("AutoETS", 9),
        "AutoARIMA": _automatic("AutoARIMA", 10),
    }
)

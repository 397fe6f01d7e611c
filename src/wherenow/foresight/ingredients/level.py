"""How far a series moves: a local level model, with steps pooled over the series of a case.

    y(t) = level(t) + e(t),   level(t) − level(s) ~ N(0, q·(t − s)),   e ~ N(0, (wide·s)²)

``q`` and ``s`` are estimated by their posterior mean (Durbin & Koopman 2012, chapter 2, for the filter). The prior of a
series' step comes from the other series on the same scale, so that a series of three data points need not estimate its
own (partial pooling; Gelman & Hill 2007, chapter 12).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from wherenow.distributions.families import Array
from wherenow.foresight.ingredients.record import Record

_SPREAD = 0.6
"""The minimum prior standard deviation of the logarithm of a step within a group of series."""
_ALONE = 1.0
"""The same for a group with a single series."""
_GRID = np.linspace(-3.5, 3.5, 29)
"""Points at which the prior of each logarithm is evaluated, in standard deviations."""
_NOISE = 0.8
"""The prior standard deviation of the logarithm of the noise."""


@dataclass(frozen=True, slots=True)
class Steps:
    """How a series moves, on its scale.

    Parameters
    ----------
    step : standard deviation of the level's change over one unit of time.
    noise : standard deviation of a usual datum around the level.
    doubt : standard deviation of the logarithm of ``step``, its uncertainty.
    """

    step: float
    noise: float
    doubt: float

    def typical(self, ahead: Array | float) -> Array:
        """Return the standard deviation of the difference between two data ``ahead`` apart."""
        return np.sqrt(self.step**2 * np.asarray(ahead) + 2 * self.noise**2)


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """The record of every series of a case, and its estimated steps."""

    records: Mapping[str, Record]
    steps: Mapping[str, Steps]


def steps(records: Mapping[str, Record]) -> dict[str, Steps]:
    """Estimate the steps of each series, pooled over series on the same kind of scale."""
    result: dict[str, Steps] = {}
    for kind in dict.fromkeys(r.kind for r in records.values()):
        group = {name: r for name, r in records.items() if r.kind == kind}
        rough = {name: _rough_step(r) for name, r in group.items()}
        measured = np.array([np.log(s) for s in rough.values() if s is not None])
        centre = float(np.median(measured)) if len(measured) else -1.0
        spread = max(float(np.std(measured)), _SPREAD) if len(measured) > 1 else _ALONE
        for name, r in group.items():
            result[name] = _estimate(r, centre, spread)
    return result


def _moves(r: Record) -> tuple[Array, Array]:
    """Return the gaps and the changes between neighbouring data of one definition."""
    same = np.logical_not(r.starts[1:])
    return np.maximum(np.diff(r.times)[same], 1e-6), np.diff(r.y)[same]


def _rough_step(r: Record) -> float | None:
    """Return the step of a random walk, in the series' unit; None if fewer than three changes are known."""
    gaps, changes = _moves(r)
    if len(changes) < 3 or not changes.any():
        return None
    return float(np.sqrt(np.mean(changes**2 / gaps))) / r.unit


def _estimate(r: Record, centre: float, spread: float) -> Steps:
    """Compute the posterior mean of the logarithms of step and noise on a grid, and the step's spread."""
    gaps, changes = _moves(r)
    usual = float(np.exp(centre)) * r.unit
    interval = float(np.median(gaps)) if len(gaps) else 1.0
    sampled = 0.5 * r.error if r.error is not None else 0.3 * usual * float(np.sqrt(interval))
    if not len(changes):
        return Steps(usual, sampled, spread)
    step_score, noise_score = np.meshgrid(_GRID, _GRID, indexing="ij")
    logs = (
        np.log(usual) + spread * step_score.ravel(),
        np.log(max(sampled, 1e-6 * r.unit)) + _NOISE * noise_score.ravel(),
    )
    y = np.broadcast_to(r.y[:, None], (len(r.y), step_score.size))
    density = filtered(r.times, y, r.wide, r.starts, np.exp(logs[0]), np.exp(logs[1])).density
    total = density - 0.5 * (step_score.ravel() ** 2 + noise_score.ravel() ** 2)
    weight = np.exp(total - total.max())
    weight /= weight.sum()
    step, noise = (float(weight @ log) for log in logs)
    doubt = float(np.sqrt(weight @ (logs[0] - step) ** 2))
    return Steps(float(np.exp(step)), float(np.exp(noise)), doubt)


@dataclass(frozen=True, slots=True, eq=False)
class Filtered:
    """The distribution of the level after the last datum, ``[draw]`` each, and the log density of the data."""

    mean: Array
    variance: Array
    density: Array


def filtered(times: Array, y: Array, wide: Array, starts: Array, step: Array | float, noise: Array | float) -> Filtered:
    """Run the Kalman filter of the local level over ``y[datum, draw]``.

    ``step`` and ``noise`` may have one value per draw.

    The first datum of each definition (``starts``) resets the level and adds nothing to the density.
    """
    mean = y[0].copy()
    variance = np.broadcast_to((wide[0] * noise) ** 2, mean.shape)
    density = np.zeros(y.shape[1])
    for t in range(1, len(times)):
        sampled = (wide[t] * noise) ** 2
        if starts[t]:
            mean, variance = y[t].copy(), np.broadcast_to(sampled, mean.shape)
            continue
        ahead = variance + step**2 * (times[t] - times[t - 1])
        total = np.maximum(ahead + sampled, 1e-300)
        innovation = y[t] - mean
        mean = mean + ahead / total * innovation
        variance = ahead * sampled / total
        density -= 0.5 * (np.log(2 * np.pi * total) + innovation**2 / total)
    return Filtered(mean, variance, density)


def walk(known: Filtered, last: float, times: Array, moves: Steps, rng: np.random.Generator, draws: int) -> Array:
    """Draw data of a local level at ``times`` after ``last``: ``[time, draw]``, jointly over time.

    Each draw has its own step, drawn from its posterior, which gives the tails of a t distribution.
    """
    step = moves.step * np.exp(moves.doubt * rng.standard_normal(draws))
    level = known.mean + np.sqrt(known.variance) * rng.standard_normal(draws)
    out = np.empty((len(times), draws))
    for row, time in enumerate(times):
        level = level + step * np.sqrt(max(time - last, 0.0)) * rng.standard_normal(draws)
        out[row], last = level + moves.noise * rng.standard_normal(draws), time
    return out


Method = Callable[[Record, Steps, Array, np.random.Generator, int], Array | None]
"""(series, its steps, dates ahead, random numbers, draws) to ``[date, draw]`` on the scale; None with too few data."""

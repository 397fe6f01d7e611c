"""Proper scores of probabilistic forecasts given as draws (Gneiting & Raftery 2007)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wherenow.distributions.families import Array


@dataclass(frozen=True, slots=True)
class Score:
    """The scores of one forecast. Lower is better for ``crps``, ``interval`` (of 90%) and ``log`` (−log density).

    ``pit`` is the share of draws below the datum, ``covered`` whether it is between the 5% and 95% quantiles.
    """

    crps: float
    interval: float
    log: float
    pit: float
    covered: bool


def scores(draws: Array, datum: float) -> list[Score]:
    """Score several forecasts ``[forecast, draw]`` of one datum, with at least 20 draws each."""
    import scoringrules

    low, high = np.quantile(draws, (0.05, 0.95), axis=1)
    came = np.full(len(draws), datum)
    crps = scoringrules.crps_ensemble(came, draws, estimator="pwm")
    interval = np.atleast_1d(scoringrules.interval_score(came, low, high, 0.1))
    log, pit = _log_scores(draws, datum), np.mean(draws < datum, axis=1)
    return [
        Score(float(crps[i]), float(interval[i]), float(log[i]), float(pit[i]), bool(low[i] <= datum <= high[i]))
        for i in range(len(draws))
    ]


def _log_scores(draws: Array, datum: float) -> Array:
    """Return −log of a kernel density (Silverman's width), kept finite by a thousandth of a wide normal."""
    n, sd = draws.shape[1], np.maximum(draws.std(axis=1, ddof=1), 1e-12)
    width = 1.06 * sd * n**-0.2
    kernel = np.mean(np.exp(-0.5 * ((datum - draws) / width[:, None]) ** 2), axis=1) / (width * np.sqrt(2 * np.pi))
    wide = 10 * sd
    tail = np.exp(-0.5 * ((datum - draws.mean(axis=1)) / wide) ** 2) / (wide * np.sqrt(2 * np.pi))
    return np.asarray(-np.log(np.maximum(0.999 * kernel + 0.001 * tail, 1e-300)))


def skill(
    ours: Array, theirs: Array, groups: NDArray[np.str_], seed: int = 0, resamples: int = 2000
) -> tuple[float, float, float]:
    """Return 1 − mean(ours)/mean(theirs), with a 90% interval from resampling ``groups`` that share their noise."""
    names = np.unique(groups)
    rows = [np.flatnonzero(groups == g) for g in names]
    sums = np.array([(ours[r].sum(), theirs[r].sum()) for r in rows])
    rng = np.random.default_rng(seed)
    picked = sums[rng.integers(0, len(rows), (resamples, len(rows)))].sum(axis=1)
    low, high = np.quantile(1 - picked[:, 0] / picked[:, 1], (0.05, 0.95))
    return float(1 - ours.sum() / theirs.sum()), float(low), float(high)

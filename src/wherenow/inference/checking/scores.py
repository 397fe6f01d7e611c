"""Proper scores of probabilistic forecasts given as draws (Gneiting & Raftery 2007)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wherenow.distributions.families import Array


@dataclass(frozen=True, slots=True)
class Score:
    """How one forecast did: lower is better for ``crps``, ``interval`` (of 90%) and ``log`` (negative log density).

    ``pit`` is the share of draws below the datum, ``covered`` whether it lies between the 5% and 95% quantiles.
    """

    crps: float
    interval: float
    log: float
    pit: float
    covered: bool


def score(draws: Array, datum: float) -> Score:
    """The scores of ``draws`` (one dimension, at least 20) for what came."""
    import scoringrules

    low, high = (float(q) for q in np.quantile(draws, (0.05, 0.95)))
    crps = float(scoringrules.crps_ensemble(datum, draws, estimator="pwm"))
    interval = float(scoringrules.interval_score(datum, low, high, 0.1))
    return Score(crps, interval, _log_score(draws, datum), float(np.mean(draws < datum)), low <= datum <= high)


def _log_score(draws: Array, datum: float) -> float:
    """The negative log of a kernel density (Silverman's width) with a thousandth of a wide normal, so that it is
    finite.
    """
    n, sd = len(draws), max(float(draws.std(ddof=1)), 1e-12)
    width = 1.06 * sd * n**-0.2
    kernel = np.mean(np.exp(-0.5 * ((datum - draws) / width) ** 2)) / (width * np.sqrt(2 * np.pi))
    wide = 10 * sd
    tail = np.exp(-0.5 * ((datum - draws.mean()) / wide) ** 2) / (wide * np.sqrt(2 * np.pi))
    return float(-np.log(max(0.999 * kernel + 0.001 * tail, 1e-300)))


def skill(
    ours: Array, theirs: Array, groups: NDArray[np.str_], seed: int = 0, resamples: int = 2000
) -> tuple[float, float, float]:
    """1 − mean(ours)/mean(theirs) with a 90% interval by resampling ``groups`` (forecasts that share their luck)
    whole.
    """
    names = np.unique(groups)
    rows = [np.flatnonzero(groups == g) for g in names]
    sums = np.array([(ours[r].sum(), theirs[r].sum()) for r in rows])
    rng = np.random.default_rng(seed)
    picked = sums[rng.integers(0, len(rows), (resamples, len(rows)))].sum(axis=1)
    low, high = np.quantile(1 - picked[:, 0] / picked[:, 1], (0.05, 0.95))
    return float(1 - ours.sum() / theirs.sum()), float(low), float(high)

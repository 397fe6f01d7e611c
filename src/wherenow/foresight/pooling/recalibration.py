"""A beta transform that widens the pool where it was too narrow at past origins.

The pool's distribution function F becomes B(F), with B that of a beta distribution (Ranjan & Gneiting 2010, Journal of
the Royal Statistical Society B 72; Gneiting & Ranjan 2013, Electronic Journal of Statistics 7). Both parameters of B
are equal, so that the transform preserves the median and changes only the spread: on small cases two parameters would
move the pool outside the range of its ingredients. The parameter maximises the log score of past forecasts under a
prior that keeps it near 1, where the transform does nothing. It is never above 1: while weights were still being
learned, and with hindsight, a pool looks wider than it will be.

A forecast counts by the probability that no break has come since its datum. A break is a change of the parameter, and
comes after any of the data or not at all (Bayesian inference of one change point; Smith 1975, Biometrika 62).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import scipy  # scipy imports its slow module scipy.special on first use

from wherenow.distributions.families import Array

_LOGS = np.linspace(-1.5, 0.0, 151)
"""The search interval of the parameter's logarithm."""
_BREAK = 0.5
"""The probability of a break before any evidence."""


@dataclass(frozen=True, slots=True)
class Recalibration:
    """The parameter of the beta transform: below 1 it widens a distribution, at 1 it does nothing."""

    shape: float = 1.0

    def of(self, values: Array) -> Array:
        """Recalibrate draws ``[date, draw]``, preserving each draw's rank at each date."""
        if self.shape == 1.0:
            return values
        draws = values.shape[1]
        ranks = self.before((np.arange(draws) + 0.5) / draws)
        order = np.argsort(values, axis=1, kind="stable")
        recalibrated = np.take_along_axis(values, order[:, np.round(ranks * (draws - 1)).astype(int)], axis=1)
        out = np.empty_like(values)
        np.put_along_axis(out, order, recalibrated, axis=1)
        return out

    def before(self, rank: Array | float) -> Array:
        """Return the rank in the pool of what has this rank in the recalibrated pool."""
        return np.asarray(scipy.special.betaincinv(self.shape, self.shape, rank))


def recalibrate(ranks: Array, count: Array, times: Array) -> Recalibration:
    """Fit the transform to past forecasts.

    Parameters
    ----------
    ranks : the ranks of the data in the pool before recalibration, ``[forecast]``.
    count : the weight of each forecast, ``[forecast]``.
    times : the date of each datum, ``[forecast]``.
    """
    if not len(ranks):
        return Recalibration()
    inside = np.clip(ranks, 1e-3, 1 - 1e-3)[:, None]
    shapes = np.exp(_LOGS)
    gains = count[:, None] * (
        (shapes - 1) * (np.log(inside) + np.log1p(-inside)) - scipy.special.betaln(shapes, shapes)
    )
    best = np.argmax(_prior() + _unbroken(gains, times) @ gains)
    return Recalibration(float(shapes[best]))


@cache
def _prior() -> Array:
    """Return the log prior probability of each parameter, half a normal distribution."""
    logs: Array = -0.5 * (_LOGS / 0.25) ** 2
    return logs - scipy.special.logsumexp(logs)


def _unbroken(gains: Array, times: Array) -> Array:
    """Return the probability that no break has come since each datum, from ``gains[forecast, parameter]``."""
    dates, number = np.unique(times, return_inverse=True)
    each = np.zeros((len(dates), gains.shape[1]))
    np.add.at(each, number, gains)
    until = np.cumsum(each, axis=0)
    # row k assumes a break after date k; the last row has no later dates, so it assumes no break
    sums = _prior() + until
    evidence = scipy.special.logsumexp(sums, axis=1) + scipy.special.logsumexp(sums[-1] - until, axis=1)
    breaks = np.exp(evidence - evidence.max())
    breaks *= np.append(np.full(len(dates) - 1, _BREAK / max(len(dates) - 1, 1)), 1 - _BREAK)
    breaks /= breaks.sum()
    return np.asarray((breaks[-1] + np.cumsum(breaks) - breaks)[number])

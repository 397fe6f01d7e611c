"""A beta transform of the pool's spread, which corrects a pool that was too narrow or too wide at past origins.

The pool's distribution function F becomes B(F), with B that of a beta distribution (Ranjan & Gneiting 2010, Journal of
the Royal Statistical Society B 72; Gneiting & Ranjan 2013, Electronic Journal of Statistics 7). Both parameters of B
are equal, so that the transform preserves the median and changes only the spread: on small cases two parameters would
move the pool outside the range of its ingredients. The parameter maximises the log score of past forecasts under a
prior that keeps it near 1, where the transform does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, betaln

from wherenow.distributions.families import Array

_PRIOR = 0.25
"""The prior standard deviation of the parameter's logarithm."""
_LOGS = np.linspace(-1.5, 1.5, 301)
"""The search interval of the parameter's logarithm."""


@dataclass(frozen=True, slots=True)
class Recalibration:
    """The parameter of the beta transform: below 1 it widens a distribution, above 1 it narrows it."""

    shape: float = 1.0

    def of(self, values: Array) -> Array:
        """Recalibrate draws ``[date, draw]``, preserving each draw's rank at each date."""
        if self.shape == 1.0:
            return values
        draws = values.shape[1]
        ranks = betaincinv(self.shape, self.shape, (np.arange(draws) + 0.5) / draws)
        order = np.argsort(values, axis=1, kind="stable")
        moved = np.take_along_axis(values, order[:, np.round(ranks * (draws - 1)).astype(int)], axis=1)
        out = np.empty_like(values)
        np.put_along_axis(out, order, moved, axis=1)
        return out


def recalibrate(pits: Array, count: Array, hindsight: bool = False) -> Recalibration:
    """Fit the transform to past forecasts.

    Parameters
    ----------
    pits : the ranks of the data in the pool, ``[forecast]``.
    count : the weight of each forecast, ``[forecast]``.
    hindsight : whether the model was written after the data. Such evidence can show that the pool is too narrow but not
        that it is too wide, because hindsight makes any forecast look sharper than it was.
    """
    if not len(pits):
        return Recalibration()
    inside = np.clip(pits, 1e-3, 1 - 1e-3)
    gain = (np.exp(_LOGS) - 1) * (count @ (np.log(inside) + np.log1p(-inside)))
    gain -= count.sum() * betaln(np.exp(_LOGS), np.exp(_LOGS)) + 0.5 * (_LOGS / _PRIOR) ** 2
    found = float(_LOGS[np.argmax(gain)])
    return Recalibration(float(np.exp(min(found, 0.0) if hindsight else found)))

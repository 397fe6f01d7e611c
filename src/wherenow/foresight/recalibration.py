"""A beta transform of the pool: linear pools of calibrated forecasts are too wide, of overconfident ones too narrow.

The pool's distribution function F becomes B(F), with B that of a beta distribution (Ranjan & Gneiting 2010, Journal of
the Royal Statistical Society B 72; Gneiting & Ranjan 2013, Electronic Journal of Statistics 7). Its two parameters
maximise the log score of past forecasts under a prior that keeps them near 1, where the transform does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaincinv, betaln

from wherenow.case.families import Array

_PRIOR = 0.25
"""The prior standard deviation of the logarithm of each parameter."""


@dataclass(frozen=True, slots=True)
class Recalibration:
    """The two parameters of the beta transform; 1 and 1 leave a distribution as it is."""

    a: float = 1.0
    b: float = 1.0

    def ranks(self, draws: int) -> Array:
        """The ranks, in the pool's own draws, of the quantiles of the recalibrated pool: ``[draw]``, ascending."""
        even = (np.arange(draws) + 0.5) / draws
        return even if (self.a, self.b) == (1.0, 1.0) else np.asarray(betaincinv(self.a, self.b, even))

    def of(self, values: Array) -> Array:
        """Recalibrate draws ``[date, draw]``: each keeps its rank at each date, and so its path."""
        if (self.a, self.b) == (1.0, 1.0):
            return values
        ranks = self.ranks(values.shape[1])
        order = np.argsort(values, axis=1, kind="stable")
        moved = np.quantile(values, ranks, axis=1, method="nearest").T
        out = np.empty_like(values)
        np.put_along_axis(out, order, moved, axis=1)
        return out


def recalibrate(pits: Array, count: Array, hindsight: float = 1.0) -> Recalibration:
    """Fit the transform to the ranks of past data in the pool (``pits[forecast]``), each counting ``count[forecast]``.

    ``hindsight`` is the exponent of evidence that would narrow the pool: evidence that it is too narrow counts in
    full.
    """
    if not len(pits):
        return Recalibration()
    inside = np.clip(pits, 1e-3, 1 - 1e-3)
    logs, others = float(count @ np.log(inside)), float(count @ np.log1p(-inside))

    def fitted(power: float) -> Array:
        def loss(log: Array) -> float:
            a, b = np.exp(np.clip(log, -2, 2))
            gain = (a - 1) * logs + (b - 1) * others - count.sum() * betaln(a, b)
            return float(0.5 * ((log / _PRIOR) ** 2).sum() - power * gain)

        return np.asarray(minimize(loss, np.zeros(2), method="Nelder-Mead").x)

    found = fitted(1.0)
    if found.mean() > 0 and hindsight < 1:
        found = fitted(hindsight)
    return Recalibration(float(np.exp(found[0])), float(np.exp(found[1])))

"""Find the parameters that an answer depends on, by rank correlations over the existing draws."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from wherenow.ensemble.draws import Draws
from wherenow.ensemble.runs import Array

FAR = 3.3
"""Standard errors that one in a thousand unrelated parameters would exceed by chance (normal, two-sided)."""


@dataclass(frozen=True, slots=True)
class Influence:
    """A parameter and its rank correlation with the margin of each forecast, by the forecasts' ids."""

    name: str
    correlations: Mapping[str, float]

    @property
    def strongest(self) -> float:
        return max((abs(c) for c in self.correlations.values()), default=0.0)


def least_of(draws: int) -> float:
    """Return the smallest correlation that is significant with this number of draws."""
    return FAR / math.sqrt(max(draws, 1))


def influences_on(margins: Mapping[str, Array], draws: Draws, most: int = 20) -> tuple[Influence, ...]:
    """Return the parameters that correlate most with a forecast's margin, the strongest first, without insignificant
    ones.

    Spearman's rank correlation between a parameter's draws and the forecast's ``margins[draw]``, over the draws in
    which these are finite.
    """
    if not draws.names or not margins:
        return ()
    drawn = _ranks(draws.values)
    by_forecast = {}
    for name, values in margins.items():
        defined = np.isfinite(values)
        rows = drawn if defined.all() else _ranks(draws.values[:, defined])
        by_forecast[name] = rows @ _ranks(values[None, defined])[0]
    found = [
        Influence(name, {f: float(values[i]) for f, values in by_forecast.items()})
        for i, name in enumerate(draws.names)
    ]
    beyond = [influence for influence in found if influence.strongest >= least_of(len(draws))]
    return tuple(sorted(beyond, key=lambda influence: -influence.strongest)[:most])


def _ranked(row: Array) -> Array:
    """Return the ranks of values, with the mean rank for ties (scipy.stats takes long to import)."""
    _, places, counts = np.unique(row, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[places]


def _ranks(rows: Array) -> Array:
    """Return ranks along each row, centred and of norm one, so that a product of two rows is their correlation."""
    ranks = np.array([_ranked(row) for row in rows])
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    lengths = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    found: Array = centred / np.where(lengths > 0, lengths, 1.0)
    return found

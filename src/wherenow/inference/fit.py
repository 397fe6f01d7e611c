"""How a posterior fits: the share of data in its bands, in another world that knows nothing of the data's own
course.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wherenow.case.families import Array
from wherenow.case.types import Case
from wherenow.inference.likelihood import SIZE
from wherenow.inference.observed import data_times
from wherenow.inference.posterior import Posterior
from wherenow.inference.predict import replicated


@dataclass(frozen=True, slots=True)
class SeriesFit:
    """A series against the posterior: how many data, the share in the 50% and 90% bands, and what a mean PIT off 1/2
    says.

    ``bias`` is the mean share of replicated data below a datum, less a half: positive where data lie high. ``p`` is the
    posterior predictive p-value of how far data lie from the middle: the share of replicated data sets whose mean
    distance from their median, in units of the band, is greater than the data's; near 0 the data lie further off than
    the model allows, near 1 closer than it expects.
    ``discrepancy`` is the median size of what the model misses, in the error's scale.
    """

    series: str
    data: int
    in_half: float
    in_ninety: float
    bias: float
    discrepancy: float | None
    p: float


def fit(case: Case, posterior: Posterior, seed: int = 0, threads: int | None = None) -> tuple[SeriesFit, ...]:
    """The posterior predictive check of every observed series (Gelman, Meng & Stern 1996)."""
    at = data_times(case)
    sizes = zip(posterior.names, posterior.flat, strict=True)
    size = {name.removeprefix(SIZE): float(np.median(row)) for name, row in sizes if name.startswith(SIZE)}
    rows = []
    for name, predicted in replicated(case, posterior, at, seed, threads=threads).items():
        data = case.data[name].values[np.isin(case.data[name].times, at[name])]
        low, quarter, three, high = np.quantile(predicted.values, (0.05, 0.25, 0.75, 0.95), axis=1)
        share = (predicted.values < data[:, None]).mean()
        rows.append(
            SeriesFit(
                name,
                len(data),
                float(np.mean((quarter <= data) & (data <= three))),
                float(np.mean((low <= data) & (data <= high))),
                float(share) - 0.5,
                size.get(name),
                _distance_p(predicted.scale.to(predicted.values), predicted.scale.to(data)),
            )
        )
    return tuple(rows)


def _distance_p(replicates: Array, data: Array) -> float:
    """How often a replicated set lies further, on average over its data, from the medians than ``data`` does."""
    middle = np.median(replicates, axis=1)
    spread = np.maximum(np.quantile(np.abs(replicates - middle[:, None]), 0.9, axis=1), 1e-300)
    apart = np.abs((replicates - middle[:, None]) / spread[:, None]).mean(axis=0)
    own = float(np.abs((data - middle) / spread).mean())
    return float(((apart > own).sum() + 0.5 * (apart == own).sum()) / len(apart))

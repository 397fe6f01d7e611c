"""How a posterior fits: the share of data in its bands, in another world that knows nothing of the data's own
course.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wherenow.case.types import Case
from wherenow.inference.likelihood import likelihood
from wherenow.inference.observed import data_times
from wherenow.inference.posterior import Posterior
from wherenow.inference.predict import replicated


@dataclass(frozen=True, slots=True)
class SeriesFit:
    """A series against the posterior: how many data, the share in the 50% and 90% bands, and what a mean PIT off 1/2
    says.

    ``bias`` is the mean share of replicated data below a datum, less a half: positive where data lie high.
    ``discrepancy`` is the median size of what the model misses, in the error's scale.
    """

    series: str
    data: int
    in_half: float
    in_ninety: float
    bias: float
    discrepancy: float | None


def fit(case: Case, posterior: Posterior, seed: int = 0, threads: int | None = None) -> tuple[SeriesFit, ...]:
    """The posterior predictive check of every observed series (Gelman, Meng & Stern 1996)."""
    at = data_times(case)
    known = likelihood(case, threads)
    sizes, _ = known.discrepancy(posterior.flat)
    size = {g.name: float(np.median(sizes[i])) for i, g in enumerate(known.gaussians)}
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
            )
        )
    return tuple(rows)

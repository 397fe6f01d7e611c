"""Models against each other, by how well each foretells a datum that it has not seen, and by their evidence.

A datum's density given all others is exact for each draw: where what the model misses ties data of a series together it
follows from the inverse of their covariance (Bürkner, Gabry & Vehtari 2021, "Efficient leave-one-out cross-validation
for Bayesian non-factorized normal and Student-t models"). Draws that saw the datum are weighted to ones that did not by
Pareto-smoothed importance sampling (Vehtari, Gelman & Gabry 2017), and models averaged by stacking of predictive
distributions (Yao, Vehtari, Simpson & Gelman 2018). ArviZ does the last two.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from wherenow.case.families import Array
from wherenow.inference.errors_of_data import Gaussian
from wherenow.inference.likelihood import Likelihood, independent
from wherenow.inference.observed import in_run

DOUBTFUL = 0.7
"""A Pareto shape above which a datum's leave-one-out density is not to be relied on."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """One model among others: its expected log density of unseen data with its standard error, the difference from the
    best with its own, its weights by stacking and by evidence, and how many data are too influential to leave out.
    """

    elpd: float
    error: float
    behind: float
    behind_error: float
    stacking: float
    evidence: float
    doubtful: int


def unseen(known: Likelihood, values: Array) -> Array:
    """``[datum, draw]``: the log density of each datum given all others of its series, at parameter ``values``."""
    predicted = known.observer.predict(known.space.names, values)
    sizes, spans = known.discrepancy(values)
    parts = [_given_others(g, predicted[g.name], sizes[i], spans[i]) for i, g in enumerate(known.gaussians)]
    for observation, data in known.others:
        for i, time in enumerate(data.times):
            parts.append(independent(observation, in_run(data, time, time), predicted[data.name][i : i + 1])[None])
    return np.concatenate(parts)


def _given_others(series: Gaussian, predicted: Array, size: Array, span: Array) -> Array:
    """``[datum, draw]``, with the covariance of errors and of what the model misses between breaks."""
    segment = np.cumsum(np.isinf(series.gap))
    apart = np.where(segment[:, None] == segment, np.abs(series.times[:, None] - series.times), np.inf)
    covariance = size[:, None, None] ** 2 * np.exp(-apart / span[:, None, None]) + np.diag(series.sd**2)
    precision = np.linalg.inv(covariance)  # [draw, datum, datum]
    missed = (series.y[:, None] - series.scale.to(predicted)).T
    pulled = np.einsum("dij,dj->di", precision, missed)
    own = np.einsum("dii->di", precision)
    logs = 0.5 * (np.log(own) - np.log(2 * np.pi) - pulled**2 / own)
    return np.asarray(logs.T)


def weigh(densities: Mapping[str, Array], evidence: Mapping[str, float]) -> dict[str, Weighed]:
    """Weights of models out of their ``densities[datum, draw]`` (:func:`unseen`, of the same data) and log
    evidences.
    """
    from arviz import compare, loo

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of influential data, which are counted instead
        found = {n: loo(_as_data(d), pointwise=True, reff=1.0) for n, d in densities.items()}  # type: ignore[no-untyped-call]
        table = compare(found, ic="loo", method="stacking")
    greatest = max(evidence.values())
    share = {name: float(np.exp(value - greatest)) for name, value in evidence.items()}
    total = sum(share.values())
    return {
        name: Weighed(
            float(found[name].elpd_loo),
            float(found[name].se),
            float(table.loc[name, "elpd_diff"]),
            float(table.loc[name, "dse"]),
            float(table.loc[name, "weight"]),
            share[name] / total,
            int((found[name].pareto_k.values > DOUBTFUL).sum()),
        )
        for name in densities
    }


def _as_data(logs: Array) -> object:
    """As ArviZ wants it: one chain, draws, data."""
    import arviz

    return arviz.from_dict({"draw": np.zeros((1, logs.shape[1]))}, log_likelihood={"data": logs.T[None]})

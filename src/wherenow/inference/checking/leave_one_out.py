"""The leave-one-out predictive distribution of each datum.

For each draw, a datum's distribution given all others of its series is exact: if the discrepancy correlates the
data, it follows from the inverse of their covariance (Bürkner, Gabry & Vehtari 2021, "Efficient leave-one-out
cross-validation for Bayesian non-factorized normal and Student-t models"). Draws that saw the datum are reweighted to
ones that did not (:mod:`wherenow.inference.checking.psis`). The probability of a datum's distribution below it, its
PIT, is then uniform between 0 and 1 if model and errors are right (Gelman et al. 2014, "Bayesian Data Analysis",
section 6.3); shares in bands that were fitted to the same data are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy

from wherenow.case.case_types import DataSeries
from wherenow.case.observation import Observation
from wherenow.distributions.families import Array
from wherenow.inference.checking.psis import DOUBTFUL, smoothed
from wherenow.inference.likelihood.density import Likelihood, independent
from wherenow.inference.likelihood.likelihood_plan import LEAST_MEAN
from wherenow.inference.likelihood.measurement_error import Gaussian


@dataclass(frozen=True, eq=False)
class PredictiveDensities:
    """The leave-one-out predictive of each datum, ``[datum, draw]``: log density, and probability below the datum (for
    counts at the middle of the step). ``series`` names each datum's series, in the likelihood's order.
    """

    series: tuple[str, ...]
    densities: Array
    shares: Array


@dataclass(frozen=True, slots=True)
class LeaveOneOut:
    """The leave-one-out predictions of a series' data: the PITs, and how many of these are unreliable."""

    pits: tuple[float, ...]
    doubtful: int

    def inside(self, share: float = 0.9) -> int:
        """Return how many data lie in the central ``share`` of their predictive distributions."""
        return sum(abs(pit - 0.5) <= share / 2 for pit in self.pits)


def predictive_densities(
    known: Likelihood, values: Array, predicted: Mapping[str, Array] | None = None
) -> PredictiveDensities:
    """Evaluate each datum given the others in each draw of ``values[parameter, draw]``.

    ``predicted`` has the model's values by series, if it has been run for these draws already.
    """
    predicted = predicted or known.observer.predict(known.space.names, values)
    discrepancy = known.discrepancy(values)
    names, densities, shares = [], [], []
    for i, g in enumerate(known.gaussians):
        result = _given_others(g, predicted[g.name], discrepancy.sizes[i], discrepancy.spans[i], discrepancy.errors[i])
        names += [g.name] * len(g.y)
        densities.append(result[0])
        shares.append(result[1])
    for observation, data in known.others:
        for i, time in enumerate(data.times):
            datum, path = data.between(time, time), predicted[data.name][i : i + 1]
            names.append(data.name)
            densities.append(independent(observation, datum, path)[None])
            shares.append(_below(observation, datum, path))
    return PredictiveDensities(tuple(names), np.concatenate(densities), np.concatenate(shares))


def leave_one_out(
    known: Likelihood, values: Array, predicted: Mapping[str, Array] | None = None
) -> dict[str, LeaveOneOut]:
    """Return the leave-one-out predictions of the data by series, from posterior draws ``values[parameter, draw]``.

    ``predicted`` is as for :func:`predictive_densities`.
    """
    densities = predictive_densities(known, values, predicted)
    weights, shapes = smoothed(-densities.densities)
    pits = (weights * densities.shares).sum(axis=1)
    names = np.array(densities.series)
    return {
        str(name): LeaveOneOut(tuple(pits[names == name].tolist()), int((shapes[names == name] > DOUBTFUL).sum()))
        for name in dict.fromkeys(densities.series)
    }


def _given_others(series: Gaussian, predicted: Array, size: Array, span: Array, error: Array) -> tuple[Array, Array]:
    """Return log densities and probabilities ``[datum, draw]``; errors and discrepancies covary between breaks."""
    segment = np.cumsum(np.isinf(series.gap))
    apart = np.where(segment[:, None] == segment, np.abs(series.times[:, None] - series.times), np.inf)
    covariance = size[:, None, None] ** 2 * np.exp(-apart / span[:, None, None])
    covariance += error[:, None, None] ** 2 * np.diag(series.sd**2) + np.diag(series.sampling)
    precision = np.linalg.inv(covariance)  # shape [draw, datum, datum]
    residual = (series.y[:, None] - series.scale.to(predicted)).T
    pulled = np.einsum("dij,dj->di", precision, residual)
    diagonal = np.einsum("dii->di", precision)
    logs = 0.5 * (np.log(diagonal) - np.log(2 * np.pi) - pulled**2 / diagonal)
    return np.asarray(logs.T), np.asarray(scipy.special.ndtr(pulled / np.sqrt(diagonal)).T)


def _below(observation: Observation, data: DataSeries, predicted: Array) -> Array:
    """Return the probability below each datum of a series with independent errors."""
    y, wide = data.values[:, None], data.wideness(observation)[:, None]
    if observation.error.name == "student":
        degrees, scale = observation.error.arguments
        return np.asarray(scipy.special.stdtr(degrees, (y - predicted) / (scale * wide)))
    size = observation.error.arguments[0] / wide
    mean = np.maximum(predicted, LEAST_MEAN)
    upto = scipy.special.betainc(size, y + 1, size / (size + mean))
    before = np.where(y > 0, scipy.special.betainc(size, np.maximum(y, 1e-300), size / (size + mean)), 0.0)
    return np.asarray((upto + before) / 2)

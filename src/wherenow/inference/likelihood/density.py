"""The likelihood of data: measurement error and the model's discrepancy.

For errors that are normal on some scale (the value, its logarithm, its logit, or a count's), a series on that scale is

    y(t) = m(t) + d(t) + e(t),   e ~ N(0, (f sd)²),   d Ornstein-Uhlenbeck: var size², correlation exp(-Δt/time)

``d`` is the model's discrepancy (Kennedy & O'Hagan 2001, "Bayesian calibration of computer models"), which persists for
a while. Its size and time are inferred with the parameters, and so is a factor f of the stated sd
(:mod:`wherenow.inference.likelihood.discrepancy`). The process is Markov, so the density of a series takes one pass of
the Kalman filter, over all draws at once. Counts are Poisson around exp(m + d + e): the filter approximates their
density in the log rate by a normal at its mode (Laplace's approximation; docs/decisions/0022). Student and negative
binomial errors are independent, without discrepancy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy

from wherenow.case.case_types import Case, DataSeries
from wherenow.case.observation import Observation
from wherenow.distributions.families import Array
from wherenow.engine.backend import Inputs
from wherenow.engine.elementary import NumpyArithmetic
from wherenow.engine.streaming.plan_operations import MEANING, Operation
from wherenow.inference.likelihood.discrepancy import Discrepancy, DiscrepancyRows, discrepancy_priors, discrepancy_rows
from wherenow.inference.likelihood.likelihood_plan import LEAST_MEAN, LikelihoodPlan, reading
from wherenow.inference.likelihood.measurement_error import Gaussian, gaussian
from wherenow.inference.likelihood.observation_model import Observer, data_times, observer
from wherenow.inference.likelihood.transform import Space


@dataclass(frozen=True, eq=False, kw_only=True)
class Likelihood:
    """The log-likelihood of a case's data, over the space of its parameters and discrepancies."""

    space: Space  # space of the parameters
    observer: Observer  # observation model
    gaussians: tuple[Gaussian, ...]  # likelihoods of the Gaussian series, the longest first
    others: tuple[tuple[Observation, DataSeries], ...]  # other series, those that depend on a parameter first
    rows: DiscrepancyRows  # rows of the discrepancies in a draw
    moved: int  # number of ``others`` that depend on a parameter

    def __call__(self, z: Array) -> Array:
        """Return the log-likelihood at ``z[parameter, draw]``, one per draw; -inf if the model becomes non-finite."""
        return np.where(np.isfinite(total := self.by_series(z).sum(axis=0)), total, -np.inf)

    def by_series(self, z: Array) -> Array:
        """Return ``[series, draw]``: the contribution of each series, Gaussian ones first."""
        values = self.space.values(z)
        begun = self.plan.begun(self.discrepancy(values))
        inputs = Inputs(self.observer.rows(self.space.names, values))
        read = self.observer.backend.read(inputs, self.plan.readings, begun=begun, returned=self.plan.totals).registers
        if self.moved == len(self.others):
            return read
        return np.concatenate([read, np.repeat(self._unmoved[:, None], z.shape[1], axis=1)])

    @cached_property
    def _unmoved(self) -> Array:
        """The contribution of series that no parameter affects, the same for every draw."""
        values = self.space.values(np.zeros((len(self.space), 1)))
        predicted = self.observer.predict(self.space.names, values)
        return np.concatenate([independent(o, d, predicted[d.name]) for o, d in self.others[self.moved :]])

    @cached_property
    def plan(self) -> LikelihoodPlan:
        """The streaming plan of the likelihood."""
        observer = self.observer
        others = self.others[: self.moved]
        names = [*(g.name for g in self.gaussians), *(o.series for o, _ in others)]
        outputs = [observer.backend.program.outputs[observer.series.index(name)].name for name in names]
        weights = [observer.weights[name] for name in names]
        return reading(observer.backend.program, outputs, weights, self.gaussians, others)

    @property
    def data(self) -> int:
        """The number of data."""
        return sum(len(g.y) for g in self.gaussians) + sum(len(d) for _, d in self.others)

    def discrepancy(self, values: Array) -> Discrepancy:
        """Return the discrepancies of the Gaussian series at parameter ``values[parameter, draw]``."""
        return self.rows.of(values)

    def filtered(self, values: Array, predicted: Mapping[str, Array]) -> tuple[Array, Array, Array]:
        """Return log-likelihoods of Gaussian series, and mean and variance of their last discrepancies.

        Each has shape ``[series, draw]``.
        """
        discrepancy = self.discrepancy(values)
        result = np.zeros((3, len(self.gaussians), values.shape[1]))
        for s, g in enumerate(self.gaussians):
            path = g.scale.path(predicted[g.name])
            result[:, s] = _filtered(g, path, discrepancy.sizes[s], discrepancy.spans[s], discrepancy.errors[s])
        return result[0], result[1], result[2]


@dataclass(frozen=True, eq=False)
class _FilterOperands:
    """The operands of one step of a filter, over draws: see :mod:`wherenow.engine.streaming.plan_operations`."""

    a: Array
    b: Array
    c: Array
    number: float
    state: tuple[Array, ...]

    def into(self, place: int = 0) -> Array:
        return self.state[place]

    def ln(self, x: Array) -> Array:
        return np.log(x)

    def exp(self, x: Array) -> Array:
        return np.exp(x)


def _filtered(g: Gaussian, path: Array, size: Array, span: Array, error: Array) -> tuple[Array, Array, Array]:
    """Return the log-likelihood of one series, and the mean and variance of its discrepancy after the last datum."""
    step, data, shift, constant = MEANING[Operation.FILTER], g.y, 0.0, 0.0
    if g.counts is not None and g.scale.span is not None:
        step, data, shift = MEANING[Operation.FILTER_COUNT], g.counts, np.log(g.scale.span)
        constant = -scipy.special.gammaln(data + 1).sum()
    variance, errors, plain = size * size, error * error, NumpyArithmetic()
    state = (variance, np.zeros_like(variance), variance, np.full_like(variance, constant))
    for t, datum in enumerate(data):
        correlation = np.exp(-g.gap[t] / span)
        state = step(plain, _FilterOperands(path[t] + shift, correlation, g.sd[t] ** 2 * errors, datum, state))
    _, mean, spread, total = state
    return total, mean, spread


def likelihood(case: Case, threads: int | None = None) -> Likelihood:
    """Build the likelihood of the data of ``case`` that its observations cover.

    Raises InputError if an observation does not fit its data or model.
    """
    within, smooth = _seen(case), _smooth(case)
    gaussians = tuple(gaussian(case.observations[n], within[n]) for n in smooth)
    observed = observer(case, data_times(case), threads)
    still = observed.unmoved(case.priors)
    names = sorted((n for n in within if n not in smooth), key=lambda name: name in still)
    others = tuple((case.observations[n], within[n]) for n in names)
    space = unknowns(case)
    rows = discrepancy_rows(case, space.names, smooth)
    return Likelihood(
        space=space,
        observer=observed,
        gaussians=gaussians,
        others=others,
        rows=rows,
        moved=sum(n not in still for n in names),
    )


def unknowns(case: Case) -> Space:
    """Return the priors of everything inferred from the data of ``case``: its parameters and discrepancies."""
    return Space({**case.priors, **discrepancy_priors(case, _smooth(case))})


def _seen(case: Case) -> dict[str, DataSeries]:
    """Return the data within the run, by observed series."""
    time = case.model.time
    return {name: case.data[name].between(time.start, time.stop) for name in data_times(case)}


def _smooth(case: Case) -> list[str]:
    """Return the series with errors that are normal on some scale, the longest first."""
    counts = {n: len(d) for n, d in _seen(case).items() if case.observations[n].error.smooth}
    return sorted(counts, key=lambda name: -counts[name])


def independent(observation: Observation, data: DataSeries, predicted: Array) -> Array:
    """Return the log-likelihood of a series with independent errors: Student or negative binomial."""
    y, gammaln = data.values[:, None], scipy.special.gammaln
    wide = data.wideness(observation)[:, None]
    if observation.error.name == "student":
        degrees, scale = observation.error.arguments
        residual = (y - predicted) / (scale * wide)
        constant = gammaln((degrees + 1) / 2) - gammaln(degrees / 2) - 0.5 * np.log(degrees * np.pi)
        terms = constant - np.log(scale * wide) - (degrees + 1) / 2 * np.log1p(residual**2 / degrees)
    else:
        size = observation.error.arguments[0] / wide
        mean = np.maximum(predicted, LEAST_MEAN)
        terms = (
            gammaln(y + size)
            - gammaln(size)
            - gammaln(y + 1)
            + size * np.log(size / (size + mean))
            + y * np.log(mean / (size + mean))
        )
    return np.asarray(terms.sum(axis=0))

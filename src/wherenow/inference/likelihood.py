"""The likelihood of data: measurement error around the model, and what the model misses around that.

For normal and lognormal errors (of the value, or of its logarithm) a series is

    y(t) = m(t) + d(t) + e(t),   e ~ N(0, (f sd)²),   d Ornstein-Uhlenbeck: var size², correlation exp(-Δt/time)

``d`` is the model's discrepancy (Kennedy & O'Hagan 2001, "Bayesian calibration of computer models"): what the model
misses lasts for a while. Its size and time are inferred with the parameters, and so is a factor f of the stated sd
(:mod:`wherenow.inference.misfit`). The process is Markov,
so that the density of a series takes one pass of the Kalman filter, here over all draws and all series at once. Student
and negative binomial errors stand by themselves, without discrepancy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import gammaln

from wherenow.case.families import Array
from wherenow.case.observation import Observation
from wherenow.case.types import Case, DataSeries
from wherenow.engine.backend import Inputs
from wherenow.inference.errors_of_data import Gaussian, gaussian, wideness
from wherenow.inference.misfit import Misfit, Rows, misfit_priors, misfit_rows
from wherenow.inference.observed import Observer, data_times, in_run, observer
from wherenow.inference.reading import LEAST_MEAN, Read, reading
from wherenow.inference.space import Space

_LOG_TAU = float(np.log(2 * np.pi))


@dataclass(frozen=True, eq=False)
class Likelihood:
    """The log-likelihood of a case's data, over the space of its parameters and discrepancies."""

    space: Space
    observer: Observer
    gaussians: tuple[Gaussian, ...]  # the longest first
    others: tuple[tuple[Observation, DataSeries], ...]  # those that an unknown moves first
    rows: Rows
    moved: int  # how many of the others those are

    def __call__(self, z: Array) -> Array:
        """Log-likelihood at ``z[parameter, draw]``, one a draw; -inf where the model turns non-finite."""
        return np.where(np.isfinite(total := self.by_series(z).sum(axis=0)), total, -np.inf)

    def by_series(self, z: Array) -> Array:
        """``[series, draw]``: what each series adds, Gaussian ones first."""
        values = self.space.values(z)
        begun = self.plan.begun(self.misfit(values))
        inputs = Inputs(self.observer.rows(self.space.names, values))
        read = self.observer.backend.read(inputs, self.plan.readings, begun=begun, wanted=self.plan.totals).registers
        if self.moved == len(self.others):
            return read
        return np.concatenate([read, np.repeat(self._unmoved[:, None], z.shape[1], axis=1)])

    @cached_property
    def _unmoved(self) -> Array:
        """What each series adds that no unknown moves: the same for every draw."""
        values = self.space.values(np.zeros((len(self.space), 1)))
        predicted = self.observer.predict(self.space.names, values)
        return np.concatenate([independent(o, d, predicted[d.name]) for o, d in self.others[self.moved :]])

    @cached_property
    def plan(self) -> Read:
        """What is read of a run while it runs."""
        seen = self.observer
        others = self.others[: self.moved]
        names = [*(g.name for g in self.gaussians), *(o.series for o, _ in others)]
        outputs = [seen.backend.program.outputs[seen.series.index(name)].name for name in names]
        weights = [seen.weights[name] for name in names]
        return reading(seen.backend.program, outputs, weights, self.gaussians, others)

    @property
    def data(self) -> int:
        """How many data there are."""
        return sum(len(g.y) for g in self.gaussians) + sum(len(d) for _, d in self.others)

    def misfit(self, values: Array) -> Misfit:
        """What lies between model and data of the Gaussian series, out of parameter ``values[parameter, draw]``."""
        return self.rows.of(values)

    @cached_property
    def _padded(self) -> tuple[list[int], Array, Array, Array]:
        """Per datum number: how many series have it, and ``y``, ``sd``, ``gap`` as ``[datum, series]``."""
        longest = max((len(g.y) for g in self.gaussians), default=0)
        count = [sum(len(g.y) > t for g in self.gaussians) for t in range(longest)]
        y, sd, gap = (np.zeros((longest, len(self.gaussians))) for _ in range(3))
        for s, g in enumerate(self.gaussians):
            y[: len(g.y), s], sd[: len(g.y), s], gap[: len(g.y), s] = g.y, g.sd, g.gap
        return count, y, sd, gap

    def filtered(self, values: Array, predicted: Mapping[str, Array]) -> tuple[Array, Array, Array]:
        """Of each Gaussian series, ``[series, draw]``: the log-likelihood, and what is known of its discrepancy after
        the last datum, mean and variance.
        """
        misfit = self.misfit(values)
        count, y, sd, gap = self._padded
        scaled = [g.scale.to(predicted[g.name]) for g in self.gaussians]
        variance, errors = misfit.sizes * misfit.sizes, misfit.errors * misfit.errors
        mean, spread = np.zeros_like(variance), variance.copy()
        total = np.zeros_like(variance)
        for t, n in enumerate(count):
            at = np.stack([rows[t] for rows in scaled[:n]])
            kept = np.exp(-gap[t, :n, None] / misfit.spans[:n])
            mean_ahead = kept * mean[:n]
            spread_ahead = variance[:n] + kept * kept * (spread[:n] - variance[:n])
            whole = spread_ahead + (sd[t, :n] ** 2)[:, None] * errors[:n]
            missed = y[t, :n, None] - at - mean_ahead
            gain = spread_ahead / whole
            mean[:n] = mean_ahead + gain * missed
            spread[:n] = spread_ahead * (1 - gain)
            total[:n] -= 0.5 * (_LOG_TAU + np.log(whole) + missed * missed / whole)
        return total, mean, spread


def likelihood(case: Case, threads: int | None = None) -> Likelihood:
    """The likelihood of the data of ``case`` that its observations speak of.

    Raises InputError where an observation does not fit its data or model.
    """
    within, smooth = _seen(case), _smooth(case)
    gaussians = tuple(gaussian(case.observations[n], within[n]) for n in smooth)
    observed = observer(case, data_times(case), threads)
    still = observed.unmoved(case.priors)
    names = sorted((n for n in within if n not in smooth), key=lambda name: name in still)
    others = tuple((case.observations[n], within[n]) for n in names)
    space = unknowns(case)
    rows = misfit_rows(case, space.names, smooth)
    return Likelihood(space, observed, gaussians, others, rows, sum(n not in still for n in names))


def unknowns(case: Case) -> Space:
    """All that is inferred from the data of ``case``: its parameters, and the misfits of its series."""
    return Space({**case.priors, **misfit_priors(case, _smooth(case))})


def _seen(case: Case) -> dict[str, DataSeries]:
    """By observed series: its data within the run."""
    time = case.model.time
    return {name: in_run(case.data[name], time.start, time.stop) for name in data_times(case)}


def _smooth(case: Case) -> list[str]:
    """The series with errors that are normal on some scale, the longest first."""
    found = {n: len(d) for n, d in _seen(case).items() if case.observations[n].error.name in ("normal", "lognormal")}
    return sorted(found, key=lambda name: -found[name])


def independent(observation: Observation, data: DataSeries, predicted: Array) -> Array:
    """Log-likelihood of a series whose data err independently: Student or negative binomial."""
    y = data.values[:, None]
    wide = wideness(observation, data)[:, None]
    if observation.error.name == "student":
        degrees, scale = observation.error.arguments
        missed = (y - predicted) / (scale * wide)
        constant = gammaln((degrees + 1) / 2) - gammaln(degrees / 2) - 0.5 * np.log(degrees * np.pi)
        terms = constant - np.log(scale * wide) - (degrees + 1) / 2 * np.log1p(missed**2 / degrees)
    else:
        size = observation.error.arguments[0] / wide
        mean = np.maximum(predicted, LEAST_MEAN)
        terms = (
            gammaln(y + size) - gammaln(size) - gammaln(y + 1)
            + size * np.log(size / (size + mean)) + y * np.log(mean / (size + mean))
        )  # fmt: skip
    total: Array = terms.sum(axis=0)
    return total

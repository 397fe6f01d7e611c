"""Simulation-based calibration: is the inference right where the truth is known?

Parameters are drawn from the prior and data from the model with them; then the truth is ranked among the draws of the
posterior of these data. If prior, likelihood and sampler agree, ranks are uniform (Talts, Betancourt, Simpson, Vehtari
& Gelman 2018, "Validating Bayesian inference algorithms with simulation-based calibration").
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from wherenow.case.case_types import Case, DataSeries
from wherenow.distributions.families import Array
from wherenow.errors import UsageError
from wherenow.execution import HERE, Execution
from wherenow.inference.calibrate import Effort, tempered_posterior
from wherenow.inference.likelihood.density import Likelihood, likelihood
from wherenow.inference.predict import independent_draws

LEVEL = 0.01
"""The probability of rejecting a correct inference, over all parameters together."""


@dataclass(frozen=True, eq=False)
class Ranks:
    """``ranks[parameter, simulation]`` of the truth among ``draws`` posterior draws: 0 to ``draws``."""

    names: tuple[str, ...]
    ranks: Array
    draws: int

    @property
    def failing(self) -> tuple[str, ...]:
        """The parameters whose ranks are not uniform: 1% over all of them together (Bonferroni)."""
        return tuple(name for name, p in self.p_values().items() if p < LEVEL / len(self.names))

    def p_values(self, bins: int = 10) -> dict[str, float]:
        """Return the p-value of the chi-square test of uniform ranks, by parameter."""
        from scipy.stats import chisquare

        values = {}
        for name, row in zip(self.names, self.ranks, strict=True):
            counts = np.bincount((row * bins // (self.draws + 1)).astype(int), minlength=bins)
            widths = np.bincount(np.arange(self.draws + 1) * bins // (self.draws + 1), minlength=bins)
            expected = widths / widths.sum() * len(row)
            values[name] = float(chisquare(counts, expected).pvalue)
        return values


def simulated(case: Case, known: Likelihood, z: Array, rng: np.random.Generator) -> Case:
    """Return ``case`` with data drawn from the model at ``z[parameter, 1]``, at the dates of its own data."""
    values = known.space.values(z)
    predicted = known.observer.predict(known.space.names, values)
    discrepancy = known.discrepancy(values)
    data = dict(case.data)
    for row, g in enumerate(known.gaussians):
        deviation = np.empty(len(g.y))
        last = 0.0
        for t, gap in enumerate(g.gap):
            rho = float(np.exp(-gap / discrepancy.spans[row, 0]))
            last = rho * last + float(discrepancy.sizes[row, 0]) * np.sqrt(1 - rho * rho) * rng.standard_normal()
            deviation[t] = last
        drawn = (
            g.scale.path(predicted[g.name][:, 0])
            + deviation
            + discrepancy.errors[row, 0] * g.sd * rng.standard_normal(len(g.y))
        )
        data[g.name] = _with_values(case.data[g.name], g.times[0], g.scale.drawn(drawn, rng))
    for observation, within in known.others:
        path = predicted[within.name][:, 0]
        counted = independent_draws(observation, path, within.wideness(observation), rng)
        data[within.name] = _with_values(case.data[within.name], within.times[0], counted)
    return replace(case, data=data)


def _with_values(series: DataSeries, begin: float, values: Array) -> DataSeries:
    """Return a series with other values from the beginning of the run on."""
    first = int(np.searchsorted(series.times, begin))
    new = series.values.copy()
    new[first : first + len(values)] = values
    return replace(series, values=new)


def calibrated(
    case: Case,
    simulations: int,
    seed: int = 0,
    draws: int = 63,
    effort: Effort = Effort(particles=512, moves=20),  # noqa: B008 - an Effort is immutable
    execution: Execution = HERE,
) -> Ranks:
    """Rank the truth in ``simulations`` fits of ``case`` to simulated data.

    Raises UsageError if the case has no observations.
    """
    target = likelihood(case, execution.threads)
    if not target.data:
        raise UsageError(f"{case.name} has no observed data, so nothing can be inferred: see observations.yaml")
    rng = np.random.default_rng(seed)
    ranks = np.empty((len(target.space), simulations))
    for k in range(simulations):
        truth = rng.standard_normal((len(target.space), 1))
        replica = simulated(case, target, truth, rng)
        posterior = tempered_posterior(replica, int(rng.integers(2**31)), effort, Execution(threads=execution.threads))
        picked = posterior.chosen(draws, k)
        ranks[:, k] = (picked < target.space.values(truth)).sum(axis=1)
        execution.progress(f"simulation {k + 1} of {simulations}")
    return Ranks(target.space.names, ranks, draws)

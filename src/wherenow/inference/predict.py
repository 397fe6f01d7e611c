"""The predictive distribution: what a posterior says will be, or would have been, observed.

Each draw's data are the model's path (with noise after the last known date), the discrepancy, and measurement error.
Ahead of the data, the discrepancy continues from its last estimate and decays over its time; a replicated draw
(``replicated``) starts without such knowledge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from wherenow.case.case_types import Case
from wherenow.case.observation import Observation
from wherenow.distributions.families import Array
from wherenow.inference.likelihood.density import Likelihood, likelihood
from wherenow.inference.likelihood.measurement_error import ErrorScale, scale_of
from wherenow.inference.likelihood.observation_model import observer
from wherenow.inference.posterior import Posterior


@dataclass(frozen=True, eq=False, kw_only=True)
class Predicted:
    """Draws of a series' data at ``times``: ``values[time, draw]`` in the series' unit, ``scale`` to compare them on.

    ``path[time, draw]`` is the model's value there, ``fitted[datum, draw]`` that at the known data (``fitted_at``).
    """

    series: str  # name of the data series
    times: Array
    values: Array
    scale: ErrorScale
    path: Array
    fitted: Array
    fitted_at: Array

    @property
    def given(self) -> bool:
        """Whether the path is the same in every draw, except for rounding."""
        return bool((np.ptp(self.path, axis=1) <= 1e-9 * np.abs(self.path).max(axis=1)).all())


def ahead(
    case: Case,
    posterior: Posterior,
    at: Mapping[str, Array],
    seed: int = 0,
    draws: int = 1000,
    threads: int | None = None,
) -> dict[str, Predicted]:
    """Forecast series at times after the last datum of ``case``, its known part."""
    target = likelihood(case, threads)
    values = posterior.chosen(draws, seed)
    fitted = target.observer.predict(target.space.names, values)
    _, mean, spread = target.filtered(values, fitted)
    at = {name: times for name, times in at.items() if name in fitted}
    paths = observer(case, at, threads).predict_from(target.space.names, values, case.known_until, seed)
    return _predict(case, target, values, paths, fitted, at, seed, mean, spread)


def replicated(
    case: Case, known: Likelihood, values: Array, paths: Mapping[str, Array], seed: int = 0
) -> dict[str, Predicted]:
    """Draw replicated data from ``values[parameter, draw]`` at the dates of the data, for predictive checks.

    ``paths`` are the model's values there. At the time of a recalled figure, errors are as wide as a recalled figure's.
    """
    at = known.observer.at
    sizes = known.discrepancy(values).sizes
    wide = {name: _wide(case, name, times) for name, times in at.items()}
    return _predict(case, known, values, paths, paths, at, seed, np.zeros_like(sizes), sizes * sizes, wide)


def _wide(case: Case, name: str, times: Array) -> Array:
    """Return how much wider than usual the errors of a series' data at ``times`` are."""
    data = case.data[name]
    recalled = np.isin(times, data.times[np.array(data.quality) == "recalled"])
    return np.where(recalled, case.observations[name].recalled, 1.0)


def _predict(
    case: Case,
    known: Likelihood,
    values: Array,
    paths: Mapping[str, Array],
    fitted: Mapping[str, Array],
    at: Mapping[str, Array],
    seed: int,
    mean: Array,
    spread: Array,
    wide: Mapping[str, Array] | None = None,
) -> dict[str, Predicted]:
    rng = np.random.default_rng(seed)
    discrepancy = known.discrepancy(values)
    predictions = {}

    def predicted(name: str, drawn: Array, scale: ErrorScale) -> Predicted:
        times, runs = np.asarray(at[name], float), {"path": paths[name], "fitted": fitted[name]}
        return Predicted(series=name, times=times, values=drawn, scale=scale, **runs, fitted_at=known.observer.at[name])

    for row, g in enumerate(known.gaussians):
        if g.name not in at:
            continue
        times = np.asarray(at[g.name], float)
        deviation = mean[row] + np.sqrt(spread[row]) * rng.standard_normal(values.shape[1])
        last = g.times[-1] if times[0] > g.times[-1] else times[0]
        out = np.empty((len(times), values.shape[1]))
        for t, time in enumerate(times):
            rho = np.exp(-(time - last) / discrepancy.spans[row])
            fresh = discrepancy.sizes[row] * np.sqrt(1 - rho * rho) * rng.standard_normal(values.shape[1])
            deviation, last = rho * deviation + fresh, time
            stated = case.observations[g.name].error.arguments[0] * (wide[g.name][t] if wide else 1.0)
            error = stated * discrepancy.errors[row] * rng.standard_normal(values.shape[1])
            out[t] = g.scale.drawn(g.scale.path(paths[g.name][t]) + deviation + error, rng)
        predictions[g.name] = predicted(g.name, out, g.scale)
    for observation, data in known.others:
        if observation.series in at:
            wider = wide[observation.series][:, None] if wide else 1.0
            scale = scale_of(observation, data)
            drawn = scale.held(independent_draws(observation, paths[observation.series], wider, rng))
            predictions[observation.series] = predicted(observation.series, drawn, scale)
    return predictions


def independent_draws(observation: Observation, path: Array, wide: Array | float, rng: np.random.Generator) -> Array:
    """Draw data around ``path`` with Student or negative binomial errors, ``wide`` times wider than stated."""
    if observation.error.name == "student":
        degrees, scale = observation.error.arguments
        return path + scale * wide * rng.standard_t(degrees, path.shape)
    size = observation.error.arguments[0] / wide
    mean = np.maximum(path, 1e-9)
    return rng.negative_binomial(size, size / (size + mean)).astype(float)

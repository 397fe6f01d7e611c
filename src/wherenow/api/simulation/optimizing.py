"""Optimization of an outcome over parameters: each generation of candidates is one ensemble of runs.

SciPy's differential evolution (Storn & Price 1997, Journal of Global Optimization 11), which needs no gradient and
searches the whole box, followed by a local search from the best point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from wherenow.api.names import outcome, saved
from wherenow.api.simulation.displayed_runs import Runs
from wherenow.api.simulation.sampling import parameter
from wherenow.api.simulation.setup import set_up
from wherenow.case.case_types import Case
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.runs import Array
from wherenow.errors import UsageError
from wherenow.exploration.outcome import read_outcome

Of = str | Callable[[Runs], Any]


@dataclass(frozen=True, slots=True)
class Optimum:
    """The best parameters found, the outcome there, and how they were found; ``converged`` is SciPy's flag."""

    params: Mapping[str, float]
    value: float
    converged: bool
    runs: int
    message: str


def optimize(
    case: Case,
    of: Of,
    over: Mapping[str, tuple[float, float]],
    maximize: bool,
    population: int,
    generations: int,
    seed: int,
    returns: Iterable[str] | None,
    threads: int | None,
    settings: Mapping[str, Any],
) -> Optimum:
    """Optimize an outcome; see :meth:`wherenow.api.model.Model.optimize`."""
    from scipy.optimize import Bounds, differential_evolution

    bounds = {parameter(case.model, name): _ends(name, ends) for name, ends in over.items()}
    box = Bounds(*np.array(list(bounds.values())).reshape(-1, 2).T)
    if not bounds:
        raise UsageError("there is nothing to optimize over", "over={'name': (low, high)}")
    setup = set_up(case, **settings)
    asked = None if callable(of) else read_outcome(setup.case, outcome(case, of))
    outputs = saved(case.model, returns) if asked is None else asked.outputs(setup.case)
    made = 0

    def values(points: Any, /) -> Any:
        nonlocal made
        columns = np.atleast_2d(points.T).T  # the local search passes one point as a vector
        made += columns.shape[1]
        draws = Draws(names=tuple(bounds), values=columns, seed=seed, design="table")
        runs = Runs.of(setup.run(draws, outputs, threads))
        outcomes = _asked(of, runs) if callable(of) else asked.values(setup.case, runs) if asked else np.empty(0)
        outcomes = np.where(np.isfinite(outcomes), -outcomes if maximize else outcomes, np.inf)
        return outcomes if points.ndim == 2 else outcomes[0]

    effort: dict[str, Any] = {"popsize": population, "maxiter": generations, "polish": True, "init": "sobol"}
    best = differential_evolution(values, box, vectorized=True, updating="deferred", rng=seed, **effort)
    if not np.isfinite(best.fun):
        raise UsageError("the outcome is finite nowhere within the bounds")
    value = float(-best.fun if maximize else best.fun)
    params = dict(zip(bounds, map(float, best.x), strict=True))
    return Optimum(params, value, bool(best.success), made, str(best.message))


def _ends(name: str, ends: tuple[float, float]) -> tuple[float, float]:
    try:
        low, high = (float(end) for end in ends)
    except (TypeError, ValueError):
        raise UsageError(f"the bounds of '{name}' are a pair (low, high), not {ends!r}") from None
    if not (np.isfinite([low, high]).all() and low < high):
        raise UsageError(f"the bounds of '{name}' must be finite, the lower first, not {low:g} and {high:g}")
    return low, high


def _asked(of: Callable[[Runs], Any], runs: Runs) -> Array:
    values = np.asarray(of(runs), np.float64)
    if values.shape != (len(runs),):
        raise UsageError(f"the outcome's function must give one number per run, {len(runs)}, not shape {values.shape}")
    return values

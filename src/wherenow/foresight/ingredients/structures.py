"""Structures of a model to average forecasts over: the case as written and its variants, each fitted."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from wherenow.case.case_types import Case
from wherenow.case.variants import with_variant
from wherenow.execution import HERE, Execution
from wherenow.foresight.ingredients.model_forecasts import FittedStructure
from wherenow.inference.calibrate import Effort, calibrate
from wherenow.inference.checking.leave_one_out import predictive_densities
from wherenow.inference.checking.stacking import ModelWeight, weigh
from wherenow.inference.likelihood.density import likelihood, unknowns
from wherenow.inference.posterior import Posterior, posterior_of

OWN = "as written"
_DRAWS = 512


def fitted(
    case: Case,
    seed: int = 0,
    effort: Effort = Effort(runs=2, particles=512, moves=20, rounds=10),  # noqa: B008 - immutable
    *,
    equal: bool = False,
    execution: Execution = HERE,
) -> tuple[FittedStructure, ...]:
    """Fit the case as written and each of its variants, and weight them by pseudo-BMA+ or equally."""
    cases, posteriors = posteriors_of(case, seed, effort, execution)
    if equal or len(cases) == 1:
        return tuple(FittedStructure(name, cases[name], p, 1 / len(cases)) for name, p in posteriors.items())
    weights = weighed(cases, posteriors, seed, execution.threads)
    return tuple(FittedStructure(name, cases[name], p, weights[name].averaging) for name, p in posteriors.items())


def posteriors_of(
    case: Case, seed: int, effort: Effort, execution: Execution
) -> tuple[dict[str, Case], dict[str, Posterior]]:
    """Return the case as written and under each variant, each with its stored posterior or a new fit."""
    cases = {OWN: case, **{name: with_variant(case, name) for name in case.variants}}
    posteriors = {}
    for name, structure in cases.items():
        posterior = posterior_of(structure, "" if name == OWN else name)
        if posterior is None:
            execution.progress(f"fitting {name}")
            posterior = calibrate(structure, seed, effort, Execution(threads=execution.threads))
        posteriors[name] = posterior
    return cases, posteriors


def weighed(
    cases: Mapping[str, Case], posteriors: Mapping[str, Posterior], seed: int, threads: int | None
) -> dict[str, ModelWeight]:
    """Weight structures by the leave-one-out predictive density of the data."""
    densities, evidence = {}, {}
    for name, posterior in posteriors.items():
        target = likelihood(cases[name], threads)
        densities[name] = predictive_densities(target, posterior.chosen(_DRAWS, seed)).densities
        evidence[name] = float(posterior.record.get("evidence") or 0.0)
    return weigh(densities, evidence)


def unfitted(case: Case, draws: int = _DRAWS, seed: int = 0) -> tuple[FittedStructure, ...]:
    """Return the model with the priors of its parameters and discrepancies, for a case without a fit."""
    space = unknowns(case)
    ranks = np.random.default_rng(seed).random((len(space), draws))
    values = np.array([p.quantile(u) for p, u in zip(space.priors.values(), ranks, strict=True)])
    none = np.zeros((0, 1, draws))
    return (FittedStructure(OWN, case, Posterior(space.names, values[:, None, :], none, (), {}), 1.0),)


def stored(case: Case) -> tuple[FittedStructure, ...]:
    """Return the structures whose posteriors are stored beside the case, with their stored weights."""
    own_posterior = posterior_of(case)
    if own_posterior is None:
        return ()
    weights = own_posterior.record.get("structures", {OWN: 1.0})
    structures = [FittedStructure(OWN, case, own_posterior, float(weights.get(OWN, 1.0)))]
    for name in case.variants:
        variant = with_variant(case, name)
        posterior = posterior_of(variant, name)
        if posterior is not None and weights.get(name, 0.0) > 0:
            structures.append(FittedStructure(name, variant, posterior, float(weights[name])))
    return tuple(structures)

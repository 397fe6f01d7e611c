"""Which assumptions an outcome of a case depends on (:mod:`wherenow.exploration.estimators`), by the native engine."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from wherenow.case.case_types import Case
from wherenow.distributions.families import Array
from wherenow.ensemble.draws import PRIOR, Draws
from wherenow.ensemble.simulate import simulate
from wherenow.execution import HERE, Execution
from wherenow.exploration.estimators import NOISE, REST, ElementaryEffect, Index, indices, screen
from wherenow.exploration.outcome import Outcome, read_outcome
from wherenow.foresight.verbal_probabilities import percent
from wherenow.inference.posterior import draws_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """What an outcome depends on. ``basis`` names the parameters' distributions; ``runs`` counts the runs."""

    case: str  # name of the case
    outcome: str  # name of the outcome
    says: str  # the outcome in words
    unit: str  # unit of the outcome's values
    condition: bool  # whether the values are margins of a condition
    basis: str
    effects: tuple[ElementaryEffect, ...]  # elementary effects of the screening
    indices: tuple[Index, ...]  # Sobol' indices
    runs: int
    seconds: float  # wall time, in seconds

    @property
    def sentence(self) -> str:
        """The finding in words."""
        named = [i for i in self.indices if i.name not in (REST, NOISE) and i.total > 0.01][:3]
        what = "its margin" if self.condition else "its value"
        if not named:
            return f"“{self.says}”: no single parameter explains more than 1% of the variance of {what}."
        shares = ", ".join(f"{i.name.replace('_', ' ')} ({percent(min(i.total, 1.0))})" for i in named)
        noise = next((i.total for i in self.indices if i.name == NOISE), 0.0)
        added = f"; noise contributes {percent(min(noise, 1.0))}" if noise > 0.01 else ""
        return f"“{self.says}”: the variance of {what} depends most on {shares}{added}."

    def to_dict(self) -> dict[str, Any]:
        """Return the indices as plain JSON types."""
        return {**asdict(self), "sentence": self.sentence}


def sensitivity(
    case: Case,
    outcome: str,
    basis: str = PRIOR,
    most: int = 10,
    trajectories: int = 32,
    base: int = 512,
    seed: int = 0,
    execution: Execution = HERE,
) -> Sensitivity:
    """Screen all parameters for ``outcome`` (:func:`~wherenow.exploration.outcome.read_outcome`), and estimate the
    Sobol' indices of the ``most`` important ones.

    Parameters are moved over their priors, or each over its own marginal posterior; posterior correlations are dropped,
    because the indices need independent parameters.

    Raises UsageError and InputError as ``read_outcome`` and :func:`~wherenow.inference.posterior.draws_of` do.
    """
    begun = time.perf_counter()
    asked = read_outcome(case, outcome)
    members = draws_of(case, 4096, seed, basis)
    counted = 0

    def run(shares: Array, first: int) -> Array:
        nonlocal counted
        counted += shares.shape[1]
        return _values(case, asked, members, shares, first, seed, execution.threads)

    execution.progress(f"screening {len(members.names)} parameters")
    effects = screen(members.names, run, trajectories, seed)
    apart = tuple(e.name for e in effects[:most] if e.size > 0)
    execution.progress(f"computing the indices of {len(apart)} of them")
    sobol = indices(members.names, apart, run, base, seed)
    return Sensitivity(
        case=case.name,
        outcome=outcome,
        says=asked.says,
        unit=asked.unit,
        condition=asked.condition,
        basis=members.basis,
        effects=effects,
        indices=sobol,
        runs=counted,
        seconds=time.perf_counter() - begun,
    )


def _values(
    case: Case, asked: Outcome, members: Draws, shares: Array, first: int, seed: int, threads: int | None
) -> Array:
    """Evaluate the outcome with each parameter at a quantile of its own distribution."""
    if members.basis == PRIOR:
        rows = [case.priors[n].quantile(s) for n, s in zip(members.names, shares, strict=True)]
    else:
        rows = [np.quantile(v, s) for v, s in zip(members.values, shares, strict=True)]
    draws = replace(members, values=np.array(rows), seed=seed, design="shares", first=first)
    return asked.values(case, simulate(case, draws, None, asked.outputs(case), threads))

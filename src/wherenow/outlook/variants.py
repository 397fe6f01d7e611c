"""Forecasts under every structural variant of a case, and averaged over them by how well each foretells the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from wherenow.case.types import Case
from wherenow.case.variants import with_variant
from wherenow.ensemble.simulate import simulate
from wherenow.errors import UsageError
from wherenow.inference.calibrate import Effort, tempered_posterior
from wherenow.inference.leave_one_out import unseen
from wherenow.inference.likelihood import likelihood
from wherenow.inference.stacking import Weighed, weigh
from wherenow.outlook.forecast import forecast_formulas
from wherenow.outlook.outcome import read_outcome

OWN = "as written"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A structure of the model: what it is, how it is weighed, and what it says of each forecast."""

    id: str
    about: str
    weighed: Weighed
    p: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Compared:
    """The case as written and its variants, the heaviest first; ``averaged`` are forecasts' probabilities over them."""

    case: str
    candidates: tuple[Candidate, ...]
    averaged: Mapping[str, float]

    @property
    def sentence(self) -> str:
        """The finding in words."""
        first, *others = self.candidates
        far = [c for c in others if c.weighed.behind > 2 * c.weighed.behind_error]
        near = [c for c in others if c not in far]
        said = f"Weight goes first to {_name(first)} ({first.weighed.stacking:.0%})"
        if near:
            said += f"; the data cannot tell it from {', '.join(_name(c) for c in near)}"
        if far:
            said += f"; they speak against {', '.join(_name(c) for c in far)}"
        return f"{said}."

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "sentence": self.sentence}


def compare_variants(
    case: Case,
    seed: int = 0,
    effort: Effort = Effort(particles=1024, moves=20),  # noqa: B008 - immutable
    draws: int = 512,
    threads: int | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Compared:
    """Fit the case as written and under each of its variants to the same data, and weigh them.

    Raises UsageError where the case has no variants or no data.
    """
    if not case.variants:
        raise UsageError(f"{case.name} lists no variants: see 'variants' of a flow or auxiliary")
    cases = {OWN: case, **{name: with_variant(case, name) for name in case.variants}}
    densities, evidence, p = {}, {}, {}
    for name, candidate in cases.items():
        progress(f"fitting {name}")
        posterior = tempered_posterior(candidate, seed, effort, threads)
        known = likelihood(candidate, threads)
        densities[name] = unseen(known, posterior.chosen(draws, seed)).densities
        evidence[name] = float(posterior.record["evidence"])
        progress(f"running {name}")
        asked = [read_outcome(candidate, forecast) for forecast in forecast_formulas(candidate)]
        outputs = tuple(dict.fromkeys(output for outcome in asked for output in outcome.outputs(candidate)))
        runs = simulate(candidate, posterior.draws(draws, seed), None, outputs, threads) if asked else None
        p[name] = {outcome.id: float(outcome.holds(candidate, runs).mean()) for outcome in asked if runs is not None}
    weighed = weigh(densities, evidence)
    found = [Candidate(name, _about(case, name), weighed[name], p[name]) for name in cases]
    found.sort(key=lambda c: -c.weighed.stacking)
    weights = np.array([c.weighed.stacking for c in found])
    averaged = {f: float(weights @ [c.p[f] for c in found] / weights.sum()) for f in found[0].p}
    return Compared(case.name, tuple(found), averaged)


def _about(case: Case, name: str) -> str:
    if name == OWN:
        return "The case's own equations."
    return " ".join(dict.fromkeys(v.about for v in case.variants[name].variables.values() if v.about))


def _name(candidate: Candidate) -> str:
    return "the case as written" if candidate.id == OWN else f"‘{candidate.id}’"

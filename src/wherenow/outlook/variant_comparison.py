"""Compare the structural variants of a case: fit each to the same data, weigh them, and average the case's
forecasts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from wherenow.case.case_types import Case
from wherenow.errors import UsageError
from wherenow.execution import HERE, Execution
from wherenow.foresight.ahead import basis
from wherenow.foresight.ask import answers
from wherenow.foresight.headline import headline
from wherenow.foresight.ingredients.model_forecasts import FittedStructure
from wherenow.foresight.ingredients.structures import OWN, posteriors_of, weighed
from wherenow.inference.calibrate import Effort
from wherenow.inference.checking.stacking import ModelWeight
from wherenow.inference.posterior import FILE, file_of, save_posterior


@dataclass(frozen=True, slots=True)
class Candidate:
    """A structure of the model: its description, its weights, and its own probability of each forecast."""

    id: str
    about: str
    weighed: ModelWeight
    p: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Compared:
    """The case as written and its variants, the heaviest first; ``averaged`` are the model's forecasts over them."""

    case: str
    candidates: tuple[Candidate, ...]
    averaged: Mapping[str, float | None]

    @property
    def sentence(self) -> str:
        """The finding in words."""
        first, *others = self.candidates
        far = [c for c in others if c.weighed.behind > 2 * c.weighed.behind_error]
        near = [c for c in others if c not in far]
        sentence = f"Weight goes first to {_name(first)} ({first.weighed.averaging:.0%})"
        if near:
            sentence += f"; the data do not distinguish it from {', '.join(_name(c) for c in near)}"
        if far:
            sentence += f"; they speak against {', '.join(_name(c) for c in far)}"
        return f"{sentence}."

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as plain JSON types."""
        return {**asdict(self), "sentence": self.sentence}


def compare_variants(
    case: Case,
    seed: int = 0,
    effort: Effort = Effort(runs=2, particles=1024, rounds=10),  # noqa: B008 - immutable
    *,
    store: bool = False,
    execution: Execution = HERE,
) -> Compared:
    """Fit the case as written and each of its variants to the same data, and weigh them.

    The case as written uses the posterior stored beside it. ``store`` saves the variants' posteriors and the weights
    there too, so that forecasts are averaged over the structures.

    Raises UsageError if the case has no variants or no data.
    """
    if not case.variants:
        raise UsageError(f"{case.name} lists no variants: see 'variants' of a flow or auxiliary")
    cases, posteriors = posteriors_of(case, seed, effort, execution)
    execution.progress("weighing the structures")
    weights = weighed(cases, posteriors, seed, execution.threads)
    if store:
        shares = {name: w.averaging for name, w in weights.items()}
        for name, posterior in posteriors.items():
            weighted = replace(posterior, record={**posterior.record, "structures": shares})
            save_posterior(weighted, case.folder / (FILE if name == OWN else file_of(name)))
    structures = tuple(FittedStructure(n, cases[n], posteriors[n], weights[n].averaging) for n in cases)
    known, asked = basis(case), headline(case, seed=seed, threads=execution.threads)

    def alone(some: tuple[FittedStructure, ...]) -> dict[str, float | None]:
        found = answers(
            replace(known, structures=some), asked.rules, seed=seed, draws=asked.draws, threads=execution.threads
        )
        return {name: answer.model for name, answer in found.items()}

    execution.progress("forecasting under each structure")
    found = [
        Candidate(s.name, _about(case, s.name), weights[s.name], alone((replace(s, weight=1.0),))) for s in structures
    ]
    found.sort(key=lambda c: -c.weighed.averaging)
    return Compared(case.name, tuple(found), alone(structures))


def _about(case: Case, name: str) -> str:
    if name == OWN:
        return "The case's own equations."
    return " ".join(dict.fromkeys(v.about for v in case.variants[name].values() if v.about))


def _name(candidate: Candidate) -> str:
    return "the case as written" if candidate.id == OWN else f"‘{candidate.id}’"

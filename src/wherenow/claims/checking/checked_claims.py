"""The claims of a case with their formulas parsed and checked, before anything is run."""

from __future__ import annotations

from dataclasses import dataclass

from wherenow.case.types import Case, Claim
from wherenow.claims.checking.check import Checked, check_formula
from wherenow.claims.checking.out_of_run import outside_run
from wherenow.claims.evaluation.signals import Declared
from wherenow.claims.evaluation.sources import declared_data, declared_model, outputs_of
from wherenow.claims.formulas.formula import parse_formula
from wherenow.errors import Diagnostic, InputError, Text


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """A claim with its formulas parsed and checked."""

    claim: Claim
    data: Checked | None
    model: Checked | None
    expect: Checked | None


def check_claims(case: Case) -> tuple[Diagnostic, ...]:
    """Return every problem in the formulas of claims, forecasts and observations, in order.

    Without an error among them, the claims can be judged.
    """
    try:
        claims = tuple(d for r in read_claims(case) for d in outside_run((r.model, r.expect), case.model.time))
    except InputError as error:
        claims = error.diagnostics
    others, data, model = _Collector(), declared_data(case), declared_model(case)
    for claim in case.claims.values():
        others.checked(claim.resolve, data)
    for prediction in case.predictions.values():
        others.checked(prediction.resolve, data)
        foreseen = others.checked(prediction.model, _without_against(model))
        others.diagnostics += outside_run((foreseen,), case.model.time)
    for observation in case.observations.values():
        others.checked(observation.of, model, signal=True)
    return tuple(dict.fromkeys((*claims, *others.diagnostics)))


def read_claims(case: Case) -> tuple[CheckedClaim, ...]:
    """Return the claims with their formulas. Raises InputError with every problem in any of them."""
    data, model = declared_data(case), declared_model(case)
    collector = _Collector()
    readings = tuple(
        CheckedClaim(
            claim,
            collector.checked(claim.data, data),
            collector.checked(claim.model, _without_against(model)),
            collector.checked(claim.against.expect if claim.against else None, model),
        )
        for claim in case.claims.values()
    )
    if collector.diagnostics:
        raise InputError(collector.diagnostics)
    return readings


class _Collector:
    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []

    def checked(self, text: Text | None, declared: Declared, signal: bool = False) -> Checked | None:
        if text is None:
            return None
        try:
            return check_formula(parse_formula(text), declared, signal=signal)
        except InputError as error:
            self.diagnostics.extend(error.diagnostics)
            return None


def _without_against(declared: Declared) -> Declared:
    return Declared(declared.time_unit, {"": declared.units[""]}, declared.events, declared.definitions)


def needed_outputs(case: Case) -> tuple[str, ...]:
    """Return the scalars that runs must save for :func:`judge`."""
    readings = read_claims(case)
    formulas = [c.formula for r in readings for c in (r.model, r.expect) if c]
    return outputs_of(formulas, declared_model(case))

"""The claims of a case with their formulas parsed and checked, before anything is run."""

from __future__ import annotations

from dataclasses import dataclass

from wherenow.case.case_types import Case, Claim
from wherenow.claims.checking.formula_check import Checked, check_formula
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
    collector, data, model = _Collector(), declared_data(case), declared_model(case)
    for read in _readings(case, collector):
        collector.diagnostics += outside_run((read.model, read.expect), case.model.time)
        collector.checked(read.claim.resolve, data)
    for prediction in case.predictions.values():
        collector.checked(prediction.resolve, data)
        foreseen = collector.checked(prediction.model, _without_against(model))
        collector.diagnostics += outside_run((foreseen,), case.model.time)
    for observation in case.observations.values():
        collector.checked(observation.of, model, signal=True)
    return tuple(dict.fromkeys(collector.diagnostics))


def read_claims(case: Case) -> tuple[CheckedClaim, ...]:
    """Return the claims with their formulas. Raises InputError with every problem in any of them."""
    collector = _Collector()
    readings = _readings(case, collector)
    if collector.diagnostics:
        raise InputError(collector.diagnostics)
    return readings


def _readings(case: Case, collector: _Collector) -> tuple[CheckedClaim, ...]:
    data, model = declared_data(case), declared_model(case)
    return tuple(
        CheckedClaim(
            claim,
            collector.checked(claim.data, data),
            collector.checked(claim.model, _without_against(model)),
            collector.checked(claim.against.expect if claim.against else None, model),
        )
        for claim in case.claims.values()
    )


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

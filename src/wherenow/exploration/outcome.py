"""An outcome of interest: a forecast or claim of the case by name, a variable, or any formula.

A variable means its value at the end of the run, a number such as ``mean(x, 2024, 2025)`` itself, and a condition the
margin by which it holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wherenow.case.case_types import Case
from wherenow.case.dates import written
from wherenow.claims.checking.formula_check import Checked, check_formula
from wherenow.claims.evaluation.robustness import robustness
from wherenow.claims.evaluation.sources import declared_model, outputs_of, run_signals
from wherenow.claims.formulas.claim_syntax import CONDITIONS, Series
from wherenow.claims.formulas.formula import parse_formula
from wherenow.ensemble.runs import Array, Ensemble
from wherenow.errors import Text, UsageError, did_you_mean
from wherenow.language.syntax import canonical


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A number in ``unit`` (or, if ``condition``, a condition that holds or not) evaluated in every run."""

    id: str
    says: str
    checked: Checked
    condition: bool

    @property
    def unit(self) -> str:
        """The unit of the number or of the margin; '' if it has none."""
        return self.checked.unit or ""

    def outputs(self, case: Case) -> tuple[str, ...]:
        """Return the scalars that runs must save."""
        return outputs_of([self.checked.formula], declared_model(case))

    def values(self, case: Case, runs: Ensemble) -> Array:
        """Return the number, or the margin by which the condition holds, one per draw; NaN if undefined."""
        return np.array(np.broadcast_to(robustness(self.checked, run_signals(case, runs)).values, len(runs)))

    def holds(self, case: Case, runs: Ensemble) -> NDArray[np.bool_]:
        """Return whether the condition holds, or the number is above zero, one per draw.

        Raises UsageError if a draw has no value.
        """
        return np.array(robustness(self.checked, run_signals(case, runs)).truth(len(runs), f"'{self.id}'"))


def read_outcome(case: Case, text: str) -> Outcome:
    """Return the outcome that ``text`` names or spells.

    Raises
    ------
    UsageError
        For a claim without a formula on the model, and for an unknown name.
    InputError
        If the formula is invalid.
    """
    name = text.strip()
    if name in case.claims:
        claim = case.claims[name]
        if claim.model is None:
            raise UsageError(f"the claim {name!r} has no formula on the model")
        return Outcome(name, claim.says, _checked(case, claim.model), True)
    if canonical(name) in declared_model(case).units[""]:
        time = case.model.time
        end = written(time.stop, time.unit)
        value = _number(f"at({canonical(name)}, {end})")
        return Outcome(name, f"{name} at the end, {end}", _checked(case, value), False)
    root = parse_formula(name).root
    if isinstance(root, Series) and root.name not in case.model.variables:
        hint = did_you_mean(root.name, (*case.claims, *case.model.variables))
        raise UsageError(f"there is no claim, and no variable, '{name}'", hint)
    if isinstance(root, CONDITIONS):
        return Outcome(name, name, _checked(case, Text(name)), True)
    return Outcome(name, name, _checked(case, _number(name)), False)


def desired(case: Case, outcome: Outcome) -> Outcome:
    """Return the desired outcome: the outcome itself or, if the case marks it as unwanted, its negation."""
    claim = case.claims.get(outcome.id)
    if claim is None or claim.wanted is not False or claim.model is None:
        return outcome
    text = Text(f"not ({claim.model.content})")
    return Outcome(f"not {outcome.id}", f"It does not come true: {outcome.says}", _checked(case, text), True)


def forecasts(case: Case) -> tuple[Outcome, ...]:
    """Return the claims that the case's outlook names as forecasts. Raises UsageError if it names none."""
    names = [name for name in case.outlook.forecasts if name in case.claims]
    if not names:
        raise UsageError(f"{case.name} names no forecasts", "name the outcome: --of 'at(x, 2025)'")
    return tuple(read_outcome(case, name) for name in names)


def _number(formula: str) -> Text:
    """Return a number as a condition: the margin of ``x > 0`` is x."""
    return Text(f"{formula} > 0")


def _checked(case: Case, text: Text) -> Checked:
    return check_formula(parse_formula(text), declared_model(case))

"""The conditions of a case on its model: formulas of claims and forecasts that one run of each draw can decide."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wherenow.case.case_types import Case
from wherenow.claims.checking.formula_check import Checked, checked_or_none
from wherenow.claims.evaluation.robustness import robustness
from wherenow.claims.evaluation.sources import declared_model, run_signals
from wherenow.ensemble.runs import Ensemble
from wherenow.errors import Text


@dataclass(frozen=True, slots=True)
class Condition:
    """A claim or forecast by its id, with the location of its formula."""

    id: str
    text: Text
    checked: Checked

    def holds(self, case: Case, runs: Ensemble) -> NDArray[np.bool_]:
        """Check in each draw whether the condition holds."""
        with np.errstate(invalid="ignore"):  # the condition is undefined in a run that became infinite
            truth = robustness(self.checked, run_signals(case, runs)).holds
        return np.array(np.broadcast_to(truth, len(runs)))


def conditions(case: Case, saved: Collection[str]) -> tuple[Condition, ...]:
    """List the conditions that read only ``saved`` scalars of one run; ``check`` reports invalid formulas."""
    readable = []
    texts = {**{c.id: c.model for c in case.claims.values()}, **{p.id: p.model for p in case.predictions.values()}}
    declared = declared_model(case) if any(texts.values()) else None
    for id_, text in texts.items():
        checked = checked_or_none(text, declared) if text is not None and declared is not None else None
        if text is None or checked is None:
            continue
        if all(name in saved for names in checked.elements.values() for name in names) and not checked.formula.runs:
            readable.append(Condition(id_, text, checked))
    return tuple(readable)

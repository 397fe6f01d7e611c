"""The forecasts that a case registers, with the probabilities that an ensemble gives them, and what data make of
them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wherenow.case.types import Case, Prediction
from wherenow.claims.check import check_formula
from wherenow.claims.formula import parse_formula
from wherenow.claims.judge import share_of
from wherenow.claims.robustness import robustness
from wherenow.claims.share import Share
from wherenow.claims.sources import data_signals, declared_data, declared_model, outputs_of
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.simulate import simulate
from wherenow.errors import Text, UsageError


@dataclass(frozen=True, slots=True)
class Probable:
    """A forecast and the share of draws in which it comes true."""

    prediction: Prediction
    share: Share


def probabilities(case: Case, draws: Draws, engine: str = "native", threads: int | None = None) -> tuple[Probable, ...]:
    """Every forecast of ``case`` on an ensemble.

    Raises InputError where a formula is wrong, UsageError where a forecast has none on the model.
    """
    declared = declared_model(case)
    checked = {p.id: check_formula(parse_formula(_on_model(p)), declared) for p in case.predictions.values()}
    if not checked:
        return ()
    outputs = outputs_of([c.formula for c in checked.values()], declared)
    runs = simulate(case, draws, None, outputs, threads, engine)
    return tuple(Probable(p, share_of(case, checked[p.id], runs)) for p in case.predictions.values())


def _on_model(prediction: Prediction) -> Text:
    if prediction.model is None:
        raise UsageError(f"the forecast '{prediction.id}' has no formula on the model")
    return prediction.model


def outcome(case: Case, prediction: Prediction) -> bool | None:
    """Whether the data of ``case`` say that a forecast came true; None while they do not reach far enough."""
    checked = check_formula(parse_formula(prediction.resolve), declared_data(case))
    found = robustness(checked, data_signals(case))
    return None if np.isnan(found.values[0]) else bool(found.holds[0])

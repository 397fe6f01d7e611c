"""Forecasts: what was written down, what came, and how it scored."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from wherenow.claims.check import check_formula
from wherenow.claims.formula import parse_formula
from wherenow.claims.robustness import robustness
from wherenow.claims.share import Share
from wherenow.claims.sources import declared_model, outputs_of, run_signals
from wherenow.outlook.words import words
from wherenow.web.analysis import Analysis
from wherenow.web.view import View


@dataclass(frozen=True, slots=True)
class Open:
    """A forecast that nothing has decided yet. ``resolve`` is the condition on data that will, at the date ``by``."""

    id: str
    says: str
    share: Share
    words: str
    by: str
    resolve: str
    evidence: tuple[str, ...]
    note: str


def context(analysis: Analysis, view: View) -> dict[str, Any]:
    """The open forecasts, as the case stands; the view's own setting is not among them."""
    return {"open": open_forecasts(analysis), "issued": analysis.case.cutoff_date}


@lru_cache(maxsize=4)
def open_forecasts(analysis: Analysis) -> tuple[Open, ...]:
    """The forecasts that the case registers, or, where it registers none, those that its outlook speaks of."""
    case = analysis.case
    declared = declared_model(case)
    if case.predictions:
        asked = {
            p.id: (p.says, p.model, p.by, " ".join(p.resolve.content.split()), p.evidence, p.note)
            for p in case.predictions.values()
        }
    else:
        claims = (case.claims[name] for name in analysis.formulas)
        asked = {c.id: (c.says, c.model, "", "", c.evidence, c.note) for c in claims if c.model is not None}
    checked = {name: check_formula(parse_formula(formula), declared) for name, (_, formula, *_) in asked.items()}
    runs = analysis.runs("", outputs_of([c.formula for c in checked.values()], declared))
    signals = run_signals(case, runs)
    found = []
    for name, (says, _, by, resolve, evidence, note) in asked.items():
        holds = np.broadcast_to(robustness(checked[name], signals).holds, len(runs))
        share = Share(int(holds.sum()), len(runs))
        found.append(Open(name, says, share, words(share.share), by, resolve, evidence, note))
    return tuple(found)

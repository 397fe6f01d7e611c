"""Which unknowns the answer that the app shows leans on."""

from __future__ import annotations

import numpy as np

from wherenow.claims.robustness import robustness
from wherenow.claims.sources import run_signals
from wherenow.outlook.influence import Influence, influences_on, least_of
from wherenow.web.analysis import Analysis


def least(analysis: Analysis) -> float:
    """The correlation that is beyond chance in this number of draws."""
    return least_of(len(analysis.draws))


def influences(analysis: Analysis, most: int = 20) -> tuple[Influence, ...]:
    """The unknowns that go most strongly with a forecast's margin (:mod:`wherenow.outlook.influence`)."""
    signals = run_signals(analysis.case, analysis.base)
    n = len(analysis.draws)
    margins = {f: np.array(np.broadcast_to(robustness(c, signals).values, n)) for f, c in analysis.formulas.items()}
    return influences_on(margins, analysis.draws, most)

"""What the data say about each parameter: its prior against its posterior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wherenow.case.case_types import Case
from wherenow.ensemble.draws import draw
from wherenow.inference.posterior import Posterior
from wherenow.inference.sampling.diagnostics import overlap

UNLEARNED = 0.9
"""An overlap above this means that the data hardly inform the parameter."""


@dataclass(frozen=True, slots=True)
class Learned:
    """Prior against posterior of one parameter: their overlap, medians, and 90% ranges, in its unit."""

    name: str
    overlap: float
    prior: tuple[float, ...]
    posterior: tuple[float, ...]

    @property
    def unlearned(self) -> bool:
        return self.overlap > UNLEARNED


def learned(case: Case, posterior: Posterior, draws: int = 4096) -> tuple[Learned, ...]:
    """Compare prior and posterior of every parameter with a prior, the best informed first."""
    before = draw(case, draws)
    after = posterior.flat
    rows = []
    for name in case.priors:
        a, b = before[name], after[posterior.names.index(name)]
        shares = (0.05, 0.5, 0.95)
        rows.append(Learned(name, overlap(a, b), *(tuple(np.quantile(x, shares).tolist()) for x in (a, b))))
    return tuple(sorted(rows, key=lambda row: row.overlap))

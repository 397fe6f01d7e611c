"""Shares of draws with their uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

LEVEL = 0.9


@dataclass(frozen=True, slots=True)
class Share:
    """``holding`` of ``draws`` draws, and the 90% interval of the share that more and more draws would approach.

    The interval is Jeffreys' (equal-tailed, Beta(1/2, 1/2) prior; Brown, Cai & DasGupta 2001, section 3): the
    uncertainty of a finite number of draws and nothing else. It says nothing of whether the model is right, and for
    Sobol' draws it is on the safe side. ``undefined`` draws (a formula without a value, a run that turned non-finite)
    count as not holding.
    """

    holding: int
    draws: int
    undefined: int = 0

    @property
    def share(self) -> float:
        return self.holding / self.draws

    @property
    def low(self) -> float:
        return interval(self.holding, self.draws)[0]

    @property
    def high(self) -> float:
        return interval(self.holding, self.draws)[1]

    def to_dict(self) -> dict[str, Any]:
        return {"share": self.share, "low": self.low, "high": self.high, "draws": self.draws,
                "undefined": self.undefined}  # fmt: skip


def interval(holding: int, draws: int) -> tuple[float, float]:
    """Jeffreys' 90% interval of a share; an end is 0 or 1 where no draw, or every draw, holds."""
    from scipy.special import betaincinv

    tail = (1 - LEVEL) / 2
    a, b = holding + 0.5, draws - holding + 0.5
    low = 0.0 if holding == 0 else float(betaincinv(a, b, tail))
    high = 1.0 if holding == draws else float(betaincinv(a, b, 1 - tail))
    return low, high

"""Shares of draws with their uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wherenow.errors import UsageError

LEVEL = 0.9


@dataclass(frozen=True, slots=True)
class Share:
    """``holding`` of ``draws`` draws, and the 90% interval of the share in the limit of many draws.

    The interval is Jeffreys' (equal-tailed, Beta(1/2, 1/2) prior; Brown, Cai & DasGupta 2001, section 3). It covers
    only the uncertainty of a finite number of draws, not whether the model is right, and is conservative for Sobol'
    draws.

    ``undefined`` is the number of draws without a value: a window that the run does not fill, the logarithm of zero, or
    a run that turned non-finite. They are neither true nor false. If there are any, the share is undefined: ``share``,
    ``low`` and ``high`` are None, and :attr:`words` says in how many runs there was no value.
    """

    holding: int
    draws: int
    undefined: int = 0

    @property
    def share(self) -> float | None:
        return None if self.undefined else self.holding / self.draws

    @property
    def low(self) -> float | None:
        return None if self.undefined else interval(self.holding, self.draws)[0]

    @property
    def high(self) -> float | None:
        return None if self.undefined else interval(self.holding, self.draws)[1]

    @property
    def words(self) -> str:
        """The share and its interval in whole per cent, or the reason why there is none."""
        if self.undefined:
            return no_value(self.undefined, self.draws)
        low, high = interval(self.holding, self.draws)
        return f"{self.holding / self.draws:.0%} ({low:.0%}–{high:.0%})"

    def known(self, what: str) -> tuple[float, float, float]:
        """Return the share and its interval. Raises UsageError with the reason, naming ``what``, if there is none."""
        if self.undefined:
            raise UsageError(f"{what}: {no_value(self.undefined, self.draws)}, so it has no probability", _REMEDY)
        return self.holding / self.draws, *interval(self.holding, self.draws)

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("share", "low", "high", "draws", "undefined")}


_REMEDY = "check that its windows end within the run, and that its divisors and arguments of logarithms are positive"


def no_value(undefined: int, draws: int) -> str:
    """Say that some runs gave no value."""
    return f"no value in {undefined:,} of {draws:,} runs"


def interval(holding: int, draws: int) -> tuple[float, float]:
    """Return Jeffreys' 90% interval of a share; an end is 0 or 1 if no draw, or every draw, holds."""
    from scipy.special import betaincinv

    tail = (1 - LEVEL) / 2
    a, b = holding + 0.5, draws - holding + 0.5
    low = 0.0 if holding == 0 else float(betaincinv(a, b, tail))
    high = 1.0 if holding == draws else float(betaincinv(a, b, 1 - tail))
    return low, high

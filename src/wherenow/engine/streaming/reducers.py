"""Results over the draws of an ensemble that :func:`wherenow.engine.streaming.reduce.reduce` computes block by block.

Draws with a non-finite saved value are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

from wherenow.engine.backend import Array
from wherenow.errors import UsageError

BINS = 256
PASSES = 2


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean, variance, least and greatest value of each saved number.

    The result is a :class:`Summary` with arrays of ``(n_outputs, saves)``; the variance is divided by the number of
    draws.
    """


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Quantiles of each saved number: ``(shares, n_outputs, saves)``.

    Streamed, the value for a share q is within ``(max - min) / 256**2`` of the draw whose rank, from 0, is ``floor(q
    (draws - 1))``: draws are counted in 256 bins between the extremes, and again in 256 within the bin that holds the
    rank. Counts are whole numbers, so the result does not depend on the order of draws.
    """

    shares: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.shares or not all(0.0 <= q <= 1.0 for q in self.shares):
            raise UsageError(f"shares of quantiles are numbers from 0 to 1, at least one, not {self.shares}")


Reducer = Moments | Quantiles


@dataclass(frozen=True, slots=True)
class Summary:
    """The result of :class:`Moments`, each ``(n_outputs, saves)``; NaN if no draw is finite."""

    mean: Array
    variance: Array
    minimum: Array
    maximum: Array


@dataclass(frozen=True, slots=True)
class Reduced:
    """``results`` in the order of the reducers. ``left_out``: positions of the non-finite draws."""

    names: tuple[str, ...]
    times: Array
    draws: int
    results: tuple[Summary | Array, ...]
    left_out: tuple[int, ...]

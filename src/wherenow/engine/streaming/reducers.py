"""Results that can be computed from an ensemble without storing its trajectories.

:func:`wherenow.engine.streaming.reduce.reduce` computes them block by block;
:mod:`wherenow.engine.streaming.over_trajectories` from stored trajectories in plain NumPy. :class:`WindowReducer` and
:class:`LogLikelihood` are evaluated in the kernel (:mod:`wherenow.engine.streaming.plan`): if nothing else is
requested, not even a block of trajectories is stored. Over-draw reducers (:class:`Moments`, :class:`Quantiles`) leave
out draws with a non-finite saved value; per-draw reducers give NaN there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wherenow.engine.backend import Array, Trajectories
from wherenow.engine.streaming.plan import StreamingPlan
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


@dataclass(frozen=True, slots=True)
class PerDraw:
    """Any ``count`` numbers per draw, such as the robustness of claims.

    ``function(block)`` gives ``(count, draws)`` from the trajectories of a block; the result is ``(count, draws)`` of
    all. It runs in several threads at once.
    """

    function: Callable[[Trajectories], Array]
    count: int = 1


@dataclass(frozen=True, slots=True)
class WindowReducer:
    """The ``least``, ``greatest`` or ``mean`` saved value of ``output`` at saved times from ``start`` to ``stop``
    (inclusive), one per draw: ``(draws,)``. The least of a signed margin is the robustness of "always", the greatest
    that of "eventually" (Donzé & Maler 2010).
    """

    output: str
    start: float
    stop: float
    which: str = "least"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """Observed ``values`` of an output at ``times`` (between saved times the model is interpolated linearly).

    ``model``: ``normal`` (error of standard deviation ``scale``), ``lognormal`` (``scale`` of the logarithm around that
    of the model's value, the median), ``student`` (``scale``, ``shape`` degrees of freedom) or ``negative_binomial``
    (the model's value is the mean, ``shape`` the size k: variance m + m²/k). A string names a parameter of the program,
    whose value in each draw is used.
    """

    output: str
    times: tuple[float, ...]
    values: tuple[float, ...]
    model: str = "normal"
    scale: float | str = 1.0
    shape: float | str = 4.0


@dataclass(frozen=True, slots=True)
class LogLikelihood:
    """The log-likelihood of all observations, one per draw: ``(draws,)``; -inf where they are impossible."""

    observations: tuple[Observations, ...]


@dataclass(frozen=True, slots=True)
class PlanReducer:
    """Any ``count`` numbers per draw from a streaming plan (:mod:`wherenow.engine.streaming.plan`), such as the
    robustness of claims (:mod:`wherenow.claims.evaluation.streaming_plan`): ``function(registers)`` gives ``(count,
    draws)`` from the ``(register, draws)`` of a block; the result is ``(count, draws)`` of all. It runs in several
    threads at once.
    """

    readings: StreamingPlan
    function: Callable[[Array], Array]
    count: int = 1


Reducer = Moments | Quantiles | PerDraw | WindowReducer | LogLikelihood | PlanReducer


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

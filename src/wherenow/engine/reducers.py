"""What can be asked of an ensemble without keeping its trajectories, and the plain NumPy answer from kept ones.

:func:`wherenow.engine.reduction.reduce` computes the same block by block. Over-draw reducers (:class:`Moments`,
:class:`Quantiles`) leave out draws in which some saved value is no finite number; per-draw reducers give NaN there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from wherenow.engine.backend import Array, Inputs, Trajectories
from wherenow.engine.ir import Program
from wherenow.errors import UsageError

BINS = 256
PASSES = 2


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean, variance (of the population: divided by the number of draws), least and greatest value of each saved
    number: :class:`Summary` arrays of ``(n_outputs, saves)``."""


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Quantiles of each saved number: ``(shares, n_outputs, saves)``.

    Streamed, the value for a share q is within ``(max - min) / 256**2`` of the draw whose rank, from 0, is
    ``floor(q (draws - 1))``: draws are counted in 256 bins between the extremes, and again in 256 within the bin that
    holds the rank. Counts are whole numbers, so the order of draws has no part in the result.
    """

    shares: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.shares or not all(0.0 <= q <= 1.0 for q in self.shares):
            raise UsageError(f"shares of quantiles are numbers from 0 to 1, at least one, not {self.shares}")


@dataclass(frozen=True, slots=True)
class PerDraw:
    """Any ``count`` numbers a draw, such as the robustness of claims: ``function(block)`` gives ``(count, draws)`` from
    the trajectories of a block; the result is ``(count, draws)`` of all. It runs in several threads at once."""

    function: Callable[[Trajectories], Array]
    count: int = 1


@dataclass(frozen=True, slots=True)
class Window:
    """The ``least``, ``greatest`` or ``mean`` saved value of ``output`` at saved times from ``start`` to ``stop``
    (inclusive), one a draw: ``(draws,)``. The least of a signed margin is the robustness of "always", the greatest that
    of "eventually" (Donzé & Maler 2010)."""

    output: str
    start: float
    stop: float
    which: str = "least"


@dataclass(frozen=True, slots=True)
class Observations:
    """Observed ``values`` of an output at ``times`` (between saved times the model is interpolated linearly).

    ``model``: ``normal`` (error of standard deviation ``scale``), ``lognormal`` (``scale`` of the logarithm around that
    of the model's value, the median), ``student`` (``scale``, ``shape`` degrees of freedom) or ``negative_binomial``
    (the model's value is the mean, ``shape`` the size k: variance m + m²/k). A string names a parameter of the program
    whose value in the draw is used.
    """

    output: str
    times: tuple[float, ...]
    values: tuple[float, ...]
    model: str = "normal"
    scale: float | str = 1.0
    shape: float | str = 4.0


@dataclass(frozen=True, slots=True)
class LogLikelihood:
    """The log-likelihood of all observations, one a draw: ``(draws,)``; -inf where a draw cannot have made them."""

    observations: tuple[Observations, ...]


Reducer = Moments | Quantiles | PerDraw | Window | LogLikelihood


@dataclass(frozen=True, slots=True)
class Summary:
    """What :class:`Moments` gives, each ``(n_outputs, saves)``; NaN where no draw stayed finite."""

    mean: Array
    variance: Array
    minimum: Array
    maximum: Array


@dataclass(frozen=True, slots=True)
class Reduced:
    """``results`` in the order of the reducers. ``left_out``: positions of the draws that turned non-finite."""

    names: tuple[str, ...]
    times: Array
    draws: int
    results: tuple[Summary | Array, ...]
    left_out: tuple[int, ...]


def from_trajectories(
    program: Program, inputs: Inputs, trajectories: Trajectories, reducers: Sequence[Reducer]
) -> Reduced:
    """The same from trajectories that were kept, in plain NumPy: what streaming is tested against."""
    values = trajectories.values
    draws = values.shape[2]
    good = np.ones(draws, dtype=bool)
    good[list(trajectories.nonfinite_draws)] = False
    kept = values[:, :, good]
    results: list[Summary | Array] = []
    for reducer in reducers:
        match reducer:
            case Moments():
                results.append(Summary(kept.mean(2), kept.var(2), kept.min(2), kept.max(2)))
            case Quantiles(shares):
                results.append(np.asarray(np.quantile(kept, shares, axis=2, method="lower")))
            case _:
                results.append(per_draw(program, inputs, trajectories, reducer))
    return Reduced(trajectories.names, trajectories.times, draws, tuple(results), trajectories.nonfinite_draws)


def per_draw(program: Program, inputs: Inputs, block: Trajectories, reducer: PerDraw | Window | LogLikelihood) -> Array:
    """What a per-draw reducer gives for a block, NaN in draws that turned non-finite."""
    with np.errstate(all="ignore"):
        match reducer:
            case PerDraw(function, count):
                found = np.array(function(block), dtype=np.float64)
                if found.shape != (count, block.values.shape[2]):
                    raise UsageError(f"a reducer gave shape {found.shape}, not {(count, block.values.shape[2])}")
            case Window():
                found = _window(block, reducer)
            case LogLikelihood(observations):
                found = np.zeros(block.values.shape[2])
                for one in observations:
                    found = found + _log_likelihood(program, inputs, block, one)
    found[..., list(block.nonfinite_draws)] = np.nan
    return found


def _window(block: Trajectories, window: Window) -> Array:
    inside = (block.times >= window.start - 1e-9) & (block.times <= window.stop + 1e-9)
    if not inside.any():
        raise UsageError(f"no saved time from {window.start:g} to {window.stop:g}")
    path = block[window.output][inside]
    match window.which:
        case "least":
            return np.array(path.min(axis=0))
        case "greatest":
            return np.array(path.max(axis=0))
        case "mean":
            return np.asarray(np.add.accumulate(path, axis=0)[-1] / len(path))
        case which:
            raise UsageError(f"a window has least, greatest or mean, not {which!r}")


def _log_likelihood(program: Program, inputs: Inputs, block: Trajectories, observed: Observations) -> Array:
    """Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., appendix A."""
    if len(observed.times) != len(observed.values):
        raise UsageError(f"{len(observed.times)} times and {len(observed.values)} values of {observed.output}")
    y = np.array(observed.values)[:, None]
    model = _interpolated(block, observed)
    scale, shape = (_number(program, inputs, v) for v in (observed.scale, observed.shape))
    match observed.model:
        case "normal":
            terms = _normal(y, model, scale)
        case "lognormal":
            terms = np.where((y > 0) & (model > 0), _normal(np.log(y), np.log(model), scale) - np.log(y), -np.inf)
        case "student":
            terms = _student(y, model, scale, shape)
        case "negative_binomial":
            terms = _negative_binomial(y, model, shape)
        case name:
            raise UsageError(f"no observation model {name!r}: normal, lognormal, student or negative_binomial")
    # one order of addition, whatever the block
    return np.asarray(np.add.accumulate(terms, axis=0)[-1])


def _normal(y: Array, mean: Array, scale: Array) -> Array:
    z = (y - mean) / scale
    return np.asarray(-0.5 * z * z - np.log(scale) - 0.5 * math.log(2 * math.pi))


def _student(y: Array, mean: Array, scale: Array, freedom: Array) -> Array:
    from scipy.special import gammaln

    z = (y - mean) / scale
    constant = gammaln((freedom + 1) / 2) - gammaln(freedom / 2) - 0.5 * np.log(freedom * math.pi) - np.log(scale)
    return np.asarray(constant - (freedom + 1) / 2 * np.log1p(z * z / freedom))


def _negative_binomial(y: Array, mean: Array, size: Array) -> Array:
    from scipy.special import gammaln, xlogy

    constant = gammaln(y + size) - gammaln(size) - gammaln(y + 1)
    found = constant + size * np.log(size / (size + mean)) + xlogy(y, mean / (size + mean))
    return np.where((mean >= 0) & (y >= 0), found, -np.inf)


def _number(program: Program, inputs: Inputs, value: float | str) -> Array:
    """A number, or a parameter's value in each draw."""
    if not isinstance(value, str):
        return np.array([float(value)])
    if value not in program.parameters:
        raise UsageError(f"the program has no parameter {value!r}")
    return np.asarray(inputs.parameters[program.parameters.index(value)])


def _interpolated(block: Trajectories, observed: Observations) -> Array:
    """The output at the times of the observations, ``(times, draws)``."""
    times, path = block.times, block[observed.output]
    when = np.array(observed.times)
    if (when < times[0] - 1e-9).any() or (when > times[-1] + 1e-9).any():
        raise UsageError(f"{observed.output} is observed outside the run, {times[0]:g} to {times[-1]:g}")
    left = np.clip(np.searchsorted(times, when, side="right") - 1, 0, max(0, len(times) - 2))
    right = np.minimum(left + 1, len(times) - 1)
    span = np.where(right > left, times[right] - times[left], 1.0)
    share = np.clip((when - times[left]) / span, 0.0, 1.0)[:, None]
    return np.asarray(path[left] + share * (path[right] - path[left]))

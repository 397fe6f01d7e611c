"""Families of distributions that priors are made of: distribution function, its inverse, moments, support."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import scipy  # loads scipy.special, which is slow to import, when a distribution first needs it
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Arguments = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A kind of distribution.

    ``wrong`` says what is wrong with arguments, or the empty string; ``variance`` is the variance or a bound above it.
    """

    form: str  # notation in a case, such as ``normal(mean, sd)``
    counts: tuple[int, ...]  # permitted numbers of arguments
    wrong: Callable[[Arguments], str]
    support: Callable[[Arguments], tuple[float, float]]  # smallest and largest possible value
    cdf: Callable[[Array, Arguments], Array]  # cumulative distribution function
    quantile: Callable[[Array, Arguments], Array]  # inverse of ``cdf``
    mean: Callable[[Arguments], float]  # expected value
    variance: Callable[[Arguments], float]


def _positive(*names: str) -> Callable[[Arguments], str]:
    """A check that the last ``len(names)`` arguments are positive."""

    def wrong(a: Arguments) -> str:
        return next((f"{n} must be positive" for n, v in zip(names, a[-len(names) :], strict=True) if v <= 0), "")

    return wrong


def _above_zero(_: Arguments) -> tuple[float, float]:
    return 0.0, math.inf


def _between(a: Arguments) -> tuple[float, float]:
    return a[0], a[-1]


def _log(x: Array) -> Array:
    """The logarithm of ``x`` >= 0, with log 0 = -inf."""
    with np.errstate(divide="ignore"):
        found: Array = scipy.special.boxcox(x, 0.0)
        return found


def _exp(x: Array) -> Array:
    """The exponential of ``x``, with the same bits on every processor.

    NumPy's own exp and log round differently if a processor has AVX-512, so that draws would depend on the machine.
    SciPy's Box-Cox transform with exponent zero is the logarithm, and its inverse the exponential, of the C library.
    """
    found: Array = scipy.special.inv_boxcox(x, 0.0)
    return found


def _ascending(a: Arguments) -> str:
    return "" if a[0] < a[-1] else "low must be below high"


def _triangular_cdf(x: Array, a: Arguments) -> Array:
    low, mode, high = a
    rising = (x - low) ** 2 / ((high - low) * max(mode - low, np.finfo(float).tiny))
    falling = 1 - (high - x) ** 2 / ((high - low) * max(high - mode, np.finfo(float).tiny))
    return np.where(x < mode, rising, falling) if mode > low else falling


def _triangular_quantile(u: Array, a: Arguments) -> Array:
    low, mode, high = a
    rising = low + np.sqrt(u * (high - low) * (mode - low))
    falling = high - np.sqrt((1 - u) * (high - low) * (high - mode))
    found: Array = np.where(u < (mode - low) / (high - low), rising, falling)
    return found


def _ends(a: Arguments) -> tuple[float, float]:
    return (a[2], a[3]) if len(a) == 4 else (0.0, 1.0)


def _beta_wrong(a: Arguments) -> str:
    if a[0] <= 0 or a[1] <= 0:
        return "a and b must be positive"
    return "" if _ends(a)[0] < _ends(a)[1] else "low must be below high"


def _beta_share(x: Array, a: Arguments) -> Array:
    low, high = _ends(a)
    z: Array = np.clip((x - low) / (high - low), 0.0, 1.0)
    return z


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "normal": Family(
            form="normal(mean, standard deviation)",
            counts=(2,),
            wrong=_positive("the standard deviation"),
            support=lambda _: (-math.inf, math.inf),
            cdf=lambda x, a: scipy.special.ndtr((x - a[0]) / a[1]),
            quantile=lambda u, a: a[0] + a[1] * scipy.special.ndtri(u),
            mean=lambda a: a[0],
            variance=lambda a: a[1] ** 2,
        ),
        "lognormal": Family(
            form="lognormal(median, standard deviation of the logarithm)",
            counts=(2,),
            wrong=_positive("the median", "the standard deviation"),
            support=_above_zero,
            cdf=lambda x, a: scipy.special.ndtr((_log(np.maximum(x, 0.0)) - math.log(a[0])) / a[1]),
            quantile=lambda u, a: a[0] * _exp(a[1] * scipy.special.ndtri(u)),
            mean=lambda a: a[0] * math.exp(a[1] ** 2 / 2),
            variance=lambda a: a[0] ** 2 * math.exp(a[1] ** 2) * math.expm1(a[1] ** 2),
        ),
        "uniform": Family(
            form="uniform(low, high)",
            counts=(2,),
            wrong=_ascending,
            support=_between,
            cdf=lambda x, a: (x - a[0]) / (a[1] - a[0]),
            quantile=lambda u, a: a[0] + u * (a[1] - a[0]),
            mean=lambda a: (a[0] + a[1]) / 2,
            variance=lambda a: (a[1] - a[0]) ** 2 / 12,
        ),
        "loguniform": Family(
            form="loguniform(low, high)",
            counts=(2,),
            wrong=lambda a: "low must be positive" if a[0] <= 0 else _ascending(a),
            support=_between,
            cdf=lambda x, a: _log(x / a[0]) / math.log(a[1] / a[0]),
            quantile=lambda u, a: np.clip(a[0] * _exp(u * math.log(a[1] / a[0])), a[0], a[1]),
            mean=lambda a: (a[1] - a[0]) / math.log(a[1] / a[0]),
            variance=lambda a: (a[1] - a[0]) ** 2 / 4,  # Popoviciu's bound; the formula cancels for a narrow range
        ),
        "triangular": Family(
            form="triangular(low, mode, high)",
            counts=(3,),
            wrong=lambda a: "" if a[0] <= a[1] <= a[2] and a[0] < a[2] else "low, mode and high must ascend",
            support=_between,
            cdf=_triangular_cdf,
            quantile=_triangular_quantile,
            mean=lambda a: sum(a) / 3,
            variance=lambda a: ((a[2] - a[0]) ** 2 - (a[1] - a[0]) * (a[2] - a[1])) / 18,
        ),
        "beta": Family(
            form="beta(a, b) or beta(a, b, low, high)",
            counts=(2, 4),
            wrong=_beta_wrong,
            support=_ends,
            cdf=lambda x, a: scipy.special.betainc(a[0], a[1], _beta_share(x, a)),
            quantile=lambda u, a: _ends(a)[0] + (_ends(a)[1] - _ends(a)[0]) * scipy.special.betaincinv(a[0], a[1], u),
            mean=lambda a: _ends(a)[0] + (_ends(a)[1] - _ends(a)[0]) * a[0] / (a[0] + a[1]),
            variance=lambda a: (
                (_ends(a)[1] - _ends(a)[0]) ** 2 * a[0] * a[1] / ((a[0] + a[1]) ** 2 * (a[0] + a[1] + 1))
            ),
        ),
        "halfnormal": Family(
            form="halfnormal(standard deviation)",
            counts=(1,),
            wrong=_positive("the standard deviation"),
            support=_above_zero,
            cdf=lambda x, a: scipy.special.erf(x / (a[0] * math.sqrt(2))),
            quantile=lambda u, a: a[0] * math.sqrt(2) * scipy.special.erfinv(u),
            mean=lambda a: a[0] * math.sqrt(2 / math.pi),
            variance=lambda a: a[0] ** 2 * (1 - 2 / math.pi),
        ),
        "gamma": Family(
            form="gamma(shape, scale)",
            counts=(2,),
            wrong=_positive("the shape", "the scale"),
            support=_above_zero,
            cdf=lambda x, a: scipy.special.gammainc(a[0], np.maximum(x, 0.0) / a[1]),
            quantile=lambda u, a: a[1] * scipy.special.gammaincinv(a[0], u),
            mean=lambda a: a[0] * a[1],
            variance=lambda a: a[0] * a[1] ** 2,
        ),
        "exponential": Family(
            form="exponential(mean)",
            counts=(1,),
            wrong=_positive("the mean"),
            support=_above_zero,
            cdf=lambda x, a: -scipy.special.expm1(-x / a[0]),
            quantile=lambda u, a: -a[0] * np.log1p(-u),
            mean=lambda a: a[0],
            variance=lambda a: a[0] ** 2,
        ),
        # equally likely values; :class:`~wherenow.distributions.prior.Prior` counts them, since a range removes some
        "discrete": Family(
            form="discrete(value, value, …)",
            counts=(),
            wrong=lambda _: "",
            support=lambda a: (min(a), max(a)),
            cdf=lambda x, a: np.searchsorted(np.sort(a), x, side="right") / len(a),
            quantile=lambda u, a: np.sort(a)[np.minimum((u * len(a)).astype(np.intp), len(a) - 1)],
            mean=lambda a: math.fsum(a) / len(a),
            variance=lambda a: math.fsum((value - math.fsum(a) / len(a)) ** 2 for value in a) / len(a),
        ),
    }
)
"""Every family by the name that a prior calls."""

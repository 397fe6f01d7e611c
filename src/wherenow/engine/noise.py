"""Noise as arithmetic: distributions from uniform numbers by inversion of cumulative distribution functions.

Inversion uses exactly one uniform number per value and is monotone. So with equal seeds two scenarios see the same
shocks, and a small change of a mean or deviation changes the noise only a little; rejection methods would lose this,
because the number of uniform numbers that they consume varies.
"""

from __future__ import annotations

from wherenow.engine.elementary.poisson import LARGEST_MEAN
from wherenow.engine.lowering.builder import Builder

VERSION = 2
"""The version of the noise's bits: raised when the same seed, stream, draw and step give another number. A result of
another version can be reproduced in distribution, but not to the bit, so records store the version."""


def polynomial(b: Builder, x: int, coefficients: tuple[float, ...]) -> int:
    """Evaluate a polynomial by Horner's rule, highest power first."""
    value = b.constant(coefficients[0])
    for c in coefficients[1:]:
        value = b("add", b("mul", value, x), b.constant(c))
    return value


def poisson(b: Builder, uniform: int, mean: int) -> int:
    """Return the Poisson quantile of a number in (0, 1).

    It is exact up to a mean of 16; above, a few in a thousand are off by one.

    Large means: the expansion of the quantile in powers of 1 / sqrt(mean) about the normal's, of Giles (2016),
    "Algorithm 955: Approximation of the inverse Poisson cumulative distribution function".
    """
    few = b("poisson", uniform, mean)
    large = b("max", mean, b.constant(LARGEST_MEAN))
    w = b("normal", uniform)
    root, square = b("sqrt", large), b("mul", w, w)

    def term(*coefficients: float) -> int:
        return polynomial(b, square, coefficients)

    first = b("add", large, b("mul", root, w))
    second = term(1 / 6, 1 / 3)
    third = b("div", b("mul", w, term(-1 / 72, -1 / 36)), root)
    fourth = b("div", term(1 / 270, 7 / 810, -8 / 405), large)
    quantile = b("add", b("add", first, second), b("add", third, fourth))
    many = b("floor", b("max", quantile, b.constant(0.0)))
    return b("select", b("le", mean, b.constant(LARGEST_MEAN)), few, many)


def binomial(b: Builder, uniform: int, trials: int, share: int) -> int:
    """Return the binomial quantile of a number in (0, 1); trials are cut to a whole number, the share to [0, 1].

    It is exact if at most 16 successes or 16 failures are expected; elsewhere, a few in a thousand are off by one.

    Many of both: the Cornish-Fisher expansion to the fourth cumulant with Sheppard's correction of the variance
    (Johnson, Kotz and Kemp 2005, "Univariate Discrete Distributions", chapter 1).
    """
    one, half = b.constant(1.0), b.constant(0.5)
    count = b("floor", b("max", trials, b.constant(0.0)))
    share = b("min", b("max", share, b.constant(0.0)), one)
    mirrored = b("lt", half, share)
    share = b("select", mirrored, b("sub", one, share), share)
    uniform = b("select", mirrored, b("sub", one, uniform), uniform)
    mean, failing = b("mul", count, share), b("sub", one, share)
    rare = b("le", mean, b.constant(LARGEST_MEAN))
    few = b("binomial", uniform, b("select", rare, count, one), share)

    variance = b("select", rare, one, b("mul", mean, failing))
    w = b("normal", uniform)
    root, square, skew = b("sqrt", variance), b("mul", w, w), b("sub", failing, share)
    flat = b("sub", one, b("mul", b.constant(6.0), b("mul", share, failing)))
    third = b("mul", skew, polynomial(b, square, (1 / 6, -1 / 6)))
    fourth = b("mul", flat, polynomial(b, square, (1 / 24, -1 / 8)))
    skewed = b("mul", b("mul", skew, skew), polynomial(b, square, (-1 / 18, 5 / 36)))
    small = b("div", b("mul", w, b("sub", b("add", fourth, skewed), b.constant(1 / 24))), root)
    quantile = b("add", b("add", b("add", mean, half), b("mul", root, w)), b("add", third, small))
    many = b("floor", b("min", b("max", quantile, b.constant(0.0)), count))
    successes = b("select", rare, few, many)
    return b("select", mirrored, b("sub", count, successes), successes)

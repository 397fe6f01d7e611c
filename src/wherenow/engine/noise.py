"""Noise as arithmetic: distributions from uniform numbers by inverse cumulative functions.

Inversion uses one uniform number a draw and keeps order, so that equal seeds give comparable noise across scenarios.
"""

from __future__ import annotations

from wherenow.engine.builder import Builder
from wherenow.engine.elementary.poisson import LARGEST_MEAN

# Wichura (1988), "Algorithm AS 241: The percentage points of the normal distribution", PPND16: relative error 1e-16.
_CENTRE = (
    (2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
     1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080),
    (5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
     5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0),
)  # fmt: skip
_MIDDLE = (
    (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258,
     3.64784832476320460504, 5.76949722146069140550, 4.63033784615654529590, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
     6.89767334985100004550e-1, 1.67638483018380384940, 2.05319162663775882187, 1.0),
)  # fmt: skip
_TAIL = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
     2.96560571828504891230e-1, 1.78482653991729133580, 5.46378491116411436990, 6.65790464350110377720),
    (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
     1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0),
)  # fmt: skip


def _polynomial(b: Builder, x: int, coefficients: tuple[float, ...]) -> int:
    """Horner's rule, highest power first."""
    value = b.constant(coefficients[0])
    for c in coefficients[1:]:
        value = b("add", b("mul", value, x), b.constant(c))
    return value


def _ratio(b: Builder, x: int, pair: tuple[tuple[float, ...], tuple[float, ...]]) -> int:
    return b("div", _polynomial(b, x, pair[0]), _polynomial(b, x, pair[1]))


def standard_normal(b: Builder, uniform: int) -> int:
    """The standard normal quantile of a number in (0, 1)."""
    q = b("sub", uniform, b.constant(0.5))
    central = b("mul", q, _ratio(b, b("sub", b.constant(0.180625), b("mul", q, q)), _CENTRE))
    rest = b("min", uniform, b("sub", b.constant(1.0), uniform))
    r = b("sqrt", b("neg", b("ln", rest)))
    near = _ratio(b, b("sub", r, b.constant(1.6)), _MIDDLE)
    far = _ratio(b, b("sub", r, b.constant(5.0)), _TAIL)
    outer = b("select", b("le", r, b.constant(5.0)), near, far)
    signed = b("select", b("lt", q, b.constant(0.0)), b("neg", outer), outer)
    return b("select", b("le", b("abs", q), b.constant(0.425)), central, signed)


def poisson(b: Builder, uniform: int, mean: int) -> int:
    """The Poisson quantile of a number in (0, 1): exact up to a mean of 16, beyond it off by one in few of a thousand.

    Large means: the expansion of the quantile in powers of 1 / sqrt(mean) about the normal's, of Giles (2016),
    "Algorithm 955: Approximation of the inverse Poisson cumulative distribution function".
    """
    few = b("poisson", uniform, mean)
    large = b("max", mean, b.constant(LARGEST_MEAN))
    w = standard_normal(b, uniform)
    root, square = b("sqrt", large), b("mul", w, w)

    def term(*coefficients: float) -> int:
        return _polynomial(b, square, coefficients)

    first = b("add", large, b("mul", root, w))
    second = term(1 / 6, 1 / 3)
    third = b("div", b("mul", w, term(-1 / 72, -1 / 36)), root)
    fourth = b("div", term(1 / 270, 7 / 810, -8 / 405), large)
    quantile = b("add", b("add", first, second), b("add", third, fourth))
    many = b("floor", b("max", quantile, b.constant(0.0)))
    return b("select", b("le", mean, b.constant(LARGEST_MEAN)), few, many)

"""The demand of a priority curve at a price, and the price that clears a market of several curves.

Vensim help, "Allocation Functions": a curve spreads a quantity around its priority by a distribution, and the demand is
the part above the price. Both functions read only run-time numbers, including the type of a curve, so that a market is
one operation for any number of curves.
"""

from __future__ import annotations

import math
from functools import reduce

from wherenow.engine.elementary.arithmetic import Operations, Value
from wherenow.engine.elementary.exponential import exp, polynomial
from wherenow.engine.elementary.power import power

WHOLE = 10.0
"""The lowest type that allocates whole numbers in Vensim; it is undefined here, as the rounding is not published."""
CURVE = 5  # numbers in a curve: quantity, type, priority, width and extra parameter
HALVINGS = 48
"""Bisections of the interval in which a market clears, before linear interpolation finds the price in the rest.

Curves have kinks: where one ends at the price, an interval a millionth wide leaves parts of 1e-5 that should be 0.
"""
REACH = 40.0
"""Widths from a priority beyond which its curve is flat, even with a normal or exponential tail."""
NARROWEST = 1e-9
LEAST_PRICE = 1e-12
NORMAL = (0.0, 0.4361836, -0.1201676, 0.9372980)
NORMAL_SLOPE = 0.33267
DENSITY = 0.3989422804014327  # 1 / sqrt(2 pi)


def wanted(
    m: Operations, quantity: Value, kind: Value, middle: Value, width: Value, extra: Value, price: Value
) -> Value:
    """Return the part of ``quantity`` that is demanded at ``price``.

    Types: 1 rectangular, 2 triangular (``width`` from end to end), 3 normal (``width`` one
    standard deviation), 4 exponential on both sides (``width`` its mean distance), 5 constant elasticity (all up to the
    priority, then falling with ``extra``), others all at any price. Normal is to 1e-5 by Abramowitz & Stegun (1964),
    26.2.16: Vensim's results have its errors, 1 % at four, 5 % at eight standard deviations (docs/conformance.md).
    """
    apart = (price - middle) / m.select(width > NARROWEST, width, NARROWEST)
    below = _within(m, 0.5 + apart)  # the fraction of the width below the price
    rest = 1.0 - below
    triangle = m.select(below < 0.5, 1.0 - 2.0 * (below * below), 2.0 * (rest * rest))
    share = m.select(kind == 1.0, _within(m, 0.5 - apart), m.select(kind == 2.0, triangle, 1.0))
    share = m.rare((kind == 3.0) | (kind == 4.0), spread, (kind, apart), share)
    share = m.rare(kind == 5.0, elastic, (middle, extra, price), share)
    return quantity * m.select(kind < WHOLE, share, math.nan)


def spread(m: Operations, kind: Value, apart: Value) -> Value:
    """Return the share above a price that is ``apart`` widths from the middle of a normal or exponential curve."""
    bell, size = kind == 3.0, m.absolute(apart)
    tail = exp(m, m.select(bell, -0.5 * (apart * apart), -size))
    t = 1.0 / (1.0 + NORMAL_SLOPE * size)
    beyond = m.select(bell, (DENSITY * tail) * polynomial(m, t, NORMAL), 0.5 * tail)
    return m.select(apart < 0.0, 1.0 - beyond, beyond)


def elastic(m: Operations, middle: Value, extra: Value, price: Value) -> Value:
    """Return the share wanted by a curve of constant elasticity."""
    above, from_here = (m.select(v > LEAST_PRICE, v, LEAST_PRICE) for v in (price, middle))
    ratio = above / from_here
    return power(m, m.select(ratio > 1.0, ratio, 1.0), -m.absolute(extra))


def clearing(m: Operations, available: Value, *numbers: Value) -> Value:
    """Return the price at which curves, five ``numbers`` each, together demand what is ``available``.

    Bisection, then linear interpolation: the error is of the order of 2**-HALVINGS at kinks, and far smaller elsewhere.
    """
    curves = [numbers[i : i + CURVE] for i in range(0, len(numbers), CURVE)]

    def excess(price: Value) -> Value:
        return reduce(lambda a, b: a + b, m.calls(wanted, [(*curve, price) for curve in curves])) - available

    def halve(low: Value, high: Value) -> tuple[Value, Value]:
        middle = 0.5 * (low + high)
        rise = excess(middle) > 0.0
        return m.select(rise, middle, low), m.select(rise, high, middle)

    ends = [(middle, REACH * m.absolute(width)) for _, _, middle, width, _ in curves]
    low = reduce(lambda a, b: m.select(b < a, b, a), (middle - reach for middle, reach in ends))
    high = reduce(lambda a, b: m.select(b > a, b, a), (middle + reach for middle, reach in ends))
    low, high = m.repeated(HALVINGS, halve, low, high)
    above = excess(low)
    fall = above - excess(high)
    falls = fall > 0.0
    share = m.select(falls, above / m.select(falls, fall, 1.0), 0.5)
    return low + _within(m, share) * (high - low)


def _within(m: Operations, x: Value) -> Value:
    """Clamp ``x`` to [0, 1]."""
    x = m.select(x > 0.0, x, 0.0)
    return m.select(x < 1.0, x, 1.0)

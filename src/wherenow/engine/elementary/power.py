"""pow: e ** (y ln x), with ln x and the product each in two parts, so that the error stays below 2 ulp.

Special values are those of C99, annex F.9.4.4.
"""

from __future__ import annotations

from wherenow.engine.elementary.arithmetic import LARGEST, SMALLEST_NORMAL, Operations, Value
from wherenow.engine.elementary.exponential import (
    _Q,
    LN2_HIGH,
    LN2_LOW,
    LOG2E,
    paired_polynomial,
    power_of_two,
    scale,
)
from wherenow.engine.elementary.logarithm import long_ln, split, unusual


def power(m: Operations, x: Value, y: Value) -> Value:
    k, z = split(m, x)
    high, low = _product(m, y, *long_ln(m, k, z))
    n, e = _exp(m, high, low)
    return m.rare(unusual(x) | ~(m.absolute(high) < 708.0), _power_anywhere, (x, y), e * power_of_two(m, n))


def _product(m: Operations, y: Value, high: Value, low: Value) -> tuple[Value, Value]:
    product = y * high
    return product, m.fma(y, low, m.fma(y, high, -product))


def _exp(m: Operations, high: Value, low: Value) -> tuple[Value, Value]:
    """Return (n, e**r) with high + low = n ln 2 + r."""
    n = m.rint(high * LOG2E)
    r = m.fma(-n, LN2_LOW, m.fma(-n, LN2_HIGH, high)) + low
    return n, 1.0 + m.fma(r * r, paired_polynomial(m, r, _Q), r)


def _power_anywhere(m: Operations, x: Value, y: Value) -> Value:
    size = m.absolute(x)
    tiny = size < SMALLEST_NORMAL
    k, z = split(m, m.select(tiny, size * 2.0**54, size))
    # every base except 1 overflows or underflows for exponents beyond 2**65
    bound = m.select(y > 2.0**65, 2.0**65, m.select(y < -(2.0**65), -(2.0**65), y))
    high, low = _product(m, bound, *long_ln(m, m.select(tiny, k - 54.0, k), z))
    beyond = m.absolute(high) > 760.0
    low = m.select(beyond, 0.0, low)
    high = m.select(high > 760.0, 760.0, m.select(high < -760.0, -760.0, high))
    n, e = _exp(m, high, low)
    result = scale(m, e, n)
    result = m.select(size == 0.0, m.select(y > 0.0, 0.0, float("inf")), result)
    result = m.select(size > LARGEST, m.select(y > 0.0, size, 0.0), result)
    whole = m.rint(y) == y
    half = 0.5 * y
    odd = whole & ~(m.rint(half) == half)
    negative = (m.bits(x) >> 63) == 1
    result = m.select(negative & odd, -result, result)
    result = m.select((x < 0.0) & (size <= LARGEST) & ~whole, float("nan"), result)
    result = m.select((x == x) & (y == y), result, float("nan"))
    return m.select((y == 0.0) | (x == 1.0), 1.0, result)

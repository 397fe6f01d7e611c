"""ln, log10, and the logarithm in two parts that powers need.

x = 2**k z with sqrt(1/2) <= z < sqrt(2); ln z = 2 atanh(s), s = (z - 1) / (z + 1). The polynomial and the order of the
sum in ``ln`` are those of fdlibm's e_log.c (Sun Microsystems 1993; error below 1 ulp). The polynomial of the two-part
logarithm minimises the greatest relative error (Remez exchange; 2**-65).
"""

from __future__ import annotations

from wherenow.engine.elementary.arithmetic import LARGEST, SMALLEST_NORMAL, Operations, Value
from wherenow.engine.elementary.exponential import paired_polynomial, polynomial

LN2_HIGH = float.fromhex("0x1.62e42feep-1")
LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
# the same split into 42 and 53 bits: k * LN2_LONG_HIGH is exact for a k of 11 bits
LN2_LONG_HIGH = float.fromhex("0x1.62e42fefa38p-1")
LN2_LONG_LOW = float.fromhex("0x1.ef35793c7673p-45")
_LG = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
)
_ATANH = (  # coefficients of (2 atanh(s) - 2 s - 2/3 s**3) / s**5 as a polynomial in s**2
    0.4000000000000227,
    0.2857142857009193,
    0.22222222521348672,
    0.18181784237448279,
    0.15386763515526797,
    0.13256669155949788,
    0.13197747682519817,
)
TWO_THIRDS_LOW = float.fromhex("0x1.5555555555555p-55")  # 2/3 minus its nearest float
TWO_THIRDS = 2.0 / 3.0
_SQRT_HALF_BITS = 0x3FE6A09E667F3BCD
_TO_EXPONENT = (0x3FF0000000000000 - _SQRT_HALF_BITS) & 0xFFFFFFFFFFFFFFFF
_FRACTION = 0x000FFFFFFFFFFFFF
_LOG10E_HIGH = float.fromhex("0x1.bcb7b1526e50ep-2")
_LOG10E_LOW = float.fromhex("0x1.95355baaafad3p-57")


def split(m: Operations, x: Value) -> tuple[Value, Value]:
    """Return (k, z) with x = 2**k z, sqrt(1/2) <= z < sqrt(2), for positive normal x."""
    shifted = m.bits(x) + _TO_EXPONENT
    # put the biased exponent into the lowest bits of 2**52: this makes it a float without an integer conversion
    k = m.number((shifted >> 52) | 0x4330000000000000) - (4503599627370496.0 + 1023.0)
    return k, m.number((shifted & _FRACTION) + _SQRT_HALF_BITS)


def unusual(x: Value) -> Value:
    """Return whether x is anything but a positive normal finite number."""
    return ~((x >= SMALLEST_NORMAL) & (x <= LARGEST))


def ln(m: Operations, x: Value) -> Value:
    k, z = split(m, x)
    return m.rare(unusual(x), _ln_unusual, (x,), _ln(m, k, z))


def _ln(m: Operations, k: Value, z: Value) -> Value:
    f = z - 1.0
    s = f / (2.0 + f)
    square = s * s
    r = square * paired_polynomial(m, square, _LG)
    half = 0.5 * f * f
    return m.fma(k, LN2_HIGH, -((half - m.fma(s, half + r, k * LN2_LOW)) - f))


def _ln_unusual(m: Operations, x: Value) -> Value:
    k, z = split(m, x * 2.0**54)
    return special_logarithm(m, x, _ln(m, k - 54.0, z))


def special_logarithm(m: Operations, x: Value, otherwise: Value) -> Value:
    """Return a logarithm's values off the positive finite numbers: -inf at 0, NaN below, inf at inf, NaN at NaN."""
    result = m.select(x > LARGEST, x, otherwise)
    result = m.select(x < 0.0, float("nan"), result)
    result = m.select(m.absolute(x) == 0.0, float("-inf"), result)
    return m.select(x == x, result, float("nan"))


def fast_two_sum(a: Value, b: Value) -> tuple[Value, Value]:
    """Return a + b as a sum of two, for |a| >= |b| or a = 0 (Dekker 1971)."""
    s = a + b
    return s, b - (s - a)


def long_ln(m: Operations, k: Value, z: Value) -> tuple[Value, Value]:
    """Return ln(2**k z) as a sum of two, with a relative error below 2**-63."""
    f = z - 1.0
    d = 2.0 + f
    d_low = f - (d - 2.0)
    reciprocal = 1.0 / d
    s = f * reciprocal
    s_low = m.fma(-s, d_low, m.fma(-s, d, f)) * reciprocal
    square = s * s
    square_low = m.fma(2.0 * s, s_low, m.fma(s, s, -square))
    cube = s * square
    cube_low = m.fma(s_low, square, m.fma(s, square_low, m.fma(s, square, -cube)))
    # the coefficient of s**3 includes all higher terms
    tail = square * polynomial(m, square, _ATANH)
    c, c_low = fast_two_sum(TWO_THIRDS, tail)
    c_low = c_low + TWO_THIRDS_LOW
    t = cube * c
    t_low = m.fma(cube, c_low, m.fma(cube_low, c, m.fma(cube, c, -t)))
    high, low = fast_two_sum(2.0 * s, t)
    low = low + m.fma(2.0, s_low, t_low)
    base = k * LN2_LONG_HIGH  # exact product
    total, rest = fast_two_sum(base, high)
    return fast_two_sum(total, rest + m.fma(k, LN2_LONG_LOW, low))


def log10(m: Operations, x: Value) -> Value:
    k, z = split(m, x)
    return m.rare(unusual(x), _log10_unusual, (x,), _log10(m, k, z))


def _log10(m: Operations, k: Value, z: Value) -> Value:
    high, low = long_ln(m, k, z)
    product = high * _LOG10E_HIGH
    rest = m.fma(high, _LOG10E_HIGH, -product)
    return product + m.fma(low, _LOG10E_HIGH, m.fma(high, _LOG10E_LOW, rest))


def _log10_unusual(m: Operations, x: Value) -> Value:
    k, z = split(m, x * 2.0**54)
    return special_logarithm(m, x, _log10(m, k - 54.0, z))

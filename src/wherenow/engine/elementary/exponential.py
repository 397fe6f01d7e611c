"""exp, sinh, cosh and tanh.

The argument is reduced to x = n ln 2 + r, |r| <= ln 2 / 2, with ln 2 in two parts (Cody & Waite 1980), and e**r is
1 + r + r**2 q(r). ``q`` has degree 9; its coefficients minimise the greatest relative error of the whole (Remez
exchange, after Muller 2016, "Elementary Functions", 3rd ed., ch. 3), which is 2**-57.9.
"""

from __future__ import annotations

from math import factorial

from wherenow.engine.elementary.arithmetic import MAGNITUDE, SIGN, Operations, Value

LOG2E = float.fromhex("0x1.71547652b82fep+0")
LN2_HIGH = float.fromhex("0x1.62e42feep-1")  # 33 bits: n * LN2_HIGH is exact
LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
_Q = (
    0.5000000000000011,
    0.1666666666666641,
    0.04166666666652973,
    0.00833333333349498,
    0.001388888894375879,
    0.0001984126950576047,
    2.480149295080446e-05,
    2.755758681881435e-06,
    2.7630305859655486e-07,
    2.50000138317822e-08,
)
_SINH = tuple(1.0 / factorial(n) for n in range(3, 18, 2))
_POWER_BIAS = 6755399441055744.0 + 1023.0  # 1.5 * 2**52: adding it leaves n + 1023 in the lowest bits


def polynomial(m: Operations, x: Value, coefficients: tuple[float, ...]) -> Value:
    """Evaluate a polynomial by Horner's rule, lowest coefficient first."""
    result: Value = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        result = m.fma(result, x, c)
    return result


def paired_polynomial(m: Operations, x: Value, coefficients: tuple[float, ...]) -> Value:
    """Evaluate even and odd powers separately by Horner's rule: one operation more, half the latency."""
    square = x * x
    even = polynomial(m, square, coefficients[0::2])
    odd = polynomial(m, square, coefficients[1::2])
    return m.fma(odd, x, even)


def power_of_two(m: Operations, n: Value) -> Value:
    """Return 2**n for a whole number n from -1022 to 1023."""
    return m.number(m.bits(n + _POWER_BIAS) << 52)


def scale(m: Operations, y: Value, n: Value) -> Value:
    """Return y * 2**n rounded once, for y near 1 and n from -2040 to 2040."""
    half = m.rint(n * 0.5)
    return y * power_of_two(m, half) * power_of_two(m, n - half)


def reduce(m: Operations, x: Value) -> tuple[Value, Value, Value]:
    """Return (n, r, p) with x = n ln 2 + r and p = e**r - 1."""
    n = m.rint(x * LOG2E)
    r = m.fma(-n, LN2_LOW, m.fma(-n, LN2_HIGH, x))
    return n, r, m.fma(r * r, paired_polynomial(m, r, _Q), r)


def with_sign(m: Operations, size: Value, sign: Value) -> Value:
    """Return ``size`` (not negative) with the sign of ``sign``."""
    return m.number(m.bits(size) | (m.bits(sign) & SIGN))


def exp(m: Operations, x: Value) -> Value:
    n, _, p = reduce(m, x)
    fast = (1.0 + p) * power_of_two(m, n)
    return m.rare(~(m.absolute(x) < 708.0), _exp_anywhere, (x,), fast)


def _exp_anywhere(m: Operations, x: Value, doublings: float = 0.0) -> Value:
    """Return e**x * 2**doublings up to overflow and down through the subnormal numbers; infinities and NaN."""
    x = m.select(x > 711.0, 711.0, m.select(x < -746.0, -746.0, x))
    n, _, p = reduce(m, x)
    return scale(m, 1.0 + p, n + doublings)


def _half_exp(m: Operations, x: Value) -> Value:
    return _exp_anywhere(m, x, -1.0)


def cosh(m: Operations, x: Value) -> Value:
    """Return (e**|x| + e**-|x|) / 2."""
    half = _half_exp(m, m.absolute(x))
    return half + 0.25 / half


def sinh(m: Operations, x: Value) -> Value:
    """Return the Taylor series to x**17 / 17! below 1 (rest below 2**-56), and (e**|x| - e**-|x|) / 2 beyond."""
    size = m.absolute(x)
    square = x * x
    near = m.fma(x * square, polynomial(m, square, _SINH), x)
    half = _half_exp(m, size)
    return m.select(size < 1.0, near, with_sign(m, half - 0.25 / half, x))


def tanh(m: Operations, x: Value) -> Value:
    """Return E / (E + 2) with E = e**(2|x|) - 1."""
    size = m.number(m.bits(x) & MAGNITUDE)
    double = 2.0 * m.select(size > 20.0, 20.0, size)
    n, _, p = reduce(m, double)
    two = power_of_two(m, n)
    e = m.fma(two, p, two - 1.0)
    return with_sign(m, e / (e + 2.0), x)

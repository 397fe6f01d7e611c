"""sin, cos and tan of radians, for every finite argument.

Up to 2**20 quarter turns the argument is reduced with pi / 2 in four parts of 33, 33, 33 and 53 bits, whose products
with the number of turns are exact (Cody & Waite 1980; the parts as in fdlibm's e_rem_pio2.c). Beyond, after Payne &
Hanek 1983: the whole part of the argument times those bits of 2 / pi that matter modulo four quarter turns. The
polynomials are fdlibm's k_sin.c and k_cos.c (Sun Microsystems 1993).
"""

from __future__ import annotations

from functools import cache

from wherenow.engine.elementary.arithmetic import LARGEST, Operations, Value, two_sum
from wherenow.engine.elementary.exponential import polynomial

TWO_OVER_PI = float.fromhex("0x1.45f306dc9c883p-1")
_PARTS = tuple(
    float.fromhex(h) for h in ("0x1.921fb544p+0", "0x1.0b4611a6p-34", "0x1.3198a2ep-69", "0x1.b839a252049c1p-104")
)
PI_OVER_2_HIGH = float.fromhex("0x1.921fb54442d18p+0")
PI_OVER_2_LOW = float.fromhex("0x1.1a62633145c07p-54")
_SIN = (
    -1.66666666666666324348e-01,
    8.33333333332248946124e-03,
    -1.98412698298579493134e-04,
    2.75573137070700676789e-06,
    -2.50507602534068634195e-08,
    1.58969099521155010221e-10,
)
_COS = (
    4.16666666666666019037e-02,
    -1.38888888888741095749e-03,
    2.48015872894767294178e-05,
    -2.75573143513906633035e-07,
    2.08757232129817482790e-09,
    -1.13596475577881948265e-11,
)
_NEAR = 2.0**20  # bound of |x| for the short reduction
_FIRST_HUGE = 20  # exponent of the smallest argument that needs the long reduction
_TO_INTEGER = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to an integer


def sin(m: Operations, x: Value) -> Value:
    return m.rare(_huge(m, x), _sin_huge, (x,), _sin(m, x, *_reduce(m, x)))


def cos(m: Operations, x: Value) -> Value:
    return m.rare(_huge(m, x), _cos_huge, (x,), _cos(m, *_reduce(m, x)))


def tan(m: Operations, x: Value) -> Value:
    return m.rare(_huge(m, x), _tan_huge, (x,), _tan(m, x, *_reduce(m, x)))


def _huge(m: Operations, x: Value) -> Value:
    return ~(m.absolute(x) < _NEAR)


def _sin_huge(m: Operations, x: Value) -> Value:
    return _sin(m, x, *_reduce_huge(m, x))


def _cos_huge(m: Operations, x: Value) -> Value:
    return _cos(m, *_reduce_huge(m, x))


def _tan_huge(m: Operations, x: Value) -> Value:
    return _tan(m, x, *_reduce_huge(m, x))


def _sin(m: Operations, x: Value, turns: Value, r: Value, tail: Value) -> Value:
    quadrant = m.bits(turns + _TO_INTEGER)
    s = m.select((quadrant & 1) == 1, _cos_near(m, r, tail), _sin_near(m, r, tail))
    s = m.number(m.bits(s) ^ ((quadrant & 2) << 62))
    return m.select(x == 0.0, x, s)  # keeps the sign of zero


def _cos(m: Operations, turns: Value, r: Value, tail: Value) -> Value:
    quadrant = m.bits(turns + _TO_INTEGER)
    c = m.select((quadrant & 1) == 1, _sin_near(m, r, tail), _cos_near(m, r, tail))
    return m.number(m.bits(c) ^ (((quadrant + 1) & 2) << 62))


def _tan(m: Operations, x: Value, turns: Value, r: Value, tail: Value) -> Value:
    odd = (m.bits(turns + _TO_INTEGER) & 1) == 1
    s, c = _sin_near(m, r, tail), _cos_near(m, r, tail)
    return m.select(x == 0.0, x, m.select(odd, -c, s) / m.select(odd, s, c))


def _sin_near(m: Operations, r: Value, tail: Value) -> Value:
    z = r * r
    cube = z * r
    rest = polynomial(m, z, _SIN[1:])
    return r - ((z * m.fma(-cube, rest, 0.5 * tail) - tail) - cube * _SIN[0])


def _cos_near(m: Operations, r: Value, tail: Value) -> Value:
    z = r * r
    half = 0.5 * z
    one = 1.0 - half
    rest = z * polynomial(m, z, _COS)
    return one + (((1.0 - one) - half) + m.fma(z, rest, -(r * tail)))


def _reduce(m: Operations, x: Value) -> tuple[Value, Value, Value]:
    """Return (quarter turns, rest, tail of the rest) for fewer than 2**20 quarter turns."""
    n = m.rint(x * TWO_OVER_PI)
    first = m.fma(-n, _PARTS[0], x)
    high, low = two_sum(first, -(n * _PARTS[1]))
    high, lower = two_sum(high, -(n * _PARTS[2]))
    high, low = two_sum(high, m.fma(-n, _PARTS[3], low + lower))
    return n, high, low


def _reduce_huge(m: Operations, x: Value) -> tuple[Value, Value, Value]:
    """Return the same as ``_reduce`` for a number of any size, with the quarter turns modulo four."""
    size = m.bits(m.absolute(x))
    finite = m.absolute(x) <= LARGEST
    row = m.select(finite, ((size >> 52) - (1023 + _FIRST_HUGE)) << 2, 0)
    whole = m.number((size & 0x000FFFFFFFFFFFFF) | 0x4330000000000000)  # significand of x (53 bits) as an integer
    terms: list[Value] = []
    for part in range(4):
        c = m.take(_turns_table(), row + part)
        product = whole * c
        terms += [product - 4.0 * m.rint(0.25 * product) if part == 0 else product, m.fma(whole, c, -product)]
    terms = _distil(_distil(_distil(terms)))
    n = m.rint(terms[-1])
    terms[-1] = terms[-1] - n
    terms = _distil(_distil(_distil(terms)))
    fraction, low = terms[-1], terms[-2] + terms[-3]
    high = fraction * PI_OVER_2_HIGH
    rest = m.fma(fraction, PI_OVER_2_HIGH, -high) + m.fma(fraction, PI_OVER_2_LOW, low * PI_OVER_2_HIGH)
    high, rest = two_sum(high, rest)
    negative = (m.bits(x) >> 63) == 1
    nan = m.select(finite, 0.0, float("nan"))
    return m.select(negative, -n, n), m.select(negative, -high, high) + nan, m.select(negative, -rest, rest)


def _distil(terms: list[Value]) -> list[Value]:
    """Return terms with the same sum, most of it in the last (VecSum of Ogita, Rump & Oishi 2005)."""
    result = []
    total = terms[0]
    for term in terms[1:]:
        total, error = two_sum(total, term)
        result.append(error)
    return [*result, total]


@cache
def _turns_table() -> tuple[float, ...]:
    """Return 2**(e - 52) * 2 / pi modulo 4, as a sum of four floats, for exponents e from 20 to 1023."""
    bits = 1400
    scaled = (2 << (2 * bits)) // _pi(bits)  # 2 / pi times 2**bits
    table: list[float] = []
    for exponent in range(_FIRST_HUGE, 1024):
        shift = exponent - 52
        rest = (scaled << shift if shift >= 0 else scaled >> -shift) % (4 << bits)
        for _ in range(4):
            extra = max(rest.bit_length() - 53, 0)
            part = (rest >> extra) << extra  # towards zero, so that the next part is not negative
            table.append(part / (1 << bits))
            rest -= part
    return tuple(table)


def _pi(bits: int) -> int:
    """Return pi times 2**bits, by Machin's formula."""
    guard = bits + 32

    def arctan_inverse(n: int) -> int:
        power = (1 << guard) // n
        total, k = power, 1
        while power:
            power //= -n * n
            k += 2
            total += power // k
        return total

    return (16 * arctan_inverse(5) - 4 * arctan_inverse(239)) >> 32

"""asin, acos and atan, with the rational and polynomial approximations of fdlibm (Sun Microsystems 1993).

e_asin.c for asin and acos; s_atan.c for atan, which reduces its argument to one of five intervals.
"""

from __future__ import annotations

from wherenow.engine.elementary.arithmetic import Operations, Value, two_sum
from wherenow.engine.elementary.exponential import polynomial, with_sign
from wherenow.engine.elementary.trigonometry import PI_OVER_2_HIGH, PI_OVER_2_LOW

_P = (
    1.66666666666666657415e-01,
    -3.25565818622400915405e-01,
    2.01212532134862925881e-01,
    -4.00555345006794114027e-02,
    7.91534994289814532176e-04,
    3.47933107596021167570e-05,
)
_Q = (
    1.0,
    -2.40339491173441421878e00,
    2.02094576023350569471e00,
    -6.88283971605453293030e-01,
    7.70381505559019352791e-02,
)
_ATAN = (
    3.33333333333329318027e-01,
    -1.99999999998764832476e-01,
    1.42857142725034663711e-01,
    -1.11111104054623557880e-01,
    9.09088713343650656196e-02,
    -7.69187620504482999495e-02,
    6.66107313738753120669e-02,
    -5.83357013379057348645e-02,
    4.97687799461593236017e-02,
    -3.65315727442169155270e-02,
    1.62858201153657823623e-02,
)


def _parts(m: Operations, x: Value) -> tuple[Value, Value, Value, Value]:
    """Return (|x| < 1/2, asin(v)/v - 1 for v = |x| or sqrt((1 - |x|) / 2), that root, its error)."""
    size = m.absolute(x)
    near = size < 0.5
    z = m.select(near, x * x, (1.0 - size) * 0.5)
    ratio = z * polynomial(m, z, _P) / polynomial(m, z, _Q)
    root = m.sqrt(z)
    error = m.fma(-root, root, z) * (0.5 / m.select(root == 0.0, 1.0, root))
    return near, ratio, root, error


def asin(m: Operations, x: Value) -> Value:
    near, ratio, root, error = _parts(m, x)
    high, low = two_sum(PI_OVER_2_HIGH, -2.0 * root)
    far = high + (low + m.fma(-2.0, m.fma(root, ratio, error), PI_OVER_2_LOW))
    return m.select(near, m.fma(x, ratio, x), with_sign(m, far, x))


def acos(m: Operations, x: Value) -> Value:
    near, ratio, root, error = _parts(m, x)
    rest = m.fma(root, ratio, error)
    high, low = two_sum(2.0 * PI_OVER_2_HIGH, -2.0 * root)
    left = high + (low + m.fma(-2.0, rest, 2.0 * PI_OVER_2_LOW))
    right = 2.0 * (root + rest)
    high, low = two_sum(PI_OVER_2_HIGH, -x)
    middle = high + (low + m.fma(-x, ratio, PI_OVER_2_LOW))
    return m.select(near, middle, m.select(x < 0.0, left, right))


_INTERVALS = (  # start, (a, b), (c, d), and atan at the centre in two parts: the argument becomes (a + b x) / (c + d x)
    (7 / 16, (-1.0, 2.0), (2.0, 1.0), 4.63647609000806093515e-01, 2.26987774529616870924e-17),
    (11 / 16, (-1.0, 1.0), (1.0, 1.0), 7.85398163397448278999e-01, 3.06161699786838301793e-17),
    (19 / 16, (-1.5, 1.0), (1.0, 1.5), 9.82793723247329054082e-01, 1.39033110312309984516e-17),
    (39 / 16, (-1.0, 0.0), (0.0, 1.0), 1.57079632679489655800e00, 6.12323399573676603587e-17),
)


def atan(m: Operations, x: Value) -> Value:
    size = m.absolute(x)
    size = m.select(size > 1e300, 1e300, size)  # products with it stay finite
    top, bottom, high, low = size, 1.0, 0.0, 0.0
    for start, (a, b), (c, d), centre, centre_low in _INTERVALS:
        beyond = size >= start
        top = m.select(beyond, m.fma(size, b, a), top)
        bottom = m.select(beyond, m.fma(size, d, c), bottom)
        high = m.select(beyond, centre, high)
        low = m.select(beyond, centre_low, low)
    t = top / bottom
    z = t * t
    w = z * z
    even = z * polynomial(m, w, _ATAN[0::2])
    odd = w * polynomial(m, w, _ATAN[1::2])
    return with_sign(m, high - (m.fma(t, even + odd, -low) - t), x)

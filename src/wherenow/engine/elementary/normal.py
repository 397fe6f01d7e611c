"""The standard normal quantile, for noise by inversion.

With q = p - 1/2 and v = 4 p (1 - p) = 1 - 4 q**2 the quantile is q times a function of ln v that has no singularity
near the centre (the variable of Giles 2010, "Approximating the erfinv function"): one polynomial serves 99.66% of all
draws. Its coefficients minimise the greatest relative error (Remez exchange; 2**-54.6). The tails are those of Wichura
(1988), "Algorithm AS 241: The percentage points of the normal distribution", PPND16 (1e-16).
"""

from __future__ import annotations

from wherenow.engine.elementary.arithmetic import Operations, Value
from wherenow.engine.elementary.exponential import paired_polynomial, polynomial
from wherenow.engine.elementary.logarithm import _ln, ln, split

EDGE = float.fromhex("0x1.b993fe00d5376p-8")  # e**-5, the least v of the centre
_CENTRE = (  # coefficients of quantile / q as a polynomial in ln v + 2.5, for ln v from -5 to 0
    4.24662693402934,
    -0.6976040487981083,
    -0.011815238760324764,
    0.003543193025829348,
    0.0006173049676252763,
    1.4131047082183823e-05,
    -9.663659477138856e-06,
    -1.3540394391889378e-06,
    3.7948376058836964e-08,
    3.0720066553751556e-08,
    2.566293897360638e-09,
    -3.38322330917934e-10,
    -8.799399963203193e-11,
    -2.5706115350381002e-12,
    1.5210496588545824e-12,
    2.1368103619683611e-13,
    -9.216495322616916e-15,
    -5.151560154275526e-15,
    -2.692834352818452e-16,
    6.039422880576751e-17,
    6.616793885625384e-18,
)
_MIDDLE = (  # coefficients, lowest power first
    (1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
     1.27045825245236838258, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1,
     1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9),
)  # fmt: skip
_FAR = (
    (6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 2.96560571828504891230e-1,
     2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
     7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15),
)  # fmt: skip


def normal(m: Operations, p: Value) -> Value:
    """Return the x below which a standard normal number lies with probability ``p``; NaN outside [0, 1]."""
    q = p - 0.5
    v = m.fma(-4.0 * q, q, 1.0)
    near = q * paired_polynomial(m, _ln(m, *split(m, v)) + 2.5, _CENTRE)
    return m.rare(~(v >= EDGE), _tail, (p,), near)


def _tail(m: Operations, p: Value) -> Value:
    low = p < 0.5
    rest = m.select(low, p, 1.0 - p)
    r = m.sqrt(-ln(m, rest))
    near, far = _ratio(m, r - 1.6, _MIDDLE), _ratio(m, r - 5.0, _FAR)
    size = m.select(rest == 0.0, float("inf"), m.select(r <= 5.0, near, far))
    return m.select(low, -size, size)


def _ratio(m: Operations, x: Value, pair: tuple[tuple[float, ...], tuple[float, ...]]) -> Value:
    return polynomial(m, x, pair[0]) / polynomial(m, x, pair[1])

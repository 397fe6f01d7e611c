"""Lowering of the pointwise, clock and noise functions of the table to operations of the IR."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from types import MappingProxyType

from wherenow.engine.lowering.builder import Builder
from wherenow.engine.noise import binomial, poisson, polynomial
from wherenow.model.model_types import TimeSpec

# Times are start + k * dt in floating point, so a condition on time needs a tolerance for rounding.
_SLACK = 1e-6  # fraction of a step


class Clock:
    """Time in one phase, as the clock functions read it."""

    def __init__(self, b: Builder, spec: TimeSpec, first: bool) -> None:
        self.b, self.start, self.stop, self.dt = b, *map(b.constant, (spec.start, spec.stop, spec.step))
        self.time = self.start if first else b("time")


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Uniform numbers for one call of a noise function, named by the equation and the call's place in it."""

    b: Builder  # builder of the program
    dt: int  # node of the integration step
    first: bool  # whether initial values are being lowered
    names: list[str]  # names of the call, one per element
    streams: dict[str, int]  # numbers of all streams so far, by name
    state: Callable[[int, Callable[[int], int]], int]  # function that adds a state, given its first value and change

    def uniform(self, label: str = "", first: bool | None = None) -> int:
        """Add a node uniform on (0, 1), from a separate stream for each element and ``label``."""
        indices = self.b.columns([self.streams.setdefault(name + label, len(self.streams)) for name in self.names])
        at_first = self.first if first is None else first
        return self.b("uniform_first" if at_first else "uniform", index=indices)


def operator(b: Builder, sign: str, left: int, right: int) -> int:
    """Lower ``+ - * / ^ mod`` on two numbers."""
    simple = {"+": "add", "-": "sub", "*": "mul", "/": "div", "^": "pow"}
    if sign in simple:
        return b(simple[sign], left, right)
    return b("sub", left, b("mul", right, b("floor", b("div", left, right))))


def logical(b: Builder, sign: str, left: int, right: int) -> int:
    """Lower a comparison of two numbers to a truth value."""
    if sign in (">", ">="):
        left, right = right, left
    return b({"<": "lt", ">": "lt", "<=": "le", ">=": "le", "=": "eq", "<>": "ne"}[sign], left, right)


# -- pointwise


def _operation(name: str) -> Callable[..., int]:
    return lambda b, *a: b(name, *a)


def _quotient(b: Builder, numerator: int, denominator: int, otherwise: int, bad: int) -> int:
    one = b.constant(1.0)
    safe = b("select", bad, one, denominator)  # no division by zero, even if the result is unused
    return b("select", bad, otherwise, b("div", numerator, safe))


def _xidz(b: Builder, numerator: int, denominator: int, otherwise: int) -> int:
    return _quotient(b, numerator, denominator, otherwise, b("lt", b("abs", denominator), b.constant(1e-6)))


def _safediv(b: Builder, numerator: int, denominator: int, otherwise: int | None = None) -> int:
    zero = b.constant(0.0)
    return _quotient(b, numerator, denominator, zero if otherwise is None else otherwise, b("eq", denominator, zero))


def _sign(b: Builder, x: int) -> int:
    zero, one, minus = b.constant(0.0), b.constant(1.0), b.constant(-1.0)
    return b("select", b("lt", zero, x), one, b("select", b("lt", x, zero), minus, zero))


def _round(b: Builder, x: int) -> int:
    half = b("mul", _sign(b, x), b.constant(0.5))
    return b("trunc", b("add", x, half))


def _quantum(b: Builder, x: int, step: int) -> int:
    flat = b("le", step, b.constant(0.0))
    safe = b("select", flat, b.constant(1.0), step)
    return b("select", flat, x, b("mul", b("trunc", b("div", x, safe)), safe))


def _mean(b: Builder, *values: int) -> int:
    return b("div", _sum(b, *values), b.constant(float(len(values))))


def _sum(b: Builder, *values: int) -> int:
    return reduce(lambda x, y: b("add", x, y), values)


def _stddev(b: Builder, *values: int) -> int:
    centre = _mean(b, *values)
    apart = [b("sub", v, centre) for v in values]
    return b("sqrt", _mean(b, *(b("mul", d, d) for d in apart)))


# Hart et al., Computer Approximations (1968), 5666, as in West, "Better approximations to cumulative normal functions",
# Wilmott Magazine, May 2005: the tail beyond x is exp(-x^2/2) times a quotient of polynomials, its error below 1e-15
_TAIL_ABOVE = (
    0.0352624965998911, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931,
    220.206867912376,
)  # fmt: skip
_TAIL_BELOW = (
    0.0883883476483184, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831,
    793.826512519948, 440.413735824752,
)  # fmt: skip
_FAR = 7.07106781186547


def _normal_tail(b: Builder, size: int) -> int:
    """Return the probability that a standard normal number exceeds ``size``, which is not negative."""
    bell = b("exp", b("mul", b.constant(-0.5), b("mul", size, size)))
    near = b("div", b("mul", bell, polynomial(b, size, _TAIL_ABOVE)), polynomial(b, size, _TAIL_BELOW))
    fraction = b("add", size, b.constant(0.65))
    for k in (4.0, 3.0, 2.0, 1.0):
        fraction = b("add", size, b("div", b.constant(k), fraction))
    far = b("div", bell, b("mul", fraction, b.constant(math.sqrt(2 * math.pi))))
    return b("select", b("lt", size, b.constant(_FAR)), near, far)


def _normal_between(b: Builder, left: int, right: int, mean: int | None = None, deviation: int | None = None) -> int:
    """Return the difference of two tails on one side of the mean, so that nothing cancels far out."""
    ends = []
    for end in (left, right):
        apart = end if mean is None else b("sub", end, mean)
        ends.append(apart if deviation is None else b("div", apart, deviation))
    zero, one = b.constant(0.0), b.constant(1.0)
    above = b("lt", zero, b("add", *ends))  # whether most of the interval is above the mean
    low = b("select", above, ends[0], b("neg", ends[1]))
    high = b("select", above, ends[1], b("neg", ends[0]))

    def beyond(x: int) -> int:
        tail = _normal_tail(b, b("abs", x))
        return b("select", b("lt", x, zero), b("sub", one, tail), tail)

    return b("sub", beyond(low), beyond(high))


def _normal_quantile(b: Builder, probability: int, mean: int | None = None, deviation: int | None = None) -> int:
    value = b("normal", probability)
    value = value if deviation is None else b("mul", value, deviation)
    return value if mean is None else b("add", value, mean)


POINTWISE: Mapping[str, Callable[..., int]] = MappingProxyType({
    **{name: _operation(name) for name in ("abs", "sqrt", "exp", "ln", "log10", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "arcsin": _operation("asin"), "arccos": _operation("acos"), "arctan": _operation("atan"),
    "power": _operation("pow"), "int": _operation("floor"), "integer": _operation("trunc"),
    "log": lambda b, x, base: b("div", b("ln", x), b("ln", base)),
    "round": _round, "sign": _sign, "quantum": _quantum,
    "modulo": lambda b, x, y: b("sub", x, b("mul", y, b("trunc", b("div", x, y)))),
    "safediv": _safediv, "xidz": _xidz,
    "zidz": lambda b, x, y: _xidz(b, x, y, b.constant(0.0)),
    "percent": lambda b, x: b("mul", x, b.constant(100.0)),
    "normalcdf": _normal_between, "invnorm": _normal_quantile,
    "min": lambda b, *v: reduce(lambda x, y: b("min", x, y), v),
    "max": lambda b, *v: reduce(lambda x, y: b("max", x, y), v),
    "sum": _sum, "mean": _mean, "stddev": _stddev,
    "prod": lambda b, *v: reduce(lambda x, y: b("mul", x, y), v),
})  # fmt: skip


# -- the clock


def _reached(c: Clock, time: int) -> int:
    """Lower whether ``time`` is reached."""
    return c.b("le", time, c.b("add", c.time, c.b("mul", c.b.constant(_SLACK), c.dt)))


def _step(c: Clock, height: int, start: int) -> int:
    return c.b("select", _reached(c, start), height, c.b.constant(0.0))


def _ramp(c: Clock, slope: int, start: int | None = None, end: int | None = None) -> int:
    b = c.b
    start = c.start if start is None else start
    until = c.time if end is None else b("min", c.time, end)
    return b("mul", slope, b("max", b("sub", until, start), b.constant(0.0)))


def _window(c: Clock, start: int, width: int) -> int:
    b = c.b
    over = _reached(c, b("add", start, b("max", width, c.dt)))
    return b("and", _reached(c, start), b("not", over))


def _last(c: Clock, start: int, interval: int) -> int:
    """Lower the latest of the times ``start + k * interval``."""
    b = c.b
    since = b("sub", b("add", c.time, b("mul", b.constant(_SLACK), c.dt)), start)
    return b("add", start, b("mul", interval, b("floor", b("div", since, interval))))


def _pulse(c: Clock, magnitude: int, start: int | None = None, interval: int | None = None) -> int:
    b = c.b
    start = c.start if start is None else start
    zero = b.constant(0.0)
    on = _window(c, start, c.dt)
    if interval is not None:
        repeats = b("lt", zero, interval)
        safe = b("select", repeats, interval, b.constant(1.0))
        again = b("and", _reached(c, start), _window(c, _last(c, start, safe), c.dt))
        on = b("or", on, b("and", repeats, again))
    return b("select", on, b("div", magnitude, c.dt), zero)


def _pulse_train(c: Clock, start: int, width: int, interval: int, end: int) -> int:
    b = c.b
    repeats = b("lt", b.constant(0.0), interval)
    safe = b("select", repeats, interval, b.constant(1.0))
    again = b("and", _reached(c, start), _window(c, _last(c, start, safe), width))
    on = b("select", repeats, again, _window(c, start, width))  # an interval of 0 gives one pulse
    over = b("lt", end, b("sub", c.time, b("mul", b.constant(_SLACK), c.dt)))  # the end itself is included (Vensim)
    return b("number", b("and", on, b("not", over)))


CLOCK: Mapping[str, Callable[..., int]] = MappingProxyType({
    "time": lambda c: c.time, "dt": lambda c: c.dt, "starttime": lambda c: c.start, "stoptime": lambda c: c.stop,
    "pi": lambda c: c.b.constant(math.pi), "inf": lambda c: c.b.constant(math.inf),
    "step": _step, "ramp": _ramp, "pulse": _pulse, "pulse_train": _pulse_train,
    "pulse_window": lambda c, start, width: c.b("number", _window(c, start, width)),
})  # fmt: skip


# -- noise; a seed argument is part of the call and otherwise ignored: the run's seed applies


def _uniform(s: Sources, low: int, high: int, seed: int = 0) -> int:
    return s.b("add", low, s.b("mul", s.b("sub", high, low), s.uniform()))


def _normal(
    s: Sources, mean: int, deviation: int, seed: int = 0, low: int | None = None, high: int | None = None
) -> int:
    b = s.b
    value = b("add", mean, b("mul", deviation, b("normal", s.uniform())))
    value = value if low is None else b("max", value, low)
    return value if high is None else b("min", value, high)


def _lognormal(s: Sources, mean: int, deviation: int, seed: int = 0) -> int:
    b = s.b
    ratio = b("div", deviation, mean)
    variance = b("ln", b("add", b.constant(1.0), b("mul", ratio, ratio)))
    centre = b("sub", b("ln", mean), b("mul", b.constant(0.5), variance))
    return b("exp", b("add", centre, b("mul", b("sqrt", variance), b("normal", s.uniform()))))


def _exponential(s: Sources, mean: int, seed: int = 0) -> int:
    return s.b("neg", s.b("mul", mean, s.b("ln", s.uniform())))


def _pink(s: Sources, mean: int, deviation: int, correlation_time: int, seed: int = 0) -> int:
    """Lower an exactly discretised Ornstein–Uhlenbeck process around the mean."""
    b = s.b
    start = b("mul", deviation, b("normal", s.uniform("·first", first=True)))
    if s.first:
        return b("add", mean, start)
    kept = b("exp", b("neg", b("div", s.dt, correlation_time)))
    fresh = b("mul", deviation, b("sqrt", b("sub", b.constant(1.0), b("mul", kept, kept))))
    shock = b("mul", fresh, b("normal", s.uniform()))
    return b("add", mean, s.state(start, lambda here: b("add", b("mul", kept, here), shock)))


NOISE: Mapping[str, Callable[..., int]] = MappingProxyType({
    "uniform": _uniform, "normal": _normal, "lognormal": _lognormal, "exprnd": _exponential, "pink_noise": _pink,
    "poisson": lambda s, mean, seed=0: poisson(s.b, s.uniform(), mean),
    "binomial": lambda s, trials, share, seed=0: binomial(s.b, s.uniform(), trials, share),
})  # fmt: skip

"""The operations of a streaming plan, each written once against the engine's arithmetic.

NumPy and LLVM IR both use these functions, so that results agree to the last bit. An operation takes the contents of
registers (one number per draw) and its own number, and returns the next contents of its register and those after it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Protocol

from wherenow.engine.elementary import Operations, Value
from wherenow.engine.elementary.arithmetic import LARGEST

_LOG_TAU = math.log(2 * math.pi)
NEWTON_STEPS = 5
"""Newton steps for the mode of a count's log mean: to 1e-9 unless a count is very far below its mean."""


class Operation(IntEnum):
    """The operation of an instruction on its registers ``into``, ``a``, ``b``, ``c`` and its ``number``."""

    SCALE = 0  # number * a
    ADD = 1  # into + number * a
    COPY = 2  # a
    LEAST = 3  # the minimum of into and a; NaN once a is NaN
    GREATEST = 4  # the maximum of into and a; NaN once a is NaN
    DATED_GREATEST = 5  # into: greatest a so far; into + 1: the number (a date) of its first occurrence
    PLUS = 6  # a + b
    MINUS = 7  # a - b
    TIMES = 8  # a * b
    OVER = 9  # a / b, NaN where b is 0
    NEGATIVE = 10  # -a
    ABSOLUTE = 11  # |a|
    LESSER = 12  # the lesser of a and b
    GREATER = 13  # the greater of a and b
    RELATIVE = 14  # (a - b) / (|a| + |b|)
    APART = 15  # d / (1 + |d|) of d = a - b
    LOGARITHM = 16  # ln(a + number), with at least b as its argument
    FADED = 17  # exp(-number / a)
    FILTER = 18  # filter of a series, given a datum (number): see _filter
    STUDENT = 19  # into + the log density of a datum (number), less a constant: t around a, scale b, freedom c
    COUNT = 20  # the same for a negative binomial count (number) of mean a and size b; NaN for a mean below 0
    LOGIT = 21  # ln((a + number) / (c - a)), with both terms at least b
    FILTER_COUNT = 22  # filter of a series, given a Poisson count (number), less a constant: see _filter_count


WIDE: Mapping[Operation, int] = MappingProxyType(
    {Operation.DATED_GREATEST: 2, Operation.FILTER: 4, Operation.FILTER_COUNT: 4}
)
"""Operations that write several adjacent registers from ``into`` on, and how many."""


class Registers(Protocol):
    """The registers that an operation reads."""

    @property
    def a(self) -> Value: ...
    @property
    def b(self) -> Value: ...
    @property
    def c(self) -> Value: ...
    @property
    def number(self) -> Value: ...
    def into(self, place: int = 0) -> Value:
        """Return the current content of the register ``place`` after the first that is written."""

    def ln(self, x: Value) -> Value: ...
    def exp(self, x: Value) -> Value: ...


Meaning = Callable[[Operations, Registers], tuple[Value, ...]]


def _extreme(greatest: bool) -> Meaning:
    def found(m: Operations, r: Registers) -> tuple[Value, ...]:
        x, so_far = r.a, r.into()
        return (_or_nan(m, x, m.select(x > so_far if greatest else x < so_far, x, so_far)),)

    return found


def _or_nan(m: Operations, x: Value, chosen: Value) -> Value:
    return m.select(x == x, chosen, x)


def _dated_greatest(m: Operations, r: Registers) -> tuple[Value, ...]:
    x, so_far, date = r.a, r.into(), r.into(1)
    greater = x > so_far
    return _or_nan(m, x, m.select(greater, x, so_far)), _or_nan(m, x, m.select(greater, r.number, date))


def _over(m: Operations, r: Registers) -> tuple[Value, ...]:
    return (m.select(r.b == 0.0, math.nan, r.a / r.b),)


def _relative(m: Operations, r: Registers) -> tuple[Value, ...]:
    above = r.a - r.b
    scale = m.absolute(r.a) + m.absolute(r.b)
    return (_bounded_ratio(m, above, m.select((scale > 0.0) & (scale <= LARGEST), scale, 1.0)),)


def _apart(m: Operations, r: Registers) -> tuple[Value, ...]:
    above = r.a - r.b
    scale = 1.0 + m.absolute(above)
    return (_bounded_ratio(m, above, m.select(scale <= LARGEST, scale, 1.0)),)


def _bounded_ratio(m: Operations, above: Value, scale: Value) -> Value:
    """Return ``above / scale``; 1 or -1 if ``above`` is infinite."""
    return m.select(m.absolute(above) > LARGEST, m.select(above > 0.0, 1.0, -1.0), above / scale)


def _logarithm(m: Operations, r: Registers) -> tuple[Value, ...]:
    shifted = r.a + r.number
    return (r.ln(m.select(shifted < r.b, r.b, shifted)),)


def _logit(m: Operations, r: Registers) -> tuple[Value, ...]:
    above, below = r.a + r.number, r.c - r.a
    return (r.ln(m.select(above < r.b, r.b, above) / m.select(below < r.b, r.b, below)),)


def _filter(_: Operations, r: Registers) -> tuple[Value, ...]:
    """Take one step of the Kalman filter of an Ornstein-Uhlenbeck process observed with error.

    ``into`` and the three after it: the variance of the process, its current mean and variance, and the log-likelihood
    so far. ``a`` is the model's value, ``b`` the correlation with the previous datum, ``c`` the variance of the error.
    """
    variance, mean, spread, total = (r.into(i) for i in range(4))
    mean_ahead = r.b * mean
    spread_ahead = variance + r.b * r.b * (spread - variance)
    predictive_variance = spread_ahead + r.c
    innovation = r.number - r.a - mean_ahead
    gain = spread_ahead / predictive_variance
    surprise = 0.5 * (_LOG_TAU + r.ln(predictive_variance) + innovation * innovation / predictive_variance)
    return variance, mean_ahead + gain * innovation, spread_ahead * (1.0 - gain), total - surprise


def _filter_count(m: Operations, r: Registers) -> tuple[Value, ...]:
    """Take one step of the same filter for a Poisson count, by Laplace's approximation.

    The log mean is the sum of the model's value (``a``), the process and a normal error; the approximation is at the
    mode of the log mean, which Newton's steps find.
    """
    variance, mean, spread, total = (r.into(i) for i in range(4))
    mean_ahead = r.b * mean
    spread_ahead = variance + r.b * r.b * (spread - variance)
    prior_variance = spread_ahead + r.c
    middle = r.a + mean_ahead
    count, weight = r.number, 1.0 / prior_variance
    offset_count = count + 0.5
    start = (middle * weight + offset_count * r.ln(offset_count)) / (weight + offset_count)
    upper = r.ln(offset_count + m.select(middle > 0.0, middle * weight, 0.0))  # a bound: any mode above 0 is less
    x = m.select(start < upper, start, upper)
    for _ in range(NEWTON_STEPS):
        expected = r.exp(x)
        x = x + (count - expected - (x - middle) * weight) / (expected + weight)
    expected = r.exp(x)
    shift = x - middle
    log_density = count * x - expected - 0.5 * (shift * shift * weight + r.ln(1.0 + prior_variance * expected))
    gain = spread_ahead * weight
    narrowed = gain * spread_ahead * (prior_variance * expected) / (1.0 + prior_variance * expected)
    return variance, mean_ahead + gain * shift, spread_ahead - narrowed, total + log_density


def _student(_: Operations, r: Registers) -> tuple[Value, ...]:
    z = (r.number - r.a) / r.b
    return (r.into() - 0.5 * (r.c + 1.0) * r.ln(1.0 + z * z / r.c),)


def _count(m: Operations, r: Registers) -> tuple[Value, ...]:
    mean = m.select(r.a < 0.0, math.nan, r.a)
    total = r.b + mean
    # the term in the log mean vanishes for a count of 0, even if the mean is 0
    of_mean = r.number * r.ln(m.select(r.number == 0.0, 1.0, mean / total))
    return (r.into() + (r.b * r.ln(r.b / total) + of_mean),)


MEANING: Mapping[Operation, Meaning] = MappingProxyType({
    Operation.SCALE: lambda _, r: (r.number * r.a,),
    Operation.ADD: lambda _, r: (r.into() + r.number * r.a,),
    Operation.COPY: lambda _, r: (r.a,),
    Operation.LEAST: _extreme(greatest=False),
    Operation.GREATEST: _extreme(greatest=True),
    Operation.DATED_GREATEST: _dated_greatest,
    Operation.PLUS: lambda _, r: (r.a + r.b,),
    Operation.MINUS: lambda _, r: (r.a - r.b,),
    Operation.TIMES: lambda _, r: (r.a * r.b,),
    Operation.OVER: _over,
    Operation.NEGATIVE: lambda _, r: (-r.a,),
    Operation.ABSOLUTE: lambda m, r: (m.absolute(r.a),),
    Operation.LESSER: lambda m, r: (_or_nan(m, r.a, m.select(r.a < r.b, r.a, r.b)),),
    Operation.GREATER: lambda m, r: (_or_nan(m, r.a, m.select(r.a > r.b, r.a, r.b)),),
    Operation.RELATIVE: _relative,
    Operation.APART: _apart,
    Operation.LOGARITHM: _logarithm,
    Operation.FADED: lambda _, r: (r.exp((0.0 - r.number) / r.a),),
    Operation.FILTER: _filter,
    Operation.STUDENT: _student,
    Operation.COUNT: _count,
    Operation.LOGIT: _logit,
    Operation.FILTER_COUNT: _filter_count,
})  # fmt: skip

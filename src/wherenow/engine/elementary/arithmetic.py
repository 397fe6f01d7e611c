"""The arithmetic that elementary functions are written against, and its NumPy form.

A function of this package takes :class:`Operations` and values, and uses only correctly rounded operations (``+ - *
/``, ``fma``, ``sqrt``, ``rint``), comparisons, selections and bits. The result of such operations is unique, so every
implementation of the protocol (NumPy here, LLVM IR in :mod:`wherenow.engine.llvm.emit.emit_operations`) gives the same
bits.

Values support the operators of Python: floats ``+ - * /`` and comparisons, integers (64 bits, unsigned, wrapping)
``+ - & | << >>``, truth values ``& | ~``. Python numbers may be used as constants.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Value = Any
"""A float, integer or truth value of some :class:`Operations`; the operations used on it say which."""

Pair = tuple[Value, Value]
SIGN = 1 << 63
FEW = 8
"""Maximum number of values for which exact arithmetic is faster than arithmetic on arrays."""
MAGNITUDE = SIGN - 1
LARGEST = 1.7976931348623157e308
SMALLEST_NORMAL = 2.0**-1022


class Operations(Protocol):
    """Operations beyond Python's operators."""

    def fma(self, a: Value, b: Value, c: Value) -> Value:
        """Return ``a * b + c`` rounded once."""

    def select(self, condition: Value, a: Value, b: Value) -> Value:
        """Return ``a`` where the condition holds, else ``b``."""

    def sqrt(self, a: Value) -> Value: ...

    def rint(self, a: Value) -> Value:
        """Return the nearest whole number, ties to even."""

    def rounded(self, way: str, a: Value) -> Value:
        """Return a whole number; ``way`` is ``floor``, ``ceil`` or ``trunc``."""

    def absolute(self, a: Value) -> Value: ...

    def bits(self, a: Value) -> Value:
        """Return the integer with the bits of a float."""

    def number(self, a: Value) -> Value:
        """Return the float with the bits of an integer."""

    def take(self, table: tuple[float, ...], index: Value) -> Value:
        """Return ``table[index]`` for an integer index within it."""

    def rare(
        self, condition: Value, function: Callable[..., Value], arguments: tuple[Value, ...], otherwise: Value
    ) -> Value:
        """Return ``function(self, *arguments)`` where the condition holds, else ``otherwise``; cheap if nowhere."""

    def calls(self, function: Callable[..., Value], given: Sequence[tuple[Value, ...]]) -> list[Value]:
        """Return ``function(self, *arguments)`` for each of the given arguments; generated code has it once."""

    def repeated(self, times: int, step: Callable[[Value, Value], Pair], a: Value, b: Value) -> Pair:
        """Return two floats after ``times`` repetitions of ``a, b = step(a, b)``."""


class NumpyArithmetic:
    """The protocol over float64, uint64 and bool arrays. Slow and plain: the reference."""

    def fma(self, a: Value, b: Value, c: Value) -> Value:
        return fma(*np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in (a, b, c))))

    def select(self, condition: Value, a: Value, b: Value) -> Value:
        return np.where(condition, a, b)

    def sqrt(self, a: Value) -> Value:
        return np.sqrt(a)

    def rint(self, a: Value) -> Value:
        return np.rint(a)

    def rounded(self, way: str, a: Value) -> Value:
        return getattr(np, way)(a)

    def absolute(self, a: Value) -> Value:
        return np.abs(a)

    def bits(self, a: Value) -> Value:
        return np.ascontiguousarray(a, dtype=np.float64).view(np.uint64)

    def number(self, a: Value) -> Value:
        return np.ascontiguousarray(a, dtype=np.uint64).view(np.float64)

    def take(self, table: tuple[float, ...], index: Value) -> Value:
        return np.array(table)[index.astype(np.int64)]

    def rare(
        self, condition: Value, function: Callable[..., Value], arguments: tuple[Value, ...], otherwise: Value
    ) -> Value:
        condition, otherwise = np.broadcast_arrays(condition, otherwise)
        if not condition.any():
            return otherwise
        result = otherwise.copy()
        result[condition] = function(self, *(np.broadcast_to(a, condition.shape)[condition] for a in arguments))
        return result

    def calls(self, function: Callable[..., Value], given: Sequence[tuple[Value, ...]]) -> list[Value]:
        same = [np.broadcast_arrays(*arguments) for arguments in given]
        return list(function(self, *(np.stack(column) for column in zip(*same, strict=True))))

    def repeated(self, times: int, step: Callable[[Value, Value], Pair], a: Value, b: Value) -> Pair:
        for _ in range(times):
            a, b = step(a, b)
        return a, b


BASIC: Mapping[str, Callable[..., Value]] = MappingProxyType({
    "add": lambda _, a, b: a + b,
    "sub": lambda _, a, b: a - b,
    "mul": lambda _, a, b: a * b,
    "div": lambda _, a, b: a / b,
    "neg": lambda _, a: -a,
    "abs": lambda m, a: m.absolute(a),
    "min": lambda m, a, b: m.select(b != b, b, m.select(b < a, b, a)),
    "max": lambda m, a, b: m.select(b != b, b, m.select(b > a, b, a)),
    "floor": lambda m, a: m.rounded("floor", a),
    "ceil": lambda m, a: m.rounded("ceil", a),
    "trunc": lambda m, a: m.rounded("trunc", a),
    "rint": lambda m, a: m.rint(a),
    "sqrt": lambda m, a: m.sqrt(a),
    "lt": lambda _, a, b: a < b,
    "le": lambda _, a, b: a <= b,
    "eq": lambda _, a, b: a == b,
    "ne": lambda _, a, b: a != b,
    "and": lambda _, a, b: a & b,
    "or": lambda _, a, b: a | b,
    "not": lambda _, a: ~a,
    "truth": lambda _, a: a != 0.0,
    "number": lambda m, a: m.select(a, 1.0, 0.0),
    "select": lambda m, a, b, c: m.select(a, b, c),
})  # fmt: skip
"""Operations of :mod:`wherenow.engine.ir` other than elementary functions, called as ``function(m, *arguments)``."""

Floats = NDArray[np.float64]


def two_sum(a: Value, b: Value) -> Pair:
    """Return ``a + b`` and its exact error (Knuth)."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def _halves(a: Floats) -> tuple[Floats, Floats]:
    """Split ``a`` into two numbers of 26 bits (Veltkamp)."""
    t = a * 134217729.0
    high = t - (t - a)
    return high, a - high


def _two_product(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Return ``a * b`` and its exact error (Dekker)."""
    p = a * b
    ah, al = _halves(a)
    bh, bl = _halves(b)
    return p, ((ah * bh - p) + ah * bl + al * bh) + al * bl


def _add_to_odd(a: Floats, b: Floats) -> Floats:
    """Return ``a + b`` rounded to odd: if it is not exact, the neighbour whose last bit is one."""
    s, error = two_sum(a, b)
    bits: NDArray[np.int64] = s.view(np.int64)
    step = np.where((error > 0) == (s > 0), 1, -1)
    return np.where((error != 0) & (bits & 1 == 0), bits + step, bits).view(np.float64)


def fma(a: Floats, b: Floats, c: Floats) -> Floats:
    """Return ``a * b + c`` rounded once, for float64 arrays of one shape.

    Boldo & Melquiond 2008, "Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to odd",
    figure 3, if nothing over- or underflows; otherwise, and for few numbers, exact rational arithmetic.
    """
    if a.size <= FEW:
        numbers = zip(*(v.ravel().tolist() for v in (a, b, c)), strict=True)
        return np.array([_rounded_once(*three) for three in numbers], dtype=np.float64).reshape(a.shape)
    with np.errstate(all="ignore"):
        product_high, product_low = _two_product(a, b)
        sum_high, sum_low = two_sum(c, product_low)
        high, low = two_sum(product_high, sum_high)
        result = high + _add_to_odd(sum_low, low)
        size = np.abs(product_high)
        generic = (
            (np.abs(a) < 2.0**990)
            & (np.abs(b) < 2.0**990)
            & (np.abs(c) < 2.0**1000)
            & (size > 2.0**-950)
            & (size < 2.0**1000)
        )
        plain = (a == 0) | (b == 0) | ~np.isfinite(a) | ~np.isfinite(b)
        result = np.where(plain, a * b + c, result)
    for i in zip(*np.nonzero(~(generic | plain)), strict=True):
        result[i] = _exact_fma(float(a[i]), float(b[i]), float(c[i]))
    return result


def _rounded_once(a: float, b: float, c: float) -> float:
    special = a == 0.0 or b == 0.0 or not (math.isfinite(a) and math.isfinite(b))
    return a * b + c if special else _exact_fma(a, b, c)


def _exact_fma(a: float, b: float, c: float) -> float:
    """Return ``a * b + c`` rounded once, for finite non-zero ``a`` and ``b``."""
    if not np.isfinite(c):
        return c
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    if exact == 0:
        return 0.0  # the product is not zero and the sum cancels it, so the result is +0
    try:
        rounded = float(exact)
    except OverflowError:
        return float(np.copysign(np.inf, 1 if exact > 0 else -1))
    return rounded if rounded else float(np.copysign(0.0, 1 if exact > 0 else -1))

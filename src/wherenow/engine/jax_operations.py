"""The operations of :mod:`wherenow.engine.ir` on arrays of JAX. Imported only where JAX is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any

import jax.numpy as jnp
import jax.scipy.special
from jax import lax

from wherenow.engine import jax_markets
from wherenow.engine.elementary import ELEMENTARY
from wherenow.engine.philox import LOW32, MULTIPLIERS, ROUNDS, WEYL
from wherenow.engine.tables import Prepared

Traced = Any
Pair = tuple[Traced, Traced]
Operation = Callable[..., Traced]

COMPARED = 64  # points up to which a table's argument is compared with all of them; beyond, bisection


class JaxArithmetic:
    """The arithmetic of :mod:`wherenow.engine.elementary` on float64 and uint64 arrays. Its ``fma`` rounds twice."""

    def fma(self, a: Traced, b: Traced, c: Traced) -> Traced:
        return a * b + c

    def select(self, condition: Traced, a: Traced, b: Traced) -> Traced:
        return jnp.where(condition, a, b)

    def sqrt(self, a: Traced) -> Traced:
        return jnp.sqrt(a)

    def rint(self, a: Traced) -> Traced:
        return jnp.rint(a)

    def absolute(self, a: Traced) -> Traced:
        return jnp.abs(a)

    def bits(self, a: Traced) -> Traced:
        return lax.bitcast_convert_type(jnp.asarray(a, jnp.float64), jnp.uint64)

    def number(self, a: Traced) -> Traced:
        return lax.bitcast_convert_type(jnp.asarray(a, jnp.uint64), jnp.float64)

    def take(self, table: tuple[float, ...], index: Traced) -> Traced:
        return jnp.array(table)[index]

    def rare(
        self, condition: Traced, function: Callable[..., Traced], arguments: tuple[Traced, ...], otherwise: Traced
    ) -> Traced:
        return jnp.where(condition, function(self, *arguments), otherwise)

    def calls(self, function: Callable[..., Traced], given: Sequence[tuple[Traced, ...]]) -> list[Traced]:
        return [function(self, *arguments) for arguments in given]

    def repeated(self, times: int, step: Callable[[Traced, Traced], Pair], a: Traced, b: Traced) -> Pair:
        for _ in range(times):
            a, b = step(a, b)
        return a, b


_PLAIN: dict[str, Operation] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: jnp.divide(a, b),
    "neg": lambda a: -a,
    "abs": jnp.abs,
    "min": lambda a, b: jnp.where(b < a, b, a),
    "max": lambda a, b: jnp.where(b > a, b, a),
    "floor": jnp.floor,
    "ceil": jnp.ceil,
    "trunc": jnp.trunc,
    "rint": jnp.rint,
    "sqrt": jnp.sqrt,
    "exp": jnp.exp,
    "ln": jnp.log,
    "log10": jnp.log10,
    "pow": lambda a, b: jnp.power(a, jnp.asarray(b, jnp.float64)),
    "sin": jnp.sin,
    "cos": jnp.cos,
    "tan": jnp.tan,
    "asin": jnp.arcsin,
    "acos": jnp.arccos,
    "atan": jnp.arctan,
    "tanh": jnp.tanh,
    "sinh": jnp.sinh,
    "cosh": jnp.cosh,
    "normal": jax.scipy.special.ndtri,
    "wanted": jax_markets.wanted,
    "clearing": jax_markets.clearing,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "and": jnp.logical_and,
    "or": jnp.logical_or,
    "not": jnp.logical_not,
    "truth": lambda a: a != 0.0,
    "number": lambda a: jnp.where(a, 1.0, 0.0),
    "select": jnp.where,
}


def _within(name: str, inside: Callable[..., Traced], *stand_ins: float) -> Operation:
    """The operation with a derivative where ``inside`` holds, and none elsewhere.

    A branch that is not taken has a weight of 0 in reverse mode, and 0 times an infinite derivative would be NaN; so
    beyond ``inside`` the operation is applied to ``stand_ins`` and its value there to arguments held constant.
    """
    plain = _PLAIN[name]

    def guarded(*a: Traced) -> Traced:
        ok = inside(*a)
        safe = [jnp.where(ok, v, s) for v, s in zip(a, stand_ins, strict=True)]
        return jnp.where(ok, plain(*safe), plain(*(lax.stop_gradient(v) for v in a)))

    return guarded


def _power(a: Traced, b: Traced) -> Traced:
    """A constant exponent leaves a derivative for negative bases too."""
    if isinstance(b, int | float) and b == int(b) and abs(b) <= 16:
        safe = jnp.where(a == 0.0, 1.0, a) if b < 1 else a
        return jnp.where((a == 0.0) & (b < 1), _PLAIN["pow"](lax.stop_gradient(a), b), lax.integer_pow(safe, int(b)))
    return _within("pow", lambda a, b: (a > 0.0) & (jnp.abs(b * jnp.log(jnp.where(a > 0, a, 1.0))) < 700.0), 1.0, 1.0)(
        a, b
    )


_GUARDED: dict[str, Operation] = {
    "div": _within("div", lambda a, b: (b != 0.0) & jnp.isfinite(a) & jnp.isfinite(b), 1.0, 1.0),
    "sqrt": _within("sqrt", lambda a: (a > 0.0) & (a < inf), 1.0),
    "exp": _within("exp", lambda a: a < 700.0, 0.0),
    "ln": _within("ln", lambda a: (a > 0.0) & (a < inf), 1.0),
    "log10": _within("log10", lambda a: (a > 0.0) & (a < inf), 1.0),
    "asin": _within("asin", lambda a: jnp.abs(a) < 1.0, 0.0),
    "acos": _within("acos", lambda a: jnp.abs(a) < 1.0, 0.0),
    "sinh": _within("sinh", lambda a: jnp.abs(a) < 700.0, 0.0),
    "cosh": _within("cosh", lambda a: jnp.abs(a) < 700.0, 0.0),
    "pow": _power,
}


def _constant(name: str) -> Operation:
    """An elementary function of noise alone, as it is written for the other backends: no derivative passes."""

    def plain(*a: Traced) -> Traced:
        arguments = (jnp.asarray(v, jnp.float64) for v in a)
        return lax.stop_gradient(ELEMENTARY[name](JaxArithmetic(), *arguments))

    return plain


_PLAIN.update({name: _constant(name) for name in ELEMENTARY if name not in _PLAIN})


def operations(differentiable: bool) -> Mapping[str, Operation]:
    """Every pointwise operation; ``differentiable`` as in :func:`wherenow.engine.jax_trace.simulation`."""
    return {**_PLAIN, **_GUARDED} if differentiable else _PLAIN


def look_up(table: Prepared, x: Traced) -> Traced:
    """As :func:`wherenow.engine.tables.look_up`."""
    xs, ys, slopes = (jnp.array(v) for v in (table.xs, table.ys, table.slopes))
    if table.low != -inf:
        x = jnp.where(x < table.low, table.low, jnp.where(x > table.high, table.high, x))
    x = jnp.asarray(x, jnp.float64)
    side, method = "right" if table.passes_at else "left", "compare_all" if len(table.xs) <= COMPARED else "scan"
    i = jnp.maximum(jnp.searchsorted(xs, lax.stop_gradient(x), side=side, method=method) - 1, 0)
    return ys[i] + (x - xs[i]) * slopes[i]


def uniform(key: Traced, stream: int, step: Traced, draws: Traced) -> Traced:
    """As :func:`wherenow.engine.philox.uniform`, to the last bit; ``key`` is two words, ``draws`` uint64."""
    word = jnp.uint64
    low, shift = word(LOW32), word(32)
    step = jnp.asarray(step).astype(word)
    c0, c1 = jnp.full_like(draws, step >> word(1)), draws & low
    c2, c3 = draws >> shift, jnp.full_like(draws, word(stream))
    k0, k1 = key[0], key[1]
    for _ in range(ROUNDS):
        p0, p1 = c0 * word(MULTIPLIERS[0]), c2 * word(MULTIPLIERS[1])
        c0, c1, c2, c3 = (p1 >> shift) ^ c1 ^ k0, p1 & low, (p0 >> shift) ^ c3 ^ k1, p0 & low
        k0, k1 = (k0 + word(WEYL[0])) & low, (k1 + word(WEYL[1])) & low
    second = (step & word(1)) == word(1)  # of the two steps that share a block
    bits = ((jnp.where(second, c3, c1) << shift) | jnp.where(second, c2, c0)) >> word(12)
    one_to_two = lax.bitcast_convert_type(bits | word(0x3FF << 52), jnp.float64)
    return one_to_two - 1.0 + 2.0**-53

"""Priority curves and markets of :mod:`wherenow.engine.elementary.markets` on arrays of JAX, with derivatives.

The search for a price has none: the price's are those of the implicit function theorem, put in after it.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from wherenow.engine.elementary.markets import (
    CURVE,
    DENSITY,
    HALVINGS,
    LEAST_PRICE,
    NARROWEST,
    NORMAL,
    NORMAL_SLOPE,
    REACH,
)

Traced = Any
SLOPE_OVER = 2.0**-20
"""Of the interval in which a market clears: the width over which the slope of the curves is taken."""


def wanted(quantity: Traced, kind: Traced, middle: Traced, width: Traced, extra: Traced, price: Traced) -> Traced:
    """The part of ``quantity`` that is wanted at ``price``."""
    digit = kind - 10.0 * jnp.rint(0.1 * kind - 0.45)
    apart = (price - middle) / jnp.maximum(width, NARROWEST)
    size = jnp.abs(apart)
    below = jnp.clip(0.5 + apart, 0.0, 1.0)
    triangle = jnp.where(below < 0.5, 1.0 - 2.0 * below**2, 2.0 * (1.0 - below) ** 2)
    near = jnp.minimum(size, 2.0 * REACH)  # beyond, nothing is left, and squares would overflow
    t = 1.0 / (1.0 + NORMAL_SLOPE * near)
    bell = DENSITY * jnp.exp(-0.5 * near**2) * jnp.polyval(jnp.array(NORMAL[::-1]), t)
    normal, exponential = (jnp.where(apart < 0.0, 1.0 - b, b) for b in (bell, 0.5 * jnp.exp(-near)))
    ratio = jnp.maximum(jnp.maximum(price, LEAST_PRICE) / jnp.maximum(middle, LEAST_PRICE), 1.0)
    shapes = (jnp.clip(0.5 - apart, 0.0, 1.0), triangle, normal, exponential, jnp.power(ratio, -jnp.abs(extra)))
    return quantity * jnp.select([digit == k for k in range(1, 6)], [*shapes], 1.0)


def clearing(available: Traced, *numbers: Traced) -> Traced:
    """The price at which the curves together want what is ``available``."""
    arrays = jnp.broadcast_arrays(available, *(jnp.asarray(n, jnp.float64) for n in numbers))
    there, curves = arrays[0], jnp.stack(arrays[1:]).reshape(-1, CURVE, *arrays[0].shape).swapaxes(0, 1)
    held_there, held = lax.stop_gradient((there, curves))

    def excess(curves: Traced, there: Traced, price: Traced) -> Traced:
        quantity, kind, middle, width, extra = curves
        return wanted(quantity, kind, middle, width, extra, price).sum(axis=0) - there

    def halve(_: Traced, ends: tuple[Traced, Traced]) -> tuple[Traced, Traced]:
        low, high = ends
        middle = 0.5 * (low + high)
        rise = excess(held, held_there, middle) > 0.0
        return jnp.where(rise, middle, low), jnp.where(rise, high, middle)

    reach = REACH * jnp.abs(held[3])
    ends = (jnp.min(held[2] - reach, axis=0), jnp.max(held[2] + reach, axis=0))
    low, high = lax.fori_loop(0, HALVINGS, halve, ends)
    above = excess(held, held_there, low)
    fall = above - excess(held, held_there, high)
    share = jnp.where(fall > 0.0, above / jnp.where(fall > 0.0, fall, 1.0), 0.5)
    price = lax.stop_gradient(low + jnp.clip(share, 0.0, 1.0) * (high - low))
    # the slope over a piece that is wide beside what rounding leaves of a difference
    apart = lax.stop_gradient(SLOPE_OVER * (ends[1] - ends[0]))
    steep = excess(held, held_there, price - apart) - excess(held, held_there, price + apart)
    missed = excess(curves, there, price)
    return price + (missed - lax.stop_gradient(missed)) * jnp.where(
        steep > 0.0, 2.0 * apart / jnp.where(steep > 0.0, steep, 1.0), 0.0
    )

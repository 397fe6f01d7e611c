"""Functions of whole vectors and matrices as operations: ranks, choices, market clearing, matrix inverses.

The calls come from :mod:`wherenow.model.elaboration.vectors` with every element as an argument. Each call returns one
element of a result; equal operations are one node, so the elements share all their work.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import reduce
from types import MappingProxyType
from weakref import WeakKeyDictionary

from wherenow.engine.elementary.markets import CURVE
from wherenow.engine.lowering.builder import Builder
from wherenow.language.syntax import MISSING

_SOLVED: WeakKeyDictionary[Builder, dict[tuple[object, ...], list[int]]] = WeakKeyDictionary()


def _once(b: Builder, key: tuple[object, ...], make: Callable[[], list[int]]) -> list[int]:
    """Return the nodes of a whole result, built once for all its elements."""
    known = _SOLVED.setdefault(b, {})
    if key not in known:
        known[key] = make()
    return known[key]


def _position(b: Builder, node: int) -> int:
    value = b.constant_value(node)
    assert value is not None, "the model package gives positions as numbers"
    return int(value)


def _sum(b: Builder, values: list[int]) -> int:
    return reduce(lambda x, y: b("add", x, y), values)


# -- order


def _places(b: Builder, direction: int, values: tuple[int, ...]) -> list[int]:
    """Count the elements that precede each: smaller ones (or, in descending order, greater), and equal earlier ones."""

    ascending = b("lt", b.constant(0.0), direction)
    descending = b("not", ascending)

    def before(i: int, j: int) -> int:
        relation = "le" if i < j else "lt"
        up, down = b(relation, values[i], values[j]), b(relation, values[j], values[i])
        return b("number", b("or", b("and", ascending, up), b("and", descending, down)))

    n = len(values)
    return [_sum(b, [b.constant(0.0), *(before(i, j) for i in range(n) if i != j)]) for j in range(n)]


def _vector_rank(b: Builder, here: int, direction: int, *values: int) -> int:
    places = _once(b, ("order", direction, values), lambda: _places(b, direction, values))
    return b("add", places[_position(b, here)], b.constant(1.0))


def _vector_sort_order(b: Builder, here: int, direction: int, *values: int) -> int:
    """Return which element (counted from 0) is at the position."""
    places = _once(b, ("order", direction, values), lambda: _places(b, direction, values))
    found = b.constant(0.0)
    for index, place in enumerate(places):
        found = b("select", b("eq", place, here), b.constant(float(index)), found)
    return found


def _vector_element(b: Builder, offset: int, *values: int) -> int:
    """Return the element at a computed position (counted from 0); :NA: outside."""
    whole = b("rint", offset)
    found = b.constant(MISSING)
    for index, value in enumerate(values):
        found = b("select", b("eq", whole, b.constant(float(index))), value, found)
    return found


def _element_at(b: Builder, count: int, *rest: int) -> int:
    """Return the element that computed subscripts name: an index and its number of elements for each, then the values.

    Indices are tested against positions in ascending order.
    """
    computed = 2 * _position(b, count)
    indices, sizes, values = rest[0:computed:2], [_position(b, n) for n in rest[1:computed:2]], rest[computed:]

    def chosen(axis: int, first: int) -> int:
        if axis == len(sizes):
            return values[first]
        found = b.constant(0.0)
        for place in range(sizes[axis] - 1, -1, -1):
            here = chosen(axis + 1, first * sizes[axis] + place)
            found = b("select", b("eq", indices[axis], b.constant(place + 1.0)), here, found)
        return found

    return chosen(0, 0)


# -- selection


def _vector_select(b: Builder, action: int, missing: int, *pairs: int) -> int:
    """Vensim help, VECTOR SELECT: the numerical action over the elements whose selection is not 0."""
    known = b.constant_value(action)
    by_action = [_selected(b, k, missing, pairs) for k in ([int(known)] if known is not None else range(11))]
    if known is not None:
        return by_action[0]
    result = missing
    for k, selected in enumerate(by_action):
        result = b("select", b("eq", action, b.constant(float(k))), selected, result)
    return result


_COMBINED: Mapping[int, tuple[str, float]] = MappingProxyType(
    {
        **dict.fromkeys((1, 5, 7), ("mul", 1.0)),
        **dict.fromkeys((2, 8), ("min", math.inf)),
        **dict.fromkeys((3, 9), ("max", -math.inf)),
    }
)
"""How an action combines elements, and its result for none; the others add."""


def _selected(b: Builder, action: int, missing: int, pairs: tuple[int, ...]) -> int:
    selection, values = pairs[0::2], pairs[1::2]
    chosen = [b("truth", s) for s in selection]
    weigh = "mul" if 0 <= action <= 4 else "pow" if action == 5 else ""
    # Vensim raises the value to the selection, although its help says the opposite (docs/conformance.md)
    parts = [b(weigh, v, s) for s, v in zip(selection, values, strict=True)] if weigh else list(values)
    combine, neutral = _COMBINED.get(action, ("add", 0.0))
    terms = [b("select", c, p, b.constant(neutral)) for c, p in zip(chosen, parts, strict=True)]
    result = reduce(lambda x, y: b(combine, x, y), terms)
    if action in (4, 10):
        count = _sum(b, [b("number", c) for c in chosen])
        result = b("div", result, b("max", count, b.constant(1.0)))
    return b("select", reduce(lambda x, y: b("or", x, y), chosen), result, missing)


# -- curves and markets


def _curve_list(parts: tuple[int, ...]) -> list[tuple[int, ...]]:
    return [parts[i : i + CURVE] for i in range(0, len(parts), CURVE)]


def _allocate_available(b: Builder, here: int, available: int, *parts: int) -> int:
    """Allocate at the single price at which the supply is exhausted; grant all requests if it suffices."""
    given = _once(b, ("allocate", available, parts), lambda: _allocation(b, available, _curve_list(parts)))
    position = _position(b, here)
    return given[position] if position < len(given) else b.constant(0.0)


def _allocation(b: Builder, available: int, curves: list[tuple[int, ...]]) -> list[int]:
    """Return what each element is granted: its demand at the clearing price, scaled to use up the supply."""
    zero = b.constant(0.0)
    curves = [(b("max", quantity, zero), *shape) for quantity, *shape in curves]
    requests = [curve[0] for curve in curves]
    price = _clearing(b, available, curves)
    raw = [_demand_at_price(b, price, *curve) for curve in curves]
    total = _sum(b, raw)
    # distribute the rest of the interval, so that allocations add up to the supply
    any_demand = b("lt", zero, total)
    scale = b("div", b("max", available, zero), b("select", any_demand, total, b.constant(1.0)))
    enough = b("le", _sum(b, requests), available)
    near = b("lt", scale, b.constant(2.0))
    granted = []
    for q, part in zip(requests, raw, strict=True):
        fitted = b("min", q, b("select", near, b("mul", part, scale), part))
        granted.append(b("select", enough, q, b("select", b("lt", zero, available), fitted, zero)))
    return granted


def _clearing(b: Builder, available: int, curves: list[tuple[int, ...]]) -> int:
    return b("clearing", available, *(number for curve in curves for number in curve))


def _demand_at_price(b: Builder, price: int, *curve: int) -> int:
    return b("wanted", *curve, price)


def _supply_at_price(b: Builder, price: int, *curve: int) -> int:
    """Lower the supply at a price, which rises with the price as demand falls with it."""
    return b("sub", curve[0], b("wanted", *curve, price))


def _find_market_price(b: Builder, count: int, *parts: int) -> int:
    """Lower the price at which demand equals supply."""
    curves = _curve_list(parts)
    return _clearing(b, _sum(b, [supply[0] for supply in curves[_position(b, count) :]]), curves)


# -- matrices


def _invert_matrix(b: Builder, *parts: int) -> int:
    """Return the first element, from which the others are located."""
    return b("part", b("inverse", *parts), index=0)


def _matrix_element(b: Builder, place: int, first: int) -> int:
    (whole,) = b.node(first).arguments
    return b("part", whole, index=_position(b, place))


VECTORS: Mapping[str, Callable[..., int]] = MappingProxyType({
    "vector_rank": _vector_rank,
    "vector_sort_order": _vector_sort_order,
    "vector_element": _vector_element,
    "element_at": _element_at,
    "vector_select": _vector_select,
    "allocate_available": _allocate_available,
    "demand_at_price": _demand_at_price,
    "supply_at_price": _supply_at_price,
    "find_market_price": _find_market_price,
    "invert_matrix": _invert_matrix,
    "matrix_element": _matrix_element,
})  # fmt: skip

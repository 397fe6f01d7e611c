"""Vensim's functions of a lookup or of data: values at a point, and properties of its points.

Properties of the points alone are computed once, as separate lookups
(:mod:`wherenow.exchange.vensim.translation.derived_lookups`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from wherenow.exchange.vensim.translation.derived_lookups import Derived, Limit
from wherenow.exchange.vensim.translation.vensim_names import Names
from wherenow.exchange.vensim.vensim_syntax import shown
from wherenow.language.syntax import (
    MISSING,
    Binary,
    Call,
    Conditional,
    Expression,
    ExpressionError,
    Number,
    Reference,
    canonical,
    plain_number,
)

Rest = list[Expression]
"""The translated arguments after the lookup."""
Maker = Callable[[Reference, Rest, Call, Names], Expression]


def table_call(node: Call, rest: Rest, names: Names) -> Expression:
    """Translate a call of one of :data:`TABLE_FUNCTIONS`; ``rest`` are its further arguments.

    Raises
    ------
    ExpressionError
        if the first argument is not a lookup, or another one is invalid.
    """
    table = node.arguments[0]
    if not isinstance(table, Reference) or table.name not in names.tables:
        raise ExpressionError(f"{shown(node.function)} takes a lookup or data variable first", node.span)
    return TABLE_FUNCTIONS[node.function][1](table, rest, node, names)


def limit(node: Expression) -> Limit | None:
    """Return a time known before the run: a number, or ``starttime`` or ``stoptime``."""
    match node:
        case Call(function, ()) if function in ("starttime", "stoptime"):
            return function
    return plain_number(node)


def _on_table(function: str) -> Maker:
    return lambda table, rest, node, _: Call(function, (table, *rest), node.span)


def _get_data_between_times(table: Reference, rest: Rest, node: Call, names: Names) -> Expression:
    """Translate by mode: below 0 the point before the next one, above 0 the next one, else interpolated; :NA: outside.

    Modes other than 0 truncate the time to a whole number, and mode below 0 at a point gives the point before, so that
    the last one is never returned: Vensim's own results (docs/conformance.md).
    """
    if table.name not in names.data:
        return Number(MISSING, node.span)
    at, mode = rest
    whole = Call("int", (at,))
    back = Call("lookup_forward", (_derived(table, Derived(table.name, "before"), names), whole), node.span)
    ahead = Call("lookup_forward", (table, whole), node.span)
    line = Call("lookup", (_derived(table, Derived(table.name, "line"), names), at), node.span)
    if isinstance(mode, Number):
        value: Expression = line if abs(mode.value) < 0.5 else ahead if mode.value > 0 else back
    else:
        forward = Conditional(mode >= 0.5, ahead, line)
        value = Conditional(mode <= -0.5, back, forward)
    ends = (_derived(table, Derived(table.name, way), names) for way in ("first time", "last time"))
    first, last = (Call("lookup", (end, Number(0.0))) for end in ends)
    return Conditional((at < first) | (at > last), Number(MISSING), value, node.span)


def _data_points(way: str) -> Maker:
    """Compute a property of all points of a data variable, or of those between two times known before the run."""

    def make(table: Reference, rest: Rest, node: Call, names: Names) -> Expression:
        if table.name not in names.data:
            return Number(MISSING, node.span)
        given = [limit(a) for a in rest]
        if None in given:
            hint = "INITIAL TIME, FINAL TIME or a number"
            raise ExpressionError(f"{shown(node.function)} needs times known before the run", node.span, hint)
        limits = [g for g in given if g is not None]
        made = _derived(table, Derived(table.name, way, (limits[0], limits[1]) if limits else None), names)
        return Call("lookup", (made, Number(0.0)), node.span)

    return make


def _derived(table: Reference, what: Derived, names: Names) -> Reference:
    """Make a lookup from the points of ``table``, under an unused name."""
    if table.name in names.parameters:
        message = f"the points of '{table.name}' are unknown within the macro that takes it"
        raise ExpressionError(message, table.span, "call this function outside the macro")
    name = canonical(f"{table.name} {what.way}")
    while name in names.variables or names.derived.get(name, what) != what:
        name += "_"
    names.derived[name] = what
    return replace(table, name=name)


def _check_plain(table: Reference, node: Call, names: Names) -> None:
    if table.name in names.data:
        raise ExpressionError(f"{shown(node.function)} takes a lookup, not data", table.span)


def _lookup_area(table: Reference, rest: Rest, node: Call, names: Names) -> Expression:
    _check_plain(table, node, names)
    start, end = rest

    def backward(lookup: Reference, at: Expression) -> Expression:
        return Call("lookup_backward", (lookup, at))

    def below(at: Expression) -> Expression:
        """Return the area from the first point: that up to the last point passed, and the strip from there."""
        heights = backward(table, at) + Call("lookup", (table, at))
        width = at - backward(_derived(table, Derived(table.name, "points"), names), at)
        strip = heights / 2 * width
        return backward(_derived(table, Derived(table.name, "area"), names), at) + strip

    return Binary("-", below(end), below(start), node.span)


_SLOPES = {0.0: "slope", 1.0: "slope beyond", -1.0: "slope within"}


def _lookup_slope(table: Reference, rest: Rest, node: Call, names: Names) -> Expression:
    _check_plain(table, node, names)
    at, mode = rest
    way = _SLOPES.get(value) if isinstance(value := limit(mode), float) else None
    if way is None:
        raise ExpressionError("the mode of LOOKUP SLOPE must be -1, 0 or 1", node.arguments[2].span)
    return Call("lookup_backward", (_derived(table, Derived(table.name, way), names), at), node.span)


TABLE_FUNCTIONS: Mapping[str, tuple[int, Maker]] = MappingProxyType({
    # value: the number of arguments and the translation
    "lookup_extrapolate": (2, _on_table("lookup_extrapolate")),
    "tabxl": (2, _on_table("lookup_extrapolate")),  # older name of LOOKUP EXTRAPOLATE
    "lookup_forward": (2, _on_table("lookup_forward")),
    "lookup_backward": (2, _on_table("lookup_backward")),
    "lookup_invert": (2, _on_table("lookupinv")),
    "lookup_area": (3, _lookup_area),
    "lookup_slope": (3, _lookup_slope),
    "get_data_at_time": (2, _on_table("lookup")),
    "get_data_between_times": (3, _get_data_between_times),
    "get_data_first_time": (1, _data_points("first time")),
    "get_data_last_time": (1, _data_points("last time")),
    "get_data_min": (3, _data_points("least")),
    "get_data_max": (3, _data_points("greatest")),
})  # fmt: skip

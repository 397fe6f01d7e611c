"""Turn functions of whole vectors or matrices into calls over scalars: ranks, reordering, allocation, matrix inverses.

In Vensim the vector extends along the last subscript of an argument, and the current element selects one of the
results: ``rank[d] = VECTOR RANK(x[d], 1)`` becomes, for each element, ``vector_rank(position, 1, x[a], x[b], …)``. The
engine turns such calls into operations (:mod:`wherenow.engine.lowering.vector_lowering`). Source: Vensim help, "Arrays,
Vectors, and Subscripts" and "Allocation Functions".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import reduce
from itertools import product
from types import MappingProxyType

from wherenow.language.syntax import MISSING, Binary, Call, Each, Expression, Number, Reference, Unary, walk
from wherenow.model.elaboration.scope import Scope, UnresolvedError
from wherenow.model.elaboration.unfold import Unfolder, element_name

WHOLE = 10.0
"""The lowest type of a curve that allocates whole numbers in Vensim."""
PROFILE = 4
"""Numbers that describe one curve: its type, priority, width and extra."""


def _axis(unfolder: Unfolder, argument: Expression, node: Call, place: int = -1) -> str:
    """Return the dimension along which an argument is a vector: the last dimension among the subscripts of its first
    array.
    """
    for part in walk(argument):
        if not isinstance(part, Reference) or part.name not in unfolder.variables:
            continue
        names = [
            s.dimension if isinstance(s, Each) else s.name
            for s in part.subscripts
            if (isinstance(s, Each) and s.dimension) or (isinstance(s, Reference) and s.name in unfolder.dimensions)
        ]
        if len(names) >= -place:
            return str(names[place])
    raise UnresolvedError(
        f"'{node.function}' takes an array over a dimension", argument.span if argument else node.span
    )


def _along(unfolder: Unfolder, axis: str, scope: Scope) -> Iterator[Scope]:
    for element in unfolder.dimensions.elements(axis):
        yield scope.along({(axis, 0): element})


def _vector(unfolder: Unfolder, argument: Expression, axis: str, scope: Scope) -> list[Expression]:
    return [unfolder.scalar(argument, s) for s in _along(unfolder, axis, scope)]


def _position_along(unfolder: Unfolder, axis: str, scope: Scope, node: Call) -> int:
    """Return the position of the current element along ``axis``, counted from 0."""
    return _position_among(unfolder, unfolder.dimensions.elements(axis), axis, scope, node)


def _position_among(unfolder: Unfolder, elements: tuple[str, ...], axis: str, scope: Scope, node: Call) -> int:
    """Return the position of the current element among ``elements``, counted from 0."""
    bound = list(scope.single.items())
    current = unfolder.dimensions.element_for(axis, scope.single) if axis else None
    current = current or next((element for _, element in reversed(bound) if element in elements), None)
    if current in elements:
        return elements.index(str(current))
    # if the results have their own range, without a mapping, positions along it correspond to those of the vector
    for name, element in reversed(bound):
        own_range = unfolder.dimensions.elements(name)
        if len(own_range) == len(elements):
            return own_range.index(element)
    raise UnresolvedError(f"the equation does not run over the {len(elements)} elements of the vector", node.span)


def _number(value: int) -> Number:
    return Number(float(value))


def _ordered(unfolder: Unfolder, node: Call, scope: Scope) -> Expression:
    """Unfold ``vector_rank`` and ``vector_sort_order``: (vector, direction)."""
    vector, direction = node.arguments
    axis = _axis(unfolder, vector, node)
    values = _vector(unfolder, vector, axis, scope)
    here = _number(_position_along(unfolder, axis, scope, node))
    return Call(node.function, (here, unfolder.scalar(direction, scope), *values), node.span)


def _rank(unfolder: Unfolder, node: Call, scope: Scope) -> Expression:
    """Return the position, from 1, of the element at this place in ascending order."""
    values, place = node.arguments
    parts = unfolder.over(values, scope)
    from_0 = Binary("-", unfolder.scalar(place, scope), _number(1))
    order = Call("vector_sort_order", (from_0, _number(1), *parts), node.span)
    return Binary("+", order, _number(1))


def _reorder(unfolder: Unfolder, node: Call, scope: Scope) -> Expression:
    vector, order = node.arguments
    values = _vector(unfolder, vector, _axis(unfolder, vector, node), scope)
    return Call("vector_element", (unfolder.scalar(order, scope), *values), node.span)


def _element_map(unfolder: Unfolder, node: Call, scope: Scope) -> Expression:
    """Return the element ``offset`` further on in the order of the whole array, the last subscript fastest."""
    start, offset = node.arguments
    variable = unfolder.variables.get(start.name) if isinstance(start, Reference) else None
    if variable is None or not variable.dimensions:
        raise UnresolvedError("the first argument of VECTOR ELM MAP must be an element of an array", node.span)
    at = unfolder.scalar(start, scope)
    names = [element_name(variable.name, t) for t in product(*map(unfolder.dimensions.elements, variable.dimensions))]
    if not isinstance(at, Reference) or at.name not in names:
        raise UnresolvedError("the first argument of VECTOR ELM MAP must be an element of an array", node.span)
    base = names.index(at.name)
    shift = unfolder.scalar(offset, scope)
    values = [Reference(n) if n in unfolder.defined else Number(MISSING) for n in names]
    if isinstance(shift, Number):
        place = base + round(shift.value)
        return values[place] if 0 <= place < len(values) else Number(MISSING)
    return Call("vector_element", (Call("sum", (shift, _number(base))), *values), node.span)


def _select(unfolder: Unfolder, node: Call, scope: Scope) -> Expression:
    """Pair selection and value over all elements that either leaves open."""
    selection, values, missing, action, _ = node.arguments
    axes = {**unfolder.axes(selection), **unfolder.axes(values)}
    pairs: list[Expression] = []
    for elements in product(*axes.values()):
        inner = scope.within(dict(zip(axes, elements, strict=True)))
        pairs += [unfolder.scalar(selection, inner), unfolder.scalar(values, inner)]
    return Call("vector_select", (unfolder.scalar(action, scope), unfolder.scalar(missing, scope), *pairs), node.span)


def _lookup(unfolder: Unfolder, node: Call, scope: Scope) -> Expression:
    """Look up between the elements of a vector, spaced evenly between two arguments (Vensim help, VECTOR LOOKUP)."""
    vector, *rest = node.arguments
    _, members = _members(unfolder, node, vector, (vector, -1), scope)
    values = [unfolder.scalar(value, inner) for value, _, inner in members]
    at, low, high, mode = (unfolder.scalar(a, scope) for a in rest)
    known_mode = int(mode.value) if isinstance(mode, Number) else -1
    if known_mode not in (0, 1, 2, 3, 4, 7) or len(values) < 2:
        message = "VECTOR LOOKUP is supported over two elements or more, with the modes 0 to 4 and 7"
        raise UnresolvedError(message, node.span, "modes that invert or differentiate: write a lookup")
    last = _number(len(values) - 1)
    gap = Binary("/", Binary("-", high, low), last)
    place = Binary("/", Binary("-", at, low), gap)  # in intervals from the first element
    inside = Call("min", (Call("max", (place, _number(0))), last))
    before, beyond = Call("min", (place, _number(0))), Call("max", (Binary("-", place, last), _number(0)))
    ends = Binary("-", values[1], values[0]), Binary("-", values[-1], values[-2])
    match known_mode:
        case 2:
            return Call("vector_element", (Call("int", (inside,)), *values), node.span)
        case 4:
            upwards = Unary("-", Call("int", (Unary("-", inside),)))
            return Call("vector_element", (upwards, *values), node.span)
        case 0 | 3:
            interpolated = _weighted(values, [_near(inside, k) for k in range(len(values))])
            return (
                interpolated
                if known_mode == 0
                else _sum_of([interpolated, Binary("*", before, ends[0]), Binary("*", beyond, ends[1])])
            )
    parts = [_weighted(values, [_area_of(inside, k) for k in range(len(values))])]
    for out, value, slope in ((before, values[0], ends[0]), (beyond, values[-1], ends[1])):
        steep = Binary("*", Binary("*", Number(0.5), slope), out) if known_mode == 7 else _number(0)
        parts.append(Binary("*", out, Binary("+", value, steep)))
    return Binary("*", gap, _sum_of(parts))


def _sum_of(parts: list[Expression]) -> Expression:
    return reduce(lambda left, right: Binary("+", left, right), parts)


def _weighted(values: list[Expression], weights: list[Expression]) -> Expression:
    return _sum_of([Binary("*", w, v) for w, v in zip(weights, values, strict=True)])


def _near(place: Expression, k: int) -> Expression:
    """Return the weight of element ``k`` at a place: 1 at its own, 0 at the next."""
    return Call("max", (Binary("-", _number(1), Call("abs", (Binary("-", place, _number(k)),))), _number(0)))


def _area_of(place: Expression, k: int) -> Expression:
    """Return the weight of element ``k`` in the area below a place: a half for each side of it that is passed."""

    def half(width: Expression) -> Expression:
        passed = Call("min", (Call("max", (width, _number(0))), _number(1)))
        return Binary("*", Number(0.5), Binary("*", passed, passed))

    up = half(Binary("-", place, _number(k - 1)))  # the rising side, from the element before
    down = Binary("-", Number(0.5), half(Binary("-", _number(k + 1), place)))
    return Binary("+", up, down) if k else down


def _profile(unfolder: Unfolder, argument: Expression, scope: Scope) -> list[Expression]:
    """Return the four numbers of one curve, from the named element of the last dimension on (or from its first)."""
    variable = unfolder.variables.get(argument.name) if isinstance(argument, Reference) else None
    if not isinstance(argument, Reference) or variable is None or not argument.subscripts:
        raise UnresolvedError("a priority profile is an array over the four elements of a profile", argument.span)
    last = argument.subscripts[-1]
    profile = unfolder.dimensions.elements(variable.dimensions[-1])
    start = profile.index(last.name) if isinstance(last, Reference) and last.name in profile else 0
    names = profile[start : start + PROFILE]
    if len(names) < PROFILE:
        raise UnresolvedError("a priority profile needs four elements: type, priority, width and extra", argument.span)
    for equation in variable.equations:
        value = equation.expression.value if isinstance(equation.expression, Number) else 0.0
        if value >= WHOLE and names[0] in unfolder.dimensions.elements(equation.subscripts[-1]):
            hint = "Vensim rounds to whole numbers there; the manual does not say how"
            raise UnresolvedError(f"curves of type {value:g} are not supported", argument.span, hint)
    numbers = (Reference(argument.name, (*argument.subscripts[:-1], Reference(n)), argument.span) for n in names)
    return [unfolder.scalar(m, scope) for m in numbers]


def _allocate_available(unfolder: Unfolder, node: Call, scope: Scope) -> Expression:
    request, profile, available = node.arguments
    elements, _ = _members(unfolder, node, request, (profile, -2), scope)
    here = _number(_position_among(unfolder, elements, "", scope, node))
    supply = unfolder.scalar(available, scope)
    return Call(node.function, (here, supply, *_side(unfolder, request, profile, node, scope)), node.span)


def _allocate_by_priority(unfolder: Unfolder, node: Call, scope: Scope) -> Expression:
    """Allocate with one rectangular curve per element, all of one width."""
    request, priority, size, width, supply = node.arguments
    elements, members = _members(unfolder, node, request, (priority, -1), scope)
    here, count = _position_among(unfolder, elements, "", scope, node), unfolder.scalar(size, scope)
    wide = unfolder.scalar(width, scope)
    curves: list[Expression] = []
    for asked, first, inner in members[: int(count.value) if isinstance(count, Number) else None]:
        curves += [unfolder.scalar(asked, inner), Number(1.0), unfolder.scalar(first, inner), wide, Number(0.0)]
    return Call("allocate_available", (_number(here), unfolder.scalar(supply, scope), *curves), node.span)


def _at_price(unfolder: Unfolder, node: Call, scope: Scope) -> Expression:
    quantity, profile, price = node.arguments
    curve = (unfolder.scalar(quantity, scope), *_profile(unfolder, profile, scope))
    return Call(node.function, (unfolder.scalar(price, scope), *curve), node.span)


def _market_price(unfolder: Unfolder, node: Call, scope: Scope) -> Expression:
    """Return the number of demand curves, then all curves, those of demand first."""
    demand, demand_profile, supply, supply_profile = node.arguments
    demanded = _side(unfolder, demand, demand_profile, node, scope)
    offered = _side(unfolder, supply, supply_profile, node, scope)
    return Call(node.function, (_number(len(demanded) // (PROFILE + 1)), *demanded, *offered), node.span)


def _side(unfolder: Unfolder, quantity: Expression, profile: Expression, node: Call, scope: Scope) -> list[Expression]:
    """Return the curves of one side of a market: each element's quantity and the four numbers of its profile."""
    _, members = _members(unfolder, node, quantity, (profile, -2), scope)
    return [
        part
        for asked, curve, inner in members
        for part in (unfolder.scalar(asked, inner), *_profile(unfolder, curve, inner))
    ]


def _members(
    unfolder: Unfolder, node: Call, quantity: Expression, other: tuple[Expression, int], scope: Scope
) -> tuple[tuple[str, ...], list[tuple[Expression, Expression, Scope]]]:
    """Return the elements of a vector, and for each its quantity, the matching element of ``other``, and the scope of
    both.

    The vector covers a range, or starts at the first element of one, as in calls of some of Vensim's functions.
    ``other`` is an expression with the place of its subscript along the vector.
    """
    companion, place = other
    last = quantity.subscripts[-1] if isinstance(quantity, Reference) and quantity.subscripts else None
    if isinstance(last, Reference) and last.name in unfolder.dimensions.owners and last.name not in unfolder.dimensions:
        elements = _from_first(unfolder, quantity, last.name)
        return elements, [(_with_element(quantity, -1, e), _with_element(companion, place, e), scope) for e in elements]
    axis = _axis(unfolder, quantity, node)
    elements = unfolder.dimensions.elements(axis)
    return elements, [(quantity, companion, inner) for inner in _along(unfolder, axis, scope)]


def _from_first(unfolder: Unfolder, quantity: Expression, first: str) -> tuple[str, ...]:
    """Return the elements of the largest range that begins with ``first`` and in which all elements have a quantity."""
    assert isinstance(quantity, Reference)
    whole = unfolder.dimensions.elements(unfolder.variables[quantity.name].dimensions[-1])
    ranges = (unfolder.dimensions.elements(name) for name in unfolder.dimensions.owners[first])
    fitting = [elements for elements in ranges if elements[0] == first and set(elements) <= set(whole)]
    return max(fitting, key=len, default=(first,))


def _with_element(node: Expression, place: int, element: str) -> Expression:
    """Return a reference with another element among its subscripts."""
    if not isinstance(node, Reference) or len(node.subscripts) < -place:
        return node
    subscripts = list(node.subscripts)
    subscripts[place] = Reference(element)
    return replace(node, subscripts=tuple(subscripts))


def _inverse(unfolder: Unfolder, node: Call, scope: Scope) -> Expression:
    """Return the current element of an inverse that all elements share and a new element holds."""
    matrix = node.arguments[0]
    down, across = (_axis(unfolder, matrix, node, place) for place in (-2, -1))
    rows, columns = (unfolder.dimensions.elements(d) for d in (down, across))
    size = unfolder.scalar(node.arguments[1], scope) if len(node.arguments) > 1 else _number(len(rows))
    if not isinstance(size, Number) or not 1 <= size.value <= min(len(rows), len(columns)):
        raise UnresolvedError("the size of the matrix must be a number within its dimensions", node.span)
    n = int(size.value)
    if down == across:  # one range twice: each place varies independently, as on the left side
        here = [unfolder.dimensions.elements(d).index(e) for d, e in list(scope.single.items())[-2:]]
    else:
        here = [_position_along(unfolder, d, scope, node) for d in (down, across)]
    if len(here) < 2:
        raise UnresolvedError("the inverse of a matrix needs two ranges on the left side", node.span)
    if max(here) >= n:
        return _number(0)
    names = {part.name for part in walk(matrix) if isinstance(part, Reference)} - {down, across}
    fixed = [unfolder.dimensions.element_for(d, scope.single) for d in sorted(names) if d in unfolder.dimensions]
    key = (id(node), n, tuple(fixed))
    if key not in unfolder.kept:
        unfolder.kept[key] = name = f"inverse {len(unfolder.kept) + 1}"
        parts = [
            unfolder.scalar(_with_element(_with_element(matrix, -2, r), -1, c), scope)
            if down == across
            else unfolder.scalar(matrix, scope.along({(down, 0): r, (across, 0): c}))
            for r in rows[:n]
            for c in columns[:n]
        ]
        unfolder.shared[name] = Call("invert_matrix", tuple(parts), node.span)
    return Call("matrix_element", (_number(here[0] * n + here[1]), Reference(unfolder.kept[key])), node.span)


ARRAY_FUNCTIONS: Mapping[str, Callable[[Unfolder, Call, Scope], Expression]] = MappingProxyType({
    "rank": _rank,
    "vector_rank": _ordered,
    "vector_sort_order": _ordered,
    "vector_reorder": _reorder,
    "vector_elm_map": _element_map,
    "vector_select": _select,
    "vector_lookup": _lookup,
    "allocate_available": _allocate_available,
    "allocate_by_priority": _allocate_by_priority,
    "demand_at_price": _at_price,
    "supply_at_price": _at_price,
    "find_market_price": _market_price,
    "invert_matrix": _inverse,
})  # fmt: skip
"""How to unfold each function that needs a whole vector, given the current element."""

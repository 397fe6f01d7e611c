"""Turn functions of whole vectors or matrices into calls over scalars: ranks, reordering, allocation, matrix inverses.

In Vensim the vector extends along the last subscript of an argument, and the current element selects one of the
results: ``rank[d] = VECTOR RANK(x[d], 1)`` becomes, for each element, ``vector_rank(position, 1, x[a], x[b], …)``. The
engine turns such calls into operations (:mod:`wherenow.engine.lowering.vector_lowering`). Source: Vensim help, "Arrays,
Vectors, and Subscripts" and "Allocation Functions".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial, reduce
from itertools import product
from operator import add, mul
from types import MappingProxyType

from wherenow.language.syntax import MISSING, Call, Each, Expression, ExpressionError, Number, Reference, walk
from wherenow.model.elaboration.scope import Scope
from wherenow.model.elaboration.subscripts import Dimensions
from wherenow.model.elaboration.unfold import Unfolder, element_name

WHOLE = 10.0
"""The lowest type of a curve that allocates whole numbers in Vensim."""
PROFILE = 4
"""Numbers that describe one curve: its type, priority, width and extra."""


@dataclass(frozen=True, slots=True)
class ArrayCall:
    """A call of a function over arrays, at one element of its equation."""

    unfolder: Unfolder
    node: Call
    scope: Scope

    @property
    def dimensions(self) -> Dimensions:
        return self.unfolder.dimensions

    def within(self, scope: Scope) -> ArrayCall:
        """Return the same call with other elements bound."""
        return replace(self, scope=scope)

    def scalar(self, expression: Expression) -> Expression:
        """Return the scalar form of one of its arguments."""
        return self.unfolder.scalar(expression, self.scope)

    def made(self, function: str, *arguments: Expression) -> Call:
        """Return a call over scalars in its place."""
        return Call(function, arguments, self.node.span)


def _axis(call: ArrayCall, argument: Expression, place: int = -1) -> str:
    """Return the dimension along which an argument is a vector: the last dimension among the subscripts of its first
    array.
    """
    for part in walk(argument):
        if not isinstance(part, Reference) or part.name not in call.unfolder.variables:
            continue
        names = [
            s.dimension if isinstance(s, Each) else s.name
            for s in part.subscripts
            if (isinstance(s, Each) and s.dimension) or (isinstance(s, Reference) and s.name in call.dimensions)
        ]
        if len(names) >= -place:
            return str(names[place])
    raise ExpressionError(f"'{call.node.function}' takes an array over a dimension", argument.span)


def _along(call: ArrayCall, axis: str) -> list[ArrayCall]:
    """Return the call at each element of an axis."""
    return [call.within(call.scope.along({(axis, 0): element})) for element in call.dimensions.elements(axis)]


def _vector(call: ArrayCall, argument: Expression) -> list[Expression]:
    return [inner.scalar(argument) for inner in _along(call, _axis(call, argument))]


def _position(call: ArrayCall, axis: str, elements: tuple[str, ...] = ()) -> int:
    """Return the position of the current element among those of an axis, or the given ones, counted from 0."""
    elements = elements or call.dimensions.elements(axis)
    bound = list(call.scope.single.items())
    current = call.dimensions.element_for(axis, call.scope.single) if axis else None
    current = current or next((element for _, element in reversed(bound) if element in elements), None)
    if current in elements:
        return elements.index(str(current))
    # if the results have their own range, without a mapping, positions along it correspond to those of the vector
    for name, element in reversed(bound):
        own_range = call.dimensions.elements(name)
        if len(own_range) == len(elements):
            return own_range.index(element)
    message = f"the equation does not run over the {len(elements)} elements of the vector"
    raise ExpressionError(message, call.node.span)


def _number(value: int) -> Number:
    return Number(float(value))


def _ordered(call: ArrayCall) -> Expression:
    """Unfold ``vector_rank`` and ``vector_sort_order``: (vector, direction)."""
    vector, direction = call.node.arguments
    values, here = _vector(call, vector), _number(_position(call, _axis(call, vector)))
    return call.made(call.node.function, here, call.scalar(direction), *values)


def _rank(call: ArrayCall) -> Expression:
    """Return the position, from 1, of the element at this place in ascending order."""
    values, place = call.node.arguments
    parts = call.unfolder.over(values, call.scope)
    return call.made("vector_sort_order", call.scalar(place) - 1, _number(1), *parts) + 1


def _reorder(call: ArrayCall) -> Expression:
    vector, order = call.node.arguments
    values = _vector(call, vector)
    return call.made("vector_element", call.scalar(order), *values)


def _element_map(call: ArrayCall) -> Expression:
    """Return the element ``offset`` further on in the order of the whole array, the last subscript fastest."""
    start, offset = call.node.arguments
    variable = call.unfolder.variables.get(start.name) if isinstance(start, Reference) else None
    over = variable.dimensions if variable else ()
    at = call.scalar(start) if over else None
    names = [element_name(variable.name, e) for e in product(*map(call.dimensions.elements, over))] if variable else []
    if not isinstance(at, Reference) or at.name not in names:
        message = "the first argument of VECTOR ELM MAP must be an element of an array"
        raise ExpressionError(message, call.node.span)
    base = names.index(at.name)
    shift = call.scalar(offset)
    values = [Reference(n) if n in call.unfolder.defined else Number(MISSING) for n in names]
    if isinstance(shift, Number):
        place = base + round(shift.value)
        return values[place] if 0 <= place < len(values) else Number(MISSING)
    return call.made("vector_element", Call("sum", (shift, _number(base))), *values)


def _select(call: ArrayCall) -> Expression:
    """Pair selection and value over all elements that either leaves open."""
    selection, values, missing, action, _ = call.node.arguments
    axes = {**call.unfolder.axes(selection), **call.unfolder.axes(values)}
    pairs: list[Expression] = []
    for elements in product(*axes.values()):
        inner = call.within(call.scope.within(dict(zip(axes, elements, strict=True))))
        pairs += [inner.scalar(selection), inner.scalar(values)]
    return call.made("vector_select", call.scalar(action), call.scalar(missing), *pairs)


def _lookup(call: ArrayCall) -> Expression:
    """Look up between the elements of a vector, spaced evenly between two arguments (Vensim help, VECTOR LOOKUP)."""
    vector, *rest = call.node.arguments
    values = [inner.scalar(value) for value, _, inner in _members(call, vector, vector, -1)[1]]
    at, low, high, mode = map(call.scalar, rest)
    known_mode = int(mode.value) if isinstance(mode, Number) else -1
    if known_mode not in (0, 1, 2, 3, 4, 7) or len(values) < 2:
        message = "VECTOR LOOKUP is supported over two elements or more, with the modes 0 to 4 and 7"
        raise ExpressionError(message, call.node.span, "modes that invert or differentiate: write a lookup")
    last = _number(len(values) - 1)
    gap = (high - low) / last
    place = (at - low) / gap  # position in intervals from the first element
    inside = Call("min", (Call("max", (place, _number(0))), last))
    before, beyond = Call("min", (place, _number(0))), Call("max", (place - last, _number(0)))
    slopes = values[1] - values[0], values[-1] - values[-2]
    if known_mode in (2, 4):
        down = Call("int", (inside,))
        return call.made("vector_element", down if known_mode == 2 else -Call("int", (-inside,)), *values)
    if known_mode in (0, 3):
        interpolated = _weighted(values, [_near(inside, k) for k in range(len(values))])
        return interpolated if known_mode == 0 else interpolated + before * slopes[0] + beyond * slopes[1]
    area = _weighted(values, [_area_of(inside, k) for k in range(len(values))])
    for out, value, slope in ((before, values[0], slopes[0]), (beyond, values[-1], slopes[1])):
        area = area + out * (value + (0.5 * slope * out if known_mode == 7 else 0))
    return gap * area


def _weighted(values: list[Expression], weights: list[Expression]) -> Expression:
    products: Iterable[Expression] = map(mul, weights, values)
    return reduce(add, products)


def _near(place: Expression, k: int) -> Expression:
    """Return the weight of element ``k`` at a place: 1 at its own, 0 at the next."""
    return Call("max", (1 - Call("abs", (place - k,)), _number(0)))


def _area_of(place: Expression, k: int) -> Expression:
    """Return the weight of element ``k`` in the area below a place: a half for each side of it that is passed."""

    def half(width: Expression) -> Expression:
        passed = Call("min", (Call("max", (width, _number(0))), _number(1)))
        return 0.5 * (passed * passed)

    down = 0.5 - half(k + 1 - place)
    return half(place - (k - 1)) + down if k else down  # the rising side, from the element before, and the falling side


def _profile(call: ArrayCall, argument: Expression) -> list[Expression]:
    """Return the four numbers of one curve, from the named element of the last dimension on (or from its first)."""
    variable = call.unfolder.variables.get(argument.name) if isinstance(argument, Reference) else None
    if not isinstance(argument, Reference) or variable is None or not argument.subscripts:
        raise ExpressionError("a priority profile is an array over the four elements of a profile", argument.span)
    last = argument.subscripts[-1]
    profile = call.dimensions.elements(variable.dimensions[-1])
    start = profile.index(last.name) if isinstance(last, Reference) and last.name in profile else 0
    names = profile[start : start + PROFILE]
    if len(names) < PROFILE:
        raise ExpressionError("a priority profile needs four elements: type, priority, width and extra", argument.span)
    for equation in variable.equations:
        value = equation.expression.value if isinstance(equation.expression, Number) else 0.0
        if value >= WHOLE and names[0] in call.dimensions.elements(equation.subscripts[-1]):
            hint = "Vensim rounds to whole numbers there; the manual does not say how"
            raise ExpressionError(f"curves of type {value:g} are not supported", argument.span, hint)
    return [call.scalar(_with_element(argument, -1, name)) for name in names]


def _allocate_available(call: ArrayCall) -> Expression:
    request, profile, available = call.node.arguments
    elements, _ = _members(call, request, profile, -2)
    here = _number(_position(call, "", elements))
    return call.made(call.node.function, here, call.scalar(available), *_side(call, request, profile))


def _allocate_by_priority(call: ArrayCall) -> Expression:
    """Allocate with one rectangular curve per element, all of one width."""
    request, priority, size, width, supply = call.node.arguments
    elements, members = _members(call, request, priority, -1)
    here, count, wide = _number(_position(call, "", elements)), call.scalar(size), call.scalar(width)
    curves: list[Expression] = []
    for quantity, first, inner in members[: int(count.value) if isinstance(count, Number) else None]:
        curves += [inner.scalar(quantity), Number(1.0), inner.scalar(first), wide, Number(0.0)]
    return call.made("allocate_available", here, call.scalar(supply), *curves)


def _at_price(call: ArrayCall) -> Expression:
    quantity, profile, price = call.node.arguments
    curve = (call.scalar(quantity), *_profile(call, profile))
    return call.made(call.node.function, call.scalar(price), *curve)


def _market_price(call: ArrayCall) -> Expression:
    """Return the number of demand curves, then all curves, those of demand first."""
    demand, demand_profile, supply, supply_profile = call.node.arguments
    demanded, offered = _side(call, demand, demand_profile), _side(call, supply, supply_profile)
    return call.made(call.node.function, _number(len(demanded) // (PROFILE + 1)), *demanded, *offered)


def _side(call: ArrayCall, quantity: Expression, profile: Expression) -> list[Expression]:
    """Return the curves of one side of a market: each element's quantity and the four numbers of its profile."""
    _, members = _members(call, quantity, profile, -2)
    return [part for one, curve, inner in members for part in (inner.scalar(one), *_profile(inner, curve))]


def _members(
    call: ArrayCall, quantity: Expression, companion: Expression, place: int
) -> tuple[tuple[str, ...], list[tuple[Expression, Expression, ArrayCall]]]:
    """Return the elements of a vector, and for each its quantity, its element of the companion, and the call there.

    The vector covers a range, or starts at the first element of one, as in calls of some of Vensim's functions.
    ``place`` is that of the companion's subscript along the vector.
    """
    last = quantity.subscripts[-1] if isinstance(quantity, Reference) and quantity.subscripts else None
    if isinstance(last, Reference) and last.name in call.dimensions.owners and last.name not in call.dimensions:
        elements = _from_first(call, quantity, last.name)
        return elements, [(_with_element(quantity, -1, e), _with_element(companion, place, e), call) for e in elements]
    axis = _axis(call, quantity)
    return call.dimensions.elements(axis), [(quantity, companion, inner) for inner in _along(call, axis)]


def _from_first(call: ArrayCall, quantity: Expression, first: str) -> tuple[str, ...]:
    """Return the elements of the largest range that begins with ``first`` and in which all elements have a quantity."""
    assert isinstance(quantity, Reference)
    whole = call.dimensions.elements(call.unfolder.variables[quantity.name].dimensions[-1])
    ranges = map(call.dimensions.elements, call.dimensions.owners[first])
    fitting = [elements for elements in ranges if elements[0] == first and set(elements) <= set(whole)]
    return max(fitting, key=len, default=(first,))


def _with_element(node: Expression, place: int, element: str) -> Expression:
    """Return a reference with another element among its subscripts."""
    if not isinstance(node, Reference) or len(node.subscripts) < -place:
        return node
    subscripts = list(node.subscripts)
    subscripts[place] = Reference(element)
    return replace(node, subscripts=tuple(subscripts))


def _inverse(call: ArrayCall) -> Expression:
    """Return the current element of an inverse that all elements share and a new element holds."""
    matrix, *given = call.node.arguments
    axes = [_axis(call, matrix, place) for place in (-2, -1)]
    rows, columns = map(call.dimensions.elements, axes)
    size = call.scalar(given[0]) if given else _number(len(rows))
    if not isinstance(size, Number) or not 1 <= size.value <= min(len(rows), len(columns)):
        raise ExpressionError("the size of the matrix must be a number within its dimensions", call.node.span)
    n = int(size.value)
    twice = axes[0] == axes[1]  # both axes are one range: each position varies independently, as on the left side
    if twice:
        here = [call.dimensions.elements(d).index(e) for d, e in list(call.scope.single.items())[-2:]]
    else:
        here = [_position(call, axis) for axis in axes]
    if len(here) < 2:
        raise ExpressionError("the inverse of a matrix needs two ranges on the left side", call.node.span)
    if max(here) >= n:
        return _number(0)
    names = {part.name for part in walk(matrix) if isinstance(part, Reference)} - {*axes}
    fixed = [call.dimensions.element_for(d, call.scope.single) for d in sorted(names) if d in call.dimensions]
    key, shared_names = (id(call.node), n, tuple(fixed)), call.unfolder.shared_names
    if key not in shared_names:
        shared_names[key] = f"inverse {len(shared_names) + 1}"
        parts = [
            call.scalar(_with_element(_with_element(matrix, -2, r), -1, c))
            if twice
            else call.within(call.scope.along({(axes[0], 0): r, (axes[1], 0): c})).scalar(matrix)
            for r, c in product(rows[:n], columns[:n])
        ]
        call.unfolder.shared[shared_names[key]] = call.made("invert_matrix", *parts)
    return call.made("matrix_element", _number(here[0] * n + here[1]), Reference(shared_names[key]))


def _unfolded(make: Callable[[ArrayCall], Expression], unfolder: Unfolder, node: Call, scope: Scope) -> Expression:
    return make(ArrayCall(unfolder, node, scope))


ARRAY_FUNCTIONS: Mapping[str, Callable[[Unfolder, Call, Scope], Expression]] = MappingProxyType({
    function: partial(_unfolded, make)
    for function, make in {
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
    }.items()
})  # fmt: skip
"""How to unfold each function that needs a whole vector, given the current element."""

"""Arrays of one model once all its variables are known: containers, interpolation, and flows wider than their stock.

Array functions and ``[]`` apply to graphical functions and conveyors too (XMILE 1.0, 3.7): a graphical function has the
y values of its points, a conveyor its slats.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial, reduce
from itertools import accumulate, pairwise, product
from operator import add, mul

from wherenow.errors import Text
from wherenow.exchange.xmile.reading.matrices import by_element
from wherenow.exchange.xmile.reading.xmile_equations import EMPTY
from wherenow.exchange.xmile.reading.xmile_variables import ReadingState
from wherenow.language.syntax import (
    Binary,
    Call,
    Conditional,
    Each,
    Expression,
    ExpressionError,
    Number,
    Reference,
    Subscript,
    Table,
)
from wherenow.model.model_types import Equation, Kind, Variable
from wherenow.model.rewrite import rewrite

REDUCING = frozenset({"min", "max", "sum", "mean", "prod", "stddev", "size"})


@dataclass(frozen=True, slots=True)
class Container:
    """The array view of a scalar variable, with its ``table`` where it is a graphical function.

    ``refused`` is the reason where it has no such view.
    """

    values: tuple[Expression, ...] = ()
    table: Table | None = None
    refused: str = ""


def with_arrays(
    variables: Mapping[str, Variable], belts: Mapping[str, Container], reading: ReadingState
) -> dict[str, Variable]:
    """Return ``variables`` with calls on containers and the rates of stocks with wider flows expanded."""
    held = {**{name: found for name, v in variables.items() if (found := _graphical(v))}, **belts}
    made = {}
    for name, variable in variables.items():
        change = partial(_changed, held, variables, reading)
        written = (_placed(e, variables, reading) for e in variable.equations)
        equations = tuple(_equation(e, change, reading) for each in written for e in each)
        if variable.kind is Kind.STOCK:
            equations = tuple(_settled(e, variable, variables, reading) for e in equations)
        same = len(equations) == len(variable.equations)
        same = same and all(new is old for new, old in zip(equations, variable.equations, strict=True))
        made[name] = variable if same else replace(variable, equations=equations)
    return made


def _graphical(variable: Variable) -> Container | None:
    expression = variable.equations[0].expression if len(variable.equations) == 1 else None
    if isinstance(expression, Call) and expression.function == "lookup":
        expression = expression.arguments[0]
    if variable.dimensions or not isinstance(expression, Table):
        return None
    return Container(tuple(Number(y) for y in expression.ys), expression)


Change = Callable[[Expression], Expression]


def _equation(equation: Equation, change: Change, reading: ReadingState) -> Equation:
    def changed(expression: Expression, text: Text) -> Expression:
        if expression is EMPTY:
            return expression
        try:
            return rewrite(expression, change)
        except ExpressionError as wrong:
            reading.problems.append(wrong.problem(text))
            return expression

    return equation.changed(changed)


def _placed(equation: Equation, variables: Mapping[str, Variable], reading: ReadingState) -> list[Equation]:
    if equation.expression is EMPTY:
        return [equation]
    try:
        return by_element(equation, variables, reading.dimensions)
    except ExpressionError as wrong:
        reading.problems.append(wrong.problem(equation.text))
        return [equation]


def _changed(
    held: Mapping[str, Container], variables: Mapping[str, Variable], reading: ReadingState, node: Expression
) -> Expression:
    match node:
        case Call(function, (Reference(name, ()) as argument,)) if function in REDUCING and name in held:
            values = _values(held, name, argument)
            return Number(float(len(values)), node.span) if function == "size" else Call(function, values, node.span)
        case Reference(name, (index,)) if name in held:
            return _element(_values(held, name, node), index, node)
        case Call("lookuparea" | "lookupmean" as function, (Reference(name, ()), *ends)) if (
            name in held and len(ends) < 3
        ):
            if (table := held[name].table) is not None:
                return _area(table, ends, function == "lookupmean")
        case Call("interpolate", (Reference(name) as points, *places)) if name in variables:
            return _interpolated(points, places, variables[name], reading, node)
    return node


def _values(held: Mapping[str, Container], name: str, node: Expression) -> tuple[Expression, ...]:
    if held[name].refused:
        raise ExpressionError(f"'{name}' cannot be used as an array here", node.span, held[name].refused)
    return held[name].values


def _element(values: tuple[Expression, ...], index: Subscript, node: Reference) -> Expression:
    """Return the value at a position counted from 1; 0 outside (XMILE 1.0, 3.7.1)."""
    if isinstance(index, Number):
        return values[int(index.value) - 1] if 1 <= index.value <= len(values) else Number(0.0, node.span)
    if not isinstance(index, Reference | Binary | Call | Conditional):
        raise ExpressionError(f"'{node.name}' takes one number in its brackets", node.span)
    inside = (index >= 1) & (index <= len(values))
    chosen = Call("vector_element", (Call("int", (index - 1,)), *values))
    return Conditional(inside, chosen, Number(0.0), node.span)


# -- areas under graphical functions (isee systems help, "Graphical builtins")


def _area(table: Table, ends: list[Expression], mean: bool) -> Expression:
    """Return the area, or its mean height, between two arguments in any order: an end, and an optional start."""
    end = ends[0] if ends else Number(table.xs[-1])
    start = ends[1] if len(ends) > 1 else Number(table.xs[0])
    width = Call("abs", (end - start,))
    signed = _area_below(table, end) - _area_below(table, start)
    turned = Conditional(end < start, -signed, signed)
    return Call("safediv", (turned, width, Call("lookup", (table, end)))) if mean else turned


def _area_below(table: Table, at: Expression) -> Expression:
    """Return the area from the first point: that up to the last point passed, and the strip from there."""
    xs, ys = table.xs, table.ys
    flat = table.between == "previous"
    if table.outside != "extrapolate":  # the area is constant beyond the first and last point
        at = Call("min", (Call("max", (at, Number(xs[0]))), Number(xs[-1])))
    widths = [(b - a, left, left if flat else right) for (a, left), (b, right) in pairwise(zip(xs, ys, strict=True))]
    areas = tuple(accumulate((w * (left + right) / 2 for w, left, right in widths), initial=0.0))

    def passed(values: tuple[float, ...]) -> Expression:
        return Call("lookup", (Table(xs, values, "previous"), at))

    height = passed(ys) if flat else (passed(ys) + Call("lookup", (table, at))) / 2
    return passed(areas) + height * (at - passed(xs))


# -- INTERPOLATE (isee systems help, "Array builtins")


def _interpolated(
    points: Reference, places: list[Expression], array: Variable, reading: ReadingState, node: Expression
) -> Expression:
    """Interpolate between the elements of an array, with each open dimension scaled to 0 to 1.

    The result is the sum of all elements, each weighted along every dimension: 1 at its own position, 0 at the next.
    """
    subscripts = points.subscripts or tuple(Each(d) for d in array.dimensions)
    opened = [i for i, s in enumerate(subscripts) if isinstance(s, Each)]
    if not opened or len(opened) != len(places) or len(subscripts) != len(array.dimensions):
        message = f"INTERPOLATE takes an array and a number for each of its open dimensions, here {len(opened)}"
        raise ExpressionError(message, node.span)
    names = [reading.dimensions[array.dimensions[i]].elements for i in opened]
    terms: list[Expression] = []
    for position in product(*(range(len(elements)) for elements in names)):
        at = list(subscripts)
        weights: list[Expression] = []
        for axis, (k, place) in enumerate(zip(position, places, strict=True)):
            at[opened[axis]] = Reference(names[axis][k])
            weights.append(_nearness(place, k, len(names[axis])))
        terms.append(reduce(mul, weights) * replace(points, subscripts=tuple(at)))
    return replace(reduce(add, terms), span=node.span)


def _nearness(place: Expression, k: int, count: int) -> Expression:
    within = Call("min", (Call("max", (place, Number(0.0))), Number(1.0)))
    apart = Call("abs", (within * (count - 1) - k,))
    return Call("max", (1 - apart, Number(0.0)))


# -- flows


def _settled(stock: Equation, variable: Variable, variables: Mapping[str, Variable], reading: ReadingState) -> Equation:
    """Return the rate of a stock; a flow with more dimensions than the stock is summed over them."""

    def change(node: Expression) -> Expression:
        if not isinstance(node, Reference) or node.subscripts or node.name not in tied:
            return node
        flow = variables[node.name]
        wider = [d for d in flow.dimensions if not _shared(d, variable.dimensions, reading)]
        if not wider:
            return node
        over = tuple(Each(d) if d in wider else Reference(d) for d in flow.dimensions)
        return Call("sum", (replace(node, subscripts=over),))

    tied = {n for n in (*variable.inflows, *variable.outflows) if n in variables}
    expression = rewrite(stock.expression, change)
    return stock if expression is stock.expression else replace(stock, expression=expression)


def _shared(dimension: str, others: tuple[str, ...], reading: ReadingState) -> bool:
    elements = set(reading.dimensions[dimension].elements)
    return any(d == dimension or elements & set(reading.dimensions[d].elements) for d in others)

"""Translation of Vensim's functions to the function table: other names, other argument orders, and equivalent
expressions.

Functions of whole arrays have their own rows in the table and are expanded by the package model. Each translation cites
what the Vensim reference manual ("Functions") says about the function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial, reduce
from types import MappingProxyType

from wherenow.errors import did_you_mean
from wherenow.exchange.vensim.translation.calendar import measured
from wherenow.exchange.vensim.translation.random_numbers import RANDOM
from wherenow.exchange.vensim.translation.refused_functions import REFUSED
from wherenow.exchange.vensim.translation.vensim_library import EVEN_DEPRECIATION, FLAT_CONVEYOR
from wherenow.exchange.vensim.translation.vensim_lookups import TABLE_FUNCTIONS, limit, table_call
from wherenow.exchange.vensim.translation.vensim_names import Names
from wherenow.exchange.vensim.vensim_syntax import Left, Literal, Name, shown
from wherenow.language.functions import FUNCTIONS
from wherenow.language.syntax import (
    MISSING,
    Binary,
    Call,
    Conditional,
    Each,
    Expression,
    ExpressionError,
    Number,
    Reference,
    Span,
    Table,
    Unary,
    call,
    canonical,
)
from wherenow.model.elaboration.macros import macro_name
from wherenow.model.rewrite import rewrite

CLOCK = MappingProxyType({"time": "time", "time_step": "dt", "initial_time": "starttime", "final_time": "stoptime"})
"""Names that mean the clock or a setting of the run."""

_REORDERED: Mapping[str, tuple[str, tuple[int, ...]]] = MappingProxyType({
    "smooth": ("smth1", (0, 1)),
    "smooth3": ("smth3", (0, 1)),
    "smooth_n": ("smthn", (0, 1, 3, 2)),
    "delay1": ("delay1", (0, 1)),
    "delay3": ("delay3", (0, 1)),
    "delay_n": ("delayn_batched", (0, 1, 3, 2)),
    "delay_information": ("delay", (0, 1, 2)),
    "vmin": ("min", (0,)),
    "vmax": ("max", (0,)),
    "sum": ("sum", (0,)),
    "prod": ("prod", (0,)),
    "min": ("min", (0, 1)),
    "max": ("max", (0, 1)),
    "pulse": ("pulse_window", (0, 1)),
})  # fmt: skip

_SAME: Mapping[str, str] = MappingProxyType(
    {
        canonical(row.vensim): row.name
        for row in FUNCTIONS.values()
        if row.vensim and canonical(row.vensim) not in (*CLOCK, *_REORDERED)
    }
)


def translate(node: Expression, names: Names) -> Expression:
    """Translate ``node`` to functions of the function table.

    Raises
    ------
    ExpressionError
        at the first call or name that cannot be translated.
    """
    match node:
        case Number() | Table():
            return node
        case Reference(name, subscripts, span):
            if not subscripts and name not in names.variables:
                bare = name[:-1] if name.endswith("$") else name
                if bare in CLOCK:
                    return Call(CLOCK[bare], (), span)
                if bare != name:  # Vensim: NAME$ in a macro is the model's own variable
                    return Reference(bare, (), span)
            return node
        case Unary("+", operand):  # the equation of a stock's rate often begins with a plus sign
            return translate(operand, names)
        case Unary(operator, operand, span):
            return Unary(operator, translate(operand, names), span)
        case Binary(operator, left, right, span):
            return Binary(operator, translate(left, names), translate(right, names), span)
        case Conditional(condition, then, otherwise, span):
            return Conditional(translate(condition, names), translate(then, names), translate(otherwise, names), span)
        case Call():
            return _call(node, names)
        case Literal():
            raise ExpressionError("a text between single quotes is allowed only in GET functions", node.span)
    raise ExpressionError("an expression is expected here", node.span)


def _call(node: Call, names: Names) -> Expression:
    key = node.function
    if key in names.macros:
        return _macro(node, names)
    if key in names.tables:
        _count(node, 1)
        table = Reference(key, (), Span(node.span.start, node.span.start + len(key)))
        return Call("lookup", (table, translate(node.arguments[0], names)), node.span)
    if key == "lookup":  # the parser made this call, for a table with points
        given, at = node.arguments
        return Call("lookup", (given, translate(at, names)), node.span)
    if key in TABLE_FUNCTIONS:
        _count(node, TABLE_FUNCTIONS[key][0])
        return table_call(node, [translate(a, names) for a in node.arguments[1:]], names)
    special = _SPECIAL.get(key)
    if special is not None:
        arity, make = special
        if arity is not None:
            _count(node, arity)
        return make(node, names)
    arguments = tuple(translate(a, names) for a in node.arguments)
    if key in _REORDERED:
        name, order = _REORDERED[key]
        _count(node, len(order))
        return Call(name, tuple(arguments[i] for i in order), node.span)
    if key in _SAME:
        row = FUNCTIONS[_SAME[key]]
        least, most = row.arity
        if len(arguments) < least or (most is not None and len(arguments) > most):
            raise _arity(node, str(least) if least == most else f"{least} to {most}")
        return Call(row.name, arguments, node.span)
    if key in REFUSED:
        raise ExpressionError(f"{shown(key)} is not supported", node.span, REFUSED[key])
    if key in names.variables:
        raise ExpressionError(f"'{key}' is not a lookup: it cannot be called", node.span)
    known = [*_SPECIAL, *TABLE_FUNCTIONS, *_REORDERED, *_SAME, *names.macros, *names.tables]
    raise ExpressionError(f"unknown function '{shown(key)}'", node.span, did_you_mean(key, known))


def _macro(node: Call, names: Names) -> Expression:
    """Translate a macro's call; each further output becomes the value of its own variable."""
    given: tuple[Expression | Name, ...] = node.arguments
    into = [a for a in given if isinstance(a, Name)]
    arguments = tuple(translate(a, names) for a in given if not isinstance(a, Name))
    outputs = names.macros[node.function]
    if len(into) > len(outputs):
        raise ExpressionError(f"the macro has {len(outputs)} further outputs, not {len(into)}", node.span)
    for output, name in zip(into, outputs, strict=False):
        names.outputs.append((output, Call(macro_output(node.function, name), arguments, node.span)))
    return Call(macro_name(node.function), arguments, node.span)


def macro_output(macro: str, output: str) -> str:
    """Name the macro that computes one of a macro's further outputs."""
    return f"{macro}_to_{output}"


def _count(node: Call, count: int) -> None:
    if len(node.arguments) != count:
        raise _arity(node, str(count))


def _arity(node: Call, count: str) -> ExpressionError:
    plural = "" if count == "1" else "s"
    return ExpressionError(
        f"{shown(node.function)} takes {count} argument{plural}, not {len(node.arguments)}", node.span
    )


def held_integral(node: Call, left: Left, names: Names) -> Expression:
    """Translate ``SINTEG``: an Euler integral, held between bounds and drawn to a value that it approaches."""
    _count(node, 7)
    rate, initial, *limits = (translate(a, names) for a in node.arguments)
    least, greatest, multiple, special, near = (limit(n) for n in limits)
    known = [isinstance(v, float) for v in (least, greatest, multiple, special, near)]
    if not all(known):
        raise ExpressionError("the last five arguments of SINTEG are numbers or :NA:", node.span)
    if multiple not in (MISSING, 0.0):
        hint = "the manual does not say whether it cuts or rounds to multiples, nor what becomes of the rest"
        raise ExpressionError("SINTEG is supported without multiples only", node.arguments[4].span, hint)

    def held(value: Expression) -> Expression:
        for bound, function in ((limits[0], "max"), (limits[1], "min")):
            value = value if bound == Number(MISSING) else call(function, value, bound)
        if special == MISSING or near == MISSING:
            return value
        close = call("abs", value - limits[3]) < limits[4]
        return Conditional(close, limits[3], value)

    own = Reference(left.name.key, tuple(Reference(n.key) for n in left.subscripts))
    moved = own + rate * call("dt")
    return Call("previous", (held(moved), held(initial)), node.span)


# -- equivalent expressions

Maker = Callable[[Call, Names], Expression]


def _with(make: Callable[..., Expression]) -> Maker:
    """Return a constructor that takes translated arguments."""
    return lambda node, names: make(*(translate(a, names) for a in node.arguments))


def _elmcount(node: Call, names: Names) -> Expression:
    (argument,) = node.arguments
    if not isinstance(argument, Reference) or argument.name not in names.dimensions:
        raise ExpressionError("ELMCOUNT takes a subscript range", argument.span)
    return Number(float(len(names.dimensions[argument.name])), node.span)


def _causes(node: Call, names: Names) -> Expression:
    """Translate an equation that is not written yet; a minus before a cause is the sign of its link."""
    return Call("a_function_of", tuple(translate(a, names) for a in node.arguments), node.span)


_STEADY = frozenset({"abs", "max", "min", "sqrt", "exp", "ln", "integer", "initial", "dt", "starttime", "stoptime"})


def is_constant(node: Expression, constants: frozenset[str]) -> bool:
    """Check whether an expression, translated or not, is the same throughout a run, given ``constants``."""
    match node:
        case Number():
            return True
        case Reference(name):
            return name in constants or (name in CLOCK and name != "time")
        case Unary(_, operand):
            return is_constant(operand, constants)
        case Binary(_, left, right):
            return is_constant(left, constants) and is_constant(right, constants)
        case Call(function, arguments) if function in _STEADY:
            return all(is_constant(a, constants) for a in arguments)
    return False


def _delay_material(node: Call, names: Names) -> Expression:
    """Translate a material delay; with a constant time all discrete delays agree (Vensim Modeling Guide, chapter 9)."""
    value, over, initial, missing = (translate(a, names) for a in node.arguments)
    if not is_constant(over, names.constants):
        return Call("delay_material", (value, over, initial, missing), node.span)
    return Call("delay_fixed", (value, over, initial), node.span)


def _depreciate(node: Call, names: Names) -> Expression:
    """Depreciate over a number of periods from that of the input on, according to Vensim's published results."""
    stream, over, period, initial = (translate(a, names) for a in node.arguments)
    if (period, initial, names.step) != (Number(1.0), Number(0.0), 1.0):
        hint = "Vensim's results are public only for this case, and the manual contradicts itself on others"
        message = "DEPRECIATE STRAIGHTLINE needs a fiscal period and a TIME STEP of 1, and an initial value of 0"
        raise ExpressionError(message, node.span, hint)
    return Call(EVEN_DEPRECIATION, (stream, over), node.span)


def _delay_conveyor(node: Call, names: Names) -> Expression:
    profile = node.arguments[3]
    others = (*node.arguments[:3], *node.arguments[4:])
    value, over, leak, content, first_over = (translate(a, names) for a in others)
    if not isinstance(profile, Reference) or profile.name not in names.flat:
        hint = "the manual does not say how another one is cut into steps"
        raise ExpressionError("DELAY CONVEYOR is supported with a flat profile only", profile.span, hint)
    if first_over != over or not all(is_constant(a, names.constants) for a in (over, leak)):
        message = "DELAY CONVEYOR is supported with one constant conveyance time and a constant leakage only"
        raise ExpressionError(message, node.span, "the manual does not say how material moves when they change")
    return Call(FLAT_CONVEYOR, (value, over, leak, content), node.span)


def _x_if_missing(node: Call, names: Names) -> Expression:
    """Put a number in place of missing data, unless all are missing (https://www.vensim.com/documentation/fn_x_if_missing.html)."""
    value, number = (translate(a, names) for a in node.arguments)
    if isinstance(value, Reference):
        return value
    extreme = "min" if number == Number(MISSING) else "max"  # no number is less than the mark of missing data
    data: list[Expression] = []

    def filled(part: Expression) -> Expression:
        if not isinstance(part, Reference) or part.name in names.constants:
            return part
        reduced = any(isinstance(s, Each) for s in part.subscripts)
        data.append(call(extreme, part) if reduced else part)
        return Conditional(Binary("=", part, Number(MISSING)), number, part)

    whole = rewrite(value, filled)
    if not data:
        return value
    return Conditional(Binary("=", reduce(partial(call, extreme), data), Number(MISSING)), Number(MISSING), whole)


def _get_time_value(node: Call, names: Names) -> Expression:
    """Translate GET TIME VALUE; measure 0 is the model's own time, the others follow from the base date."""
    relative, offset, measure = (translate(a, names) for a in node.arguments)
    if not isinstance(relative, Number) or not isinstance(measure, Number):
        raise ExpressionError("the first and the last argument must be numbers", node.span)
    if relative.value not in (0.0, 1.0):
        raise ExpressionError("the computer's clock is not read: a run would not repeat", node.span)
    base: Expression = Call("time" if relative.value == 0 else "starttime", ())
    at = base + offset
    return at if measure.value == 0 else measured(names.calendar, measure.value, at, node.span)


def _refuse(message: str, hint: str = "") -> Maker:
    def make(node: Call, names: Names) -> Expression:
        raise ExpressionError(message, node.span, hint)

    return make


_SPECIAL: Mapping[str, tuple[int | None, Maker]] = MappingProxyType({
    "if_then_else": (3, _with(Conditional)),
    "elmcount": (1, _elmcount),
    "game": (1, _with(lambda value: value)),  # outside a game the player's variable follows its equation
    "reinitial": (1, _with(lambda value: call("init", value))),  # a run is not resumed with other values
    "if_missing": (2, _with(lambda value, other: Conditional(Binary("=", value, Number(MISSING)), other, value))),
    "x_if_missing": (2, _x_if_missing),
    "time_base": (2, _with(lambda start, slope: start + slope * call("time"))),
    "get_time_value": (3, _get_time_value),
    "delay_material": (4, _delay_material),
    "delay_conveyor": (6, _delay_conveyor),
    "depreciate_straightline": (4, _depreciate),
    "sinteg": (None, _refuse("SINTEG must be the whole right-hand side")),
    **{name: (arity, _with(make)) for name, (arity, make) in RANDOM.items()},
    "a_function_of": (None, _causes),
})  # fmt: skip


def arguments_text(node: Call) -> tuple[str, ...] | None:
    """Return the strings of a GET function's call, or None if one is not a string."""
    arguments: tuple[Expression | Literal, ...] = node.arguments
    texts = tuple(argument.value for argument in arguments if isinstance(argument, Literal))
    return texts if len(texts) == len(node.arguments) else None

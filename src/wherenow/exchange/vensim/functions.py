"""Vensim's functions as the function table's: other names, other argument orders, and what can be said in other words.

Functions of whole arrays keep their own rows in the table and are unfolded by the model room. Each translation names
what the Vensim reference manual ("Functions") says the function does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from wherenow.errors import did_you_mean
from wherenow.exchange.vensim.random_numbers import RANDOM
from wherenow.exchange.vensim.syntax import MISSING, Literal, Name, Output, UntranslatableError
from wherenow.language.functions import FUNCTIONS
from wherenow.language.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Number,
    Reference,
    Span,
    Table,
    Unary,
    canonical,
)

CLOCK = MappingProxyType(
    {
        "time": "time",
        "time_step": "dt",
        "initial_time": "starttime",
        "final_time": "stoptime",
    }
)
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
    "random_0_1": ("random_0_1", ()),
})  # fmt: skip

_SAME: Mapping[str, str] = MappingProxyType(
    {
        canonical(row.vensim): row.name
        for row in FUNCTIONS.values()
        if row.vensim and canonical(row.vensim) not in (*CLOCK, *_REORDERED)
    }
)


@dataclass(slots=True)
class Names:
    """What the names of one file are. ``outputs`` collects the variables that macro calls write into."""

    tables: frozenset[str]
    variables: frozenset[str]
    dimensions: Mapping[str, tuple[str, ...]]
    macros: Mapping[str, tuple[str, ...]]
    data: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    outputs: list[tuple[Name, Call]] = field(default_factory=list)


def translate(node: Expression, names: Names) -> Expression:
    """``node`` with the function table's functions.

    Raises
    ------
    UntranslatableError
        at the first call or name that cannot be said.
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
        case Unary(operator, operand, span):
            return Unary(operator, translate(operand, names), span)
        case Binary(operator, left, right, span):
            return Binary(operator, translate(left, names), translate(right, names), span)
        case Conditional(condition, then, otherwise, span):
            return Conditional(translate(condition, names), translate(then, names), translate(otherwise, names), span)
        case Call():
            return _call(node, names)
        case Literal():
            raise UntranslatableError("a text between single quotes stands only in GET functions", node.span)
    raise UntranslatableError(f"{type(node).__name__.lower()} does not fit here", node.span)


def _call(node: Call, names: Names) -> Expression:
    key = node.function
    if key in names.macros:
        return _macro(node, names)
    if key in names.tables:
        _count(node, 1)
        table = Reference(key, (), Span(node.span.start, node.span.start + len(key)))
        return Call("lookup", (table, translate(node.arguments[0], names)), node.span)
    if key == "lookup":  # made by the parser
        given, at = node.arguments
        return Call("lookup", (given, translate(at, names)), node.span)
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
    if key in _UNSUPPORTED:
        raise UntranslatableError(f"{_shown(key)} is not supported", node.span, _UNSUPPORTED[key])
    if key in names.variables:
        raise UntranslatableError(f"'{key}' is no lookup: it cannot be called", node.span)
    known = [*_SPECIAL, *_REORDERED, *_SAME, *names.macros, *names.tables]
    raise UntranslatableError(f"unknown function '{_shown(key)}'", node.span, did_you_mean(key, known))


def _macro(node: Call, names: Names) -> Expression:
    """A macro's call; each further output becomes the value of a variable of its own."""
    given: tuple[Expression | Output, ...] = node.arguments
    inputs = [a for a in given if not isinstance(a, Output)]
    into = [a for a in given if isinstance(a, Output)]
    arguments = tuple(translate(a, names) for a in inputs)
    outputs = names.macros[node.function]
    if len(into) > len(outputs):
        raise UntranslatableError(f"the macro has {len(outputs)} further outputs, not {len(into)}", node.span)
    for output, name in zip(into, outputs, strict=False):
        names.outputs.append((output.name, Call(macro_output(node.function, name), arguments, node.span)))
    return Call(node.function, arguments, node.span)


def macro_output(macro: str, output: str) -> str:
    """The name under which a macro's further output is a macro of its own."""
    return f"{macro}_to_{output}"


def _count(node: Call, wanted: int) -> None:
    if len(node.arguments) != wanted:
        raise _arity(node, str(wanted))


def _arity(node: Call, wanted: str) -> UntranslatableError:
    plural = "" if wanted == "1" else "s"
    return UntranslatableError(
        f"{_shown(node.function)} takes {wanted} argument{plural}, not {len(node.arguments)}", node.span
    )


def _shown(key: str) -> str:
    return key.replace("_", " ").upper()


# -- what is said in other words

Maker = Callable[[Call, Names], Expression]


def _with(make: Callable[..., Expression]) -> Maker:
    """A maker from translated arguments."""
    return lambda node, names: make(*(translate(a, names) for a in node.arguments))


def _bin(operator: str, left: Expression, right: Expression) -> Expression:
    return Binary(operator, left, right)


def _call_of(name: str, *arguments: Expression) -> Expression:
    return Call(name, arguments)


def _if_then_else(condition: Expression, then: Expression, otherwise: Expression) -> Expression:
    return Conditional(condition, then, otherwise)


def _elmcount(node: Call, names: Names) -> Expression:
    (argument,) = node.arguments
    if not isinstance(argument, Reference) or argument.name not in names.dimensions:
        raise UntranslatableError("ELMCOUNT takes a subscript range", argument.span)
    return Number(float(len(names.dimensions[argument.name])), node.span)


def _game(node: Call, names: Names) -> Expression:
    return translate(node.arguments[0], names)  # outside a game the player's variable follows its equation


def _lookup_name(node: Call, names: Names) -> Reference:
    table = node.arguments[0]
    if not isinstance(table, Reference) or table.name not in names.tables:
        raise UntranslatableError(f"{_shown(node.function)} takes a lookup or data variable first", node.span)
    return table


def _on_table(function: str) -> Maker:
    def make(node: Call, names: Names) -> Expression:
        rest = tuple(translate(a, names) for a in node.arguments[1:])
        return Call(function, (_lookup_name(node, names), *rest), node.span)

    return make


def _get_data_between_times(node: Call, names: Names) -> Expression:
    """Mode below 0: the last point passed, above 0: the next one, else interpolated."""
    table = _lookup_name(node, names)
    at, mode = (translate(a, names) for a in node.arguments[1:])
    ways = [Call(f, (table, at), node.span) for f in ("lookup_backward", "lookup_between", "lookup_forward")]
    if isinstance(mode, Number):
        return ways[1 if abs(mode.value) < 0.5 else 2 if mode.value > 0 else 0]
    forward = Conditional(_bin(">=", mode, Number(0.5)), ways[2], ways[1])
    return Conditional(_bin("<=", mode, Number(-0.5)), ways[0], forward)


def _data_end(which: int) -> Maker:
    def make(node: Call, names: Names) -> Expression:
        table = _lookup_name(node, names)
        times = names.data.get(table.name, ())
        return Number(times[which] if times else MISSING, node.span)

    return make


def _get_time_value(node: Call, names: Names) -> Expression:
    """Measure 0 is the model's own time; calendar measures need dates that a model file does not hold."""
    relative, offset, measure = (translate(a, names) for a in node.arguments)
    if not isinstance(relative, Number) or not isinstance(measure, Number):
        raise UntranslatableError("the first and the last argument must be numbers", node.span)
    if relative.value not in (0.0, 1.0):
        raise UntranslatableError("the computer's clock is not read: a run would not repeat", node.span)
    base: Expression = Call("time" if relative.value == 0 else "starttime", ())
    if measure.value == 0:
        return _bin("+", base, offset)
    raise UntranslatableError("only measure 0, the model's own time, is supported", node.span)


def _if_missing(value: Expression, otherwise: Expression) -> Expression:
    return Conditional(_bin("=", value, Number(MISSING)), otherwise, value)


def _time_base(start: Expression, slope: Expression) -> Expression:
    return _bin("+", start, _bin("*", slope, Call("time", ())))


def _refuse(message: str, hint: str = "") -> Maker:
    def make(node: Call, names: Names) -> Expression:
        raise UntranslatableError(message, node.span, hint)

    return make


_SPECIAL: Mapping[str, tuple[int | None, Maker]] = MappingProxyType({
    "if_then_else": (3, _with(_if_then_else)),
    "elmcount": (1, _elmcount),
    "game": (1, _game),
    "if_missing": (2, _with(_if_missing)),
    "time_base": (2, _with(_time_base)),
    "get_time_value": (3, _get_time_value),
    "lookup_extrapolate": (2, _on_table("lookup_extrapolate")),
    "lookup_forward": (2, _on_table("lookup_forward")),
    "lookup_backward": (2, _on_table("lookup_backward")),
    "lookup_invert": (2, _on_table("lookupinv")),
    "lookup_area": (3, _on_table("lookup_area")),
    "lookup_slope": (3, _on_table("lookup_slope")),
    "get_data_at_time": (2, _on_table("lookup")),
    "get_data_between_times": (3, _get_data_between_times),
    "get_data_first_time": (1, _data_end(0)),
    "get_data_last_time": (1, _data_end(-1)),
    **{name: (arity, _with(make)) for name, (arity, make) in RANDOM.items()},
    "a_function_of": (None, _refuse("the equation is not written yet: A FUNCTION OF only lists its causes")),
    "sum": (1, lambda node, names: Call("sum", (translate(node.arguments[0], names),), node.span)),
})  # fmt: skip

_UNSUPPORTED: Mapping[str, str] = MappingProxyType(
    {
        "simultaneous": "solve the circle by hand, or put a stock into it",
        "random_lookup": "",
        "delay_profile": "",
        "message": "",
        "get_vdf_constants": "Vensim's binary files are not read",
        "get_vdf_data": "Vensim's binary files are not read",
        "get_vdf_lookups": "Vensim's binary files are not read",
    }
)


def arguments_text(node: Call) -> tuple[str, ...] | None:
    """The strings of a GET function's call, or None where one is something else."""
    found: list[str] = []
    for argument in node.arguments:
        value: Any = argument
        if not isinstance(value, Literal):
            return None
        found.append(value.value)
    return tuple(found)

"""Translation of the function table to Vensim's functions, the inverse of
:mod:`wherenow.exchange.vensim.translation.calls`.

A function that Vensim lacks is expressed by its other functions, or by a macro in the file, so that an argument is
computed once however often it is used.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import add, mul
from types import MappingProxyType

from wherenow.language.functions import FUNCTIONS
from wherenow.language.syntax import Binary, Call, Each, Expression, ExpressionError, Number, Reference, call

Arguments = tuple[Expression, ...]

LIBRARY: Mapping[str, tuple[str, tuple[str, ...], str, str]] = MappingProxyType({
    # key: our function; value: the macro's name, arguments, equation and description
    "int": (
        "GREATEST INTEGER", ("value",), "INTEGER(value) - IF THEN ELSE(INTEGER(value) > value, 1, 0)",
        "The greatest integer not above the value.",
    ),
    "round": (
        "ROUNDED", ("value",), "IF THEN ELSE(value < 0, INTEGER(value - 0.5), INTEGER(value + 0.5))",
        "The nearest integer, halves away from zero.",
    ),
    "sign": (
        "SIGN OF", ("value",), "IF THEN ELSE(value > 0, 1, IF THEN ELSE(value < 0, -1, 0))", "-1, 0 or 1.",
    ),
    "mod": (
        "REMAINDER", ("value", "divisor"),
        "MODULO(value, divisor) + IF THEN ELSE(MODULO(value, divisor) * divisor < 0, divisor, 0)",
        "The remainder with the sign of the divisor.",
    ),
    "safediv": (
        "SAFE QUOTIENT", ("numerator", "denominator", "otherwise"),
        "IF THEN ELSE(denominator = 0, otherwise, numerator / denominator)",
        "The quotient, or otherwise where the denominator is 0.",
    ),
    "lognormal": (
        "RANDOM LOGNORMAL", ("mean value", "deviation"),
        "EXP(LN(mean value) - 0.5 * LN(1 + (deviation / mean value)^2) + SQRT(LN(1 + (deviation / mean value)^2))"
        " * RANDOM NORMAL(-100, 100, 0, 1, 0))",
        "A lognormal number with this mean and standard deviation.",
    ),
})  # fmt: skip
_FARTHEST = Number(1e38)
"""A bound beyond any random number."""


@dataclass(slots=True)
class VensimFunctions:
    """Vensim's functions for one file. ``macros`` collects the library's macros that it needs, by function, with their
    names.
    """

    taken: frozenset[str]
    constants: frozenset[str]
    macros: dict[str, str] = field(default_factory=dict)

    def translate(self, node: Expression) -> Expression:
        """Translate one node whose parts are translated already, with Vensim's spelling of functions.

        Raises
        ------
        ExpressionError
            if Vensim cannot express a function.
        """
        match node:
            case Binary("mod", left, right):
                return Call(self._macro("mod"), (left, right), node.span)
            case Call(function, arguments) if (row := FUNCTIONS.get(function)) is not None:
                if (translation := _TRANSLATIONS.get(row.name)) is not None:
                    made = translation(self, arguments)
                elif row.name in LIBRARY:
                    made = self._from_library(row.name, arguments)
                else:
                    made = Call(row.vensim, arguments) if row.vensim else None
                if made is None:
                    raise ExpressionError(f"Vensim has no function for '{row.name}'", node.span)
                return Call(made.function, made.arguments, node.span) if isinstance(made, Call) else made
            case _:
                return node

    def _macro(self, function: str) -> str:
        if function not in self.macros:
            name = LIBRARY[function][0]
            while name.lower().replace(" ", "_") in self.taken:
                name += " x"
            self.macros[function] = name
        return self.macros[function]

    def _from_library(self, function: str, arguments: Arguments) -> Call:
        count = len(LIBRARY[function][1])
        return Call(self._macro(function), (*arguments, Number(0.0))[:count])

    def is_constant(self, node: Expression) -> bool:
        """Check whether a node is a number or a parameter, and so the same throughout a run."""
        return isinstance(node, Number) or (isinstance(node, Reference) and node.name in self.constants)


Translation = Callable[[VensimFunctions, Arguments], Expression | None]


def _either(short: str, long: str) -> Translation:
    """Translate a function of two arguments, or of three with the initial value."""
    return lambda _, given: Call(short if len(given) == 2 else long, given)


def _order_last(name: str) -> Translation:
    return lambda _, given: call(name, given[0], given[1], given[3] if len(given) > 3 else given[0], given[2])


def _delay(functions: VensimFunctions, given: Arguments) -> Expression:
    name = "DELAY FIXED" if functions.is_constant(given[1]) else "DELAY INFORMATION"
    return call(name, given[0], given[1], given[2] if len(given) > 2 else given[0])


def _folded(over: str, join: Callable[[Expression, Expression], Expression]) -> Translation:
    """Apply ``over`` to the elements of one array, or join several arguments pairwise."""
    return lambda _, given: Call(over, given) if len(given) == 1 else reduce(join, given)


def _mean(_: VensimFunctions, given: Arguments) -> Expression | None:
    if len(given) > 1:
        return reduce(add, given) / len(given)
    count = _size(_, given)
    return call("SUM", *given) / count if count is not None else None


def _size(_: VensimFunctions, given: Arguments) -> Expression | None:
    """Return the number of elements under an array's open subscripts; None for another expression."""
    (array,) = given
    if not isinstance(array, Reference):
        return None
    if not array.subscripts:  # the name is that of a dimension
        return call("ELMCOUNT", array)
    dimensions = [s.dimension for s in array.subscripts if isinstance(s, Each) and s.dimension]
    counts: list[Expression] = [call("ELMCOUNT", Reference(dimension)) for dimension in dimensions]
    return reduce(mul, counts) if counts else None


def _ramp(_: VensimFunctions, given: Arguments) -> Expression:
    return Call("RAMP", (*given, *(call("INITIAL TIME"), call("FINAL TIME"))[len(given) - 1 :]))


def _pulse(_: VensimFunctions, given: Arguments) -> Expression:
    start = given[1] if len(given) > 1 else call("INITIAL TIME")
    step, on = call("TIME STEP"), call("PULSE", start, call("TIME STEP"))
    if len(given) > 2:
        on = call("PULSE TRAIN", start, step, given[2], call("FINAL TIME"))
    return given[0] / step * on


_ZERO, _ONE = Number(0.0), Number(1.0)


def _seed(given: Arguments, place: int) -> Expression:
    return given[place] if len(given) > place else _ZERO


def _uniform(_: VensimFunctions, given: Arguments) -> Expression:
    if given == (_ZERO, _ONE):
        return call("RANDOM 0 1")
    return call("RANDOM UNIFORM", given[0], given[1], _seed(given, 2))


def _normal(_: VensimFunctions, given: Arguments) -> Expression:
    low = given[3] if len(given) > 3 else Number(-_FARTHEST.value)
    high = given[4] if len(given) > 4 else _FARTHEST
    return call("RANDOM NORMAL", low, high, given[0], given[1], _seed(given, 2))


def _exponential(_: VensimFunctions, given: Arguments) -> Expression:
    return call("RANDOM EXPONENTIAL", _ZERO, _FARTHEST, _ZERO, given[0], _seed(given, 1))


def _poisson(_: VensimFunctions, given: Arguments) -> Expression:
    return call("RANDOM POISSON", _ZERO, _FARTHEST, given[0], _ZERO, _ONE, _seed(given, 1))


def _binomial(_: VensimFunctions, given: Arguments) -> Expression:
    return call("RANDOM BINOMIAL", _ZERO, _FARTHEST, given[1], given[0], _ZERO, _ONE, _seed(given, 2))


_TRANSLATIONS: Mapping[str, Translation] = MappingProxyType({
    "log10": lambda _, given: call("LOG", given[0], Number(10.0)),
    "percent": lambda _, given: given[0] * 100,
    "pi": lambda _, __: Number(math.pi),
    "inf": lambda _, __: None,
    "smth1": _either("SMOOTH", "SMOOTHI"),
    "smth3": _either("SMOOTH3", "SMOOTH3I"),
    "delay1": _either("DELAY1", "DELAY1I"),
    "delay3": _either("DELAY3", "DELAY3I"),
    "smthn": _order_last("SMOOTH N"),
    "delayn": _order_last("DELAY N"),
    "delayn_batched": _order_last("DELAY N"),
    "delay": _delay,
    "previous": lambda _, given: call("DELAY FIXED", given[0], call("TIME STEP"), given[-1]),
    "trend": lambda _, given: Call("TREND", given if len(given) > 2 else (*given, Number(0.0))),
    "forcst": lambda _, given: Call("FORECAST", given) if len(given) == 3 else None,
    "min": _folded("VMIN", lambda left, right: call("MIN", left, right)),
    "max": _folded("VMAX", lambda left, right: call("MAX", left, right)),
    "sum": _folded("SUM", add),
    "prod": _folded("PROD", mul),
    "mean": _mean,
    "size": _size,
    "ramp": _ramp,
    "pulse": _pulse,
    "uniform": _uniform,
    "normal": _normal,
    "exprnd": _exponential,
    "poisson": _poisson,
    "binomial": _binomial,
    "pink_noise": lambda _, given: call("RANDOM PINK NOISE", *given[:3], _seed(given, 3)),
})  # fmt: skip

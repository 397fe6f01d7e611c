"""The function table: the arguments, units, meaning and source of every function.

It drives the parser (arity), the unit checker, the package model (what depends on what, and when), the engine (the
operations and states of a call) and the documentation.

Units are written with type variables: ``x`` and ``y`` are any unit, the same throughout a row; ``1`` is dimensionless,
``time`` the model's time unit, and ``any`` is not checked. Results may be ``x*y``, ``x/y``, ``x^0.5``, ``x/time``…
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from types import MappingProxyType


class FunctionKind(StrEnum):
    POINTWISE = "pointwise"  # computed from the values of the arguments, element by element
    CLOCK = "clock"  # depends on time and the settings of the run
    MEMORY = "memory"  # has states of its own
    NOISE = "noise"  # draws new random numbers at each step
    LOOKUP = "lookup"  # reads a table, or a lookup or series variable, given as first argument
    ARRAY = "array"  # works on whole dimensions; the package model unfolds it


class AtStart(StrEnum):
    """Whether an argument's value is needed to find the call's first value."""

    ALWAYS = "always"
    NEVER = "never"
    FALLBACK = "fallback"  # needed only if the argument `initial` is not given


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument. ``now``: the call's value at a time needs this argument's value at that time (else it only feeds a
    state).
    """

    name: str  # name in messages and documentation
    unit: str = "x"  # unit; `x` is any unit, the same for all arguments with that letter
    optional: bool = False  # whether the argument may be omitted
    now: bool = True
    first: AtStart = AtStart.ALWAYS  # whether the call's first value needs the argument's value
    repeated: bool = False  # whether the argument may be repeated (last argument only)


@dataclass(frozen=True, slots=True)
class Function:
    name: str  # name that equations use
    kind: FunctionKind  # kind of function, such as pointwise, memory or noise
    arguments: tuple[Argument, ...]  # arguments in order
    unit: str  # unit of the result, in terms of the arguments' units
    meaning: str  # meaning in one sentence
    source: str  # source of the definition
    aliases: tuple[str, ...] = ()  # other spellings
    vensim: str = ""  # Vensim's spelling, if it means the same with the same arguments

    @property
    def arity(self) -> tuple[int, int | None]:
        """The minimum and maximum number of arguments; None if there is no maximum."""
        least = sum(not a.optional for a in self.arguments)
        return least, None if self.arguments and self.arguments[-1].repeated else len(self.arguments)


XMILE = "XMILE 1.0, 3.5"
VENSIM = "Vensim reference manual"
OURS = "wherenow"


def _row(
    kind: FunctionKind, name: str, arguments: str, unit: str, meaning: str, source: str, *aliases: str, vensim: str = ""
) -> Function:
    """Build a row; ``arguments`` as ``"x:unit y:unit?"`` (``?`` optional, ``*`` repeated).

    For functions with memory, a leading ``~`` marks an argument that only feeds the state; ``!`` one needed only at
    first.
    """
    return Function(name, kind, _arguments(arguments), unit, meaning, source, aliases, vensim)


_pointwise, _clock, _memory, _noise, _lookup, _array = (partial(_row, kind) for kind in FunctionKind)


def _arguments(text: str) -> tuple[Argument, ...]:
    arguments = []
    for word in text.split():
        name, _, unit = word.partition(":")
        now = name[0] not in "~!"
        first = AtStart.FALLBACK if name == "~input" else AtStart.NEVER if name == "~condition" else AtStart.ALWAYS
        arguments.append(
            Argument(
                name.lstrip("~!"), unit.rstrip("?*") or "x", unit.endswith(("?", "*")), now, first, unit.endswith("*")
            )
        )
    return tuple(arguments)


_ROWS = (
    # arithmetic
    _pointwise("abs", "value:x", "x", "absolute value", XMILE, vensim="ABS"),
    _pointwise("sqrt", "value:x", "x^0.5", "square root", XMILE, vensim="SQRT"),
    _pointwise("exp", "value:1", "1", "e raised to the power of the value", XMILE, vensim="EXP"),
    _pointwise("ln", "value:1", "1", "natural logarithm", XMILE, vensim="LN"),
    _pointwise("log10", "value:1", "1", "decimal logarithm", XMILE),
    _pointwise("log", "value:1 base:1", "1", "logarithm to a base", VENSIM, vensim="LOG"),
    _pointwise("power", "base:1 exponent:1", "1", "the base raised to the exponent", VENSIM, "pow", vensim="POWER"),
    _pointwise("sin", "angle:1", "1", "sine of an angle in radians", XMILE, vensim="SIN"),
    _pointwise("cos", "angle:1", "1", "cosine of an angle in radians", XMILE, vensim="COS"),
    _pointwise("tan", "angle:1", "1", "tangent of an angle in radians", XMILE, vensim="TAN"),
    _pointwise("arcsin", "value:1", "1", "inverse sine, in radians", XMILE, "asin", vensim="ARCSIN"),
    _pointwise("arccos", "value:1", "1", "inverse cosine, in radians", XMILE, "acos", vensim="ARCCOS"),
    _pointwise("arctan", "value:1", "1", "inverse tangent, in radians", XMILE, "atan", vensim="ARCTAN"),
    _pointwise("sinh", "value:1", "1", "hyperbolic sine", VENSIM, vensim="SINH"),
    _pointwise("cosh", "value:1", "1", "hyperbolic cosine", VENSIM, vensim="COSH"),
    _pointwise("tanh", "value:1", "1", "hyperbolic tangent", VENSIM, vensim="TANH"),
    _pointwise("int", "value:x", "x", "the greatest integer that is not above the value", XMILE),
    _pointwise("integer", "value:x", "x", "the value without its fractional part (rounded towards zero)", VENSIM, "trunc", vensim="INTEGER"),
    _pointwise("round", "value:x", "x", "nearest integer; halves are rounded away from zero", "Stella"),
    _pointwise("sign", "value:any", "1", "the sign of the value: -1, 0 or 1", "Stella"),
    _pointwise("modulo", "value:x divisor:x", "x", "remainder with the sign of the value", VENSIM, vensim="MODULO"),
    _pointwise("quantum", "value:x step:x", "x", "the value rounded towards zero to a multiple of the step; the value itself if the step is 0 or less", VENSIM, vensim="QUANTUM"),
    _pointwise("safediv", "numerator:x denominator:y otherwise:x/y?", "x/y", "the quotient; `otherwise` (0 by default) if the denominator is 0", XMILE),
    _pointwise("xidz", "numerator:x denominator:y otherwise:x/y", "x/y", "the quotient; `otherwise` if the denominator is less than 1e-6 away from 0", VENSIM, vensim="XIDZ"),
    _pointwise("zidz", "numerator:x denominator:y", "x/y", "the quotient; 0 if the denominator is less than 1e-6 away from 0", VENSIM, vensim="ZIDZ"),
    _pointwise("normalcdf", "left:x right:x mean:x? deviation:x?", "1", "the probability that a normally distributed number lies between two values; by default its mean is 0 and its standard deviation 1", "Stella"),
    _pointwise("invnorm", "probability:1 mean:x? deviation:x?", "x", "the quantile of a normal distribution; by default its mean is 0 and its standard deviation 1", "Stella"),
    _pointwise("percent", "fraction:1", "1", "the fraction times 100", "Stella"),
    # time and settings
    _clock("time", "", "time", "model time", XMILE, vensim="Time"),
    _clock("dt", "", "time", "the time step", XMILE, "time_step", vensim="TIME STEP"),
    _clock("starttime", "", "time", "the time at which the run starts", XMILE, "initial_time", vensim="INITIAL TIME"),
    _clock("stoptime", "", "time", "the time at which the run stops", XMILE, "final_time", vensim="FINAL TIME"),
    _clock("pi", "", "1", "the ratio of a circle's circumference to its diameter", XMILE),
    _clock("inf", "", "any", "positive infinity", XMILE),
    _clock("step", "height:x start:time", "x", "0 before `start`, and the height from then on", XMILE, vensim="STEP"),
    _clock("ramp", "slope:x start:time? end:time?", "x*time", "0 before `start` (the start of the run by default), then rising with the slope, and constant after `end`", XMILE, vensim="RAMP"),
    _clock("pulse", "magnitude:x start:time? interval:time?", "x/time", "the magnitude divided by dt, for one step at `start` and again after each interval", XMILE),
    _clock("pulse_window", "start:time width:time", "1", "1 from `start` for the width (at least one step), otherwise 0", VENSIM, vensim="PULSE"),
    _clock("pulse_train", "start:time width:time interval:time end:time", "1", "`pulse_window`, repeated after each interval until `end`", VENSIM, vensim="PULSE TRAIN"),
    # memory
    _memory("init", "!value:x", "x", "the value at the start of the run", XMILE, "initial", vensim="INITIAL"),
    _memory("active_initial", "value:x !initial:x", "x", "`value`; `initial` while initial values are computed", VENSIM, vensim="ACTIVE INITIAL"),
    _memory("previous", "~input:x !initial:x?", "x", "the value one step ago", XMILE),
    _memory("smth1", "~input:x ~averaging_time:time !initial:x?", "x", "first-order exponential smooth", XMILE, vensim="SMOOTHI"),
    _memory("smth3", "~input:x ~averaging_time:time !initial:x?", "x", "third-order exponential smooth", XMILE, vensim="SMOOTH3I"),
    _memory("smthn", "~input:x ~averaging_time:time !order:1 !initial:x?", "x", "exponential smooth of integer order", XMILE, vensim="SMOOTH N"),
    _memory("delay1", "~input:x delay_time:time !initial:x?", "x", "first-order exponential (material) delay", XMILE, vensim="DELAY1I"),
    _memory("delay3", "~input:x delay_time:time !initial:x?", "x", "third-order exponential (material) delay", XMILE, vensim="DELAY3I"),
    _memory("delayn", "~input:x delay_time:time !order:1 !initial:x?", "x", "exponential (material) delay of integer order", XMILE),
    _memory("delayn_batched", "~input:x delay_time:time !order:1 !initial:x?", "x", "as `delayn`, but the last level empties with the delay time of one step ago", VENSIM, vensim="DELAY N"),
    _memory("delay", "~input:x delay_time:time !initial:x?", "x", "the value one delay time ago", XMILE),
    _memory("delay_fixed", "~input:x !delay_time:time !initial:x", "x", "the value one delay time ago; the delay time is evaluated once, at the start", VENSIM, vensim="DELAY FIXED"),
    _memory("delay_material", "~input:x ~delay_time:time !initial:x missing:x", "x", "each input, one delay time after it enters; inputs that leave together are added, and `missing` is the value if none leaves", VENSIM, vensim="DELAY MATERIAL"),
    _memory("trend", "input:x averaging_time:time !initial:1/time?", "1/time", "fractional growth rate relative to a first-order smooth of the input", XMILE, vensim="TREND"),
    _memory("forcst", "input:x averaging_time:time horizon:time !initial:1/time?", "x", "the input extrapolated along its trend", XMILE, "forecast", vensim="FORECAST"),
    _memory("sample_if_true", "condition:any input:x !initial:x", "x", "the input while the condition holds, otherwise its last value held", VENSIM, vensim="SAMPLE IF TRUE"),
    _memory("integ", "~rate:x/time !initial:x", "x", "the integral of a rate", VENSIM, vensim="INTEG"),
    # noise
    _noise("uniform", "low:x high:x seed:1?", "x", "a uniform random number between low and high", XMILE, "random"),
    _noise("normal", "mean:x deviation:x seed:1? low:x? high:x?", "x", "a normal random number, truncated to [low, high] if these are given", XMILE),
    _noise("lognormal", "mean:x deviation:x seed:1?", "x", "a lognormal random number with this mean and standard deviation", XMILE),
    _noise("poisson", "mean:1 seed:1?", "1", "a Poisson random count", XMILE),
    _noise("binomial", "trials:1 share:1 seed:1?", "1", "the number of successes in a number of trials, each with this probability", "Stella"),
    _noise("exprnd", "mean:x seed:1?", "x", "an exponential random number with this mean", XMILE),
    _noise("pink_noise", "mean:x deviation:x correlation_time:time seed:1?", "x", "normal noise with first-order autocorrelation, stationary from the start", "Sterman 2000, appendix B"),
    # tables
    _lookup("lookup", "table:any at:any", "any", "the table's value at a point; the table says how it continues beyond its ends", XMILE),
    _lookup("lookup_extrapolate", "table:any at:any", "any", "the table's value at a point; beyond its ends, it continues with the slope there", VENSIM, vensim="LOOKUP EXTRAPOLATE"),
    _lookup("lookup_forward", "table:any at:any", "any", "the table's value at the next of its points that is not before the argument", VENSIM, vensim="LOOKUP FORWARD"),
    _lookup("lookup_backward", "table:any at:any", "any", "the table's value at the last of its points that is not after the argument", VENSIM, vensim="LOOKUP BACKWARD"),
    _lookup("lookupinv", "table:any value:any", "any", "the argument at which the table first reaches a value", XMILE, vensim="LOOKUP INVERT"),
    # arrays; min and max also take plain values
    _array("min", "values:x more:x*", "x", "the smallest of the values or elements", XMILE, "vmin", vensim="VMIN"),
    _array("max", "values:x more:x*", "x", "the largest of the values or elements", XMILE, "vmax", vensim="VMAX"),
    _array("sum", "values:x more:x*", "x", "the sum over the elements", XMILE, vensim="SUM"),
    _array("mean", "values:x more:x*", "x", "the mean over the elements", XMILE),
    _array("prod", "values:1 more:1*", "1", "the product over the elements", XMILE, vensim="PROD"),
    _array("stddev", "values:x more:x*", "x", "the population standard deviation over the elements", XMILE),
    _array("size", "values:any", "1", "the number of elements", XMILE, vensim="ELMCOUNT"),
    _array("rank", "values:x position:1", "1", "the position in the array of the element that comes at this place in ascending order", XMILE),
    # arrays: results element by element (Vensim help, "Arrays, Vectors, and Subscripts" and "Allocation Functions")
    _array("vector_rank", "values:x direction:1 more:any*", "1", "the rank of the current element among the values, from 1; ascending if the direction is above 0", VENSIM, vensim="VECTOR RANK"),
    _array("vector_sort_order", "values:any direction:any more:any*", "1", "the position, from 0, of the element at this place of the sorted values; ascending if the direction is above 0", VENSIM, vensim="VECTOR SORT ORDER"),
    _array("vector_reorder", "values:x order:1", "x", "the element at the position, from 0, that the order gives", VENSIM, vensim="VECTOR REORDER"),
    _array("vector_elm_map", "start:x offset:1", "x", "the element `offset` places after the given one", VENSIM, vensim="VECTOR ELM MAP"),
    _array("vector_select", "selection:any values:x missing:x action:1 error:1 more:any*", "x", "the sum, product, minimum, maximum or mean over the elements whose selection is not 0", VENSIM, vensim="VECTOR SELECT"),
    _array("a_function_of", "cause:any*", "any", "an equation that is not written yet: only its dependencies are known", VENSIM, vensim="A FUNCTION OF"),
    _array("vector_lookup", "values:x at:any low:any high:any mode:1", "any", "a lookup between the elements of a vector, evenly spaced from `low` to `high`; the mode says how it interpolates and extrapolates", VENSIM, vensim="VECTOR LOOKUP"),
    _array("vector_element", "offset:1 values:x*", "x", "the value at a position, from 0; :NA: outside", OURS),
    _array("element_at", "subscripts:1 more:any*", "any", "the element of an array at computed positions, from 1; 0 outside (XMILE 4.1.4)", OURS),
    _array("allocate_available", "request:x profile:any available:x more:any*", "x", "the share of the current element if all requests are cut at one priority, so that they add up to what is available", VENSIM, vensim="ALLOCATE AVAILABLE"),
    _array("allocate_by_priority", "request:x priority:any size:1 width:any supply:x", "x", "`allocate_available` with rectangular curves of one width", VENSIM, vensim="ALLOCATE BY PRIORITY"),
    _array("find_market_price", "demand:x demand_profile:y supply:x supply_profile:y more:any*", "y", "the price at which the curves of demand and supply meet", VENSIM, vensim="FIND MARKET PRICE"),
    _array("demand_at_price", "quantity:x profile:y price:y more:any*", "x", "the quantity that a curve demands at a price", VENSIM, vensim="DEMAND AT PRICE"),
    _array("supply_at_price", "quantity:x profile:y price:y more:any*", "x", "the quantity that a curve supplies at a price", VENSIM, vensim="SUPPLY AT PRICE"),
    _array("matrix_element", "place:1 inverse:any", "any", "an element of an inverse, counted from 0, row by row", OURS),
    _array("invert_matrix", "matrix:any size:1? more:any*", "any", "an element of the inverse of the matrix over the last two dimensions", VENSIM, vensim="INVERT MATRIX"),
)  # fmt: skip

FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {spelling: row for row in _ROWS for spelling in (row.name, *row.aliases)}
)
"""Every function by its canonical name and by each alias."""

"""Vensim functions that others can express, as macros that are added to the files that call them.

``NPV``, ``NPVE`` and ``DELAYP`` are the equations that the Vensim reference manual gives ("Equivalent to the
equations"). ``GAMMA LN`` is Stirling's series (Abramowitz and Stegun 1964, 6.1.41), begun at 10 or above by the
recurrence 6.1.15, where its first term left out is below 1e-16. ``DEPRECIATE STRAIGHTLINE`` spreads each input evenly
over its own period and those after it, as Vensim's public results do (docs/conformance.md). ``DELAY CONVEYOR`` is a
fixed delay less what leaks in each step, as long as nothing about the conveyor changes. ``GET TIME VALUE`` takes dates
from the calendar's own module. ``LOG GAMMA NUMBER`` is the logarithm of a gamma number of any shape (Marsaglia and
Tsang 2000, "A simple method for generating gamma variables", with their section 6 for shapes below 1). Its trials are
drawn at once, so that every step draws equally many numbers; all eight fail less than once in 10^10, and the value is
then the method's middle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from wherenow.exchange.vensim.reading.sections import Sections, split
from wherenow.exchange.vensim.translation.calendar import GREGORIAN
from wherenow.exchange.vensim.vensim_syntax import Assignment, Name
from wherenow.language.syntax import Call, Expression, Number, canonical, walk

EVEN_DEPRECIATION = "even_depreciation"
"""The macro that spreads each input evenly over a number of periods."""
FLAT_CONVEYOR = "flat_conveyor"
"""The macro of a conveyor whose first content comes off evenly."""

_SHIFTED = " * ".join(["x", *(f"(x + {i})" for i in range(1, 10))])

LOG_GAMMA = "log_gamma_number"
"""The macro of the logarithm of a gamma number."""
_TRIALS = range(1, 9)
_LOG_GAMMA_NUMBER = f""":MACRO: LOG GAMMA NUMBER(shape)
LOG GAMMA NUMBER = LN(d) + 3 * LN({"".join(f"IF THEN ELSE(u{i} < limit{i}, v{i}, " for i in _TRIALS)}1{
    ")" * len(_TRIALS)
})
 + IF THEN ELSE(shape < 1, LN(RANDOM 0 1()) / shape, 0) ~~|
d = IF THEN ELSE(shape < 1, shape + 1, shape) - 1/3 ~~|
{
    "".join(
        f'''x{i} = RANDOM NORMAL(-40, 40, 0, 1, 0) ~~|
v{i} = MAX(1 + x{i} / SQRT(9 * d), 1e-100) ~~|
u{i} = RANDOM 0 1() ~~|
limit{i} = EXP(x{i}^2 / 2 + d - d * v{i}^3 + 3 * d * LN(v{i})) ~~|
'''
        for i in _TRIALS
    )
}:END OF MACRO:
"""

LIBRARY: Mapping[str, str] = MappingProxyType({
    # key: name of the function in calls
    "npv": """:MACRO: NPV(stream, discount rate, init val, factor)
NPV = (npv accum + stream * TIME STEP * df) * factor ~~|
npv accum = INTEG(stream * df, init val) ~~|
df = INTEG(-df * discount rate / (1 + discount rate * TIME STEP), 1) ~~|
:END OF MACRO:
""",
    "npve": """:MACRO: NPVE(stream, discount rate, init val, factor)
NPVE = (npv accum + stream * TIME STEP * df) * factor ~~|
npv accum = INTEG(stream * df, init val) ~~|
df = INTEG(-df * discount rate / (1 + discount rate * TIME STEP), 1 / (1 + discount rate * TIME STEP)) ~~|
:END OF MACRO:
""",
    "delayp": """:MACRO: DELAYP(input, delay time : pipeline)
DELAYP = lv3 / dl ~~|
pipeline = lv3 + lv2 + lv1 ~~|
lv3 = INTEG(rt2 - DELAYP, dl * input) ~~|
rt2 = lv2 / dl ~~|
lv2 = INTEG(rt1 - rt2, lv3) ~~|
rt1 = lv1 / dl ~~|
lv1 = INTEG(input - rt1, lv3) ~~|
dl = delay time / 3 ~~|
:END OF MACRO:
""",
    "gamma_ln": f""":MACRO: GAMMA LN(x)
GAMMA LN = (z - 0.5) * LN(z) - z + 0.9189385332046728 + series / z - IF THEN ELSE(x < 10, LN({_SHIFTED}), 0) ~~|
series = 1/12 - w * (1/360 - w * (1/1260 - w * (1/1680 - w * (1/1188 - w * (691/360360 - w / 156))))) ~~|
w = 1 / z^2 ~~|
z = IF THEN ELSE(x < 10, x + 10, x) ~~|
:END OF MACRO:
""",
    "delay_conveyor": """:MACRO: FLAT CONVEYOR(input, transit time, leak, content)
FLAT CONVEYOR = IF THEN ELSE(step < steps, content / transit time * kept^step, delayed * kept^steps) ~~|
delayed = DELAY FIXED(input, transit time, 0) ~~|
kept = 1 - leak * TIME STEP ~~|
step = INTEGER((Time - INITIAL TIME) / TIME STEP + 0.5) ~~|
steps = MAX(INTEGER(transit time / TIME STEP + 0.5), 1) ~~|
:END OF MACRO:
""",
    "depreciate_straightline": """:MACRO: EVEN DEPRECIATION(stream, periods)
EVEN DEPRECIATION = (held + stream) / periods ~~|
held = INTEG((stream - IF THEN ELSE(periods < 1.5, stream, expired)) / TIME STEP, 0) ~~|
expired = DELAY FIXED(stream, MAX(periods - TIME STEP, TIME STEP), 0) ~~|
:END OF MACRO:
""",
    "get_time_value": GREGORIAN,
    **dict.fromkeys(("random_gamma", "random_beta", "random_negative_binomial", LOG_GAMMA), _LOG_GAMMA_NUMBER),
})  # fmt: skip

OWN_TO_VENSIM: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "npv": ("stream", "discount_rate", "init_val", "factor"),
        "npve": ("stream", "discount_rate", "init_val", "factor"),
        "gamma_ln": ("x",),
    }
)
"""Macros of this library that are functions in Vensim, with their parameters; files for Vensim omit them."""


def with_library(sections: Sections, expressions: Iterable[Expression]) -> tuple[Sections, Sections]:
    """Add the macros that a file's ``expressions`` need and it does not define; return these macros as well."""
    defined = {canonical(head.name) for head in sections.macros}
    called = {n.function for e in expressions for n in walk(e) if isinstance(n, Call) and not _tells_own_time(n)}
    texts = dict.fromkeys(text for name, text in LIBRARY.items() if name in called and name not in defined)
    found = split("".join(texts), "Vensim's functions")
    first = len(sections.macros)
    added = tuple(replace(s, macro=s.macro + first) for s in found.statements if s.macro is not None)
    macros = (*sections.macros, *found.macros)
    return replace(sections, macros=macros), replace(found, statements=added)


def _tells_own_time(call: Call) -> bool:
    """Check for GET TIME VALUE in the model's own time, which has no date."""
    return call.function == "get_time_value" and call.arguments[2:] == (Number(0.0),)


def called_in(definition: object) -> Iterator[Expression]:
    """Return the expression of a formula, if ``definition`` is one."""
    if isinstance(definition, Assignment) and not isinstance(definition.expression, Name):
        yield definition.expression

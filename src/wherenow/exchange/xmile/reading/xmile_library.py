"""Stella's functions that other functions can express, as macros that are added to the files that call them.

They are written in Vensim's language, whose reader and some of whose macros exist already. A distribution is drawn by
inversion from one uniform number (isee systems help, "Statistical builtins").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from wherenow.exchange.vensim import parse_vensim
from wherenow.exchange.vensim.translation.vensim_library import LIBRARY as VENSIM
from wherenow.exchange.vensim.translation.vensim_library import LOG_GAMMA
from wherenow.language.syntax import Call
from wherenow.model.model_types import Macro, Variable

_RUN = "INITIAL TIME = 0 ~~|\nFINAL TIME = 1 ~~|\nTIME STEP = 1 ~~|\n"

LIBRARY: Mapping[str, str] = MappingProxyType({
    # key: name of the function in calls
    "npv": VENSIM["npv"],
    "gamma_ln": VENSIM["gamma_ln"],
    "triangular": """:MACRO: TRIANGULAR(low, mode, high)
TRIANGULAR = IF THEN ELSE(u < share, low + SQRT(u * share) * (high - low),
 high - SQRT((1 - u) * (1 - share)) * (high - low)) ~~|
share = (mode - low) / (high - low) ~~|
u = RANDOM 0 1() ~~|
:END OF MACRO:
""",
    "weibull": """:MACRO: WEIBULL(shape, scale)
WEIBULL = scale * (-LN(RANDOM 0 1()))^(1 / shape) ~~|
:END OF MACRO:
""",
    "pareto": """:MACRO: PARETO(shape, scale)
PARETO = scale * RANDOM 0 1()^(-1 / shape) ~~|
:END OF MACRO:
""",
    LOG_GAMMA: VENSIM[LOG_GAMMA],
    "runmax": """:MACRO: RUNMAX(x)
RUNMAX = MAX(x, DELAY FIXED(RUNMAX, TIME STEP, x)) ~~|
:END OF MACRO:
""",
    "runmin": """:MACRO: RUNMIN(x)
RUNMIN = MIN(x, DELAY FIXED(RUNMIN, TIME STEP, x)) ~~|
:END OF MACRO:
""",
    "logistic": """:MACRO: LOGISTIC(middle, scale)
LOGISTIC = middle + scale * LN(u / (1 - u)) ~~|
u = RANDOM 0 1() ~~|
:END OF MACRO:
""",
})  # fmt: skip


def library_macros(variables: Iterable[Variable], own: Mapping[str, Macro]) -> dict[str, Macro]:
    """Return the macros of the library that equations call and the file does not define."""
    scopes = [*variables, *(v for macro in own.values() for v in macro.variables.values())]
    called = {node.function for variable in scopes for node in variable.nodes() if isinstance(node, Call)}
    texts = [text for name, text in LIBRARY.items() if name in called and name not in own]
    return dict(parse_vensim("".join([*texts, _RUN])).model.macros) if texts else {}

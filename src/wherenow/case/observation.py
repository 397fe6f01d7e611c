"""Observation models: the distribution of a datum around the model's value.

``normal(sd)`` in the series' unit; ``lognormal(log-sd)`` and ``lognormal(log-sd, offset)``, normal errors of
log(value + offset); ``logitnormal(sd)`` and ``logitnormal(sd, low, high)``, normal errors on the logit scale between
two bounds (0 and 1 by default); ``counts(log-sd, span)``, Poisson counts over ``span`` given as rates, around a rate
with lognormal errors; ``student(degrees, scale)``; ``negbinomial(size)``, counts with variance m + m²/size.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from wherenow.case.dates import span
from wherenow.distributions.prior import Prior, parse_prior
from wherenow.errors import InputError, Text, did_you_mean

RECALLED = 2.0
"""Default factor on the error of recalled figures."""

_FORMS = {
    "normal": ("normal(sd)", (1,)),
    "lognormal": ("lognormal(log-sd) or lognormal(log-sd, offset)", (1, 2)),
    "logitnormal": ("logitnormal(sd) or logitnormal(sd, low, high)", (1, 3)),
    "counts": ("counts(log-sd) or counts(log-sd, span)", (1, 2)),
    "student": ("student(degrees, scale)", (2,)),
    "negbinomial": ("negbinomial(size)", (1,)),
}
_CALL = re.compile(r"\s*([A-Za-z_]\w*)\s*\(([^()]*)\)\s*")


@dataclass(frozen=True, slots=True)
class ErrorModel:
    """A distribution of measurement errors by name, with its arguments (a span in the model's unit of time)."""

    name: str
    arguments: tuple[float, ...]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{a:g}' for a in self.arguments)})"

    @property
    def support(self) -> tuple[float, float]:
        """The interval of possible data; the lower end belongs to it where :attr:`closed`."""
        match self.name, self.arguments:
            case "lognormal", (_, *offset):
                return -offset[0] if offset else 0.0, math.inf
            case "logitnormal", (_, *bounds):
                low, high = bounds or (0.0, 1.0)
                return low, high
            case "counts" | "negbinomial", _:
                return 0.0, math.inf
        return -math.inf, math.inf

    @property
    def closed(self) -> bool:
        """Whether the lower end of the support is possible: counts can be 0."""
        return self.name in ("counts", "negbinomial")

    @property
    def smooth(self) -> bool:
        """Whether errors are normal on some scale, so that a discrepancy can be separated from them."""
        return self.name not in ("student", "negbinomial")


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The observation model of a data series.

    ``of`` is an equation over the model's variables; a datum is its mean over a span of ``over`` (in the model's time
    unit) around the datum's date, or, if that is 0, its value at that date. ``recalled`` widens the error of recalled
    figures. ``breaks`` are times at which the series' definition changed; the discrepancies before and after a break
    are independent. ``discrepancy`` is the prior of the discrepancy's size (on the error's own scale: logarithms for
    lognormal and counts, logits for logitnormal), None for the default. ``range`` has the smallest and largest possible
    value of a datum, to which predictions are limited; None for that of the error model.
    """

    series: str  # name of the data series
    of: Text
    error: ErrorModel  # distribution of the measurement errors
    over: float = 0.0
    recalled: float = RECALLED
    breaks: tuple[float, ...] = ()
    discrepancy: Prior | None = None
    note: str = ""  # remarks
    range: tuple[float, float] | None = None
    text: Text = field(default=Text(""), compare=False)  # place of the observation in the case


def parse_error(text: Text, unit: str = "") -> ErrorModel:
    """Parse an error model such as ``lognormal(0.2)`` or ``counts(0.3, 2 months)``.

    ``unit`` is the model's unit of time, in which a span is returned. Raises InputError at the place of the problem.
    """
    matched = _CALL.fullmatch(text.content)
    if not matched:
        raise _wrong(text, 0, f"{text.content!r} is not an error model; write for example lognormal(0.2)")
    name = matched.group(1)
    if name not in _FORMS:
        hint = did_you_mean(name, _FORMS) or f"known are {', '.join(form for form, _ in _FORMS.values())}"
        raise _wrong(text, matched.start(1), f"there is no error model '{name}'", hint)
    form, counts = _FORMS[name]
    parts = [part.strip() for part in matched.group(2).split(",")]
    try:
        arguments = tuple(span(p, unit) if name == "counts" and i else float(p) for i, p in enumerate(parts))
    except ValueError as error:
        wrong = str(error) if name == "counts" and len(parts) > 1 else f"{name} takes numbers: {form}"
        raise _wrong(text, matched.start(2), wrong) from None
    if len(arguments) not in counts or not _valid(name, arguments):
        kind = "an sd and two ascending bounds" if name == "logitnormal" and len(arguments) > 1 else "positive numbers"
        raise _wrong(text, matched.start(2), f"{name} takes {kind}: {form}")
    return ErrorModel(name, arguments)


def _valid(name: str, arguments: Sequence[float]) -> bool:
    if name == "logitnormal" and len(arguments) == 3:
        sd, low, high = arguments
        return 0 < sd < math.inf and -math.inf < low < high < math.inf
    return all(0 < a < math.inf for a in arguments)


def parse_discrepancy(text: Text) -> Prior:
    """Parse the prior of a discrepancy's size, which cannot be negative. Raises InputError."""
    return parse_prior(text, low=0.0)


def _wrong(text: Text, offset: int, message: str, hint: str = "") -> InputError:
    return InputError([text.problem(message, hint, offset)])

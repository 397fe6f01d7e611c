"""Checks that an error model predicts no impossible data, such as negative counts or shares above 1."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from wherenow.case.case_types import Case, DataSeries
from wherenow.case.located_yaml.problems import Problems
from wherenow.case.observation import Observation
from wherenow.distributions.families import Array
from wherenow.errors import InputError
from wherenow.language.syntax import canonical
from wherenow.language.units import units
from wherenow.model.model_types import Kind

MOST = 0.01
"""The share of predictions that may lie outside the possible range of a series."""
_SIGNED = frozenset({"year", "USD", "EUR", "IQD", "degree"})
"""Base units of quantities that may be negative: lags, balances, temperatures."""
_VARIABLE = re.compile(r"\s*([^\W\d]\w*)\s*(\[[^\]]*\])?\s*")


@dataclass(frozen=True, slots=True)
class Possible:
    """The smallest and largest possible value of a series, and the reason."""

    low: float
    high: float
    why: str


def check_support(case: Case, problems: Problems) -> None:
    """Warn of each error model with more than 1% of its predictive mass, at the data, outside the possible range.

    The predictions of an observation that states a range are limited to it.
    """
    for name, observation in case.observations.items():
        if name not in case.data or not len(case.data[name]) or observation.range is not None:
            continue
        data, possible = case.data[name], possible_range(case, observation)
        if possible is None or _surely_inside(observation, data, possible):
            continue
        below, above = mass_outside(observation, data, possible)
        if below + above <= MOST:
            continue
        side, bound = ("below", possible.low) if below >= above else ("above", possible.high)
        problems.warning(
            f"the error {observation.error} of '{name}' puts {below + above:.0%} of what it predicts {side} {bound:g} "
            f"at the data's own values, where no value can be: {possible.why}",
            observation.text,
            _instead(data, possible),
        )


def possible_range(case: Case, observation: Observation) -> Possible | None:
    """Find the possible range of a series; None if nothing bounds it.

    A range stated for the observed variable comes first. Otherwise the lower bound is 0 for data that are never
    negative and count or measure something (persons, TWh), and for a stock declared non-negative; data between 0 and 1
    without a unit, or in percent, are shares.
    """
    data = case.data[observation.series]
    matched = _VARIABLE.fullmatch(observation.of.content)
    variable = case.model.variables.get(canonical(matched[1])) if matched else None
    if variable is not None and variable.range is not None:
        return Possible(*variable.range, f"the range of '{variable.name}'")
    try:
        unit = units(tuple(case.model.units)).parse(data.unit)
    except InputError:
        return None  # another check reports the unknown unit
    if not unit.powers and (data.values >= 0).all() and (data.values * unit.factor <= 1).all():
        return Possible(0.0, 1 / unit.factor, "all data are shares")
    if variable is not None and variable.kind is Kind.STOCK and variable.non_negative:
        return Possible(0.0, math.inf, f"'{variable.name}' is never negative")
    counted = any(power > 0 and name not in _SIGNED for name, power in unit.powers)
    if counted and (data.values >= 0).all():
        return Possible(0.0, math.inf, f"no datum in {data.unit} is negative")
    return None


def mass_outside(observation: Observation, data: DataSeries, possible: Possible) -> tuple[float, float]:
    """Compute the shares of an error model's predictions below and above a range, averaged over the data."""
    wide = data.wideness(observation)
    below, above = (_below(observation, data.values, bound, wide) for bound in (possible.low, possible.high))
    return float(np.mean(below)), float(np.mean(1 - above))


def _surely_inside(observation: Observation, data: DataSeries, possible: Possible) -> bool:
    """Whether Cantelli's inequality (1928) shows that a Student error model needs no warning.

    It spares the import of SciPy, a fifth of a second, that the exact share takes.
    """
    if observation.error.name != "student" or observation.error.arguments[0] <= 2:
        return False  # other error models need no SciPy; with two or fewer degrees of freedom the variance is infinite
    degrees, scale = observation.error.arguments
    variance = degrees / (degrees - 2) * (scale * data.wideness(observation)) ** 2
    room = np.minimum(data.values - possible.low, possible.high - data.values)
    return bool((room > 0).all() and np.mean(2 * variance / (variance + room**2)) <= MOST)


def _normal_below(z: Array) -> Array:
    """Compute the standard normal distribution function of each number."""
    return np.array([0.5 * math.erfc(-x / math.sqrt(2)) for x in z])


def _below(observation: Observation, values: Array, bound: float, wide: Array) -> Array:
    """Compute the share of the predictions at each value that lies below ``bound``."""
    if math.isinf(bound):
        return np.full(len(values), float(bound > 0))
    first, *rest = observation.error.arguments
    match observation.error.name:
        case "normal":
            return _normal_below((bound - values) / (first * wide))
        case "student":
            import scipy.special  # imported here because it is slow

            return np.asarray(scipy.special.stdtr(first, (bound - values) / (rest[0] * wide)))
        case "lognormal":
            offset = rest[0] if rest else 0.0
            if bound <= (0.0 if (values >= 0).all() else -offset):
                return np.zeros(len(values))
            return _normal_below(np.log((bound + offset) / (values + offset)) / (first * wide))
        case "logitnormal":
            low, high = rest or (0.0, 1.0)
            at, around = (np.clip((x - low) / (high - low), 0.0, 1.0) for x in (np.float64(bound), values))
            with np.errstate(divide="ignore", invalid="ignore"):
                return _normal_below((np.log(at / (1 - at)) - np.log(around / (1 - around))) / (first * wide))
        case _:
            return np.full(len(values), float(bound > 0))  # counts are never negative, and have no upper bound


def _instead(data: DataSeries, possible: Possible) -> str:
    if math.isfinite(possible.low) and math.isfinite(possible.high):
        bounds = "" if (possible.low, possible.high) == (0, 1) else f", {possible.low:g}, {possible.high:g}"
        return f"write logitnormal(sd{bounds}), with the sd on the logit scale"
    offset = ", offset" if (data.values <= 0).any() else ""
    return f"write counts(log-sd, span) for counts, else lognormal(log-sd{offset})"

"""The error models of data: the scale on which errors are normal, their width, and how data are drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy

from wherenow.case.case_types import DataSeries
from wherenow.case.observation import Observation
from wherenow.distributions.families import Array
from wherenow.errors import Diagnostic, InputError

_FLOOR = 1e-3
"""A model value at or beyond a bound counts as this share of the data's smallest distance from it."""
_HALF = 0.5
"""Added to a count before taking its logarithm, so that a count of zero has one."""
_MOST = 1e15
"""Maximum mean of a count that is drawn."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ErrorScale:
    """The scale on which a series' errors are normal, and the range of its values.

    Without bounds it is the value itself; with ``low``, the logarithm of the distance from it; with both bounds, the
    logit of the share between them. Values closer to a bound than ``floor`` count as that close. Values below ``least``
    or above ``most`` are returned as these: an offset lets zero be a datum, but does not make negative values possible.
    ``span`` is given for counts: a value times ``span`` is a whole number.
    """

    low: float = -np.inf
    high: float = np.inf  # upper bound
    floor: float = 1e-300
    least: float = -np.inf
    most: float = np.inf
    span: float | None = None

    @property
    def logarithmic(self) -> bool:
        return bool(np.isfinite(self.low) and not np.isfinite(self.high))

    @property
    def logistic(self) -> bool:
        return bool(np.isfinite(self.high))

    def to(self, values: Array) -> Array:
        values = np.asarray(values, float)
        if not (self.logarithmic or self.logistic):
            return values
        above: Array = np.maximum(values - self.low, self.floor)
        return np.log(above / np.maximum(self.high - values, self.floor) if self.logistic else above)

    def path(self, values: Array) -> Array:
        """Return model values on this scale. The logarithm of a count needs the added half; that of a rate does not."""
        if self.span is None:
            return self.to(values)
        return np.log(np.maximum(values, self.floor))

    def back(self, scaled: Array) -> Array:
        """Return the values whose :meth:`path` is ``scaled``: for counts, the rates that they are drawn around."""
        if self.span is not None:
            return np.exp(scaled)
        if self.logistic:
            return self.held(self.low + (self.high - self.low) * scipy.special.expit(scaled))
        return self.held(np.exp(scaled) + self.low if self.logarithmic else scaled)

    def held(self, values: Array) -> Array:
        """Clip ``values`` to ``least`` and ``most``."""
        return np.clip(values, self.least, self.most)

    def drawn(self, scaled: Array, rng: np.random.Generator) -> Array:
        """Draw data whose rate, or value, is at ``scaled``: counts are Poisson, other values are unchanged."""
        values = self.back(scaled)
        if self.span is None:
            return values
        finite = np.isfinite(values)
        counts = rng.poisson(np.minimum(np.where(finite, values, 0.0) * self.span, _MOST))
        return np.where(finite, self.held(counts / self.span), np.nan)


@dataclass(frozen=True, eq=False, kw_only=True)
class Gaussian:
    """One series with normal errors on its scale: ``y``, ``sd`` and ``gap`` (to the datum before; inf at breaks).

    ``counts`` are the data as whole numbers if they are Poisson counts around a rate with such errors, otherwise None.
    """

    name: str  # name of the series
    scale: ErrorScale  # scale of the errors
    times: Array  # times of the data
    y: Array
    sd: Array
    gap: Array
    counts: Array | None

    @property
    def sampling(self) -> Array:
        """Return by datum the variance that counting adds to that of errors if ``y`` is treated as normal, else 0."""
        return np.zeros(len(self.y)) if self.counts is None else 1 / (self.counts + _HALF)


def gaussian(observation: Observation, data: DataSeries) -> Gaussian:
    """Build a series whose errors are normal on some scale. Raises InputError if a datum is outside its range.

    A count k over a span has ``y`` log((k + 1/2) / span), to compare data on one scale; the likelihood uses the count.
    """
    scale = scale_of(observation, data)
    gap = np.diff(data.times, prepend=-np.inf)
    for moment in observation.breaks:
        after = np.flatnonzero(data.times >= moment)
        if len(after):
            gap[after[0]] = np.inf
    sd = observation.error.arguments[0] * data.wideness(observation)
    counts = None if scale.span is None else data.values * scale.span
    return Gaussian(
        name=data.name, scale=scale, times=data.times, y=scale.to(data.values), sd=sd, gap=gap, counts=counts
    )


def scale_of(observation: Observation, data: DataSeries) -> ErrorScale:
    """Return the scale of a series' errors, and the range of its values. Raises InputError as :func:`gaussian` does."""
    scale = _scale(observation, data)
    if observation.range is None:
        return scale
    least, most = observation.range
    return replace(scale, least=max(scale.least, least), most=most)


def _scale(observation: Observation, data: DataSeries) -> ErrorScale:
    name, (_, *rest) = observation.error.name, observation.error.arguments
    match name:
        case "lognormal":
            low = -rest[0] if rest else 0.0
            scale = ErrorScale(low=low, least=low if (data.values < 0).any() else 0.0)
            fault = "is not positive", "lognormal errors need", "give an offset, lognormal(0.3, 10), or another error"
        case "counts":
            span = rest[0] if rest else 1.0
            scale = ErrorScale(low=-_HALF / span, least=0.0, span=span)
            fault = "is negative", "counts never are", "write another error, such as normal(5)"
        case "logitnormal":
            low, high = rest or (0.0, 1.0)
            scale = ErrorScale(low=low, high=high)
            between = f"is not between {low:g} and {high:g}"
            fault = between, "logitnormal errors need", "state wider bounds: logitnormal(sd, low, high)"
        case _:
            return ErrorScale()
    apart = np.minimum(data.values - scale.low, scale.high - data.values)
    outside = (data.values < 0) if scale.span is not None else (apart <= 0)
    if outside.any():
        what, need, hint = fault
        where = data.dates[int(np.flatnonzero(outside)[0])]
        message = f"'{data.name}' {what} at {where}, which {need}"
        raise InputError([Diagnostic(message, observation.text.locate(0), hint=hint)])
    return replace(scale, floor=_FLOOR * float(apart.min()))

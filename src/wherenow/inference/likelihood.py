"""The likelihood of data: measurement error around the model, and what the model misses around that.

For normal and lognormal errors (of the value, or of its logarithm) a series is

    y(t) = m(t) + d(t) + e(t),   e ~ N(0, sd²),   d an Ornstein-Uhlenbeck process: var size², correlation exp(-Δt/time)

``d`` is the model's discrepancy (Kennedy & O'Hagan 2001, "Bayesian calibration of computer models"): what the model
misses lasts for a while. Its size and time are inferred with the parameters, one pair a series. The process is Markov,
so that the density of a series takes one pass of the Kalman filter, here over all draws and all series at once. Student
and negative binomial errors stand by themselves, without discrepancy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import gammaln

from wherenow.case.families import Array
from wherenow.case.observation import Observation
from wherenow.case.prior import Prior, prior
from wherenow.case.types import Case, DataSeries
from wherenow.errors import Diagnostic, InputError
from wherenow.inference.observed import Observer, data_times, in_run, observer
from wherenow.inference.space import Space

SIZE, TIME = "discrepancy·", "discrepancy-time·"
_LOG_TAU = float(np.log(2 * np.pi))
_FLOOR = 1e-3
"""A model value at or near zero counts as this part of the least datum: as wrong as that, and no worse."""


@dataclass(frozen=True, eq=False)
class Scale:
    """How a series is seen by its error: as it is, or as the logarithm of value + offset, where at least ``floor``."""

    logarithmic: bool
    offset: float = 0.0
    floor: float = 1e-300

    def to(self, values: Array) -> Array:
        if not self.logarithmic:
            return np.asarray(values, float)
        return np.log(np.maximum(np.asarray(values, float) + self.offset, self.floor))

    def back(self, scaled: Array) -> Array:
        return np.exp(scaled) - self.offset if self.logarithmic else scaled


@dataclass(frozen=True, eq=False)
class Gaussian:
    """One series with normal errors on its scale: ``y``, ``sd`` and ``gap`` (to the datum before; inf at breaks)."""

    name: str
    scale: Scale
    times: Array
    y: Array
    sd: Array
    gap: Array


def gaussian(observation: Observation, data: DataSeries) -> Gaussian:
    """A series with normal or lognormal errors. Raises InputError where a datum has no logarithm."""
    error = observation.error
    logarithmic = error.name == "lognormal"
    offset = error.arguments[1] if len(error.arguments) > 1 else 0.0
    if logarithmic and (data.values + offset <= 0).any():
        where = data.dates[int(np.flatnonzero(data.values + offset <= 0)[0])]
        raise InputError([Diagnostic(
            f"'{data.name}' is not positive at {where}, which lognormal errors need", observation.text.locate(0),
            "give an offset, lognormal(0.3, 10), or another error",
        )])  # fmt: skip
    scale = Scale(logarithmic, offset, _FLOOR * float((data.values + offset).min())) if logarithmic else Scale(False)
    wide = np.where(np.array(data.quality) == "recalled", observation.recalled, 1.0)
    gap = np.diff(data.times, prepend=-np.inf)
    for moment in observation.breaks:
        after = np.flatnonzero(data.times >= moment)
        if len(after):
            gap[after[0]] = np.inf
    return Gaussian(data.name, scale, data.times, scale.to(data.values), error.arguments[0] * wide, gap)


def discrepancy_priors(case: Case, series: tuple[str, ...]) -> dict[str, Prior]:
    """Priors of the size and the time of each series' discrepancy, by name.

    The size's default is about twice the error, uncertain by a factor of three; the time's an eighth of the span of the
    data, uncertain by a factor of two.
    """
    found: dict[str, Prior] = {}
    for name in series:
        observation, data = case.observations[name], case.data[name]
        found[SIZE + name] = observation.discrepancy or prior("lognormal", 2 * observation.error.arguments[0], 1.0)
        length = max(float(data.times[-1] - data.times[0]), case.model.time.save)
        found[TIME + name] = prior("lognormal", length / 8, 0.7)
    return found


@dataclass(frozen=True, eq=False)
class Likelihood:
    """The log-likelihood of a case's data, over the space of its parameters and discrepancies."""

    space: Space
    observer: Observer
    gaussians: tuple[Gaussian, ...]  # the longest first
    others: tuple[tuple[Observation, DataSeries], ...]

    def __call__(self, z: Array) -> Array:
        """Log-likelihood at ``z[parameter, draw]``, one a draw; -inf where the model turns non-finite."""
        return np.where(np.isfinite(total := self.by_series(z).sum(axis=0)), total, -np.inf)

    def by_series(self, z: Array) -> Array:
        """``[series, draw]``: what each series adds, Gaussian ones first."""
        values = self.space.values(z)
        predicted = self.observer.predict(self.space.names, values)
        with np.errstate(invalid="ignore", over="ignore"):  # a draw may have turned non-finite
            parts = [self.filtered(values, predicted)[0]]
            parts += [_independent(o, d, predicted[d.name])[None] for o, d in self.others]
        return np.concatenate(parts)

    @property
    def data(self) -> int:
        """How many data there are."""
        return sum(len(g.y) for g in self.gaussians) + sum(len(d) for _, d in self.others)

    def discrepancy(self, values: Array) -> tuple[Array, Array]:
        """Sizes and times ``[Gaussian series, draw]`` out of parameter values."""
        sizes, times = self._rows
        return values[sizes], values[times]

    @cached_property
    def _rows(self) -> tuple[list[int], list[int]]:
        row = {name: i for i, name in enumerate(self.space.names)}
        return [row[SIZE + g.name] for g in self.gaussians], [row[TIME + g.name] for g in self.gaussians]

    @cached_property
    def _padded(self) -> tuple[list[int], Array, Array, Array]:
        """Per datum number: how many series have it, and ``y``, ``sd``, ``gap`` as ``[datum, series]``."""
        longest = max((len(g.y) for g in self.gaussians), default=0)
        count = [sum(len(g.y) > t for g in self.gaussians) for t in range(longest)]
        y, sd, gap = (np.zeros((longest, len(self.gaussians))) for _ in range(3))
        for s, g in enumerate(self.gaussians):
            y[: len(g.y), s], sd[: len(g.y), s], gap[: len(g.y), s] = g.y, g.sd, g.gap
        return count, y, sd, gap

    def filtered(self, values: Array, predicted: Mapping[str, Array]) -> tuple[Array, Array, Array]:
        """Of each Gaussian series, ``[series, draw]``: the log-likelihood, and what is known of its discrepancy after
        the last datum, mean and variance.
        """
        sizes, spans = self.discrepancy(values)
        count, y, sd, gap = self._padded
        scaled = [g.scale.to(predicted[g.name]) for g in self.gaussians]
        variance = sizes * sizes
        mean, spread = np.zeros_like(variance), variance.copy()
        total = np.zeros_like(variance)
        for t, n in enumerate(count):
            at = np.stack([rows[t] for rows in scaled[:n]])
            kept = np.exp(-gap[t, :n, None] / spans[:n])
            mean_ahead = kept * mean[:n]
            spread_ahead = variance[:n] + kept * kept * (spread[:n] - variance[:n])
            whole = spread_ahead + (sd[t, :n] ** 2)[:, None]
            missed = y[t, :n, None] - at - mean_ahead
            gain = spread_ahead / whole
            mean[:n] = mean_ahead + gain * missed
            spread[:n] = spread_ahead * (1 - gain)
            total[:n] -= 0.5 * (_LOG_TAU + np.log(whole) + missed * missed / whole)
        return total, mean, spread


def likelihood(case: Case, threads: int | None = None) -> Likelihood:
    """The likelihood of the data of ``case`` that its observations speak of.

    Raises InputError where an observation does not fit its data or model.
    """
    at = data_times(case)
    time = case.model.time
    within = {name: in_run(case.data[name], time.start, time.stop) for name in at}
    smooth = [n for n in at if case.observations[n].error.name in ("normal", "lognormal")]
    gaussians = sorted((gaussian(case.observations[n], within[n]) for n in smooth), key=lambda g: -len(g.y))
    others = tuple((case.observations[n], within[n]) for n in at if n not in smooth)
    priors = {**case.priors, **discrepancy_priors(case, tuple(g.name for g in gaussians))}
    return Likelihood(Space(priors), observer(case, at, threads), tuple(gaussians), others)


def _independent(observation: Observation, data: DataSeries, predicted: Array) -> Array:
    """Log-likelihood of a series whose data err independently: Student or negative binomial."""
    y = data.values[:, None]
    wide = np.where(np.array(data.quality) == "recalled", observation.recalled, 1.0)[:, None]
    if observation.error.name == "student":
        degrees, scale = observation.error.arguments
        missed = (y - predicted) / (scale * wide)
        constant = gammaln((degrees + 1) / 2) - gammaln(degrees / 2) - 0.5 * np.log(degrees * np.pi)
        terms = constant - np.log(scale * wide) - (degrees + 1) / 2 * np.log1p(missed**2 / degrees)
    else:
        size = observation.error.arguments[0] / wide
        mean = np.maximum(predicted, 1e-9)
        terms = (
            gammaln(y + size) - gammaln(size) - gammaln(y + 1)
            + size * np.log(size / (size + mean)) + y * np.log(mean / (size + mean))
        )  # fmt: skip
    total: Array = terms.sum(axis=0)
    return total

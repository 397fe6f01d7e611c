"""Data series on the scale on which their changes are homogeneous, with their possible values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from wherenow.case.case_types import Case, DataSeries
from wherenow.case.observation import Observation
from wherenow.distributions.families import Array
from wherenow.inference.likelihood.measurement_error import ErrorScale, gaussian

Kind = Literal["plain", "log", "bounded"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Record:
    """The known data of one series.

    Parameters
    ----------
    name : the series.
    times : dates ``[datum]`` in the case's time unit, ascending.
    y : data ``[datum]`` on ``scale``.
    wide : the error of each datum relative to the usual error, ``[datum]``.
    starts : whether a new definition of the series begins at the datum, ``[datum]``.
    scale : to and from the series' own unit.
    kind : ``log`` and ``bounded`` (without unit) or ``plain`` (in the series' unit).
    error : the stated standard deviation of measurement error on the scale; None if the case states none.
    unit : the size, on the scale, that makes steps of different series comparable.
    low, high, grid : the smallest and largest possible values and, for counts, the distance between values.
    """

    name: str
    times: Array
    y: Array
    wide: Array
    starts: Array
    scale: ErrorScale
    kind: Kind
    error: float | None
    unit: float
    low: float = -np.inf
    high: float = np.inf
    grid: float = 0.0
    interval: float = field(init=False, default=1.0)  # typical time between data

    def __post_init__(self) -> None:
        gaps = np.diff(self.times[-9:])
        object.__setattr__(self, "interval", float(np.median(gaps)) if len(gaps) else 1.0)

    def back(self, y: Array) -> Array:
        """Convert to the series' unit, within its range and, for counts, to whole numbers."""
        with np.errstate(over="ignore"):
            # ``scale.to`` adds one half to a count before the logarithm, and ``scale.back`` does not subtract it
            values = np.exp(y) + self.scale.low if self.scale.span is not None else self.scale.back(y)
        if self.grid:
            values = np.round(values / self.grid) * self.grid
        return np.clip(values, self.low, self.high)

    def dates_ahead(self, until: float) -> Array:
        """Return dates at the series' usual interval, from its last datum to one interval past ``until``."""
        steps = int(np.ceil((until - self.times[-1]) / self.interval + 1e-6)) + 1
        return np.asarray(self.times[-1] + self.interval * np.arange(1, max(steps, 1) + 1))


def records(case: Case) -> dict[str, Record]:
    """Return every series of ``case`` that has data, whether the model observes it or not."""
    return {name: record(series, case.observations.get(name)) for name, series in case.data.items() if len(series)}


def record(series: DataSeries, observation: Observation | None = None) -> Record:
    """Convert a series to the scale of its error model, else to logarithms if all its data are positive."""
    values = series.values
    wide: Array = np.ones(len(series))
    starts = np.zeros(len(series), bool)
    if observation is not None:
        wide = series.wideness(observation)
        for moment in observation.breaks:
            after = np.flatnonzero(series.times >= moment)
            starts[after[:1]] = True
    scale, kind, error = _scale(series, observation)
    y = scale.to(values)
    spread = float(y.std(ddof=1)) if len(y) > 1 else 0.0
    unit = 1.0 if kind != "plain" else max(spread, error or 0.0, 1e-9 * max(1.0, float(np.abs(y).max())))
    low = max(0.0, scale.least) if (values >= 0).all() else scale.least
    return Record(
        name=series.name,
        times=series.times,
        y=y,
        wide=wide,
        starts=starts,
        scale=scale,
        kind=kind,
        error=error,
        unit=unit,
        low=max(low, scale.low),
        high=min(scale.high, scale.most),
        grid=_grid(scale, observation),
    )


def _scale(series: DataSeries, observation: Observation | None) -> tuple[ErrorScale, Kind, float | None]:
    if observation is not None and observation.error.smooth:
        scale = gaussian(observation, series).scale
        kind: Kind = "bounded" if scale.logistic else "log" if scale.logarithmic else "plain"
        return scale, kind, observation.error.arguments[0]
    values = series.values
    counts = observation is not None and observation.error.name == "negbinomial"
    if counts or (values > 0).all():
        low = -0.5 if counts else 0.0
        return ErrorScale(low=low, floor=1e-3 * float((values - low).min())), "log", None
    return ErrorScale(), "plain", None


def _grid(scale: ErrorScale, observation: Observation | None) -> float:
    """Return the distance between possible values of a count; 0 for other series."""
    if scale.span is not None:
        return 1 / scale.span
    return 1.0 if observation is not None and observation.error.name == "negbinomial" else 0.0

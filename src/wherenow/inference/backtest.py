"""Backtests: at each origin, fit to what was known, forecast ahead, and score against what came.

The case handed to a fit is cut at its origin (:mod:`wherenow.inference.known`), so that nothing later can be used.
Scores are on the series' own scale (logarithms where its errors are), divided by its error, so that series count
alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wherenow.case.dates import is_year, iso_date
from wherenow.case.families import Array
from wherenow.case.observation import Observation
from wherenow.case.types import Case, DataSeries
from wherenow.cluster import each
from wherenow.errors import UsageError
from wherenow.inference.baselines import BASELINES
from wherenow.inference.calibrate import Effort, calibrate
from wherenow.inference.errors_of_data import gaussian, typical_error
from wherenow.inference.known import known_at
from wherenow.inference.observed import in_run
from wherenow.inference.predict import Predicted, ahead
from wherenow.inference.scores import Score, score, skill

MODEL = "wherenow"
LEAST_KNOWN = 4
"""A series with fewer data before an origin is not forecast from it: no baseline could be, either."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One forecast of one datum by one method."""

    origin: float
    series: str
    time: float
    method: str
    score: Score


@dataclass(frozen=True, slots=True)
class Backtest:
    """Every forecast with its scores, and what they come to."""

    case: str
    origins: tuple[float, ...]
    horizon: float
    scored: tuple[Scored, ...]

    @property
    def methods(self) -> tuple[str, ...]:
        """Ours, then the baselines that made any forecast."""
        return tuple(dict.fromkeys((MODEL, *(s.method for s in self.scored))))

    def mean_crps(self, method: str) -> tuple[float, float]:
        """The model's mean CRPS and that of ``method``, over the forecasts that both made."""
        ours, theirs, _ = self._both(method)
        return float(ours.mean()), float(theirs.mean())

    @property
    def best_baseline(self) -> str:
        """The baseline that the model beats least."""
        return min(self.methods[1:], key=lambda m: self.skill(m)[0])

    def skill(self, against: str | None = None) -> tuple[float, float, float]:
        """CRPS skill of the model against a baseline (the best one by default), with its 90% interval.

        Forecasts of one series from one origin share their luck and are resampled together.
        """
        return skill(*self._both(against or self.best_baseline))

    def coverage(self) -> float:
        """The share of data within the model's 90% bands."""
        return float(np.mean([s.score.covered for s in self.scored if s.method == MODEL]))

    def _both(self, method: str) -> tuple[Array, Array, NDArray[np.str_]]:
        found = {(s.method, s.origin, s.series, s.time): s.score.crps for s in self.scored}
        keys = [k[1:] for k in found if k[0] == MODEL and (method, *k[1:]) in found]
        series = [name for _, name, _ in keys]
        share = np.array([len(keys) / len(set(series)) / series.count(name) for name in series])  # series count alike
        ours, theirs = (share * np.array([found[m, *key] for key in keys]) for m in (MODEL, method))
        return ours, theirs, np.array([f"{series} {origin}" for origin, series, _ in keys])

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        skills = {m: dict(zip(("value", "low", "high"), self.skill(m), strict=True)) for m in self.methods[1:]}
        return {
            "case": self.case, "origins": [*self.origins], "horizon": self.horizon,
            "forecasts": sum(s.method == MODEL for s in self.scored), "best_baseline": self.best_baseline,
            "skill": skills, "coverage": self.coverage(), "scores": [asdict(s) for s in self.scored],
        }  # fmt: skip


def backtest(
    case: Case,
    origins: Iterable[float],
    horizon: float = 2.0,
    seed: int = 0,
    effort: Effort = Effort(runs=2, particles=512, moves=20, rounds=10),  # noqa: B008 - immutable
    threads: int | None = None,
    draws: int = 1000,
    progress: Callable[[str], None] = lambda _: None,
    cluster: str = "",
) -> Backtest:
    """Forecasts of every observed series up to ``horizon`` after each of ``origins``, scored.

    ``cluster`` as for :func:`~wherenow.cluster.each`: origins side by side, one thread each, to the same bits.

    Raises UsageError where no origin leaves something to forecast.
    """
    scored: list[Scored] = []
    origins = tuple(origins)
    told = _untold if cluster else progress  # workers have nobody to tell
    work = partial(_from_origin, case, horizon, seed, effort, 1 if cluster else threads, draws, told)
    for origin, found in zip(origins, each(work, origins, cluster), strict=True):
        progress(f"scored {len(found)} forecasts from {_written(case, origin)}")
        scored += found
    if not scored:
        raise UsageError(f"{case.name}: no origin has data before it and after it to forecast")
    return Backtest(case.name, origins, horizon, tuple(scored))


def _untold(_: str) -> None:
    return None


def _from_origin(
    case: Case,
    horizon: float,
    seed: int,
    effort: Effort,
    threads: int | None,
    draws: int,
    told: Callable[[str], None],
    origin: float,
) -> list[Scored]:
    """The scores of all forecasts from one origin; none where nothing is left to forecast."""
    known, targets = known_at(case, origin), _targets(case, origin, horizon)
    if not targets:
        return []
    posterior = calibrate(known, seed, effort, threads, lambda text: told(f"from {_written(case, origin)}: {text}"))
    forecast = ahead(known, posterior, {s: t for s, (t, _) in targets.items()}, seed, draws, threads)
    rng, scored = np.random.default_rng(seed), list[Scored]()
    for series, (times, data) in targets.items():
        scored += _scores(case, known, origin, forecast[series], times, data, rng, draws)
    return scored


def _written(case: Case, origin: float) -> str:
    return iso_date(origin) if is_year(case.model.time.unit) else f"{origin:g}"


def default_origins(case: Case) -> tuple[float, ...]:
    """Five origins, evenly from a third to nine tenths of the span of the observed data, whole in the unit of time."""
    times = np.concatenate([case.data[name].times for name in case.observations] or [np.empty(0)])
    if not len(times):
        raise UsageError(f"{case.name} has no observed data: see observations.yaml")
    first, last = max(float(times.min()), case.model.time.start), float(times.max())
    return tuple(sorted({float(np.round(first + share * (last - first))) for share in np.linspace(1 / 3, 0.9, 5)}))


def _targets(case: Case, origin: float, horizon: float) -> dict[str, tuple[Array, Array]]:
    """By series: the times and values to forecast."""
    time = case.model.time
    found: dict[str, tuple[Array, Array]] = {}
    for name, observation in case.observations.items():
        data = in_run(case.data[name], time.start, min(time.stop, origin + horizon) - observation.over / 2)
        # a mean over a span around its date is known, in part, before the span is over
        later = data.times - observation.over / 2 >= origin - 1e-9
        if later.any() and (data.times <= origin).sum() >= LEAST_KNOWN:
            found[name] = (data.times[later], data.values[later])
    return found


def _scores(
    case: Case,
    known: Case,
    origin: float,
    forecast: Predicted,
    times: Array,
    data: Array,
    rng: np.random.Generator,
    draws: int,
) -> list[Scored]:
    name = forecast.series
    observation, time = case.observations[name], case.model.time
    past = in_run(known.data[name], time.start, origin)
    values = gaussian(observation, past).y if observation.error.smooth else past.values
    unit = _unit(observation, past)
    made = {MODEL: forecast.scale.to(forecast.values)}
    for method, baseline in BASELINES.items():
        found = baseline(past.times, values, times, rng, draws)
        if found is not None:
            made[method] = found
    came = forecast.scale.to(data)
    return [
        Scored(origin, name, float(t), method, score(rows[i] / unit, float(came[i] / unit)))
        for method, rows in made.items()
        for i, t in enumerate(times)
    ]


def _unit(observation: Observation, past: DataSeries) -> float:
    """One error of a series, on its scale: what scores are counted in."""
    error = observation.error
    match error.name:
        case "negbinomial":
            mean = float(past.values.mean())
            return max(float(np.sqrt(mean + mean * mean / error.arguments[0])), 1.0)
        case "student":
            return error.arguments[1]
        case _:
            return typical_error(observation, past)

"""Published forecasts of a case's data after its cut-off: the pool, the model alone and history alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from wherenow.case.case_types import Case
from wherenow.case.simulated import simulated_content
from wherenow.distributions.families import Array
from wherenow.errors import UsageError, did_you_mean
from wherenow.foresight.ingredients.level import Known
from wherenow.foresight.ingredients.model_forecasts import FittedStructure
from wherenow.foresight.ingredients.record import Record
from wherenow.foresight.ingredients.structures import stored, unfitted
from wherenow.foresight.pooling.pool import published
from wherenow.foresight.pooling.weights import MODELS
from wherenow.foresight.series_forecast import forecasts, known
from wherenow.foresight.trials.questions import horizon_of
from wherenow.foresight.trials.reliability import Track, tenths
from wherenow.foresight.trials.store import Stored, stored_trial
from wherenow.foresight.trials.trial import LearnedWeights, hindsight_of, learned_from
from wherenow.parts import content_of, part

DRAWS = 2000
FURTHEST = 1000
"""Maximum horizon, in usual intervals of a series: far more than any record supports."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Basis:
    """The basis of the forecasts of a case.

    Parameters
    ----------
    case : the case, known up to its cut-off.
    what : the records of its series and their estimated steps.
    structures : the fitted structures of its model, or the model with its priors where nothing is fitted.
    fit : how the structures were fitted, in words.
    learned : weights and recalibration.
    trial : the scored trial that these were learned from; None without a stored trial of this state of the case.
    now : the cut-off, or the last datum.
    """

    case: Case
    what: Known
    structures: tuple[FittedStructure, ...]
    fit: str
    learned: LearnedWeights
    trial: Stored | None
    now: float

    @property
    def horizons(self) -> tuple[float, ...]:
        """The horizons for which weights were learned."""
        return self.trial.card.horizons if self.trial else (np.inf,)

    def track(self, p: float | None) -> Track | None:
        """Return the track record of probabilities like ``p``; None without a stored trial."""
        if p is None or self.trial is None:
            return None
        return self.trial.card.tracks[int(tenths(np.array([p]))[0])]


def basis(case: Case) -> Basis:
    """Read the results stored beside a case and estimate how its series move."""
    structures = stored(case)
    fit = "fitted to the data"
    if not structures and case.observations:
        structures, fit = unfitted(case), "not fitted: the priors of its parameters"
    trial = stored_trial(case)
    scored, hindsight = trial.data if trial else (), hindsight_of(case)
    return Basis(
        case=case,
        what=known(case),
        structures=structures,
        fit=fit,
        trial=trial,
        learned=part("learned", lambda: learned_from(scored, hindsight), scored, hindsight),
        now=case.known_until,
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ahead:
    """Forecast draws of one series' data.

    Parameters
    ----------
    series, dates : the series and the dates, ``[date]``.
    draws : by method (:data:`~wherenow.foresight.pooling.pool.SHOWN`): draws ``[date, draw]`` in the series' unit.
    weights : the weight of each ingredient of the pool.
    """

    series: str
    dates: Array
    draws: Mapping[str, Array]
    weights: Mapping[str, float]

    @property
    def model_weight(self) -> float:
        """The share of the pool that comes from the model."""
        return sum(w for name, w in self.weights.items() if name in MODELS)


def ahead(
    found: Basis, dates: Mapping[str, Array], seed: int = 0, draws: int = DRAWS, threads: int | None = None
) -> dict[str, Ahead]:
    """Forecast series at dates after their last datum, jointly over series and time.

    Parameters
    ----------
    dates : ascending, by series. A series with dates after the end of the model's run is forecast from its history
        alone.

    Raises
    ------
    UsageError
        for a series without data, or a date within its record or more than :data:`FURTHEST` intervals after it.
    """
    for name, times in dates.items():
        _check(found, name, times)
    return part("ahead", lambda: _ahead(found, dates, seed, draws, threads), content(found), dates, seed, draws)


@lru_cache(maxsize=4)
def content(found: Basis) -> str:
    """Return a hash of everything on which forecasts of a case's data depend."""
    structures = [(s.name, simulated_content(s.case), s.posterior, s.weight) for s in found.structures]
    return content_of(simulated_content(found.case), found.what, structures, found.learned, found.horizons, found.now)


def _ahead(found: Basis, dates: Mapping[str, Array], seed: int, draws: int, threads: int | None) -> dict[str, Ahead]:
    inside = {name: times for name, times in dates.items() if times[-1] <= last_date(found.case, name) + 1e-9}
    drawn = forecasts(found.what, found.structures, inside, seed, draws, threads)
    drawn |= forecasts(found.what, (), {n: t for n, t in dates.items() if n not in inside}, seed, draws)
    out = {}
    for name, ingredients in drawn.items():
        horizon = horizon_of(float(dates[name][-1]) - found.now, found.horizons)
        weights = found.learned.weights.of(name, horizon, list(ingredients))
        by_method = published(ingredients, weights, found.learned.recalibration)
        out[name] = Ahead(series=name, dates=dates[name], draws=by_method, weights=weights)
    return out


def last_date(case: Case, series: str) -> float:
    """Return the last date at which the model predicts a series' data."""
    over = case.observations[series].over if series in case.observations else 0.0
    return case.model.time.stop - over / 2


def dates_for(found: Basis, names: Sequence[str], until: float) -> dict[str, Array]:
    """Return dates at each series' usual interval, from its last datum to just past ``until``.

    If that lies beyond the model's run, the dates stop at the end of the run (if the window ends before it) or at
    the last regular date (if less than one interval of the window remains). Raises UsageError beyond
    :data:`FURTHEST` intervals.
    """
    out = {}
    for name in names:
        record = found.what.records[name]
        _near_enough(record, until)
        times = record.dates_ahead(until)
        end = last_date(found.case, name)
        within = times[times <= end + 1e-9]
        if len(within) < len(times) and until <= end:
            within = np.append(within, end)
        near = len(within) and until - within[-1] <= record.interval
        out[name] = within if near else times
    return out


def _check(found: Basis, name: str, times: Array) -> None:
    if name not in found.what.records:
        hint = did_you_mean(name, found.what.records) or "series with data: " + ", ".join(found.what.records)
        raise UsageError(f"there is no series '{name}' with data", hint)
    record = found.what.records[name]
    last = float(record.times[-1])
    if not len(times) or times[0] <= last:
        raise UsageError(f"'{name}' is recorded up to {found.case.data[name].dates[-1]}; ask for a later date")
    _near_enough(record, float(times[-1]))


def _near_enough(record: Record, until: float) -> None:
    if until > record.times[-1] + FURTHEST * record.interval:
        raise UsageError(f"'{record.name}' is needed more than {FURTHEST} of its usual intervals after its last datum")

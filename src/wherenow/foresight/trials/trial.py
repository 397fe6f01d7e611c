"""Scored forecasts from earlier origins, which determine the weights of the ingredients and the pool's track record.

At each origin the case is cut to what was known (:func:`wherenow.inference.as_of.known_at`) and fitted, every
ingredient forecasts all later data within the horizons, and the ingredients are pooled by weights and a recalibration
learned from origins and data before this origin. The weights can come from a trial with blind priors instead,
so that knowledge of the record in the stated priors earns the model no weight.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from wherenow.case.case_types import Case
from wherenow.case.dates import is_year
from wherenow.cluster import each
from wherenow.distributions.families import Array
from wherenow.errors import UsageError
from wherenow.execution import HERE, Execution
from wherenow.foresight.ingredients.history import ANALOGUES, METHODS
from wherenow.foresight.ingredients.level import Known
from wherenow.foresight.ingredients.structures import fitted
from wherenow.foresight.pooling.bounds import bounded, past_questions
from wherenow.foresight.pooling.pool import POOL, published
from wherenow.foresight.pooling.recalibration import Recalibration, recalibrate
from wherenow.foresight.pooling.weights import Evidence, Weights, counts, learn, optimism
from wherenow.foresight.series_forecast import forecasts, known
from wherenow.foresight.trials.questions import Question, horizon_of, questions, ranks
from wherenow.inference.as_of import known_at
from wherenow.inference.calibrate import Effort
from wherenow.inference.checking.scores import Score, scores

LEAST_KNOWN = 4
"""A series with fewer data before an origin is not forecast from it."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Origin:
    """The forecasts at one origin.

    Parameters
    ----------
    origin : its date.
    what : the records and steps known at that date.
    dates, came : the dates and the values of later data, by series.
    draws : draws ``[date, draw]`` by series and ingredient.
    """

    origin: float
    what: Known
    dates: Mapping[str, Array]
    came: Mapping[str, Array]
    draws: Mapping[str, Mapping[str, Array]]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ScoredDatum:
    """One scored datum.

    Parameters
    ----------
    evidence : log densities for the weights.
    scores : scores of the ingredients and of the published forecasts.
    rank : the datum's rank in the pool before recalibration.
    """

    evidence: Evidence
    scores: Mapping[str, Score]
    rank: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ScoredQuestion:
    """One scored question: the stated probabilities, the outcome, and when it was decided."""

    question: Question
    p: Mapping[str, float]
    came: bool
    decided: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Trial:
    """The scored forecasts of all origins of a case."""

    case: str
    horizons: tuple[float, ...]
    origins: tuple[float, ...]
    data: tuple[ScoredDatum, ...]
    asked: tuple[ScoredQuestion, ...]


def trial(
    case: Case,
    origins: Iterable[float],
    horizons: tuple[float, ...],
    seed: int = 0,
    *,
    effort: Effort | None = None,
    draws: int = 1000,
    equal: bool = False,
    blind: Trial | None = None,
    before: Sequence[ScoredDatum] = (),
    execution: Execution = HERE,
) -> Trial:
    """Forecast from each origin and score.

    Parameters
    ----------
    horizons : the ends of the classes of lead times, ascending, in the case's unit of time.
    equal : weight the variants of the model equally.
    blind : the same trial with blind priors, from which the weights are then learned.
    before : scored data of an earlier trial, as for :func:`judge`.

    Raises
    ------
    UsageError
        if no origin has data before it and after it.
    """
    origins = tuple(sorted(origins))
    work = partial(_forecast, case, horizons, seed, effort, draws, equal, execution.of_parts)
    made = [o for o in each(work, origins, execution.cluster) if o is not None]
    if not made:
        raise UsageError(f"{case.name}: no origin has data before it and after it to forecast")
    return judge(case.name, made, horizons, hindsight_of(case), blind, before)


def hindsight_of(case: Case) -> float:
    """Return by how much hindsight flatters a case's forecasts of its own record; see :func:`~.weights.optimism`."""
    return optimism(len(case.priors), sum(len(case.data[name]) for name in case.observations if name in case.data))


def _forecast(
    case: Case,
    horizons: tuple[float, ...],
    seed: int,
    effort: Effort | None,
    draws: int,
    equal: bool,
    execution: Execution,
    origin: float,
) -> Origin | None:
    """Forecast all later data from one origin; None if there are none to forecast."""
    cut = known_at(case, origin)
    targets = _targets(case, origin, horizons[-1])
    if not targets:
        return None
    options = {} if effort is None else {"effort": effort}
    structures = fitted(cut, seed, equal=equal, execution=execution, **options) if case.observations else ()
    what = known(cut)
    dates = {s: t for s, (t, _) in targets.items()}
    return Origin(
        origin=origin,
        what=what,
        dates=dates,
        came={s: v for s, (_, v) in targets.items()},
        draws=forecasts(what, structures, dates, seed, draws, execution.threads),
    )


def _targets(case: Case, origin: float, horizon: float) -> dict[str, tuple[Array, Array]]:
    """Return the times and values of the data to forecast, by series."""
    time = case.model.time
    targets: dict[str, tuple[Array, Array]] = {}
    for name, series in case.data.items():
        over = case.observations[name].over if name in case.observations else 0.0
        data = series.between(time.start, min(time.stop, origin + horizon) - over / 2)
        later = data.times - over / 2 >= origin - 1e-9  # an average is partly known before its period ends
        later &= data.times > origin
        if later.any() and (series.times <= origin).sum() >= LEAST_KNOWN:
            targets[name] = (data.times[later], data.values[later])
    return targets


def default_origins(case: Case) -> tuple[float, ...]:
    """Return seven evenly spaced origins from 1/3 to 19/20 of the span of the data, rounded to the unit of time.

    Raises UsageError if the case has no data.
    """
    times = np.concatenate([case.data[name].times for name in case.observations or case.data] or [np.empty(0)])
    if not len(times):
        raise UsageError(f"{case.name} has no data: see observations.yaml")
    first, last = max(float(times.min()), case.model.time.start), float(times.max())
    return tuple(sorted({float(np.round(first + share * (last - first))) for share in np.linspace(1 / 3, 0.95, 7)}))


def default_horizons(case: Case) -> tuple[float, ...]:
    """Return horizons of half a year to three years; in other units of time one, two and four data intervals."""
    if is_year(case.model.time.unit):
        return 0.5, 1.0, 2.0, 3.0
    gaps = np.concatenate([np.diff(s.times) for s in case.data.values()] or [np.ones(1)])
    usual = float(np.median(gaps)) if len(gaps) else 1.0
    return usual, 2 * usual, 4 * usual


def judge(
    case: str,
    origins: Sequence[Origin],
    horizons: tuple[float, ...],
    hindsight: float = 0.0,
    blind: Trial | None = None,
    before: Sequence[ScoredDatum] = (),
) -> Trial:
    """Pool and score the forecasts of ``origins``, each with weights learned from earlier origins.

    Parameters
    ----------
    hindsight : as for :func:`learned_from`.
    blind : the same trial with blind priors; the weights are then learned from its earlier origins.
    before : scored data of another trial of the case; weights are also learned from its origins before these.
    """
    earned = {_key(d.evidence): d.evidence for d in (blind.data if blind else ())}
    origins = sorted(origins, key=lambda o: o.origin)
    past = [_classed(d, horizons) for d in before if d.evidence.origin < origins[0].origin]
    data = list(past)
    scored_questions: list[ScoredQuestion] = []
    for o in origins:
        learned = learned_from([d for d in data if d.evidence.time <= o.origin], hindsight)
        forecasts = _shown(o, horizons, learned)
        scored_questions += _ask(o, horizons, forecasts)
        scored = _score(o, horizons, forecasts, learned.recalibration)
        data += [replace(d, evidence=earned.get(_key(d.evidence), d.evidence)) for d in scored]
    return Trial(
        case=case,
        horizons=horizons,
        origins=tuple(o.origin for o in origins),
        data=tuple(data[len(past) :]),
        asked=tuple(scored_questions),
    )


def _classed(d: ScoredDatum, horizons: tuple[float, ...]) -> ScoredDatum:
    """Put a datum into the class of its lead time among ``horizons``."""
    e = d.evidence
    return replace(d, evidence=replace(e, horizon=horizon_of(e.time - e.origin, horizons)))


def _key(e: Evidence) -> tuple[str, float, float]:
    return e.series, e.origin, e.time


@dataclass(frozen=True, slots=True, eq=False)
class LearnedWeights:
    """The weights and the recalibration learned from past forecasts, and the number of data."""

    weights: Weights
    recalibration: Recalibration
    data: int = 0


def learned_from(data: Sequence[ScoredDatum], hindsight: float = 0.0) -> LearnedWeights:
    """Learn weights and recalibration from scored data; without data, return the priors.

    ``hindsight`` is the optimism of the model's forecasts, 0 if its structure is older than the data.
    """
    evidence = [d.evidence for d in data]
    ranks, times = np.array([(d.rank, d.evidence.time) for d in data]).reshape(-1, 2).T
    weights = learn(evidence, (*METHODS, ANALOGUES), hindsight)
    return LearnedWeights(weights, recalibrate(ranks, counts(evidence), times), len(data))


_Shown = Mapping[tuple[str, int], Mapping[str, Array]]
"""Published forecasts of a series for a class of horizons: draws ``[date, draw]`` by method."""


def _shown(o: Origin, horizons: tuple[float, ...], learned: LearnedWeights) -> _Shown:
    result = {}
    for series, ingredients in o.draws.items():
        for horizon in dict.fromkeys(horizon_of(float(t) - o.origin, horizons) for t in o.dates[series]):
            weights = learned.weights.of(series, horizon, list(ingredients))
            result[series, horizon] = published(ingredients, weights, learned.recalibration)
    return result


def _score(o: Origin, horizons: tuple[float, ...], shown: _Shown, recalibration: Recalibration) -> list[ScoredDatum]:
    """Score all data after an origin, on the scale of each series and in its typical steps."""
    result = []
    for series, ingredients in o.draws.items():
        record, moves = o.what.records[series], o.what.steps[series]
        for i, time in enumerate(o.dates[series]):
            horizon = horizon_of(float(time) - o.origin, horizons)
            step = float(moves.typical(float(time - record.times[-1])))
            came = float(record.scale.to(o.came[series][i : i + 1])[0]) / step
            made = {n: values[i] for n, values in {**ingredients, **shown[series, horizon]}.items()}
            scored = dict(zip(made, scores(record.scale.to(np.stack(list(made.values()))) / step, came), strict=True))
            evidence = Evidence(
                series=series,
                horizon=horizon,
                origin=o.origin,
                time=float(time),
                densities={n: -scored[n].log for n in ingredients},
            )
            result.append(
                ScoredDatum(evidence=evidence, scores=scored, rank=float(recalibration.before(scored[POOL].pit)))
            )
    return result


def _ask(o: Origin, horizons: tuple[float, ...], shown: _Shown) -> list[ScoredQuestion]:
    """Return the questions of an origin with their probabilities and outcomes."""
    past = [past_questions(o.what.records.values(), h) for h in horizons]
    last: dict[str, tuple[int, int]] = {}
    scored: list[ScoredQuestion] = []
    for series in o.draws:
        for q in questions(o.what.records[series], o.what.steps[series], o.origin, o.dates[series], horizons):
            last[series] = q.horizon, q.rows[-1]
            holds = {name: q.holds(values) for name, values in shown[series, q.horizon].items()}
            scored.append(_asked(o, past, q, holds, bool(q.holds(o.came[series][:, None])[0])))
    for q in ranks(last, o.origin):
        scored.append(_rank(o, past, q, shown))
    return scored


def _asked(
    o: Origin, past: Sequence[float], q: Question, holds: Mapping[str, NDArray[np.bool_]], came: bool
) -> ScoredQuestion:
    p = dict(zip(holds, bounded(np.mean(list(holds.values()), axis=1), past[q.horizon]).tolist(), strict=True))
    return ScoredQuestion(question=q, p=p, came=came, decided=float(o.dates[q.series][q.rows[-1]]))


def _rank(o: Origin, past: Sequence[float], q: Question, shown: _Shown) -> ScoredQuestion:
    """Score the question which of two series moves further up, in typical steps."""

    def moved(series: str, row: int, values: Array) -> Array:
        record, moves = o.what.records[series], o.what.steps[series]
        ahead = float(o.dates[series][row] - record.times[-1])
        return np.asarray((record.scale.to(values[row]) - record.y[-1]) / moves.typical(ahead))

    pairs = (q.series, q.rows[-1]), (q.other, q.other_row)
    ours, theirs = (shown[s, q.horizon] for s, _ in pairs)
    holds = {name: moved(*pairs[0], ours[name]) > moved(*pairs[1], theirs[name]) for name in ours if name in theirs}
    a, b = (moved(s, row, o.came[s][:, None])[0] for s, row in pairs)
    return _asked(o, past, q, holds, bool(a > b))

"""The scorecard of a trial: scores by method, horizon and class, reliability, and track records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from wherenow.distributions.families import Array
from wherenow.foresight.pooling.pool import POOL, SHOWN
from wherenow.foresight.trials.questions import MINIMUM
from wherenow.foresight.trials.reliability import Reliability, Track, log_score, reliability, track_record, worlds_of
from wherenow.foresight.trials.trial import ScoredQuestion, Trial
from wherenow.inference.checking.scores import skill

LAST_VALUE = "random walk"
"""The reference method for skill: the last value carried forward, with the uncertainty of its steps."""
_POINTS = 60
_WORLDS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodScore:
    """The scores of a method on the questions that it answered, and of the pool on the same questions.

    Parameters
    ----------
    questions : the number of questions that it answered.
    brier, log : its mean scores; 0 is best.
    pool_brier, pool_log : the pool's.
    brier_gain, log_gain : the method's score minus the pool's, with a 90% interval (Student's t over origins);
        positive if the pool is better.
    """

    method: str  # name of the method
    questions: int
    brier: float
    log: float
    pool_brier: float
    pool_log: float
    brier_gain: tuple[float, float, float]
    log_gain: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The scores of a subset of the questions, by horizon or by kind."""

    name: str
    questions: int
    brier: Mapping[str, float]
    log: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """A summary of a trial.

    Parameters
    ----------
    origins : dates of the origins, as written.
    horizons : upper ends of the lead-time classes, in the case's unit of time.
    questions, data : the numbers scored.
    methods : scores on questions of the pool, the model, the history and the base rate.
    parts : the same by horizon and by kind of question.
    skills : CRPS skill of the pool against each ingredient (value, low, high; 90%), with equal weight per series.
    series : mean CRPS in typical steps by series, of the pool and of the last value.
    coverage : the share of data in the 90% bands, by method.
    pits : the rank of each datum in the pool.
    reliability : the reliability of the pool's probabilities.
    tracks : their track record by tenths.
    """

    origins: tuple[str, ...]
    horizons: tuple[float, ...]
    questions: int
    data: int
    methods: tuple[MethodScore, ...]
    parts: tuple[Part, ...]
    skills: Mapping[str, tuple[float, float, float]]
    series: Mapping[str, tuple[float, float]]
    coverage: Mapping[str, float]
    pits: tuple[float, ...]
    reliability: Reliability
    tracks: tuple[Track, ...]

    @property
    def hardest(self) -> str:
        """The ingredient that the pool beats by the smallest margin."""
        return min(self.skills, key=lambda method: self.skills[method][0])

    @property
    def typical(self) -> Track | None:
        """The decile of probability between 20% and 90% with the most questions; None if none was scored."""
        return max((t for t in self.tracks[2:9] if t.questions), key=lambda t: t.questions, default=None)

    @property
    def sentence(self) -> str:
        """The track record in one sentence."""
        return f"In backtests, {self.typical}." if self.typical else "No past question has been scored."

    def to_dict(self) -> dict[str, Any]:
        """Return the scorecard as plain JSON types, with at most sixty points of the reliability curve."""
        tree = asdict(self)
        curve = self.reliability
        picked = np.unique(np.linspace(0, len(curve.said) - 1, _POINTS).astype(int))
        for name in ("said", "curve", "low", "high"):
            tree["reliability"][name] = [round(float(v), 4) for v in getattr(curve, name)[picked]]
        return tree


def scorecard(tried: Trial, written: Callable[[float], str]) -> Scorecard:
    """Summarise a trial; ``written`` formats a date."""
    asked, data = tried.asked, tried.data
    blocks = [(a.question.series, a.question.origin) for a in asked]
    came = np.array([a.came for a in asked])
    p = np.array([a.p[POOL] for a in asked])
    worlds = worlds_of(
        p,
        np.array([a.question.kind != MINIMUM for a in asked]),
        [a.question.series for a in asked],
        np.array([a.question.origin for a in asked]),
        np.array([a.decided for a in asked]),
        _WORLDS,
    )
    names = [n for n in SHOWN if any(n in a.p for a in asked)]
    ingredients = tuple(dict.fromkeys(n for d in data for n in d.evidence.densities))
    coverage = {n: float(np.mean([d.scores[n].covered for d in data if n in d.scores])) for n in (*names, *ingredients)}
    return Scorecard(
        origins=tuple(written(o) for o in tried.origins),
        horizons=tried.horizons,
        questions=len(asked),
        data=len(data),
        methods=tuple(_method(n, asked, blocks) for n in names),
        parts=(
            *_parts(asked, names, lambda a: f"up to {tried.horizons[a.question.horizon]:g} ahead"),
            *_parts(asked, names, lambda a: a.question.kind),
        ),
        skills={n: _skill(tried, n) for n in (*names[1:], *ingredients)},
        series=_by_series(tried),
        coverage=coverage,
        pits=tuple(round(d.scores[POOL].pit, 3) for d in data),
        reliability=reliability(p, came, worlds),
        tracks=track_record(p, came, worlds),
    )


def _method(name: str, asked: Sequence[ScoredQuestion], blocks: Sequence[tuple[str, float]]) -> MethodScore:
    rows = [i for i, a in enumerate(asked) if name in a.p]
    came = np.array([asked[i].came for i in rows])
    theirs, ours = (np.array([asked[i].p[n] for i in rows]) for n in (name, POOL))
    origins = [blocks[i] for i in rows]
    return MethodScore(
        method=name,
        questions=len(rows),
        brier=float(np.mean(_brier(theirs, came))),
        log=log_score(theirs, came),
        pool_brier=float(np.mean(_brier(ours, came))),
        pool_log=log_score(ours, came),
        brier_gain=_gain(_brier(theirs, came) - _brier(ours, came), origins),
        log_gain=_gain(_log(theirs, came) - _log(ours, came), origins),
    )


def _brier(p: Array, came: NDArray[np.bool_]) -> Array:
    return np.asarray((p - came) ** 2)


def _log(p: Array, came: NDArray[np.bool_]) -> Array:
    return -np.log(np.where(came, p, 1 - p))


def _gain(each: Array, blocks: Sequence[tuple[str, float]]) -> tuple[float, float, float]:
    """Return the mean of ``each`` with a 90% interval.

    What happens after an origin concerns all series, so an origin counts as one observation, with Student's t for as
    few as there are (Cameron, Gelbach & Miller 2008, Review of Economics and Statistics 90). With a single origin each
    series counts as one.
    """
    series, origins = (np.unique(b, return_inverse=True)[1] for b in zip(*blocks, strict=True))
    block = origins if origins.any() else series
    number = int(block.max()) + 1
    mean = float(each.mean())
    if number == 1:
        return mean, mean, mean
    total = np.bincount(block, each - mean)
    half = scipy.special.stdtrit(number - 1, 0.95) * np.sqrt(number / (number - 1) * (total @ total)) / len(each)
    return mean, float(mean - half), float(mean + half)


def _parts(asked: Sequence[ScoredQuestion], names: Sequence[str], key: Callable[[ScoredQuestion], str]) -> list[Part]:
    parts = []
    for part in dict.fromkeys(map(key, asked)):
        rows = [a for a in asked if key(a) == part]
        brier, log = {}, {}
        for name in names:
            answered = [a for a in rows if name in a.p]
            if answered:
                p, came = np.array([a.p[name] for a in answered]), np.array([a.came for a in answered])
                brier[name], log[name] = float(np.mean(_brier(p, came))), log_score(p, came)
        parts.append(Part(name=part, questions=len(rows), brier=brier, log=log))
    return parts


def _skill(tried: Trial, method: str) -> tuple[float, float, float]:
    rows = [d for d in tried.data if method in d.scores]
    names = [d.evidence.series for d in rows]
    share = np.array([len(rows) / len(set(names)) / names.count(n) for n in names])
    ours, theirs = (share * np.array([d.scores[m].crps for d in rows]) for m in (POOL, method))
    return skill(ours, theirs, np.array([f"{d.evidence.series} {d.evidence.origin}" for d in rows]))


def _by_series(tried: Trial) -> dict[str, tuple[float, float]]:
    pairs: dict[str, list[tuple[float, float]]] = {}
    for d in tried.data:
        pairs.setdefault(d.evidence.series, []).append((d.scores[POOL].crps, d.scores[LAST_VALUE].crps))
    return {
        name: (float(np.mean([a for a, _ in rows])), float(np.mean([b for _, b in rows])))
        for name, rows in pairs.items()
    }

"""A case's headline forecasts, decided by data, and the effect of a scenario on them.

The effect of a scenario comes from the model: the pooled draws of the deciding series are shifted, on the series'
scale, by the change in the model's path in one of its runs. Forecasts from history do not know scenarios, so their part
of the pool shifts with the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
import scipy
from numpy.typing import NDArray

from wherenow.case.case_types import Case
from wherenow.case.reading.measures import observation_factor
from wherenow.claims.checking.formula_check import Checked, check_formula
from wherenow.claims.evaluation.robustness import quantity
from wherenow.claims.evaluation.sources import declared_model, outputs_of, run_signals
from wherenow.claims.formulas.claim_syntax import Series, walk
from wherenow.claims.formulas.formula import parse_formula
from wherenow.distributions.families import Array
from wherenow.ensemble.runs import Ensemble
from wherenow.errors import Text
from wherenow.foresight.ahead import DRAWS, Ahead, Basis, basis
from wherenow.foresight.ask import Answer, ParsedQuestion, answered, drawn_for, truth
from wherenow.foresight.pooling.bounds import bounded
from wherenow.foresight.pooling.pool import POOL
from wherenow.inference.likelihood.observation_model import averaging

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, kw_only=True)
class Headline:
    """The forecasts of a case that data will decide, parsed but not yet drawn.

    Parameters
    ----------
    case : the case.
    rules : the condition on data that decides each forecast.
    says : each forecast's statement in words.
    seed, draws, threads : the seed and number of draws, and the threads to use.
    """

    case: Case
    rules: Mapping[str, Text]
    says: Mapping[str, str]
    seed: int = 0
    draws: int = DRAWS
    threads: int | None = None

    @cached_property
    def basis(self) -> Basis:
        """The basis of the forecasts."""
        return _basis(self.case)

    @cached_property
    def _weights(self) -> dict[tuple[str, int, int], scipy.sparse.csr_array]:
        """Return the weights that average saved times at a series' dates, shared by runs with the same times."""
        return {}

    @cached_property
    def asked(self) -> Mapping[str, ParsedQuestion]:
        """The parsed rules. Raises InputError if one is wrong."""
        return {name: ParsedQuestion.read(self.basis, rule) for name, rule in self.rules.items()}

    @cached_property
    def drawn(self) -> Mapping[str, Ahead]:
        """Draws of every series that a rule reads after its record.

        They are a part of the draws for all forecasts of the case, so that a forecast has the same probability wherever
        it is shown.
        """
        parsed = tuple(self.asked.values())
        if not set(self.rules) <= {*self.case.outlook.forecasts, *self.case.predictions}:
            return drawn_for(self.basis, parsed, self.seed, self.draws, self.threads)
        read = {name for a in parsed for name in a.series}
        drawn = _drawn(self.case, self.seed, self.draws, self.threads)
        return {name: ahead for name, ahead in drawn.items() if name in read}

    @cached_property
    def answers(self) -> Mapping[str, Answer]:
        """The answer to each forecast in the baseline."""
        return answered(self.basis, self.asked, self.drawn)

    @cached_property
    def paths(self) -> Mapping[str, Checked]:
        """The formula over model variables for each series that decides a forecast."""
        names = {node.name for rule in self.rules.values() for node in _read(rule)}
        declared = declared_model(self.case)
        return {
            name: check_formula(parse_formula(observation.of), declared, signal=True)
            for name, observation in self.case.observations.items()
            if name in names
        }

    @property
    def outputs(self) -> tuple[str, ...]:
        """The scalars of the model that runs must save for :meth:`under`."""
        return outputs_of([c.formula for c in self.paths.values()], declared_model(self.case))

    @cached_property
    def truths(self) -> Mapping[str, Mask]:
        """Whether each forecast comes true in the baseline, by draw of the pool."""
        return self._truths({name: a.draws[POOL] for name, a in self.drawn.items()})

    def under(self, base: Ensemble, other: Ensemble) -> Mapping[str, Mask]:
        """Return whether each forecast comes true under a scenario, by draw of the pool.

        Parameters
        ----------
        base, other : runs of the same draws in the baseline and under the scenario, with :attr:`outputs` saved;
            ``other`` may begin later, at :meth:`since`, if both agree before.
        """
        return self._truths({name: self.moved(name, base, other) for name in self.drawn})

    def since(self, start: float, interval: float) -> float:
        """Return the time from which runs must be saved for :meth:`under`, if a scenario acts from ``start`` on.

        ``interval`` is the interval between saved times.
        """
        over = max((self.case.observations[name].over for name in self.paths), default=0.0)
        return start - over - 2 * interval

    def published(self, name: str, holds: Mask) -> float:
        """Return the probability to publish for a forecast that comes true in these draws."""
        return float(bounded(holds.mean(), self.answers[name].past))

    def moved(self, name: str, base: Ensemble, other: Ensemble) -> Array:
        """Return the pooled draws ``[date, draw]`` of a series under a scenario; see :meth:`under`."""
        ahead = self.drawn[name]
        pool = ahead.draws[POOL]
        if name not in self.paths:
            return pool
        scale, record = self.basis.what.records[name].scale, self.basis.what.records[name]
        over = self.case.observations[name].over
        covered = ahead.dates - over / 2 >= other.times[0] - 1e-9
        before = self._before(name, base, ahead.dates[covered])
        after = scale.path(self._path(name, other, ahead.dates[covered]))
        run = np.arange(pool.shape[1]) % before.shape[1]
        shifted = pool.copy()
        shifted[covered] = record.back(record.scale.to(pool[covered]) + (after - before)[:, run])
        return shifted

    def _before(self, name: str, base: Ensemble, dates: Array) -> Array:
        """Return a series' baseline path on its scale.

        The result for the last runs is cached, because levers move often.
        """
        cached_runs, paths = self.__dict__.get("_last", (None, {}))
        if cached_runs is not base:
            paths = {}
            self.__dict__["_last"] = (base, paths)
        key = (name, len(dates))
        if key not in paths:
            paths[key] = self.basis.what.records[name].scale.path(self._path(name, base, dates))
        path: Array = paths[key]
        return path

    def _path(self, name: str, runs: Ensemble, dates: Array) -> Array:
        """Return the model's prediction of a series' data, ``[date, run]``; dates after the end get the last value."""
        path = quantity(self.paths[name], run_signals(self.case, runs))
        assert path.times is not None
        within = np.minimum(dates, path.times[-1])
        key = (name, len(path.times), len(within))
        if key not in self._weights:
            self._weights[key] = averaging(path.times, within, self.case.observations[name].over, name)
        weights = self._weights[key]
        return np.asarray(observation_factor(self.case, name) * (weights @ path.values))

    def _truths(self, draws: Mapping[str, Array]) -> dict[str, Mask]:
        dates = {name: a.dates for name, a in self.drawn.items()}
        return {
            name: np.broadcast_to(truth(self.basis, a, dates, draws).holds, self.draws)
            for name, a in self.asked.items()
            if self.answers[name].p is not None
        }


def headline(
    case: Case, names: tuple[str, ...] | None = None, *, seed: int = 0, draws: int = DRAWS, threads: int | None = None
) -> Headline:
    """Return the forecasts that the case's outlook lists (or ``names``), as far as data can decide them."""
    rules = {
        name: rule
        for name in (case.outlook.forecasts if names is None else names)
        if (rule := rule_of(case, name)) is not None
    }
    says = {name: said(case, name) for name in rules}
    return Headline(case=case, rules=rules, says=says, seed=seed, draws=draws, threads=threads)


@lru_cache(maxsize=2)
def _basis(case: Case) -> Basis:
    """Return the basis of a case, cached for all callers."""
    return basis(case)


@lru_cache(maxsize=2)
def _drawn(case: Case, seed: int, draws: int, threads: int | None) -> Mapping[str, Ahead]:
    """Draw every series that decides a forecast of the case, up to the latest date needed."""
    names = dict.fromkeys((*case.outlook.forecasts, *case.predictions))
    parsed = tuple(ParsedQuestion.read(_basis(case), rule) for n in names if (rule := rule_of(case, n)) is not None)
    return drawn_for(_basis(case), parsed, seed, draws, threads)


def said(case: Case, name: str) -> str:
    """Return a forecast's statement: about data if the case states it so, else as in the article."""
    if name in case.predictions:
        prediction = case.predictions[name]
        return prediction.observed or prediction.says
    return case.claims[name].says


def rule_of(case: Case, name: str) -> Text | None:
    """Return the condition on data that decides a forecast; None if no data decide it.

    It is the condition that the case states, or else its condition on the model if data measure every variable in it.
    """
    if name in case.predictions:
        return case.predictions[name].resolve
    claim = case.claims.get(name)
    if claim is None:
        return None
    return claim.resolve or (None if claim.model is None else _on_data(case, claim.model))


def _on_data(case: Case, model: Text) -> Text | None:
    """Replace each variable of a condition by the series that observes it; None if a variable has no series."""
    observing = {
        observation.of.content.strip(): name
        for name, observation in reversed(list(case.observations.items()))
        if name in case.data and len(case.data[name]) and observation_factor(case, name) == 1.0
    }
    content = model.content
    for node in sorted(_read(model), key=lambda node: -node.span.start):
        name = content[node.span.start : node.span.end].strip()
        if node.run or node.subscripts or name not in observing:
            return None
        content = content[: node.span.start] + observing[name] + content[node.span.end :]
    return replace(model, content=content)


def _read(rule: Text) -> list[Series]:
    return [node for node in walk(parse_formula(rule).root) if isinstance(node, Series)]

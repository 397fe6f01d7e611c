"""The forecasts that a case puts first, as data will decide them, and how a scenario would change them.

A scenario's effect is the model's: the pooled draws of the data that decide a forecast are moved, on the series'
scale, by what the scenario changes in the model's path in one of its runs. History knows no scenarios, so what it adds
to the pool moves with the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from wherenow.case.reading.measures import observation_factor
from wherenow.case.types import Case
from wherenow.claims.check import Checked, check_formula
from wherenow.claims.formula import parse_formula
from wherenow.claims.robustness import quantity
from wherenow.claims.sources import declared_model, outputs_of, run_signals
from wherenow.claims.syntax import Series, walk
from wherenow.distributions.families import Array
from wherenow.ensemble.runs import Runs
from wherenow.errors import Text
from wherenow.foresight.ahead import DRAWS, Ahead, Basis, basis
from wherenow.foresight.ask import Answer, Asked, answered, drawn_for, truth
from wherenow.foresight.bounds import bounded
from wherenow.foresight.pool import POOL
from wherenow.inference.likelihood.observation_model import averaging

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, kw_only=True)
class Headline:
    """The forecasts of a case that data will decide, read but not yet drawn.

    Parameters
    ----------
    case : the case.
    rules : by forecast, the condition on data that decides it.
    says : by forecast, what is forecast, in words.
    seed, draws, threads : of the draws.
    """

    case: Case
    rules: Mapping[str, Text]
    says: Mapping[str, str]
    seed: int = 0
    draws: int = DRAWS
    threads: int | None = None

    @cached_property
    def basis(self) -> Basis:
        """What the forecasts rest on."""
        return _basis(self.case)

    @cached_property
    def _weights(self) -> dict[tuple[str, int, int], csr_array]:
        """How saved times are averaged at a series' dates; runs of a case that begin alike have the same times."""
        return {}

    @cached_property
    def asked(self) -> Mapping[str, Asked]:
        """The rules, read. Raises InputError where one is wrong."""
        return {name: Asked.read(self.basis, rule) for name, rule in self.rules.items()}

    @cached_property
    def drawn(self) -> Mapping[str, Ahead]:
        """Draws of every series that some rule reads after its record.

        They are taken from the draws for all forecasts of the case, so that a forecast has one probability wherever it
        is shown.
        """
        asked = tuple(self.asked.values())
        if not set(self.rules) <= {*self.case.outlook.forecasts, *self.case.predictions}:
            return drawn_for(self.basis, asked, self.seed, self.draws, self.threads)
        read = {name for a in asked for name in a.series}
        drawn = _drawn(self.case, self.seed, self.draws, self.threads)
        return {name: ahead for name, ahead in drawn.items() if name in read}

    @cached_property
    def answers(self) -> Mapping[str, Answer]:
        """The answer to each forecast as things are."""
        return answered(self.basis, self.asked, self.drawn)

    @cached_property
    def paths(self) -> Mapping[str, Checked]:
        """What the model says of each series that decides a forecast, as a formula over its variables."""
        names = {name for rule in self.rules.values() for name in _series(rule)}
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
        """By forecast, the draws of the pool in which it comes true as things are."""
        return self._truths({name: a.draws[POOL] for name, a in self.drawn.items()})

    def under(self, base: Runs, other: Runs) -> Mapping[str, Mask]:
        """By forecast, the draws of the pool in which it comes true under a scenario.

        Parameters
        ----------
        base, other : runs of the same draws as things are and under the scenario, with :attr:`outputs` saved; ``other``
            may begin later, at :meth:`since`, where both are the same before.
        """
        return self._truths({name: self.moved(name, base, other) for name in self.drawn})

    def since(self, start: float, interval: float) -> float:
        """From when on runs must be saved for :meth:`under`, where a scenario acts from ``start`` on.

        ``interval`` is that between saved times.
        """
        over = max((self.case.observations[name].over for name in self.paths), default=0.0)
        return start - over - 2 * interval

    def published(self, name: str, holds: Mask) -> float:
        """The probability that is published where a forecast comes true in these draws."""
        return float(bounded(holds.mean(), self.answers[name].past))

    def moved(self, name: str, base: Runs, other: Runs) -> Array:
        """The pooled draws ``[date, draw]`` of a series under a scenario; see :meth:`under`."""
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
        moved = pool.copy()
        moved[covered] = record.back(record.scale.to(pool[covered]) + (after - before)[:, run])
        return moved

    def _before(self, name: str, base: Runs, dates: Array) -> Array:
        """The path of a series as things are, on its scale: kept for the runs asked for last, while levers move."""
        held, paths = self.__dict__.get("_last", (None, {}))
        if held is not base:
            paths = {}
            self.__dict__["_last"] = (base, paths)
        key = (name, len(dates))
        if key not in paths:
            paths[key] = self.basis.what.records[name].scale.path(self._path(name, base, dates))
        found: Array = paths[key]
        return found

    def _path(self, name: str, runs: Runs, dates: Array) -> Array:
        """What the model says of a series' data, ``[date, run]``; as at its end where a date lies beyond it."""
        found = quantity(self.paths[name], run_signals(self.case, runs))
        assert found.times is not None
        within = np.minimum(dates, found.times[-1])
        key = (name, len(found.times), len(within))
        if key not in self._weights:
            self._weights[key] = averaging(found.times, within, self.case.observations[name].over, name)
        weights = self._weights[key]
        return np.asarray(observation_factor(self.case, name) * (weights @ found.values))

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
    """The forecasts that the case's outlook names (or ``names``), as far as data can decide them."""
    rules = {
        name: rule
        for name in (case.outlook.forecasts if names is None else names)
        if (rule := rule_of(case, name)) is not None
    }
    says = {name: said(case, name) for name in rules}
    return Headline(case=case, rules=rules, says=says, seed=seed, draws=draws, threads=threads)


@lru_cache(maxsize=2)
def _basis(case: Case) -> Basis:
    """The basis of a case, read once for all who ask for its forecasts."""
    return basis(case)


@lru_cache(maxsize=2)
def _drawn(case: Case, seed: int, draws: int, threads: int | None) -> Mapping[str, Ahead]:
    """Draws of every series that decides a forecast of the case, as far as any forecast looks."""
    names = dict.fromkeys((*case.outlook.forecasts, *case.predictions))
    asked = tuple(Asked.read(_basis(case), rule) for n in names if (rule := rule_of(case, n)) is not None)
    return drawn_for(_basis(case), asked, seed, draws, threads)


def said(case: Case, name: str) -> str:
    """What a forecast says: of data where it names them, else as the article does."""
    if name in case.predictions:
        prediction = case.predictions[name]
        return prediction.observed or prediction.says
    return case.claims[name].says


def rule_of(case: Case, name: str) -> Text | None:
    """The condition on data that decides a forecast; None where no data do.

    It is the one that the case states, or else its condition on the model where the data measure every variable in it.
    """
    if name in case.predictions:
        return case.predictions[name].resolve
    claim = case.claims.get(name)
    if claim is None:
        return None
    return claim.resolve or (None if claim.model is None else _on_data(case, claim.model))


def _on_data(case: Case, model: Text) -> Text | None:
    """A condition on the model with the series that observe its variables in their place; None if some has none."""
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


def _series(rule: Text) -> set[str]:
    return {node.name for node in _read(rule)}

"""The case behind an app: its draws, its runs under any setting, and its outlook, computed in the background."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np

from wherenow.case.case_types import Case, Scenario
from wherenow.claims.checking.formula_check import Checked
from wherenow.claims.evaluation.sources import declared_model, outputs_of
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.live import Live, Rest
from wherenow.ensemble.runs import Array, Ensemble, quantiles_over_draws, quick_quantiles
from wherenow.ensemble.simulate import simulate
from wherenow.errors import UsageError
from wherenow.execution import Execution
from wherenow.explain.reasons import Reasons
from wherenow.foresight.headline import headline
from wherenow.foresight.trials.scorecard import Scorecard
from wherenow.foresight.trials.store import stored_trial
from wherenow.outlook.case_outlook import forecast
from wherenow.outlook.comparison import compare
from wherenow.outlook.fans import shown_fans, shown_names, to_show
from wherenow.outlook.outlook_types import SHARES, Fan, ForecastChange, Outlook, ScenarioComparison
from wherenow.report.cards.answered_questions import questions
from wherenow.report.cards.finding_card import (
    Card,
    backtest_sentence,
    bar_of,
    card,
    difference_shown,
    outputs_for,
    series_shown,
)
from wherenow.report.charts.outcome_chart import Shown
from wherenow.web.app_view import AppView, known_name
from wherenow.web.computation.background import Background
from wherenow.web.computation.claim_reasons import ClaimReasons, all_reasons, tables_so_far
from wherenow.web.computation.presets import setting_title
from wherenow.web.serving.work_queue import SingleFlight

WHY_DRAWS = 256
"""Draws on which every mechanism is cut; more would take too long, because there are about a hundred cuts."""
MOST_ENSEMBLES = 12
"""Maximum number of ensembles in memory; the least recently used is dropped."""
SETTINGS = 16
"""Maximum number of cached lever runs: viewers of one setting share them, as do the views after a drag."""


@dataclass(frozen=True, slots=True, eq=False)
class _Ready:
    live: Live
    fans: Mapping[str, Fan]  # fans of the ensemble with all levers at the baseline


class Analysis:
    """A case and an ensemble of it. It is safe to use from many threads; work for the same ensemble is done once.

    ``outlook`` is a future, because computing the outlook takes a while.
    """

    def __init__(self, case: Case, draws: Draws, threads: int | None = None) -> None:
        self.case, self.draws, self.threads = case, draws, threads
        self.doing = self.doing_why = ""  # progress messages of the outlook and of the mechanism cuts
        self.questions = questions(case)
        self.headline = headline(case, tuple(q.id for q in self.questions if q.on_data), threads=threads)
        self.latent: dict[str, Checked] = {q.id: q.rule for q in self.questions if not q.on_data}
        self.shown = shown_names(case, to_show(case))
        if not self.shown:
            raise UsageError("the case's outlook shows no series: name some under `outlook: show:` in case.yaml")
        read = outputs_of([c.formula for c in self.latent.values()], declared_model(case))
        self._read = tuple(dict.fromkeys((*self.headline.outputs, *read)))
        self._drawn = outputs_for(case, self.questions)
        self._outputs = tuple(dict.fromkeys((*self.shown, *self._drawn, *self._read)))
        self._ensembles: SingleFlight[tuple[str, str], _Ready] = SingleFlight(MOST_ENSEMBLES, frozenset({("", "")}))
        self._rests: SingleFlight[tuple[object, ...], Rest] = SingleFlight(SETTINGS)
        self._changes: SingleFlight[tuple[object, ...], dict[str, ForecastChange]] = SingleFlight(SETTINGS)
        self._charts: dict[tuple[str, str], Shown | None] = {}
        self._whys: SingleFlight[str, ClaimReasons] = SingleFlight(SETTINGS)
        self.asking = ThreadPoolExecutor(1, thread_name_prefix="why")
        self.background = Background()
        self._runs = lru_cache(maxsize=MOST_ENSEMBLES)(self._simulated)
        self._outlook_executor = ThreadPoolExecutor(1, thread_name_prefix="outlook")

    @cached_property
    def outlook(self) -> Future[Outlook]:
        """The case's outlook, in progress or done: started by the first access."""
        execution = Execution(threads=self.threads, progress=partial(setattr, self, "doing"))
        return self._outlook_executor.submit(forecast, self.case, self.draws, execution=execution)

    @property
    def finished(self) -> Outlook | None:
        """The outlook if it is done. This does not start it, since it would slow the first page down."""
        begun: Future[Outlook] | None = vars(self).get("outlook")
        return begun.result() if begun and begun.done() and not begun.exception() else None

    def why(self, claim: str) -> ClaimReasons:
        """Return the reasons of one claim; the first call starts the computation, on few draws, then on more.

        Raises UsageError for an unknown claim.
        """
        case = replace(self.case, claims={known_name(claim, self.case.claims, "claim"): self.case.claims[claim]})
        return self._whys.get(claim, lambda: ClaimReasons(self.computed(tables_so_far, case), self.asking))

    @cached_property
    def reasons(self) -> Future[Reasons]:
        """The reasons of all claims, on the first draws: started by the first access."""
        return self._outlook_executor.submit(lambda: next(self.computed(all_reasons, self.case)))

    def computed(self, work: Callable[..., None], case: Case) -> Iterator[Any]:
        """Yield the results of ``work`` on ``case`` and the first draws, from a background process.

        Its progress goes to ``doing_why``.
        """
        few = self.draws.take(0, min(len(self.draws), WHY_DRAWS))
        for message in self.background.messages(work, case, few):
            if isinstance(message, str):
                self.doing_why = message
            else:
                yield message

    def begin(self) -> None:
        """Prepare the first ensemble and the cards of the baseline."""
        self._ready("", self.shown[0])
        self.cards(AppView())

    def close(self) -> None:
        """Cancel work that has not started, and end the background processes."""
        self.background.close()
        for executor in (self._outlook_executor, self.asking):
            executor.shutdown(wait=False, cancel_futures=True)

    def fan(self, view: AppView, name: str) -> Fan:
        """Return a series under a view's scenario and levers.

        Raises UsageError unless the name is a scalar of the model.
        """
        ready = self._ready(view.scenario, name)
        return self._moved(ready, name, self._rest(ready, view)) if view.levers else ready.fans[name]

    def fans(self, view: AppView, names: tuple[str, ...] = ()) -> tuple[Fan, ...]:
        """Return several series of one run (by default those that the case shows)."""
        names = names or self.shown
        ready = self._ready(view.scenario, self.shown[0])
        if not view.levers or any(n not in ready.fans for n in names):
            return tuple(self.fan(view, n) for n in names)
        rest = self._rest(ready, view)
        return tuple(self._moved(ready, n, rest) for n in names)

    def changes(self, view: AppView) -> dict[str, ForecastChange]:
        """Return the probability of each question in a view's setting and in the baseline."""
        ready = self._ready(view.scenario, self.shown[0])

        def made() -> dict[str, ForecastChange]:
            return {c.id: c for c in self._comparison(ready, view, self._rest(ready, view), shown=()).forecasts}

        return self._changes.get((ready, *sorted(view.levers.items())), made)

    def compared(self, view: AppView) -> int:
        """Return the index of the question that a view compares."""
        return next((i for i, q in enumerate(self.questions) if q.id == view.about), 0)

    def difference(self, view: AppView) -> Shown | None:
        """Return the difference from the baseline in the series that a view compares, draw by draw."""
        asked = self.questions[self.compared(view)]
        ready = self._ready(view.scenario, self.shown[0])
        runs = ready.live.runs(view.levers, self._rest(ready, view), (*self._drawn, *self.headline.outputs))
        return difference_shown(self.case, asked, runs, self.base, view.language, first=self.headline)

    def cards(self, view: AppView, some: slice = slice(None)) -> tuple[Card, ...]:
        """Return the cards of the questions in the slice ``some``, in a view's setting."""
        ready = self._ready(view.scenario, self.shown[0])
        rest = self._rest(ready, view)
        change = self.changes(view)
        chosen = self.questions[some]
        base = {q.id: self._base_shown(q.id, view.language) for q in chosen}
        shown: dict[str, Shown | None] = dict(base)
        if view.changed:
            first = min((float(s.times[0]) - s.period for s in base.values() if s is not None), default=-math.inf)
            runs = ready.live.runs(view.levers, rest, (*self._drawn, *self.headline.outputs), first)
            beside = partial(series_shown, self.case, first=self.headline, base=self.base)
            shown = {q.id: beside(q, runs, s.bar if (s := base[q.id]) else None, view.language, s) for q in chosen}
        named = setting_title(self.case, view.scenario, view.levers)
        made = self.finished
        fits = {f.series: f for f in made.learning.fits} if made and made.learning else {}
        record, answers = self.record(view.language), self.headline.answers
        return tuple(
            card(self.case, q, shown[q.id], change.get(q.id), named, view.language, fits, record, answers.get(q.id))
            for q in chosen
        )

    def _base_shown(self, question: str, language: str) -> Shown | None:
        key = (question, language)
        if key not in self._charts:
            asked = next(q for q in self.questions if q.id == question)
            bar = bar_of(self.case, asked, self.base)
            self._charts[key] = series_shown(self.case, asked, self.base, bar, language, first=self.headline)
        return self._charts[key]

    @cached_property
    def _trial(self) -> Scorecard | None:
        trial = stored_trial(self.case)
        return trial.card if trial else None

    def record(self, language: str = "en") -> str:
        """Describe the track record in a sentence; '' without a stored backtest."""
        return backtest_sentence(self._trial, language)

    def comparison(self, view: AppView) -> ScenarioComparison:
        """Compare a view's scenario and levers with the baseline, on the same draws."""
        ready = self._ready(view.scenario, self.shown[0])
        return self._comparison(ready, view, self._rest(ready, view), self.shown)

    def _comparison(self, ready: _Ready, view: AppView, rest: Rest, shown: tuple[str, ...]) -> ScenarioComparison:
        scenario = self.case.scenarios.get(view.scenario, Scenario(id="case", title="Baseline"))
        described = replace(
            scenario,
            id=view.query() or "base",
            title=setting_title(self.case, view.scenario, view.levers) or scenario.title,
        )
        # a lever that changes the model changes its history too, and conditions on the model read all of it
        whole = not rest.first or bool(shown) or bool(self.latent)
        since = -math.inf if whole else self.headline.since(ready.live.start, self._interval)
        runs = ready.live.runs(view.levers, rest, (*self._read, *shown), since)
        return compare(self.headline, self.base, runs, described, shown, self.latent)

    @property
    def base(self) -> Ensemble:
        """The runs of the baseline: the shown series and those that the forecasts read."""
        return self._ready("", self.shown[0]).live.base

    @cached_property
    def _interval(self) -> float:
        """The longest time between saved times."""
        return float(np.max(np.diff(self.base.times)))

    def runs(self, scenario: str, outputs: tuple[str, ...]) -> Ensemble:
        """Run the case with other outputs, such as a claim reads, and levers at the baseline; recent runs are cached.

        ``scenario`` is the id of a scenario or of a claim's counterfactual, '' for the baseline.
        """
        return self._runs(scenario, outputs)

    def _simulated(self, scenario: str, outputs: tuple[str, ...]) -> Ensemble:
        against = (c.against.scenario for c in self.case.claims.values() if c.against is not None)
        known = {**{s.id: s for s in against}, **self.case.scenarios}
        return simulate(self.case, self.draws, known[scenario] if scenario else None, outputs, self.threads)

    def _ready(self, scenario: str, name: str) -> _Ready:
        """Return the ensemble under a scenario that saves a series, running it if necessary."""
        key = (scenario, "" if name in self._outputs else shown_names(self.case, (name,))[0])
        return self._ensembles.get(key, lambda: self._make(*key))

    def _rest(self, ready: _Ready, view: AppView) -> Rest:
        """Return the runs of an ensemble with a view's levers, shared by all requests for the same setting."""
        key = (ready, *sorted(view.levers.items()))
        return self._rests.get(key, lambda: ready.live.rest(view.levers))

    def _make(self, scenario: str, extra: str) -> _Ready:
        outputs = (extra,) if extra else self._outputs
        live = Live(self.case, self.draws, outputs, self.case.scenarios.get(scenario), self.threads)
        fans = shown_fans(self.case, live.base, live.base.names)
        return _Ready(live, {f.name: f for f in fans})

    def _moved(self, ready: _Ready, name: str, rest: Rest) -> Fan:
        fan = ready.fans[name]
        values = rest.values[ready.live.base.names.index(name)]
        quantiles = np.concatenate([fan.quantiles[:, : rest.first], _quantiles(values)], axis=1)
        return replace(fan, quantiles=quantiles)


def _quantiles(values: Array) -> Array:
    """Return the quantiles ``[share, time]`` of ``values[time, draw]`` for a fan."""
    return (quick_quantiles if np.isfinite(values).all() else quantiles_over_draws)(values, SHARES)

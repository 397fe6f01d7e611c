"""The finding card: what was found, the series that decides it, the reason, and where all of it comes from.

The same card is used in the app, the report, notebooks and files. It holds plain values; the template ``card.html``
renders it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from wherenow.case.case_types import Case, Scenario
from wherenow.claims.evaluation.sources import declared_model, outputs_of
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.runs import Ensemble, quick_quantiles
from wherenow.ensemble.simulate import simulate
from wherenow.foresight.ask import Answer
from wherenow.foresight.headline import Headline, headline
from wherenow.foresight.pooling.pool import POOL
from wherenow.foresight.trials.scorecard import Scorecard
from wherenow.foresight.trials.store import stored_trial
from wherenow.inference.checking.fit import SeriesFit
from wherenow.outlook.comparison import compare
from wherenow.outlook.outlook_types import SHARES, Array, Datum, ForecastChange, Outlook
from wherenow.report.cards.answered_questions import (
    AnsweredQuestion,
    Deciding,
    deciding,
    questions,
    reader,
    signal_of,
    threshold,
)
from wherenow.report.cards.article import Quote, quotes
from wherenow.report.cards.chains import Chain, chain
from wherenow.report.charts.outcome_chart import Bar, Shown, periods
from wherenow.report.wording.labels import labels, unit_of
from wherenow.report.wording.texts import capital, chance, count, date, share, texts
from wherenow.report.wording.times import TimeFormatter


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesOrigin:
    """The origin of a series: its sources and licences, and how many of its data were recalled."""

    name: str  # name of the series
    label: str  # display name of the series
    sources: tuple[str, ...]  # sources without repetition
    licences: tuple[str, ...]  # licences without repetition
    data: int  # number of data
    recalled: int  # number of data that were recalled
    last: str  # date of the last datum


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Card:
    """A finding.

    ``p`` is its probability in the setting shown, and ``base`` the baseline's if they differ; both are None if
    undefined. ``setting`` names the setting, '' for the baseline, and ``change`` says how it differs from the baseline.
    ``parts`` describes how the baseline's probability is composed, with its track record; ``stands_for`` is the
    article's statement if data are a proxy for it.
    """

    id: str  # id of the claim or forecast
    says: str  # finding as a statement
    title: str  # title of the card
    p: float | None = None
    base: float | None = None
    setting: str = ""
    shown: Shown | None = None  # series in the card's chart
    chain: Chain  # chain of causes
    quotes: tuple[Quote, ...]  # quoted sentences of the article
    rule: str  # rule that decides the finding, in words
    by: str = ""  # date by which the outcome is known
    origin: SeriesOrigin | None = None  # origin of the series in the chart
    fit: str = ""  # sentence on how the model was fitted
    record: str  # sentence on the backtest
    note: str  # what else is known about the finding
    parts: str = ""
    stands_for: str = ""
    change: str = ""

    @property
    def headline(self) -> str:
        """The title with the difference that the setting makes, for files that stand alone."""
        return f"{self.title}; {self.change}" if self.change else self.title

    @property
    def later(self) -> bool:
        """Whether it shows data from after the cut-off."""
        shown = self.shown
        return shown is not None and any(shown.cutoff is not None and d.time > shown.cutoff for d in shown.data)


def cards_of(case: Case, draws: Draws, outlook: Outlook, threads: int | None = None) -> tuple[Card, ...]:
    """Make the cards of a case in the baseline, on the draws of its outlook."""
    asked = questions(case)
    fits = {f.series: f for f in outlook.learning.fits} if outlook.learning else {}
    first = headline(case, tuple(q.id for q in asked if q.on_data), threads=threads)
    latent = {q.id: q.rule for q in asked if not q.on_data}
    read = outputs_of([c.formula for c in latent.values()], declared_model(case))
    outputs = tuple(dict.fromkeys((*outputs_for(case, asked), *first.outputs, *read)))
    if not outputs:
        return ()
    runs = simulate(case, draws, None, outputs, threads)
    trial = stored_trial(case)
    record = backtest_sentence(trial.card if trial else None)
    changes = {c.id: c for c in compare(first, runs, runs, Scenario(id=""), (), latent).forecasts}
    cards = []
    for question in asked:
        shown = series_shown(case, question, runs, bar_of(case, question, runs), "en", first=first)
        change, answer = changes.get(question.id), first.answers.get(question.id)
        cards.append(card(case, question, shown, change, fits=fits, record=record, answer=answer))
    return tuple(cards)


def outputs_for(case: Case, asked: tuple[AnsweredQuestion, ...]) -> tuple[str, ...]:
    """Return the outputs that runs must save for the charts of cards."""
    decided = [d for q in asked if (d := deciding(case, q)) is not None]
    return tuple(dict.fromkeys(name for d in decided for name in d.outputs))


def series_shown(
    case: Case,
    question: AnsweredQuestion,
    runs: Ensemble,
    bar: Bar | None,
    language: str,
    before: Shown | None = None,
    *,
    first: Headline | None = None,
    base: Ensemble | None = None,
) -> Shown | None:
    """Return the deciding series as drawn.

    Data series show the pooled forecast from the last datum on, if ``first`` has it; other quantities show the model's
    runs. ``before`` is the series of the baseline, and ``base`` its runs, if the setting differs from it.
    """
    decided = deciding(case, question)
    if decided is None:
        return None
    data = _data(case, decided)
    if first is not None and decided.name in first.drawn:
        times, values = _forecast(first, decided.name, base or runs, runs)
    elif not decided.outputs:
        return None
    else:
        signal = signal_of(case, decided, runs)
        times, values = signal.times, signal.values
        if decided.period > 0:
            times, values = periods(times, values, decided.period, _anchor(data, decided.period))
    observation = case.observations.get(decided.name)
    breaks = observation.breaks if observation else ()  # times at which the definition of the data changed
    whole = _shown(case, decided, times, values, language)
    whole = replace(whole, bar=bar, data=data, latent=decided.latent, breaks=breaks).focused()
    return whole if before is None else _beside(whole, before)


def _shown(case: Case, decided: Deciding, times: Array, values: Array, language: str) -> Shown:
    return Shown(
        name=decided.name,
        label=labels(case)(decided.name),
        unit=unit_of(case, decided.name.partition("[")[0]),
        times=times,
        quantiles=_quantiles(values),
        cutoff=case.cutoff,
        clock=TimeFormatter(case.model.time.unit, language),
        period=decided.period,
    )


def _forecast(first: Headline, name: str, base: Ensemble, runs: Ensemble) -> tuple[Array, Array]:
    """Return the pooled draws of a series from its last datum on, shifted by the setting's effect in the model."""
    series, ahead = first.case.data[name], first.drawn[name]
    values = ahead.draws[POOL] if runs is base else first.moved(name, base, runs)
    last = np.full((1, values.shape[1]), float(series.values[-1]))
    return np.concatenate([series.times[-1:], ahead.dates]), np.concatenate([last, values])


def difference_shown(
    case: Case, question: AnsweredQuestion, runs: Ensemble, base: Ensemble, language: str, *, first: Headline
) -> Shown | None:
    """Return the change that a setting makes in the deciding series from the cut-off on, draw by draw."""
    decided = deciding(case, question)
    if decided is None:
        return None
    if decided.name in first.drawn:
        times, moved = _forecast(first, decided.name, base, runs)
        values = moved - _forecast(first, decided.name, base, base)[1]
    elif not decided.outputs:
        return None
    else:
        here, there = signal_of(case, decided, runs), signal_of(case, decided, base)
        times, values = here.times, here.values - there.values[-len(here.times) :]
        if decided.period > 0:
            times, values = periods(times, values, decided.period, _anchor(_data(case, decided), decided.period))
    ahead = times >= (case.cutoff if case.cutoff is not None else times[0]) - decided.period
    return _shown(case, decided, times[ahead], values[ahead], language)


def bar_of(case: Case, question: AnsweredQuestion, base: Ensemble) -> Bar | None:
    """Return the threshold of a question in the baseline."""
    decided = deciding(case, question)
    if decided is None or decided.criterion is None:
        return None
    criterion = decided.criterion
    return Bar(criterion.window, criterion.below, threshold(case, question, decided, base))


def card(
    case: Case,
    question: AnsweredQuestion,
    shown: Shown | None,
    change: ForecastChange | None,
    setting: str = "",
    language: str = "en",
    fits: Mapping[str, SeriesFit] | None = None,
    record: str = "",
    answer: Answer | None = None,
) -> Card:
    """Make the card of a question; ``change`` has its probabilities in the baseline and in the setting."""
    decided = deciding(case, question)
    p = None if change is None else change.p
    base = None if change is None or not setting else change.base
    variable, rule = _variable(case, decided), reader(case, language).say(question.rule.formula.root)
    return Card(
        id=question.id,
        says=question.says,
        title=title(question.says, change, language),
        p=p,
        base=base,
        setting=setting,
        shown=shown,
        chain=chain(case, variable, question.mechanism) if variable else Chain((), False),
        quotes=quotes(case, question.evidence, question.stands_for or question.says, language),
        rule=capital(rule),
        by=question.by,
        origin=_origin(case, decided, language),
        fit=_fit(decided, fits or {}, language),
        record=record,
        note=question.note,
        parts=parts_of(answer, language),
        stands_for=question.stands_for,
        change=moved(change, setting, language),
    )


def backtest_sentence(scorecard: Scorecard | None, language: str = "en") -> str:
    """Describe the skill of forecasts of the case's data at earlier dates; '' without a backtest."""
    if scorecard is None:
        return ""
    dates, data = count(len(scorecard.origins), "earlier date", language), count(scorecard.data, "figure", language)
    template = texts(language)["trust.record.coverage"]
    return template.format(n=dates, share=share(scorecard.coverage[POOL], language), data=data).rstrip(".")


def parts_of(answer: Answer | None, language: str = "en") -> str:
    """Describe how the published probability is composed, and the track record of such probabilities."""
    if answer is None or answer.p is None:
        return ""
    own = texts(language)
    parts = (("model", answer.model), ("history", answer.history))
    alone = {name: share(p, language) for name, p in parts if p is not None}
    key = "card.parts" if len(alone) == 2 else "card.history"
    pooled = own[key].format(**alone, weight=share(answer.model_weight, language))
    track = answer.track
    if track is None or not track.questions:
        return pooled
    low, high = f"{100 * track.low:.0f}", share(track.high, language)
    return f"{pooled} {own['card.track'].format(n=track.questions, came=track.came, low=low, high=high)}"


def title(says: str, change: ForecastChange | None, language: str = "en") -> str:
    """State the finding in a sentence."""
    own, says = texts(language), says.rstrip(".")
    if change is None or not np.isfinite(change.p):
        return own["card.undetermined"].format(says=says)
    return own["card.title"].format(says=says, chance=chance(change.p, language), share=share(change.p, language))


def moved(change: ForecastChange | None, setting: str, language: str = "en") -> str:
    """Describe how a setting changes a probability; '' for the baseline."""
    if change is None or not setting or not np.isfinite(change.p):
        return ""
    own = texts(language)
    return own["card.changed"].format(base=share(change.base, language)) if change.discernible else own["card.same"]


def _beside(shown: Shown, before: Shown) -> Shown:
    """Put the series of a setting on the times of the baseline's chart, with the baseline as an outline."""
    first = int(np.searchsorted(before.times, shown.times[0] - 1e-9))
    old = before.quantiles[:, first : first + len(shown.times)]
    lead = before.quantiles[:, :first]
    return replace(
        before,
        quantiles=np.concatenate([lead, shown.quantiles[:, : old.shape[1]]], axis=1),
        before=before.quantiles[:, : first + old.shape[1]],
        times=before.times[: first + old.shape[1]],
    )


def _quantiles(values: Array) -> Array:
    if np.isfinite(values).all():
        return quick_quantiles(values, SHARES)
    with np.errstate(all="ignore"):
        return np.asarray(np.nanquantile(values, SHARES, axis=1))


def _data(case: Case, decided: Deciding) -> tuple[Datum, ...]:
    series = case.data.get(decided.name)
    return () if series is None else Datum.all_of(series)


def _anchor(data: tuple[Datum, ...], period: float) -> float:
    """Return an edge of the data's averaging periods: half a period before a datum, as most data have it."""
    if not data:
        return 0.0
    edges = [round((d.time - period / 2) % period, 3) for d in data]
    return max(dict.fromkeys(edges), key=edges.count)


def _variable(case: Case, decided: Deciding | None) -> str:
    """Return the variable that a deciding series belongs to."""
    if decided is None:
        return ""
    names = [name.partition("[")[0] for name in (*decided.outputs, decided.name)]
    return next((name for name in names if name in case.model.variables), "")


def _origin(case: Case, decided: Deciding | None, language: str) -> SeriesOrigin | None:
    series = case.data.get(decided.name) if decided else None
    if series is None or not len(series):
        return None
    return SeriesOrigin(
        name=series.name,
        label=labels(case)(series.name),
        sources=tuple(dict.fromkeys(filter(None, series.source))),
        licences=tuple(dict.fromkeys(filter(None, series.licence))),
        data=len(series),
        recalled=sum(q == "recalled" for q in series.quality),
        last=date(series.dates[-1], language),
    )


def _fit(decided: Deciding | None, fits: Mapping[str, SeriesFit], language: str) -> str:
    """Describe how well the model predicts each datum of the series from all others."""
    fit = fits.get(decided.name) if decided else None
    if fit is None or fit.leave_one_out is None:
        return ""
    data = count(fit.data, "figure", language)
    return texts(language)["card.inside"].format(n=fit.leave_one_out.inside(), data=data)

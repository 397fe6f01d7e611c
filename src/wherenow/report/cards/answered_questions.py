"""The questions that an outlook answers: their statements, their formulas, and the data that decide them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from wherenow.case.case_types import Case, Claim
from wherenow.claims.checking.formula_check import Checked, check_formula
from wherenow.claims.evaluation.robustness import Evaluation, quantity
from wherenow.claims.evaluation.signals import Signal, Signals
from wherenow.claims.evaluation.sources import data_signals, declared_data, declared_model, outputs_of, run_signals
from wherenow.claims.formulas.formula import parse_formula
from wherenow.ensemble.runs import Ensemble
from wherenow.foresight.headline import rule_of, said
from wherenow.outlook.case_outlook import latent_formulas
from wherenow.outlook.fans import read_observations
from wherenow.report.wording.labels import labels, unit_of
from wherenow.report.wording.rules import Criterion, FormulaWriter, criterion
from wherenow.report.wording.times import TimeFormatter

MOST = 5
"""Number of cards at the start of a page."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AnsweredQuestion:
    """A question.

    ``rule`` decides the outcome: a condition on data if ``on_data``, else on the model's own quantities. ``by`` is when
    the outcome is known, '' if no data decide it. ``stands_for`` is the article's statement if data are a proxy for it.
    """

    id: str  # id of the claim or forecast
    says: str  # question as a statement
    rule: Checked
    on_data: bool
    evidence: tuple[str, ...] = ()  # pointers to sentences of the article
    mechanism: tuple[tuple[str, str], ...] = ()  # links that the claim names as its reason
    note: str = ""  # what else is known about the question
    by: str = ""
    stands_for: str = ""


@lru_cache(maxsize=8)
def questions(case: Case) -> tuple[AnsweredQuestion, ...]:
    """Choose the questions of the cards.

    The outlook's forecasts that data will decide come first, then other questions that data will decide, then questions
    about the model's own quantities, up to the limit.

    Raises InputError if a formula is wrong.
    """
    listed = [q for name in case.outlook.forecasts if (q := _on_data(case, name)) is not None]
    known = {q.id for q in listed}
    others = [q for name in case.predictions if name not in known and (q := _on_data(case, name)) is not None]
    decided = (*listed, *others)[:MOST]
    latent = {name: rule for name, rule in latent_formulas(case).items() if name not in known}
    own = [about_claim(case.claims[name], rule, case.claims[name].note) for name, rule in latent.items()]
    return (*decided, *own)[: max(MOST, len(decided))]


def _on_data(case: Case, name: str) -> AnsweredQuestion | None:
    rule = rule_of(case, name)
    if rule is None:
        return None
    claim, prediction = case.claims.get(name), case.predictions.get(name)
    source = prediction or claim
    assert source is not None
    says = said(case, name)
    return AnsweredQuestion(
        id=name,
        says=says,
        rule=check_formula(parse_formula(rule), declared_data(case)),
        on_data=True,
        evidence=source.evidence,
        mechanism=claim.mechanism if claim else (),
        note=source.note,
        by=prediction.by if prediction else "",
        stands_for=source.says if source.says != says else "",
    )


def about_claim(claim: Claim, rule: Checked, note: str, *, on_data: bool = False) -> AnsweredQuestion:
    """Return the question whether a claim holds by ``rule``."""
    return AnsweredQuestion(
        id=claim.id,
        says=claim.says,
        rule=rule,
        on_data=on_data,
        evidence=claim.evidence,
        mechanism=claim.mechanism,
        note=note,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Deciding:
    """The series that decides a question: ``name`` is a data series or a variable.

    ``period`` is the averaging time of a value; ``latent`` is true if nothing measures it.
    """

    name: str
    criterion: Criterion | None
    outputs: tuple[str, ...]
    period: float
    latent: bool


@lru_cache(maxsize=64)
def deciding(case: Case, question: AnsweredQuestion) -> Deciding | None:
    """Return the series that decides a question; None if its formula reads nothing in the runs."""
    comparison = criterion(question.rule, declared_model(case).events)
    series = question.rule.formula.series
    if comparison is None and not series:
        return None
    chosen = comparison.series if comparison else series[0]
    observed = read_observations(case)
    if question.on_data and chosen.name in observed:
        observation, checked = observed[chosen.name]
        outputs = outputs_of([checked.formula], declared_model(case))
        return Deciding(chosen.name, comparison, outputs, observation.over, False)
    if question.on_data:
        return Deciding(chosen.name, comparison, (), 0.0, False)  # the model does not forecast this series
    elements = question.rule.elements
    name = elements[chosen][0]
    measured = next((s for s, (_, c) in observed.items() if c.formula.root == chosen and s in case.data), "")
    if measured:
        return Deciding(measured, comparison, (name,), observed[measured][0].over, False)
    return Deciding(name, comparison, (name,), 0.0, True)


def signal_of(case: Case, decided: Deciding, runs: Ensemble) -> Signal:
    """Return the deciding series in runs, in the unit of its data."""
    observed = read_observations(case)
    if decided.name in observed and decided.name not in runs.names:
        value = quantity(observed[decided.name][1], run_signals(case, runs))
        assert value.times is not None
        return Signal(value.times, value.values)
    return Signal(runs.times, runs[decided.name])


def threshold(case: Case, question: AnsweredQuestion, decided: Deciding, base: Ensemble) -> float | None:
    """Return the threshold that separates the question's outcomes; None if it is not a value of the series.

    It comes from the data if they decide the question and reach far enough; else it is the median over the draws of the
    baseline.
    """
    comparison = decided.criterion
    if comparison is None or not comparison.level:
        return None
    if question.on_data:
        names = [name for name in read_observations(case) if _saved(case, name, base)]
        seen = {name: signal_of(case, Deciding(name, None, (), 0.0, False), base) for name in names}
        for signals in (data_signals(case), Signals(declared_data(case), {"": seen})):
            value = _value(question.rule, signals, comparison)
            if value is not None:
                return value
        return None
    return _value(question.rule, run_signals(case, base), comparison)


def _saved(case: Case, name: str, runs: Ensemble) -> bool:
    _, checked = read_observations(case)[name]
    return set(outputs_of([checked.formula], declared_model(case))) <= set(runs.names)


def _value(checked: Checked, signals: Signals, comparison: Criterion) -> float | None:
    try:
        values = Evaluation(checked, signals).quantity(comparison.other).values
    except KeyError:  # the series is not among these signals
        return None
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if finite.size else None


def reader(case: Case, language: str = "en") -> FormulaWriter:
    """Return a reader that puts the case's formulas into words."""
    events: Mapping[str, float] = declared_model(case).events
    named = {e.id: e.event for e in case.events.values()}
    clock = TimeFormatter(case.model.time.unit, language)
    return FormulaWriter(clock, labels(case), partial(unit_of, case), named.__getitem__, events)

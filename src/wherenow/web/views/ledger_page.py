"""Forecasts: registrations, outcomes and scores."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from wherenow.case.case_types import Case
from wherenow.claims.checking.formula_check import check_formula
from wherenow.claims.evaluation.sources import declared_data
from wherenow.claims.formulas.formula import parse_formula
from wherenow.errors import InputError, Text
from wherenow.foresight.headline import headline, said
from wherenow.foresight.ledger import FILE, Registered, entries, one_line, score, unregistered
from wherenow.report.cards.answered_questions import reader
from wherenow.report.charts.rows import ChartRow
from wherenow.report.wording.numbers import percent
from wherenow.report.wording.texts import capital
from wherenow.web.computation.case_analysis import Analysis


def context(analysis: Analysis, language: str = "en") -> dict[str, Any]:
    """Return the forecasts of the case's ledger, open and resolved.

    Without a ledger, these are the ones that the case would register. If an open forecast was registered more than
    once, the newest is shown, and ``earlier`` has the others. All are for the baseline, regardless of a view's levers.
    """
    path = analysis.case.folder / FILE
    written = entries(path) if path.is_file() else ()
    registered = {entry.id for entry in written}
    waiting = [e for e in written if e.outcome is None]
    newest = {entry.id: entry for entry in waiting}  # entries are in chronological order, so the last one remains
    return {
        "open": [*newest.values(), *(e for e in _to_register(analysis) if e.id not in registered)],
        "earlier": lambda entry: [e for e in waiting if e.id == entry.id and e is not newest[entry.id]],
        "resolved": [e for e in written if e.outcome is not None],
        "all": [*written, *(e for e in _to_register(analysis) if e.id not in registered)],
        "scores": score(written),
        "registered": registered,
        "title": lambda entry: _title(analysis.case, entry),
        "rule": lambda entry: _rule(analysis.case, entry, language),
        "issued": analysis.case.cutoff_date,
    }


def table(analysis: Analysis) -> list[list[Any]]:
    """Return the forecasts as a table to download."""
    head = ["id", "says", "p", "model", "history", "basis", "by", "resolve", "recorded", "outcome", "resolved"]
    forecasts = context(analysis)
    return [head, *([getattr(e, key) for key in head] for e in forecasts["all"])]


def picture(analysis: Analysis) -> list[ChartRow]:
    """Return the forecasts as rows of a picture: the probability of each, and the date by which data decide it."""
    forecasts = context(analysis)
    return [ChartRow(e.says, e.p, f"{percent(e.p)}, {e.by}") for e in (*forecasts["open"], *forecasts["resolved"])]


def _title(case: Case, entry: Registered) -> str:
    """Return the title of a forecast's card, or the registered one if the case has changed."""
    asked = case.predictions.get(entry.id)
    same = asked is not None and one_line(asked.resolve) == entry.resolve
    return said(case, entry.id) if same else entry.says


def _rule(case: Case, entry: Registered, language: str) -> str:
    """Describe what decides a forecast; its formula as written if it reads something that this case lacks."""
    try:
        checked = check_formula(parse_formula(Text(entry.resolve)), declared_data(case))
    except InputError:
        return entry.resolve
    return capital(reader(case, language).say(checked.formula.root))


@lru_cache(maxsize=4)
def _to_register(analysis: Analysis) -> tuple[Registered, ...]:
    names = tuple(analysis.case.predictions)
    return tuple(unregistered(headline(analysis.case, names, threads=analysis.threads)).values())

"""Operations of an analysis for programs: one function each, with plain JSON types in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wherenow.errors import UsageError, did_you_mean
from wherenow.foresight import ask as foresight
from wherenow.outlook.fans import shown_names
from wherenow.web.app_view import AppView, read_view
from wherenow.web.computation.case_analysis import Analysis
from wherenow.web.computation.reasoning import describe, explanation

MOST_SERIES = 12
MOST_DATES = 60


def case(analysis: Analysis) -> dict[str, Any]:
    """Return the contents of the case."""
    it = analysis.case
    levers = {
        n: {"label": v.label or n, "about": v.about, "unit": v.unit, "range": list(v.range), "rest": v.default}
        for n, v in it.levers.items()
    }
    return {
        "name": it.name,
        "title": it.title,
        "question": it.question,
        "about": it.about,
        "cutoff": it.cutoff_date,
        "draws": len(analysis.draws),
        "basis": analysis.draws.basis,
        "shown": list(analysis.shown),
        "levers": levers,
        "scenarios": {n: {"title": s.title, "about": s.about} for n, s in it.scenarios.items()},
        "variables": {
            n: {"kind": str(v.kind), "unit": v.unit, "sector": v.sector, "about": v.about}
            for n, v in it.model.variables.items()
        },
        "events": [{"id": e.id, "date": e.date, "event": e.event, "quality": e.quality} for e in it.events.values()],
        "claims": {n: c.says for n, c in it.claims.items()},
    }


def run(
    analysis: Analysis, levers: Mapping[str, float], scenario: str = "", series: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return fans of ``series`` (by default those that the case shows) and the forecasts under a scenario and levers.

    Raises UsageError for unknown names, values outside a lever's range, or more than 12 series.
    """
    pairs = [*((f"l.{n}", repr(float(v))) for n, v in levers.items()), *([("scenario", scenario)] if scenario else [])]
    view = read_view(analysis.case, pairs)
    names = shown_names(analysis.case, series) if series else analysis.shown
    if len(names) > MOST_SERIES:
        raise UsageError(f"no more than {MOST_SERIES} series can be requested at once")
    return {
        "fans": [fan.to_dict() for fan in analysis.fans(view, names)],
        "change": analysis.comparison(view).to_dict(),
        "basis": analysis.draws.basis,
    }


def claims(analysis: Analysis, verdict: str = "", kind: str = "", text: str = "") -> list[dict[str, Any]]:
    """Return the claims with a verdict, a kind and a text; all claims by default."""
    words = text.lower().split()
    return [
        f.to_dict()
        for f in analysis.outlook.result().findings
        if verdict in ("", f.word)
        and kind in ("", f.kind)
        and all(w in f"{f.id} {f.says} {' '.join(f.evidence)}".lower() for w in words)
    ]


def claim(analysis: Analysis, name: str) -> dict[str, Any]:
    """Return a claim. Raises UsageError for an unknown name."""
    return analysis.outlook.result().findings[name].to_dict()


def explain(analysis: Analysis, name: str) -> dict[str, Any]:
    """Return a variable with its inputs, its dependents and its course. Raises UsageError for an unknown name."""
    variables = analysis.case.model.variables
    if name not in variables:
        raise UsageError(f"there is no variable {name[:80]!r}", did_you_mean(name, variables))
    described = describe(analysis.case, name)
    if described["kind"] not in {"parameter", "lookup"}:
        names = shown_names(analysis.case, (name,))[:4]
        described["fans"] = [fan.to_dict() for fan in analysis.fans(AppView(), names)]
    return described


def why(analysis: Analysis, name: str, at: str = "", since: str = "", against: str = "") -> dict[str, Any]:
    """Explain why a variable changed between two dates, or differs from its value without a scenario.

    Raises UsageError as :func:`~wherenow.web.computation.reasoning.explanation` does.
    """
    answer = explanation(analysis, name, at, since, against)
    return {**answer.to_dict(), "diagram": answer.diagram}


def ask(analysis: Analysis, question: str) -> dict[str, Any]:
    """Return the probability that a condition on data series comes true, by the pool, the model and the history.

    Raises InputError if the question is wrong.
    """
    return foresight.ask(analysis.case, question, threads=analysis.threads, known=analysis.headline.basis).to_dict()


def predict(analysis: Analysis, series: str, at: Sequence[str]) -> dict[str, Any]:
    """Forecast quantiles of a series' data at dates, by the pool, the model and the history.

    Raises UsageError for a series without data, an invalid date, or a date within the record.
    """
    known = analysis.headline.basis
    return foresight.predict(analysis.case, series, at, threads=analysis.threads, known=known).to_dict()

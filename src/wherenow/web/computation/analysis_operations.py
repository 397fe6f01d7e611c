"""Operations of an analysis for programs: one function each, with plain JSON types in and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wherenow.errors import UsageError
from wherenow.foresight import ask as foresight
from wherenow.outlook.fans import shown_names
from wherenow.web.app_view import AppView, known_name, read_view
from wherenow.web.computation.case_analysis import Analysis
from wherenow.web.computation.reasoning import describe, explanation

MOST_SERIES = 12
MOST_DATES = 60


def case(analysis: Analysis) -> dict[str, Any]:
    """List the contents of the case: question, levers with ranges, scenarios, variables, events and claims."""
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


def claim(analysis: Analysis, claim: str) -> dict[str, Any]:
    """Return a claim by id: verdicts on record, data, model and counterfactual; formulas, shares and margins."""
    return analysis.outlook.result().findings[claim].to_dict()


def explain(analysis: Analysis, variable: str) -> dict[str, Any]:
    """Return a variable with its inputs, its dependents and its course. Raises UsageError for an unknown name."""
    known_name(variable, analysis.case.model.variables, "variable")
    described = describe(analysis.case, variable)
    if described["kind"] not in {"parameter", "lookup"}:
        names = shown_names(analysis.case, (variable,))[:4]
        described["fans"] = [fan.to_dict() for fan in analysis.fans(AppView(), names)]
    return described


def why(analysis: Analysis, variable: str, at: str = "", since: str = "", against: str = "") -> dict[str, Any]:
    """Explain a variable's value step by step.

    The answer gives the causes of its change since a date (by default a year earlier) or of its difference from a
    scenario, with evidence pointers for each step. Dates are like 2020-06.
    """
    answer = explanation(analysis, variable, at, since, against)
    return {**answer.to_dict(), "diagram": answer.diagram}


def ask(analysis: Analysis, question: str) -> dict[str, Any]:
    """Return the probability that a condition on data series comes true, such as "at(oil_price, 2024-06) > 90".

    Returns the published `p` with its words, the probabilities by the model alone and by history alone, and the track
    record of such probabilities; cite all four. If data already decide the question, `outcome` replaces `p`.
    """
    return foresight.ask(analysis.case, question, threads=analysis.threads, known=analysis.headline.basis).to_dict()


def predict(analysis: Analysis, series: str, at: list[str]) -> dict[str, Any]:
    """Forecast quantiles of a data series at dates like 2024-06, by the pool, the model and the history."""
    known = analysis.headline.basis
    return foresight.predict(analysis.case, series, at, threads=analysis.threads, known=known).to_dict()

"""Can I trust it? Track record, coverage, what the answer depends on, what the data left open, and what is assumed."""

from __future__ import annotations

from typing import Any

from wherenow.audit.audit_file import is_stale, stored_audit
from wherenow.case.case_types import Case
from wherenow.outlook.outlook_types import Outlook
from wherenow.report.charts.rows import ChartRow
from wherenow.report.page import tiles
from wherenow.report.wording.labels import labels
from wherenow.web.computation.case_analysis import Analysis


def context(analysis: Analysis) -> dict[str, Any]:
    """Return the context for judging the model; empty until the outlook is ready."""
    made = made_of(analysis)
    if made is None or made.learning is None:
        return {"learning": None}
    case = analysis.case
    audit = {"audit": stored_audit(case), "stale": is_stale(case)}
    return {**tiles(made), **audit, "grounds": case.model.variables}


def made_of(analysis: Analysis) -> Outlook | None:
    """Return the outlook if it is ready, and begin it otherwise."""
    _ = analysis.outlook
    return analysis.finished


def table(analysis: Analysis) -> list[list[Any]]:
    """Return what the answer depends on and what is assumed, as a table to download."""
    rows: list[list[Any]] = [["what", "name", "label", "forecast", "correlation", "assumption", "evidence"]]
    case, made = analysis.case, made_of(analysis)
    label = labels(case)
    for influence in made.learning.influences if made and made.learning else ():
        assumption, evidence = _grounds(case, influence.name)
        for forecast, correlation in influence.correlations.items():
            named = ["influence", influence.name, label(influence.name)]
            rows.append([*named, forecast, f"{correlation:.3f}", assumption, evidence])
    for v in case.model.variables.values():
        if v.assumption:
            rows.append(["assumption", v.name, label(v.name), "", "", v.assumption, " ".join(v.evidence)])
    return rows


def picture(analysis: Analysis) -> list[ChartRow]:
    """Return what the answer depends on as rows of a picture: each one's strongest correlation with a forecast."""
    made, label = made_of(analysis), labels(analysis.case)
    influences = made.learning.influences if made and made.learning else ()
    return [ChartRow(label(i.name), i.strongest, f"{i.strongest:.2f}") for i in influences]


def _grounds(case: Case, name: str) -> tuple[str, str]:
    own = case.model.variables.get(name.partition("[")[0])
    return (own.assumption, " ".join(own.evidence)) if own else ("", "")

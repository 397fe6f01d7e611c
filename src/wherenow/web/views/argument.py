"""Does the argument hold? The claims as a board, and one of them opened."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from markupsafe import Markup

from wherenow.claims.findings import Finding, OnModel
from wherenow.claims.judge import Reading, read_claims
from wherenow.claims.robustness import robustness
from wherenow.claims.sources import declared_model, outputs_of, run_signals
from wherenow.ensemble.runs import Runs
from wherenow.outlook.fans import shown_fans
from wherenow.outlook.types import Fan, Outlook
from wherenow.report.charts.curve import margin_curve
from wherenow.report.charts.fan import SMALL, fan_chart
from wherenow.report.charts.rows import Row
from wherenow.report.charts.several import several_chart
from wherenow.report.contents import ClaimRow, claim_rows
from wherenow.report.numbers import human_name, human_unit
from wherenow.web.analysis import Analysis
from wherenow.web.events import marks_of
from wherenow.web.reasoning import places
from wherenow.web.view import View

FILTERS = ("verdict", "kind", "sector", "paragraph", "text")
MOST_CHARTS = 4


def context(analysis: Analysis, asked: Mapping[str, str]) -> dict[str, Any]:
    """The board, or the claim that ``claim=ID`` opens; nothing of either until the outlook is made."""
    if not analysis.outlook.done() or analysis.outlook.exception():
        return {"rows": None, "opened": None}
    outlook = analysis.outlook.result()
    rows = claim_rows(outlook)
    wanted = {key: asked.get(key, "")[:200] for key in FILTERS}
    shown = [row for row in rows if _fits(row, wanted)]
    counts: dict[str, int] = {}
    for row in shown:
        counts[row.finding.word] = counts.get(row.finding.word, 0) + 1
    return {
        "rows": shown,
        "all": len(rows),
        "counts": {verdict: counts[verdict] for verdict in outlook.findings.counts if verdict in counts},
        "wanted": wanted,
        "choices": {
            "verdict": [v for v, n in outlook.findings.counts.items() if n],
            "kind": list(dict.fromkeys(row.finding.kind for row in rows)),
            "sector": sorted({row.sector for row in rows if row.sector}),
            "paragraph": sorted({p for row in rows for p in _paragraphs(row.finding)}, key=_number),
        },
        "opened": opened(analysis, asked["claim"], bool(asked.get("why"))) if asked.get("claim") else None,
    }


def opened(analysis: Analysis, name: str, why: bool = False) -> dict[str, Any]:
    """One claim: its finding, the curves of its margins, what its formulas read, and its counterfactual.

    ``why`` asks for what each mechanism carries of it, which takes a while and is there later.

    Raises UsageError where there is no such claim.
    """
    case = analysis.case
    finding = analysis.outlook.result().findings[name]
    reading = next(r for r in read_claims(case) if r.claim.id == name)
    formulas = [checked.formula for checked in (reading.model, reading.expect) if checked is not None]
    names = outputs_of(formulas, declared_model(case))
    against = reading.claim.against
    runs = analysis.runs("", names) if names else None
    other = analysis.runs(against.scenario.id, names) if names and against else None
    fans = shown_fans(case, runs, names[:MOST_CHARTS]) if runs else ()
    marks = marks_of(case, View(), 6)
    return {
        "finding": finding,
        "charts": [(f, fan_chart(f, human_name(f.label), marks, case.cutoff, SMALL)) for f in fans],
        "curves": list(_curves(analysis, reading, finding, runs, other)) if runs else [],
        "counter": _counter(analysis, reading, fans, other) if other else None,
        "why": _why(analysis, name, why),
        "sentences": places(analysis, finding.evidence),
    }


def _why(analysis: Analysis, name: str, ask: bool) -> dict[str, Any]:
    """What carries a claim: its row of the mechanism table where that is made, and how far this is."""
    if not ask and not analysis.asked_why:
        return {"state": "unasked", "row": None}
    making = not analysis.table.done()
    if not making and analysis.table.exception():
        return {"state": "failed", "row": None}
    found = analysis.table_so_far
    row = next((r for r in found or () if r.claim == name), None)
    state = "made" if row else "making" if making else "none"
    return {"state": state, "row": row, "draws": found.draws if found else 0, "making": making}


def table(outlook: Outlook) -> list[list[Any]]:
    """The claims as a table to take away."""
    head = ["id", "kind", "sector", "says", "evidence", "verdict", "on_record", "on_data", "data_margin", "data_unit",
            "model", "model_share", "model_low", "model_high", "counterfactual", "counterfactual_share",
            "counterfactual_low", "counterfactual_high", "note"]  # fmt: skip
    return [head, *(_row(row) for row in claim_rows(outlook))]


def picture(outlook: Outlook) -> list[Row]:
    """The claims as rows of a picture: the share of draws in which each holds, and its verdict."""
    found = [row.finding for row in claim_rows(outlook)]
    return [Row(f.says, f.model.share.share if f.model else None, f.word) for f in found]


def _row(row: ClaimRow) -> list[Any]:
    f = row.finding
    data = (str(f.data.word), f.data.robustness, f.data.unit) if f.data else ("", "", "")
    return [f.id, f.kind, row.sector, f.says, " ".join(f.evidence), f.verdict, str(f.event.word) if f.event else "",
            *data, *_shares(f.model), *_shares(f.against), f.note]  # fmt: skip


def _shares(part: OnModel | None) -> tuple[Any, ...]:
    return (str(part.word), part.share.share, part.share.low, part.share.high) if part else ("", "", "", "")


def _fits(row: ClaimRow, wanted: Mapping[str, str]) -> bool:
    f = row.finding
    words = wanted["text"].lower().split()
    text = f"{f.id} {f.says} {' '.join(f.evidence)} {f.note}".lower()
    return (
        wanted["verdict"] in ("", f.word)
        and wanted["kind"] in ("", f.kind)
        and wanted["sector"] in ("", row.sector)
        and (not wanted["paragraph"] or wanted["paragraph"] in _paragraphs(f))
        and all(word in text for word in words)
    )


def _paragraphs(finding: Finding) -> set[str]:
    return {found[0] for pointer in finding.evidence if (found := re.match(r"P\d+", pointer))}


def _number(pointer: str) -> int:
    return int(pointer[1:])


def _curves(
    analysis: Analysis, reading: Reading, finding: Finding, runs: Runs, other: Runs | None
) -> Iterable[tuple[str, Markup]]:
    """For each part on the model: the share of draws in which it holds by at least a margin."""
    for part, checked, found in (
        ("model", reading.model, finding.model),
        ("against", reading.expect, finding.against),
    ):
        if checked is None or found is None:
            continue
        signals = run_signals(analysis.case, runs, other)
        margins = np.broadcast_to(robustness(checked, signals).values, len(runs))
        finite = margins[np.isfinite(margins)]
        if finite.size:
            yield part, margin_curve(finite, human_unit(found.unit or ""), finding.says)


def _counter(analysis: Analysis, reading: Reading, fans: tuple[Fan, ...], other: Runs) -> dict[str, Any]:
    """What the formulas read, with and without the counterfactual."""
    scenario = reading.claim.against.scenario if reading.claim.against else None
    title = (scenario.title if scenario else "") or "Counterfactual"
    then = shown_fans(analysis.case, other, tuple(f.name for f in fans))
    drawn = [
        (f, several_chart({"As it was": f, title: g}, human_name(f.label), analysis.case.cutoff, SMALL))
        for f, g in zip(fans, then, strict=True)
    ]
    return {"title": title, "about": scenario.about if scenario else "", "charts": drawn}

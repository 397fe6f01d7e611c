"""Does the argument hold? The article with its claims in place, and one of them opened as a card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wherenow.case.case_types import Case
from wherenow.claims.checking.checked_claims import read_claims
from wherenow.claims.findings import Finding, OnModel
from wherenow.outlook.outlook_types import Outlook
from wherenow.report.cards.article import place, quotes, text_of, unused
from wherenow.report.cards.claim_card import claim_card, outputs_for_claim
from wherenow.report.cards.finding_card import Card
from wherenow.report.charts.rows import ChartRow
from wherenow.report.page import ClaimRow, claim_rows
from wherenow.web.app_view import known_name
from wherenow.web.computation.case_analysis import Analysis
from wherenow.web.views.trust_page import made_of

FILTERS = ("verdict", "sector", "text")


def context(analysis: Analysis, asked: Mapping[str, str], language: str = "en") -> dict[str, Any]:
    """Return the article, or the claim that ``claim=ID`` opens; both empty until the outlook is ready."""
    outlook = made_of(analysis)
    if outlook is None:
        return {"rows": None, "opened": None}
    if asked.get("claim"):
        return {"rows": (), "opened": opened(analysis, asked["claim"], language)}
    rows = claim_rows(outlook)
    wanted = {key: asked.get(key, "")[:200] for key in FILTERS}
    shown = [row for row in rows if _fits(row, wanted)]
    return {
        "rows": shown,
        "all": len(rows),
        "counts": {verdict: n for verdict, n in outlook.findings.counts.items() if n},
        "wanted": wanted,
        "sectors": sorted({row.sector for row in rows if row.sector}),
        "paragraphs": paragraphs(analysis.case, shown, not any(wanted.values()), language),
        "quoted": bool(text_of(analysis.case)),
        "idle": unused(analysis.case, language),
        "opened": None,
    }


def paragraphs(case: Case, rows: list[ClaimRow], whole: bool, language: str = "en") -> list[dict[str, Any]]:
    """Return the article's paragraphs with the claims of each sentence.

    A claim appears at its first citation, or at the end if it has none. With ``whole``, sentences without claims are
    included.
    """
    placed: dict[str, list[ClaimRow]] = {}
    known = list(case.source.sentences) if case.source else []
    for row in rows:
        first = next((p for p in row.finding.evidence if p), "")
        placed.setdefault(first.partition("-")[0], []).append(row)
    order = [*known, *(p for p in placed if p not in known)]
    sentences: dict[str, list[dict[str, Any]]] = {}
    for pointer in order:
        own = placed.get(pointer, [])
        if own or (whole and pointer in known and not pointer.startswith("P0")):
            sentence = {"quote": quotes(case, (pointer,), "", language)[0], "rows": own}
            sentences.setdefault(pointer.partition("S")[0], []).append(sentence)
    return [{"title": place(name, language), "sentences": members} for name, members in sentences.items()]


def opened(analysis: Analysis, name: str, language: str = "en") -> dict[str, Any]:
    """Return a claim as a card, its parts, and the reasons found so far. Raises UsageError for an unknown claim."""
    card = claim_card_of(analysis, name, language)
    finding = analysis.outlook.result().findings[name]
    against = analysis.case.claims[name].against
    return {
        "finding": finding,
        "card": card,
        "counter": (against.scenario.title or finding.against.title) if against and finding.against else "",
        "why": reasons(analysis, name) if finding.model else None,
    }


def claim_card_of(analysis: Analysis, name: str, language: str = "en") -> Card:
    """Return the card of a claim. Raises UsageError for an unknown claim."""
    case, made = analysis.case, analysis.outlook.result()
    finding = made.findings[known_name(name, case.claims, "claim")]
    reading = next(r for r in read_claims(case) if r.claim.id == name)
    names = outputs_for_claim(case, reading, finding)
    against = reading.claim.against
    runs = analysis.runs("", names) if names else None
    other = analysis.runs(against.scenario.id, names) if names and against else None
    fits = {f.series: f for f in made.learning.fits} if made.learning else {}
    return claim_card(case, reading, finding, runs, other, language, fits, analysis.record(language))


def reasons(analysis: Analysis, name: str) -> dict[str, Any]:
    """Return the reasons of a claim on the draws evaluated so far, and whether more are in progress."""
    asked = analysis.why(name)
    making = not asked.done.done()
    if not making and asked.done.exception():
        return {"state": "failed", "row": None, "making": False, "id": name}
    so_far = asked.so_far
    row = next(iter(so_far or ()), None)
    state = "made" if row else "making" if making else "none"
    return {"state": state, "row": row, "draws": so_far.draws if so_far else 0, "making": making, "id": name}


def table(outlook: Outlook) -> list[list[Any]]:
    """Return the claims as a table to download."""
    named = ["id", "kind", "sector", "says", "evidence", "verdict", "on_record", "on_data", "data_margin", "data_unit"]
    shares = [f"{part}{end}" for part in ("model", "counterfactual") for end in ("", "_share", "_low", "_high")]
    return [[*named, *shares, "note"], *map(_row, claim_rows(outlook))]


def picture(outlook: Outlook) -> list[ChartRow]:
    """Return the claims as rows of a picture: the share of draws in which each holds, and its verdict."""
    findings = [row.finding for row in claim_rows(outlook)]
    return [ChartRow(f.says, f.model.share.share if f.model else None, f.word) for f in findings]


def _row(row: ClaimRow) -> list[Any]:
    f = row.finding
    data = (str(f.data.word), f.data.robustness, f.data.unit) if f.data else ("", "", "")
    named = [f.id, f.kind, row.sector, f.says, " ".join(f.evidence), f.verdict, str(f.event.word) if f.event else ""]
    return [*named, *data, *_shares(f.model), *_shares(f.against), f.note]


def _shares(part: OnModel | None) -> tuple[Any, ...]:
    return (str(part.word), part.share.share, part.share.low, part.share.high) if part else ("", "", "", "")


def _fits(row: ClaimRow, wanted: Mapping[str, str]) -> bool:
    finding: Finding = row.finding
    text = f"{finding.id} {finding.says} {' '.join(finding.evidence)} {finding.note}".lower()
    return (
        wanted["verdict"] in ("", finding.word)
        and wanted["sector"] in ("", row.sector)
        and all(word in text for word in wanted["text"].lower().split())
    )

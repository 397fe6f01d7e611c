"""Findings as a table for a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from wherenow.claims.findings import Finding, Findings, OnModel

_COLOURS = {"holds": "green", "fails": "red", "mixed": "yellow"}


def print_findings(findings: Findings) -> None:
    """One row a claim: its verdict, and what each part of it said."""
    table = Table("claim", "kind", "evidence", "data", "model", "counterfactual", "verdict")
    for finding in findings:
        colour = _COLOURS.get(str(finding.word), "dim")
        table.add_row(
            finding.id,
            finding.kind,
            ", ".join(finding.evidence),
            _on_data(finding),
            _share(finding.model),
            _share(finding.against),
            f"[{colour}]{finding.word}[/{colour}]",
        )
    Console().print(table)


def _on_data(finding: Finding) -> str:
    if finding.data is not None:
        return str(finding.data.word)
    return str(finding.event.word) if finding.event is not None else "–"


def _share(part: OnModel | None) -> str:
    """The share of draws in which it holds, with its 90% interval."""
    if part is None:
        return "–"
    return f"{part.share.share:.0%} ({part.share.low:.0%}–{part.share.high:.0%})"

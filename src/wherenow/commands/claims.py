"""``wherenow claims``: a verdict on every claim of a case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from wherenow.commands.console import BASIS, CASE, DRAWS, ENGINE, JSON, SEED, THREADS, print_json, progress, told
from wherenow.errors import UsageError

if TYPE_CHECKING:
    from wherenow.claims.findings import Finding, Findings, OnModel

_COLOURS = {"holds": "green", "fails": "red", "mixed": "yellow"}


def register(app: typer.Typer) -> None:
    """Adds the command to ``app``."""

    @app.command()
    @told
    def claims(
        case: CASE,
        draws: DRAWS = 1000,
        seed: SEED = 0,
        basis: BASIS = "best",
        as_json: JSON = False,
        engine: ENGINE = "native",
        threads: THREADS = None,
    ) -> None:
        """Test every claim of a case: on data, on the ensemble, and against its counterfactual.

        Example: [bold]wherenow claims cases/iraq-us --json[/bold]
        """
        from wherenow.case.reader import read_case
        from wherenow.claims.judge import judge, needed_outputs
        from wherenow.ensemble.simulate import simulate
        from wherenow.inference.posterior import draws_of

        with progress() as told_of:
            found = read_case(case)
            if not found.claims:
                raise UsageError(f"{found.name} makes no claims", "write some in claims.yaml")
            members = draws_of(found, draws, seed, basis)
            told_of(f"running {draws} draws and the counterfactuals")
            runs = simulate(found, members, None, needed_outputs(found), threads, engine)
            findings = judge(found, runs)
        if as_json:
            print_json([finding.to_dict() for finding in findings])
            return
        _print(findings)


def _print(findings: Findings) -> None:
    """One row a claim: its verdict, and what each part of it said."""
    from rich.table import Table
    from rich.text import Text

    from wherenow.commands.tables import show

    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("claim", no_wrap=True)
    for head in ("kind, evidence", "data", "model", "against", "verdict"):
        table.add_column(head)
    for finding in findings:
        table.add_row(
            finding.id,
            f"{finding.kind} {', '.join(finding.evidence)}".rstrip(),
            _on_data(finding),
            _share(finding.model),
            _share(finding.against),
            Text(str(finding.word), _COLOURS.get(str(finding.word), "dim")),
        )
    show(table)


def _on_data(finding: Finding) -> str:
    if finding.data is not None:
        return str(finding.data.word)
    return str(finding.event.word) if finding.event is not None else "–"


def _share(part: OnModel | None) -> str:
    """The share of draws in which it holds, with its 90% interval."""
    if part is None:
        return "–"
    return f"{part.share.share:.0%} ({part.share.low:.0%}–{part.share.high:.0%})"

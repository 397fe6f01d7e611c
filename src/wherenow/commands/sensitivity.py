"""``wherenow sensitivity``: which unknowns an outcome leans on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wherenow.commands.console import BASIS, CASE, JSON, SEED, THREADS, needed, print_json, progress, say, told

if TYPE_CHECKING:
    from wherenow.outlook.sensitivity import Sensitivity


def register(app: typer.Typer) -> None:
    """Adds the command to ``app``."""

    @app.command()
    @told
    def sensitivity(
        case: CASE,
        of: Annotated[
            list[str] | None,
            typer.Option(
                help="A claim by name, a variable (at the end), or a formula; the case's forecasts by default.",
                show_default=False,
            ),
        ] = None,
        basis: BASIS = "prior only",
        most: Annotated[int, typer.Option(min=1, max=100, help="Unknowns with indices of their own.")] = 10,
        base: Annotated[int, typer.Option(min=16, max=65536, help="Rows of the design, a power of two.")] = 512,
        seed: SEED = 0,
        chart: Annotated[Path | None, typer.Option(help="An SVG file of bars to write (of the first outcome).")] = None,
        as_json: JSON = False,
        threads: THREADS = None,
    ) -> None:
        """Find the unknowns that matter: Morris' screening of all, Sobol' indices of the first.

        Example: [bold]wherenow sensitivity cases/iraq-us --of "at(relations, 2025-11)"[/bold]
        """
        from wherenow.case.reader import read_case
        from wherenow.errors import UsageError
        from wherenow.outlook.outcome import forecasts
        from wherenow.outlook.sensitivity import sensitivity as find

        if base & (base - 1):
            raise UsageError(f"--base is a power of two, not {base}", f"try {1 << (base - 1).bit_length()}")
        needed("SALib")
        found = read_case(case)
        outcomes = of or [outcome.id for outcome in forecasts(found)]
        with progress() as told_of:
            results = [
                find(found, outcome, basis, most, base=base, seed=seed, threads=threads, progress=told_of)
                for outcome in outcomes
            ]
        if chart is not None:
            from wherenow.files import whole
            from wherenow.report.charts.bars import index_bars

            with whole(chart) as beside:
                beside.write_text(index_bars(results[0].indices, results[0].says), encoding="utf-8")
        if as_json:
            print_json([result.to_dict() for result in results])
            return
        for result in results:
            _print(result)


def _print(result: Sensitivity) -> None:
    from rich.table import Table

    from wherenow.commands.tables import show

    table = Table("unknown", "alone", "with others", "", "direction", title=result.says, box=None)
    for row in result.indices:
        bar = "█" * round(30 * min(max(row.total, 0.0), 1.0))
        way = "" if abs(row.direction) < 0.1 else "more → higher" if row.direction > 0 else "more → lower"
        table.add_row(
            row.name,
            f"{_percent(row.alone)} ± {row.alone_error:.0%}",
            f"{_percent(row.total)} ± {row.total_error:.0%}",
            bar,
            way,
        )
    show(table)
    typer.echo(result.sentence)
    say(
        f"{result.runs:,} runs in {result.seconds:.1f} s ({result.runs / result.seconds:,.0f} a second); {result.basis}"
    )


def _percent(share: float) -> str:
    """An estimate can be a little below nothing, and is nothing then."""
    return f"{round(share, 2) + 0.0:.0%}"

"""``wherenow sensitivity``: find the parameters that an outcome depends on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wherenow.commands.console import exit_on_error, needed, print_json, say, working
from wherenow.commands.console_tables import show_rows
from wherenow.commands.options import BASIS, CASE, JSON, SEED, THREADS
from wherenow.result_cache import cached

if TYPE_CHECKING:
    from wherenow.exploration.estimators import Index


@exit_on_error
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
    most: Annotated[int, typer.Option(min=1, max=100, help="Parameters with indices of their own.")] = 10,
    base: Annotated[int, typer.Option(min=16, max=65536, help="Rows of the design, a power of two.")] = 512,
    seed: SEED = 0,
    chart: Annotated[Path | None, typer.Option(help="An SVG file of bars to write (of the first outcome).")] = None,
    as_json: JSON = False,
    threads: THREADS = None,
) -> None:
    """Find the parameters that matter: Morris' screening of all, Sobol' indices of the first.

    Example: [bold]wherenow sensitivity cases/iraq-us --of "at(relations, 2025-11)"[/bold]
    """
    from wherenow.errors import UsageError

    if base & (base - 1):
        raise UsageError(f"--base must be a power of two, not {base}", f"try {1 << (base - 1).bit_length()}")
    needed("SALib")

    def found() -> dict[str, Any]:
        from wherenow.case.reader import read_case
        from wherenow.exploration.outcome import forecasts
        from wherenow.exploration.sensitivity import sensitivity as find
        from wherenow.inference.posterior import unused_posterior

        read = read_case(case)
        outcomes = of or [outcome.id for outcome in forecasts(read)]
        indices = (find(read, o, basis, most, base=base, seed=seed, execution=execution) for o in outcomes)
        unused = unused_posterior(read) if basis == "best" else ""
        return {"indices": [index.to_dict() for index in indices], "unused": unused}

    with working(threads) as execution:
        answer = cached("sensitivity", case, found, of=of, basis=basis, most=most, base=base, seed=seed)
    results = answer["indices"]
    if answer["unused"]:
        say(answer["unused"])
    if chart is not None:
        from wherenow.files import write_text
        from wherenow.report.charts.bars import index_bars

        write_text(chart, index_bars(_indices(results[0]), results[0]["says"]))
    if as_json:
        print_json(results)
        return
    for result in results:
        _print(result)


def _indices(result: dict[str, Any]) -> list[Index]:
    from wherenow.exploration.estimators import Index

    return [Index(**row) for row in result["indices"]]


def _print(result: dict[str, Any]) -> None:
    rows = []
    for index in _indices(result):
        bar = "█" * round(30 * min(max(index.total, 0.0), 1.0))
        way = "" if abs(index.direction) < 0.1 else "more → higher" if index.direction > 0 else "more → lower"
        pairs = ((index.alone, index.alone_error), (index.total, index.total_error))
        rows.append([index.name, *(f"{_percent(share)} ± {error:.0%}" for share, error in pairs), bar, way])
    show_rows(("unknown", "alone", "with others", "", "direction"), rows, result["says"])
    typer.echo(result["sentence"])
    runs, seconds = result["runs"], result["seconds"]
    say(f"{runs:,} runs in {seconds:.1f} s ({runs / seconds:,.0f} a second); {result['basis']}")


def _percent(share: float) -> str:
    """Return a percentage; an estimate slightly below zero counts as zero."""
    return f"{round(share, 2) + 0.0:.0%}"

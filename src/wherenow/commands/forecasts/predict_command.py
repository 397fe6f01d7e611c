"""``wherenow predict``: the predictive distribution of a data series at future dates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wherenow.commands.console import exit_on_error, print_json, progress, say, say_unused
from wherenow.commands.console_tables import show_rows
from wherenow.commands.options import CASE, JSON, SEED, THREADS


@exit_on_error
def predict(
    case: CASE,
    series: Annotated[str, typer.Option(help="The data series.", show_default=False)],
    at: Annotated[list[str], typer.Option(help="A date, as 2024-06; may be given several times.", show_default=False)],
    draws: Annotated[int, typer.Option(min=100, help="Draws of each ingredient.")] = 2000,
    out: Annotated[Path | None, typer.Option(help="A CSV file of the pooled draws, one row per date.")] = None,
    seed: SEED = 0,
    as_json: JSON = False,
    threads: THREADS = None,
) -> None:
    """Predict a series: quantiles of the pool, of the model alone and of the history alone.

    Example: [bold]wherenow predict iraq-us --series conflict_deaths --at 2024-07[/bold]
    """
    from wherenow.case.reader import read_case
    from wherenow.foresight.ask import predict as forecast
    from wherenow.foresight.verbal_probabilities import without

    with progress() as report:
        found = read_case(case)
        say_unused(found)
        report("drawing from the model and the record")
        result = forecast(found, series, at, seed=seed, draws=draws, threads=threads)
    if out is not None:
        from wherenow.files import write_text

        pooled = result.draws["pool"]
        lines = [["date", *(f"draw_{i}" for i in range(pooled.shape[1]))]]
        lines += [[date, *(f"{v:.10g}" for v in row)] for date, row in zip(result.dates, pooled, strict=True)]
        write_text(out, "".join(f"{','.join(line)}\n" for line in lines))
        say(f"pooled draws in {out}")
    if result.lacking:
        say(f"history {without(result.lacking)}")
    if as_json:
        print_json(result.to_dict())
        return
    from wherenow.foresight.ask import QUANTILES
    from wherenow.report.wording.numbers import compact

    rows = [
        [date, method, *map(compact, quantiles[i])]
        for i, date in enumerate(result.dates)
        for method, quantiles in result.quantiles.items()
    ]
    show_rows(("date", "by", *(f"{q:.0%}" for q in QUANTILES)), rows, f"{series} ({result.unit})")

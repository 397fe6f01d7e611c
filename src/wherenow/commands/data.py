"""``wherenow data``: figures of a case from a table or a public source, and a look at them before any fit."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from wherenow.commands.console import CASE, DRAWS, SEED, THREADS, count, progress, say, told
from wherenow.errors import UsageError

data_app = typer.Typer(no_args_is_help=True, help="Bring figures into a case.", rich_markup_mode="rich")


def register(app: typer.Typer) -> None:
    """Adds the commands to ``app``."""
    app.add_typer(data_app, name="data")


@data_app.callback()
def _data() -> None:
    """Bring figures into a case."""


@data_app.command()
@told
def add(
    case: Annotated[Path, typer.Argument(help="A case folder.", show_default=False)],
    file: Annotated[Path, typer.Argument(help="A table: .csv, .tsv, .xlsx, .xls or .ods.", show_default=False)],
    source: Annotated[str, typer.Option(help="Where the figures come from.")] = "",
    licence: Annotated[str, typer.Option(help="Under which licence, such as 'CC BY 4.0'.")] = "",
    name: Annotated[str, typer.Option(help="Name of the file in data/; by default that of the table.")] = "",
    unit: Annotated[list[str] | None, typer.Option(help="The unit of a series, as SERIES=UNIT.")] = None,
) -> None:
    """Read a table, suggest what its columns are, ask, and write the case's long form.

    Example: [bold]wherenow data add my-case rates.xlsx --source "Port authority" --licence "CC BY 4.0"[/bold]
    """
    from wherenow.draft.figures import long_form, read_table, suggest, write_rows

    if not (case / "case.yaml").is_file():
        raise UsageError(f"{case} is no case folder")
    stem = name or re.sub(r"[^\w-]+", "_", file.stem).strip("_").lower() or "table"
    if not re.fullmatch(r"[\w-]{1,60}", stem):
        raise UsageError(f"{stem!r} cannot name a file", "use letters, digits, '-' and '_'")
    table = read_table(file)
    at, columns = suggest(table)
    given = dict(part.split("=", 1) for part in unit or () if "=" in part)
    asks = sys.stdin.isatty()
    chosen = []
    for column in columns:
        found = given.get(column.series, column.unit)
        if asks:
            if not typer.confirm(f"take {column.head!r} as the series '{column.series}'?", default=True):
                continue
            found = typer.prompt(f"unit of '{column.series}'", default=found or "1")
        chosen.append(replace(column, unit=found))
    if asks:
        source = source or typer.prompt("source")
        licence = licence or typer.prompt("licence")
    rows, left = long_form(table, at, chosen, source, licence)
    target = case / "data" / f"{stem}.csv"
    write_rows(target, rows)
    say(f"wrote {count(len(rows), 'figure')} of {len(chosen)} series to {target}")
    if left:
        say(f"left out: {count(left, 'cell')} without a figure or a date")
    say(f"next: name them in observations.yaml or a claim's data, then wherenow check {case}")


@data_app.command()
@told
def plot(
    case: CASE,
    out: Annotated[Path, typer.Option(help="The picture: .svg, or .png with wherenow[web].")] = Path("data.svg"),
    draws: DRAWS = 1000,
    seed: SEED = 0,
    threads: THREADS = None,
) -> None:
    """Draw each data series against what the priors say of it, before any fit.

    Figures outside the 90% band are named: about one in ten is expected, and more say that a prior is too narrow, a
    unit wrong, or the structure unable to give such data.

    Example: [bold]wherenow data plot cases/school-influenza[/bold]
    """
    from wherenow.api.outlook import plot_data
    from wherenow.api.picture import picture_file
    from wherenow.case.reader import read_case

    out = picture_file(out)
    with progress() as under_way:
        found = read_case(case)
        picture = plot_data(found, draws, seed, threads, under_way)
    say(f"wrote {picture.save(out)}")

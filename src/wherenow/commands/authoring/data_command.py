"""``wherenow data``: import figures of a case from a table or a public source, and plot them before any fit."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wherenow.commands.console import FAILED, count, exit_on_error, needed, progress, say
from wherenow.commands.options import CASE, DRAWS, SEED, THREADS
from wherenow.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from wherenow.draft.data.fetching import FetchPlan

MOST_SHOWN = 12
"""Maximum number of listed changes of a series; changed and vanished figures come first."""

data = typer.Typer(no_args_is_help=True, help="Import figures into a case.", rich_markup_mode="rich")


@data.command()
@exit_on_error
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
    from wherenow.draft.data.data_tables import long_form, new_data_file, read_table, suggest

    if not (case / "case.yaml").is_file():
        raise UsageError(f"{case} is not a case folder")
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
    new_data_file(target, rows)
    say(f"wrote {count(len(rows), 'figure')} of {len(chosen)} series to {target}")
    if left:
        say(f"left out: {count(left, 'cell')} without a figure or a date")
    say(f"next: name them in observations.yaml or a claim's data, then wherenow check {case}")


@data.command()
@exit_on_error
def plot(
    case: CASE,
    out: Annotated[Path, typer.Option(help="The picture: .svg, or .png with the extra web.")] = Path("data.svg"),
    draws: DRAWS = 1000,
    seed: SEED = 0,
    threads: THREADS = None,
) -> None:
    """Plot each data series against what the priors say about it, before any fit.

    Figures outside the 90% band are named. About one in ten is expected; more say that a prior is too narrow, a unit
    wrong, or the structure unable to produce such data.

    Example: [bold]wherenow data plot cases/school-influenza[/bold]
    """
    from wherenow.api.notebooks.picture import picture_file
    from wherenow.api.outlook import plot_data
    from wherenow.case.reader import read_case

    out = picture_file(out)
    with progress() as under_way:
        found = read_case(case)
        picture = plot_data(found, draws, seed, threads, under_way)
    say(f"wrote {picture.save(out)}")


@data.command()
@exit_on_error
def fetch(
    case: CASE,
    series: Annotated[list[str] | None, typer.Option(help="A series of fetch.yaml; all of them by default.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking.")] = False,
    url: Annotated[str, typer.Option(help="An address in place of the sources' own, for tests.")] = "",
) -> None:
    """Refresh series from the public sources in fetch.yaml: show what would change, ask, and write.

    Figures after the cut-off go into later/ if the case has that folder, and are left out otherwise.

    Example: [bold]wherenow data fetch my-case --series population[/bold]
    """
    from datetime import date

    from wherenow.case.reader import read_case
    from wherenow.draft.data.fetching import plan, write
    from wherenow.draft.data.public_series import fetch_series
    from wherenow.language.syntax import canonical

    needed("httpx")
    found = read_case(case)
    names = [canonical(name) for name in series or found.fetch]
    for name in names:
        if name not in found.fetch:
            raise UsageError(f"fetch.yaml names no series {name!r}", did_you_mean(name, found.fetch))
    if not names:
        raise UsageError(f"{found.folder / 'fetch.yaml'} names no series", "see docs/contracts.md")
    plans, failed = [], 0
    for name in names:
        try:
            with progress() as under_way:
                under_way(f"fetching {name}")
                plans.append(plan(found, name, fetch_series(found.fetch[name], url), date.today().isoformat()))
        except UsageError as error:
            failed += 1
            say(f"{name}: {error}")
            continue
        _show(plans[-1])
    changed = [one for one in plans if one.changes]
    if changed and (yes or (sys.stdin.isatty() and typer.confirm("write this?", default=True))):
        write(found, changed)
        say(f"wrote {', '.join(str(path) for one in changed for path in one.files)}")
    elif changed:
        say("nothing is written; --yes writes it")
    if failed:
        raise typer.Exit(FAILED)


def _show(found: FetchPlan) -> None:
    new, gone = (sum(getattr(c, part) is None for c in found.changes) for part in ("before", "after"))
    other = len(found.changes) - new - gone
    typer.echo(
        f"{found.series}: {new} new, {other} changed, {gone} gone" if found.changes else f"{found.series}: unchanged"
    )
    shown = sorted(found.changes, key=lambda c: c.before is None)[:MOST_SHOWN]
    for one in shown:
        typer.echo(f"  {one.date}  {one.before or '-'} -> {one.after or '-'}")
    if len(found.changes) > len(shown):
        typer.echo(f"  and {len(found.changes) - len(shown)} more")
    if found.held_back:
        figures = count(found.held_back, "figure")
        say(f"{found.series}: {figures} after the cut-off left out; make a folder later/ to keep them")
    for remark in found.remarks:
        say(f"{found.series}: {remark}")

"""``wherenow run``: a case's or model's trajectories in a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wherenow.commands.console import ENGINE, FAILED, MODEL, SEED, THREADS, count, print_diagnostics, say, told
from wherenow.errors import UsageError

if TYPE_CHECKING:
    from wherenow.case.types import Case
    from wherenow.ensemble.draws import Draws
    from wherenow.ensemble.runs import Runs


def register(app: typer.Typer) -> None:
    """Adds the command to ``app``."""

    @app.command()
    @told
    def run(
        model: MODEL,
        out: Annotated[
            Path | None, typer.Option(help="Where to: .csv, .tab, .nc or .parquet; else a summary is printed.")
        ] = None,
        draws: Annotated[int | None, typer.Option(min=1, help="Draws; without it one run at central values.")] = None,
        seed: SEED = 0,
        scenario: Annotated[str, typer.Option(help="One of the case's scenarios.")] = "",
        change: Annotated[
            list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Fix a parameter.")
        ] = None,
        save: Annotated[list[str] | None, typer.Option(help="A variable to save; all by default.")] = None,
        engine: ENGINE = "native",
        threads: THREADS = None,
    ) -> None:
        """Run a case or model, and write its trajectories or print where each variable ends.

        Example: [bold]wherenow run teacup.mdl --out teacup.csv --set "room temperature=60"[/bold]
        """
        from wherenow.ensemble.save import save_runs
        from wherenow.ensemble.simulate import simulate
        from wherenow.exchange.opening import open_with_warnings

        opened, warnings = open_with_warnings(model)
        print_diagnostics(warnings)
        members = _draws(opened, draws, seed).fixed(_changes(change or []))
        runs = simulate(opened, members, scenario or None, _names(save), threads=threads, engine=engine)
        if runs.record.failure:
            say(f"wherenow: {runs.record.failure}")
        if out is None:
            for line in _summary(runs):
                typer.echo(line)
        else:
            save_runs(runs, out)
        say(f"{count(len(runs), 'run')}, {runs.record.engine} engine")
        if not opened.priors and _all_alike(runs):
            say("every run is the same: no parameter has a prior and nothing is random (a case folder gives priors)")
        if runs.record.failed_draws and len(runs.record.failed_draws) == len(runs):
            raise typer.Exit(FAILED)


def _summary(runs: Runs) -> list[str]:
    """A line a variable: its first and last value, or where nine in ten draws end, the middle one between."""
    from wherenow.ensemble.runs import quantiles_over_draws
    from wherenow.ensemble.save import column

    first, last = (f"at {runs.times[k]:g}" for k in (0, -1))
    alone = len(runs) == 1
    head = ["variable", first, last] if alone else ["variable", f"5 % {last}", "median", "95 %"]
    rows = [[*head, "unit"]]
    for i, saved in enumerate(runs.saved):
        values = runs.values[i, [0, -1], :]
        numbers = values[:, 0] if alone else quantiles_over_draws(values[1:], (0.05, 0.5, 0.95))[:, 0]
        rows.append([column(saved), *(f"{number:.6g}" for number in numbers), saved.unit])
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return ["  ".join(_aligned(row, widths)).rstrip() for row in rows]


def _all_alike(runs: Runs) -> bool:
    """Whether several runs differ in nothing."""
    alike = (runs.values == runs.values[:, :, :1]) | (runs.values != runs.values)
    return len(runs) > 1 and bool(alike.all())


def _aligned(row: list[str], widths: list[int]) -> Iterator[str]:
    """Cells of one width a column, numbers to the right."""
    for k, (cell, width) in enumerate(zip(row, widths, strict=True)):
        yield cell.ljust(width) if k in (0, len(row) - 1) else cell.rjust(width)


def _draws(case: Case, n: int | None, seed: int) -> Draws:
    from wherenow.ensemble.draws import central, draw

    return central(seed) if n is None else draw(case, n, seed)


def _changes(given: Iterable[str]) -> dict[str, float]:
    """``NAME=VALUE`` pairs by canonical name of the parameter."""
    from wherenow.language.syntax import canonical

    changes = {}
    for text in given:
        name, sign, value = text.rpartition("=")
        try:
            changes[canonical(name).replace(", ", ",")] = float(value)
        except ValueError:
            sign = ""
        if not sign:
            raise UsageError(f"--set takes NAME=VALUE with a number, not '{text}'")
    return changes


def _names(given: Iterable[str] | None) -> list[str] | None:
    from wherenow.language.syntax import canonical

    return [canonical(name) for name in given] if given else None

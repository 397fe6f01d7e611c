"""``wherenow run``: a case's or model's trajectories in a file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wherenow.commands.console import ENGINE, FAILED, MODEL, SEED, THREADS, say, told
from wherenow.errors import UsageError

if TYPE_CHECKING:
    from wherenow.case.types import Case
    from wherenow.ensemble.draws import Draws


def register(app: typer.Typer) -> None:
    """Adds the command to ``app``."""

    @app.command()
    @told
    def run(
        model: MODEL,
        out: Annotated[Path, typer.Option(help="Where to: .csv, .tab, .nc or .parquet.", show_default=False)],
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
        """Run a case or model and write its trajectories.

        Example: [bold]wherenow run teacup.mdl --out teacup.csv --set "room temperature=60"[/bold]
        """
        from wherenow.ensemble.save import save_runs
        from wherenow.ensemble.simulate import simulate
        from wherenow.exchange.opening import open_case

        opened = open_case(model)
        members = _draws(opened, draws, seed).fixed(_changes(change or []))
        runs = simulate(opened, members, scenario or None, _names(save), threads=threads, engine=engine)
        if runs.record.failure:
            say(f"wherenow: {runs.record.failure}")
        save_runs(runs, out)
        if runs.record.failed_draws and len(runs.record.failed_draws) == len(runs):
            raise typer.Exit(FAILED)


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

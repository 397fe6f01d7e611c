"""``wherenow backtest``: forecasts from earlier dates, scored against what came."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from wherenow.commands.console import CASE, CLUSTER, JSON, SEED, THREADS, needed, print_json, progress, say, told


def register(app: typer.Typer) -> None:
    """Adds the command to ``app``."""

    @app.command()
    @told
    def backtest(
        case: CASE,
        origin: Annotated[
            list[str] | None, typer.Option(help="A date to forecast from; a quarter to nine tenths of the data else.")
        ] = None,
        horizon: Annotated[float, typer.Option(min=0.01, help="How far ahead, in the case's unit of time.")] = 2.0,
        seed: SEED = 0,
        store: Annotated[bool, typer.Option("--store", help="Keep it beside the case, for the report.")] = False,
        cluster: CLUSTER = "",
        as_json: JSON = False,
        threads: THREADS = None,
    ) -> None:
        """Forecast from earlier dates, knowing nothing later, and score against what came and simple methods.

        Example: [bold]wherenow backtest cases/iraq-us --origin 2013-01 --origin 2016-01[/bold]
        """
        from wherenow.case.dates import moment
        from wherenow.case.reader import read_case
        from wherenow.errors import UsageError
        from wherenow.inference.backtest import backtest, default_origins

        needed("scoringrules", "statsforecast")
        found = read_case(case)
        try:
            origins = [moment(text, found.model.time.unit) for text in origin or ()] or default_origins(found)
        except ValueError as error:
            raise UsageError(str(error)) from None
        with progress() as told_of:
            result = backtest(found, origins, horizon, seed, threads=threads, progress=told_of, cluster=cluster)
        if store:
            from wherenow.case.dates import is_year, iso_date
            from wherenow.inference.scorecard import FILE, save_scorecard, scorecard

            written = tuple(iso_date(o) if is_year(found.model.time.unit) else f"{o:g}" for o in result.origins)
            save_scorecard(scorecard(result, written), found, case / FILE)
        if as_json:
            print_json(result.to_dict())
        else:
            _print(result)


def _print(result: Any) -> None:
    from rich.table import Table

    from wherenow.commands.tables import show

    table = Table("against", "forecasts", "their CRPS", "ours", "skill", "90%", title=result.case)
    for method in result.methods[1:]:
        ours, theirs = result.mean_crps(method)
        value, low, high = result.skill(method)
        n = sum(s.method == method for s in result.scored)
        table.add_row(method, str(n), f"{theirs:.3f}", f"{ours:.3f}", f"{value:+.0%}", f"{low:+.0%} to {high:+.0%}")
    show(table)
    say(f"{result.coverage():.0%} of data within the 90% bands; CRPS in units of each series' error")

"""``wherenow variants``: weigh other structures of a model by the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from wherenow.commands.console import CASE, JSON, SEED, THREADS, exit_on_error, needed, print_json, progress
from wherenow.execution import Execution

if TYPE_CHECKING:
    from wherenow.outlook.variant_comparison import Compared


@exit_on_error
def variants(
    case: CASE,
    particles: Annotated[int, typer.Option(min=64, max=65536, help="Draws of each fit.")] = 1024,
    seed: SEED = 0,
    store: Annotated[
        bool,
        typer.Option("--store", help="Store the posteriors and weights beside the case; forecasts average over them."),
    ] = False,
    as_json: JSON = False,
    threads: THREADS = None,
) -> None:
    """Fit a case under each of the variants that it lists, weigh them by stacking, and average the forecasts.

    Example: [bold]wherenow variants my-case[/bold]
    """
    from wherenow.case.reader import read_case
    from wherenow.inference.calibrate import Effort
    from wherenow.outlook.variant_comparison import compare_variants

    needed("arviz")
    found = read_case(case)
    with progress() as report:
        effort = Effort(runs=2, particles=particles, rounds=10)
        result = compare_variants(
            found, seed, effort, store=store, execution=Execution(threads=threads, progress=report)
        )
    if as_json:
        print_json(result.to_dict())
    else:
        _print(result)


def _print(result: Compared) -> None:
    from rich.table import Table

    from wherenow.commands.console_tables import show
    from wherenow.foresight.verbal_probabilities import percent

    head = ("structure", "weight", "by stacking", "by evidence", "unseen data", "behind")
    table = Table(*head, *result.averaged, box=None)
    for c in result.candidates:
        w = c.weighed
        doubt = f", {w.doubtful} doubtful" if w.doubtful else ""
        table.add_row(
            c.id,
            *(f"{share:.0%}" for share in (w.averaging, w.stacking, w.evidence)),
            f"{w.elpd:.1f} ± {w.error:.1f}{doubt}",
            f"{w.behind:.1f} ± {w.behind_error:.1f}",
            *(percent(p) for p in c.p.values()),
        )
    if result.averaged:
        table.add_row("averaged", "", "", "", "", "", *(percent(p) for p in result.averaged.values()))
    show(table)
    typer.echo(result.sentence)

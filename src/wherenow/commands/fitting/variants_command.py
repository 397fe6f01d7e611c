"""``wherenow variants``: weigh other structures of a model by the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from wherenow.commands.console import exit_on_error, needed, print_json, working
from wherenow.commands.console_tables import show_rows
from wherenow.commands.options import CASE, JSON, SEED, THREADS

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
    with working(threads) as execution:
        effort = Effort(runs=2, particles=particles, rounds=10)
        result = compare_variants(found, seed, effort, store=store, execution=execution)
    if as_json:
        print_json(result.to_dict())
    else:
        _print(result)


def _print(result: Compared) -> None:
    from wherenow.foresight.verbal_probabilities import percent

    rows = []
    for c in result.candidates:
        w = c.weighed
        weights = (f"{share:.0%}" for share in (w.averaging, w.stacking, w.evidence))
        unseen = f"{w.elpd:.1f} ± {w.error:.1f}" + (f", {w.doubtful} doubtful" if w.doubtful else "")
        rows.append([c.id, *weights, unseen, f"{w.behind:.1f} ± {w.behind_error:.1f}", *map(percent, c.p.values())])
    if result.averaged:
        rows.append(["averaged", "", "", "", "", "", *map(percent, result.averaged.values())])
    show_rows(("structure", "weight", "by stacking", "by evidence", "unseen data", "behind", *result.averaged), rows)
    typer.echo(result.sentence)

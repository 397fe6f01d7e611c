"""``wherenow sbc``: test whether the inference is right where the truth is known."""

from __future__ import annotations

from typing import Annotated

import typer

from wherenow.commands.console import FAILED, exit_on_error, print_json, say, working
from wherenow.commands.options import JSON, MODEL, SEED, THREADS


@exit_on_error
def sbc(
    case: MODEL,
    simulations: Annotated[int, typer.Option(min=20, help="Number of simulated data sets.")] = 200,
    particles: Annotated[int, typer.Option(min=64, max=65536, help="Draws of each fit.")] = 256,
    seed: SEED = 0,
    as_json: JSON = False,
    threads: THREADS = None,
) -> None:
    """Fit a case to simulated data: does the truth rank uniformly among the draws of each posterior?

    Exits 1 if it does not, by a chi-square test at 1% over all parameters.

    Example: [bold]wherenow sbc cases/school-influenza --simulations 100[/bold]
    """
    from wherenow.case.model_files.opening import open_case
    from wherenow.inference.calibrate import Effort
    from wherenow.inference.checking.sbc import calibrated

    found = open_case(case)
    effort = Effort(particles=particles, moves=20)
    with working(threads) as execution:
        ranks = calibrated(found, simulations, seed, effort=effort, execution=execution)
    p_values, failing = ranks.p_values(), ranks.failing
    if as_json:
        asked = {"case": found.name, "simulations": simulations, "draws": ranks.draws}
        print_json({**asked, "p_values": p_values, "failing": list(failing)})
    else:
        for name, p in sorted(p_values.items(), key=lambda row: row[1]):
            typer.echo(f"{name:40} p = {p:.3f}{'  not uniform' if name in failing else ''}")
        verdict = f"{len(failing)} not uniform" if failing else "all uniform"
        say(f"ranks of {len(p_values)} parameters in {simulations} fits: {verdict} (chi-square, 1% over all)")
    if failing:
        raise typer.Exit(FAILED)

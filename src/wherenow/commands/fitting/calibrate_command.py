"""``wherenow calibrate``: the posterior of a case, stored beside it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from wherenow.commands.console import FAILED, exit_on_error, needed, print_json, say, working
from wherenow.commands.options import CASE, JSON, SEED, THREADS


@exit_on_error
def calibrate(
    case: CASE,
    out: Annotated[Path | None, typer.Option(help="The posterior; posterior.nc in the case by default.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Resume an interrupted calibration.")] = False,
    seed: SEED = 0,
    particles: Annotated[int, typer.Option(min=64, max=65536, help="Draws in each of four runs.")] = 1024,
    rounds: Annotated[int, typer.Option(min=1, help="Maximum number of rounds until the runs agree.")] = 20,
    as_json: JSON = False,
    threads: THREADS = None,
) -> None:
    """Fit a case to its data; the outlook, the claims and the app use the posterior from then on.

    Exits 1 if some parameter has not converged, or draws still depend on their starting points. The posterior is stored
    anyway, marked as such.

    Example: [bold]wherenow calibrate cases/iraq-us[/bold]
    """
    from wherenow.case.reader import read_case
    from wherenow.inference.calibrate import FORGOTTEN, Effort
    from wherenow.inference.calibrate import calibrate as calibrated
    from wherenow.inference.checking.fit import fit, tally
    from wherenow.inference.checking.identifiability import learned
    from wherenow.inference.posterior import FILE, save_posterior

    needed("arviz")
    found = read_case(case)
    target = out or case / FILE
    state = target.with_suffix(".state.npz")
    effort = Effort(particles=particles, rounds=rounds)
    try:
        with working(threads) as execution:
            posterior = calibrated(found, seed, effort, execution, state, resume)
    except KeyboardInterrupt:
        if state.is_file():
            say("progress is saved: the same command with --resume continues from there")
        raise
    save_posterior(posterior, target)
    state.unlink(missing_ok=True)
    leave_one_out = tally(fit(found, posterior, seed, threads))
    if as_json:
        overlaps = {row.name: row.overlap for row in learned(found, posterior)}
        print_json({**posterior.record, "leave_one_out": asdict(leave_one_out), "learned": overlaps})
    else:
        record = posterior.record
        rate = record["evaluations"] / record["seconds"]
        say(f"{record['evaluations']:,} likelihoods in {record['seconds']:.0f} s ({rate:,.0f} a second)")
        say(f"{record['convergence']}; stored in {target}")
        say(f"{leave_one_out.sentence}; wherenow fit says more")
    if posterior.record["failing"] or (posterior.record["remembered"] or 0.0) > FORGOTTEN:
        raise typer.Exit(FAILED)

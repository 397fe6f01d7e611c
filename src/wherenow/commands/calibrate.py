"""``wherenow calibrate``: the posterior of a case, stored beside it."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from wherenow.commands.console import CASE, FAILED, JSON, SEED, THREADS, needed, print_json, progress, say, told
from wherenow.errors import UsageError


class Sampler(StrEnum):
    """How a posterior is drawn."""

    TEMPERED = "tempered"
    NUTS = "nuts"


def register(app: typer.Typer) -> None:
    """Adds the command to ``app``."""

    @app.command()
    @told
    def calibrate(
        case: CASE,
        out: Annotated[Path | None, typer.Option(help="The posterior; posterior.nc in the case by default.")] = None,
        resume: Annotated[bool, typer.Option("--resume", help="Go on from where a calibration was stopped.")] = False,
        seed: SEED = 0,
        sampler: Annotated[
            Sampler,
            typer.Option(
                help="Tempered runs, which find separate modes; or four chains of NUTS, which follow gradients "
                "(needs 'wherenow\\[jax]'; compiling a large case takes minutes, or longer)."
            ),
        ] = Sampler.TEMPERED,
        particles: Annotated[
            int | None,
            typer.Option(min=64, max=65536, help="Tempered: draws in each of four runs.", show_default="1024"),
        ] = None,
        rounds: Annotated[
            int | None,
            typer.Option(min=1, help="Tempered: rounds at most until the runs agree.", show_default="20"),
        ] = None,
        draws: Annotated[
            int | None,
            typer.Option(min=4, help="NUTS: draws at most of each chain.", show_default="4000"),
        ] = None,
        as_json: JSON = False,
        threads: THREADS = None,
    ) -> None:
        """Fit a case to its data; the outlook, the claims and the app use the posterior from then on.

        Exits 1 where some parameter has not converged, or draws still hang on how they were begun; the posterior is
        stored all the same, and says so.

        Example: [bold]wherenow calibrate cases/iraq-us[/bold]
        """
        from wherenow.case.reader import read_case
        from wherenow.inference.calibrate import FORGOTTEN
        from wherenow.inference.fit import fit, tally
        from wherenow.inference.posterior import FILE, save_posterior

        needed("arviz")
        found = read_case(case)
        target = out or case / FILE
        state = target.with_suffix(".state.npz")
        fitting = _fitting(sampler, particles, rounds, draws)
        try:
            with progress() as told_of:
                posterior = fitting(found, seed, threads, told_of, state, resume)
        except KeyboardInterrupt:
            if state.is_file():
                say("what was done so far is kept: the same command with --resume goes on from there")
            raise
        save_posterior(posterior, target)
        state.unlink(missing_ok=True)
        foretold = tally(fit(found, posterior, seed, threads))
        if as_json:
            print_json({**posterior.record, "foretold": asdict(foretold), "learned": _learned(found, posterior)})
        else:
            record = posterior.record
            rate = record["evaluations"] / record["seconds"]
            what = "gradients" if sampler is Sampler.NUTS else "likelihoods"
            say(f"{record['evaluations']:,} {what} in {record['seconds']:.0f} s ({rate:,.0f} a second)")
            say(f"{record['convergence']}; stored in {target}")
            say(f"{foretold.sentence}; wherenow fit says more")
        if posterior.record["failing"] or (posterior.record["remembered"] or 0.0) > FORGOTTEN:
            raise typer.Exit(FAILED)


def _fitting(sampler: Sampler, particles: int | None, rounds: int | None, draws: int | None) -> Any:
    """``f(case, seed, threads, progress, state file, resume)``, the posterior; UsageError for the other's options."""
    from wherenow.inference.calibrate import Effort, calibrate
    from wherenow.inference.nuts import Settings, calibrate_by_nuts

    others = {"--draws": draws} if sampler is Sampler.TEMPERED else {"--particles": particles, "--rounds": rounds}
    for option, given in others.items():
        if given is not None:
            raise UsageError(f"{option} is of the other sampler", "see wherenow calibrate --help")
    if sampler is Sampler.NUTS:
        settings = Settings() if draws is None else Settings(draws=draws)
        return lambda case, seed, *rest: calibrate_by_nuts(case, seed, settings, *rest)
    asked = {"particles": particles, "rounds": rounds}
    effort = Effort(**{name: given for name, given in asked.items() if given is not None})
    return lambda case, seed, *rest: calibrate(case, seed, effort, *rest)


def _learned(case: Any, posterior: Any) -> dict[str, float]:
    from wherenow.inference.identify import learned

    return {row.name: row.overlap for row in learned(case, posterior)}

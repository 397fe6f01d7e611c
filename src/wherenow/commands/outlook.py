"""``wherenow outlook``: where do we go now? The main job."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from wherenow.commands.console import BASIS, CASE, DRAWS, ENGINE, JSON, SEED, THREADS, print_json, progress, say, told


def register(app: typer.Typer) -> None:
    """Adds the command to ``app``."""

    @app.command()
    @told
    def outlook(
        case: CASE,
        out: Annotated[Path, typer.Option(help="The report, one HTML page.")] = Path("outlook.html"),
        draws: DRAWS = 1000,
        seed: SEED = 0,
        basis: BASIS = "best",
        why: Annotated[
            int, typer.Option(min=0, help="Draws on which links are cut, for a section on reasons; 0 leaves it out.")
        ] = 0,
        as_json: JSON = False,
        engine: ENGINE = "native",
        threads: THREADS = None,
    ) -> None:
        """Where do we go now? Run the ensemble, test the claims, and write the report.

        With --json the outlook is printed, and no report written.

        Example: [bold]wherenow outlook cases/iraq-us --out outlook.html[/bold]
        """
        from wherenow.case.reader import read_case
        from wherenow.ensemble.draws import POSTERIOR
        from wherenow.inference.posterior import draws_of, posterior_of
        from wherenow.outlook.forecast import forecast

        begun = time.perf_counter()
        with progress() as told_of:
            found = read_case(case)
            members = draws_of(found, draws, seed, basis)
            fitted = posterior_of(found) if members.basis == POSTERIOR else None
            seen = forecast(found, members, engine=engine, threads=threads, progress=told_of)
            if not as_json:
                from wherenow.explain.reasons import reasons
                from wherenow.report import write_report

                few = members.take(0, min(why, len(members)))
                told = reasons(found, few, threads or 2, every_link=False, progress=told_of, keep=True) if why else None
                told_of("writing the report")
                write_report(seen, out, told)
        if fitted is not None and fitted.remark:
            say(f"{fitted.remark}: wherenow calibrate {case} fits it anew")
        if as_json:
            print_json(seen.to_dict())
            return
        for sentence in seen.answer:
            typer.echo(sentence)
        say(f"report: {out} ({len(members)} draws, {seen.basis}, {time.perf_counter() - begun:.1f} s)")

"""``wherenow claims``: a verdict on every claim of a case."""

from __future__ import annotations

import typer

from wherenow.commands.console import BASIS, CASE, DRAWS, ENGINE, JSON, SEED, THREADS, print_json, progress, told


def register(app: typer.Typer) -> None:
    """Adds the command to ``app``."""

    @app.command()
    @told
    def claims(
        case: CASE,
        draws: DRAWS = 1000,
        seed: SEED = 0,
        basis: BASIS = "best",
        as_json: JSON = False,
        engine: ENGINE = "native",
        threads: THREADS = None,
    ) -> None:
        """Test every claim of a case: on data, on the ensemble, and against its counterfactual.

        Example: [bold]wherenow claims cases/iraq-us --json[/bold]
        """
        from wherenow.case.reader import read_case
        from wherenow.claims.judge import judge, needed_outputs
        from wherenow.ensemble.simulate import simulate
        from wherenow.inference.posterior import draws_of

        with progress() as told_of:
            found = read_case(case)
            members = draws_of(found, draws, seed, basis)
            told_of(f"running {draws} draws and the counterfactuals")
            runs = simulate(found, members, None, needed_outputs(found), threads, engine)
            findings = judge(found, runs)
        if as_json:
            print_json([finding.to_dict() for finding in findings])
            return
        from wherenow.claims.table import print_findings

        print_findings(findings)

"""``wherenow run``: write a case's or model's trajectories to a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wherenow.commands.console import FAILED, count, exit_on_error, numbers_of, pair_of, print_diagnostics, say
from wherenow.commands.console_tables import aligned
from wherenow.commands.options import ENGINE, MODEL, SEED, THREADS
from wherenow.errors import UsageError

if TYPE_CHECKING:
    from wherenow.case.case_types import Case
    from wherenow.ensemble.draws import Draws
    from wherenow.ensemble.runs import Ensemble


@exit_on_error
def run(
    model: MODEL,
    out: Annotated[
        Path | None, typer.Option(help="Output file: .csv, .tab, .nc or .parquet; without it, a summary is printed.")
    ] = None,
    draws: Annotated[
        int | None, typer.Option(min=1, help="Draws; without it one run at central values, or 1,000 with --vary.")
    ] = None,
    seed: SEED = 0,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=DISTRIBUTION", help="Draw a parameter from a distribution, instead of the case's own priors."
        ),
    ] = None,
    params: Annotated[
        Path | None, typer.Option(help="A CSV file of parameters: one column each, one run per row.")
    ] = None,
    changes: Annotated[list[Path] | None, typer.Option(help="A Vensim changes file (.cin).")] = None,
    save_list: Annotated[Path | None, typer.Option(help="A Vensim save list (.lst).")] = None,
    sensitivity: Annotated[Path | None, typer.Option(help="Vensim's sensitivity settings (.vsc).")] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(metavar="[NAME=]FILE", help="A table or .dat file for a Vensim model, or its '?NAME'."),
    ] = None,
    scenario: Annotated[str, typer.Option(help="One of the case's scenarios.")] = "",
    change: Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Fix a parameter.")] = None,
    save: Annotated[list[str] | None, typer.Option(help="A variable to save; all by default.")] = None,
    engine: ENGINE = "native",
    threads: THREADS = None,
) -> None:
    """Run a case or model, and write its trajectories or print where each variable ends.

    Example: [bold]wherenow run teacup.mdl --out teacup.csv --set "room temperature=60"[/bold]

    With Vensim's own files: [bold]wherenow run m.mdl --changes dry.cin --save-list few.lst --data rain=rain.csv[/bold]

    Many runs: [bold]wherenow run m.mdl --draws 10000 --vary "contact rate=lognormal(8,0.3)"[/bold]
    """
    from wherenow.api.names import saved
    from wherenow.api.simulation.setup import set_up
    from wherenow.case.model_files.opening import open_with_warnings
    from wherenow.ensemble.save import save_runs

    opened, warnings = open_with_warnings(model, _data(data or []))
    print_diagnostics(warnings)
    values, clock = _from_files(opened, changes or [])
    values |= numbers_of(change or [], "--set")
    setup = set_up(opened, params=values, scenario=scenario or None, **clock)
    members = _sampled(opened, sensitivity) if sensitivity else _members(opened, draws, vary or [], params, seed)
    wanted = list(save or ())
    if save_list:
        from wherenow.exchange.vensim.control_files import read_save_list

        wanted += read_save_list(save_list)
    runs = setup.run(members, saved(opened.model, wanted or None), threads, engine)
    if runs.record.failure:
        say(f"wherenow: {runs.record.failure}")
    if out is None:
        typer.echo("\n".join(_summary(runs)))
    else:
        save_runs(runs, out)
    say(f"{count(len(runs), 'run')}, {runs.record.engine} engine")
    alike = (runs.values == runs.values[:, :, :1]) | (runs.values != runs.values)
    if not opened.priors and len(runs) > 1 and alike.all():
        say("every run is the same: nothing is varied and nothing is random (--vary gives distributions)")
    if runs.record.failed_draws and len(runs.record.failed_draws) == len(runs):
        raise typer.Exit(FAILED)


def _summary(runs: Ensemble) -> list[str]:
    """Return one line per variable: its first and last value, or the 5%, 50% and 95% quantiles of where draws end."""
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
    return [*aligned(rows, range(1, len(head)))]


def _members(case: Case, n: int | None, vary: list[str], params: Path | None, seed: int) -> Draws:
    """Return the requested draws. Raises UsageError if both a table and a number of draws are given."""
    from wherenow.ensemble.draws import central, draw

    if params is not None:
        from wherenow.api.simulation.parameter_file import read_parameters
        from wherenow.api.simulation.sampling import tabled

        if n is not None or vary:
            raise UsageError("--params defines every run, so it excludes --draws and --vary")
        return tabled(case, read_parameters(params, case.model), seed)
    if vary:
        from wherenow.api.simulation.sampling import drawn

        return drawn(case, dict(pair_of(text, "--vary", "DISTRIBUTION") for text in vary), {}, n or 1000, seed)[0]
    return central(seed) if n is None else draw(case, n, seed)


def _data(given: Iterable[str]) -> dict[str, Path]:
    """Return files by the name that the model gives them, '' for those with data variables."""
    files: dict[str, Path] = {}
    for text in given:
        name, sign, file = text.rpartition("=")
        place = Path(file)
        if not place.is_file():
            raise UsageError(f"--data takes NAME=FILE or FILE: there is no file '{file}'")
        files[name.strip().lstrip("?") if sign else f"/{len(files)}"] = place
    return files


def _from_files(case: Case, files: Iterable[Path]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the changes that files give: values by name, a lookup's points as a series, and the time settings."""
    values: dict[str, Any] = {}
    clock: dict[str, Any] = {}
    for file in files:
        import pandas as pd  # imported here: a run without changes files need not wait for it

        from wherenow.exchange.vensim.control_files import read_changes

        found = read_changes(file, case.model)
        values.update(found.values)
        values.update({name: pd.Series(table.ys, index=table.xs) for name, table in found.tables.items()})
        clock.update(found.clock)
    return values, clock


def _sampled(case: Case, file: Path) -> Draws:
    """Return the draws that sensitivity settings define."""
    from wherenow.api.simulation.sampling import parameter
    from wherenow.ensemble.draws import draw
    from wherenow.exchange.vensim.control_files import read_sensitivity

    asked = read_sensitivity(file)
    priors = {parameter(case.model, name): prior for name, prior in asked.priors.items()}
    return draw(replace(case, priors=priors), asked.draws, asked.seed, asked.design)

"""``wherenow outlook``: where do we go now? The main command."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from wherenow.commands.console import Stages, basis_of, exit_on_error, print_json, say, working
from wherenow.commands.options import BASIS, CASE, DRAWS, ENGINE, JSON, PROFILE, SEED, THREADS
from wherenow.execution import Execution
from wherenow.files import write_text
from wherenow.result_cache import cached


@exit_on_error
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
    profile: PROFILE = False,
) -> None:
    """Where do we go now? Run the ensemble, test the claims, and write the report.

    With --json the outlook is printed, and no report written.

    Example: [bold]wherenow outlook cases/iraq-us --out outlook.html[/bold]
    """
    stages = Stages()

    asked = {
        "draws": draws,
        "seed": seed,
        "basis": basis,
        "why": why,
        "json": as_json,
        "engine": engine,
    }
    with working(threads) as execution:
        answer = cached("outlook", case, partial(_found, case, execution, stages, asked), **asked)
    if answer["remark"]:
        say(f"{answer['remark']}: wherenow calibrate {case} fits it again")
    if profile:
        stages.print()
    if as_json:
        print_json(answer["json"])
        return
    write_text(out, answer["report"])
    for sentence in (*answer["sentences"], *answer["about"], *answer["made"]):
        typer.echo(sentence)
    say(f"report: {out} ({answer['basis']}; {stages.seconds:.1f} s)")


def _found(case: Path, execution: Execution, stages: Stages, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the command prints, as JSON types: the outlook itself, or the report with the sentences above it."""
    from wherenow.case.reader import read_case
    from wherenow.ensemble.draws import POSTERIOR
    from wherenow.foresight.ingredients.history import lacking
    from wherenow.foresight.verbal_probabilities import percent
    from wherenow.inference.posterior import draws_of, posterior_of
    from wherenow.outlook.case_outlook import forecast

    stages.end("import")
    found = read_case(case)
    stages.end("read the case")
    members = draws_of(found, asked["draws"], asked["seed"], asked["basis"])
    stages.end("draw")
    fitted = posterior_of(found) if members.basis == POSTERIOR else None
    seen = forecast(found, members, engine=asked["engine"], execution=execution)
    stages.end("forecast", seen.seconds)
    answer = {"remark": fitted.remark if fitted else "", "basis": basis_of(found, members, asked["basis"])}
    if asked["json"]:
        return {**answer, "json": seen.to_dict()}
    reasons = None
    if asked["why"]:
        from wherenow.explain.reasons import reasons as find

        few = members.take(0, min(asked["why"], len(members)))
        reasons = find(found, few, every_link=False, execution=execution, keep=True)
        stages.end("cut mechanisms")
    from wherenow.report import cards_of, present, render
    from wherenow.report.wording import texts

    execution.progress("writing the report")
    shown = present(found, cards_of(found, members, seen, execution.threads))
    stages.end("describe the forecasts")
    report = render(seen, reasons, shown)
    stages.end("render the report")
    missing = lacking() if seen.forecasts else ()
    made = [f"{percent(f.p)}  {f.says}: {f.answer.made_of}" for f in seen.forecasts if f.p is not None]
    return {
        **answer,
        "sentences": (*seen.answer, *([texts.lacking(missing).replace("`", "")] if missing else [])),
        "about": [shown.about] if shown.about else [],
        "made": made,
        "report": report,
    }

"""``wherenow backtest``: forecasts and questions from earlier dates, scored against what happened."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from wherenow.commands.console import exit_on_error, needed, print_json, say, working
from wherenow.commands.console_tables import show_rows
from wherenow.commands.options import CASE, CLUSTER, JSON, SEED, THREADS

if TYPE_CHECKING:
    from wherenow.foresight.trials.scorecard import Scorecard


@exit_on_error
def backtest(
    case: CASE,
    origin: Annotated[
        list[str] | None,
        typer.Option(help="A date to forecast from; by default seven, over the last two thirds of the data."),
    ] = None,
    horizon: Annotated[
        list[float] | None,
        typer.Option(min=1e-6, help="How far ahead, in the case's unit of time; by default 0.5, 1, 2 and 3 years."),
    ] = None,
    questions: Annotated[
        bool, typer.Option("--questions", help="Repeat with widened (blind) priors, and show scores by question.")
    ] = False,
    later: Annotated[
        bool,
        typer.Option("--later", help="Score against the figures in later/ too, from the cut-off unless --origin says."),
    ] = False,
    seed: SEED = 0,
    store: Annotated[
        bool, typer.Option("--store", help="Store both beside the case, for weights, track records and the report.")
    ] = False,
    cluster: CLUSTER = "",
    as_json: JSON = False,
    threads: THREADS = None,
) -> None:
    """Forecast from earlier dates, knowing nothing later, and score the pool and each ingredient.

    Example: [bold]wherenow backtest cases/iraq-us --questions --store[/bold]
    """
    from functools import partial

    from wherenow.case.dates import asked_moment, written
    from wherenow.case.reader import read_case
    from wherenow.case.reading.later import with_later
    from wherenow.errors import UsageError
    from wherenow.foresight.ingredients.blind import blinded
    from wherenow.foresight.trials.scorecard import scorecard
    from wherenow.foresight.trials.store import FILE, LATER, save, stored_trial
    from wherenow.foresight.trials.trial import default_horizons, default_origins, trial

    needed("scoringrules", "statsforecast", "arviz")
    found = read_case(case)
    if later and not found.later:
        raise UsageError(f"{found.name} has no figures in later/")
    usual = (found.cutoff,) if later and found.cutoff is not None else default_origins(found)
    origins = [asked_moment(text, found.model.time.unit) for text in origin or ()] or usual
    horizons = tuple(sorted(horizon or default_horizons(found)))

    known = stored_trial(found) if later else None
    if later:
        found = with_later(found)

    dated = partial(written, unit=found.model.time.unit)
    with working(threads, cluster) as execution:
        before = known.data if known else ()
        run = partial(trial, origins=origins, horizons=horizons, seed=seed, before=before)
        again = None
        if questions or store:
            first = replace(execution, progress=lambda text: execution.progress(f"with blind priors, {text}"))
            again = run(blinded(found), equal=True, execution=first)
        tried = run(found, blind=again, execution=execution)
        card, blind = scorecard(tried, dated), None if again is None else scorecard(again, dated)
    if store:
        save(found, tried, card, blind, case / (LATER if later else FILE))
    if as_json:
        print_json({"case": found.name, "stated": card.to_dict(), "blind": blind and blind.to_dict()})
        return
    _print(found.name, card)
    if blind is not None:
        _print(f"{found.name}, with the spread of every prior doubled and variants weighed equally", blind)


def _print(title: str, card: Scorecard) -> None:
    scores = []
    for m in card.methods:
        gain, low, high = m.brier_gain
        figures = (f"{figure:.3f}" for figure in (m.brier, m.log, m.pool_brier))
        scores.append([m.method, str(m.questions), *figures, f"{gain:+.3f}", f"{low:+.3f} to {high:+.3f}"])
    show_rows(("questions", "of", "Brier", "log", "pool's Brier", "pool better by", "90%"), scores, title)
    methods = [m.method for m in card.methods]
    parts = [
        [part.name, str(part.questions), *(f"{part.brier[m]:.3f}" if m in part.brier else "–" for m in methods)]
        for part in card.parts
    ]
    show_rows(("part", "questions", *methods), parts, "Brier score by part")
    skills = [
        [name, f"{value:+.0%}", f"{low:+.0%} to {high:+.0%}", f"{card.coverage[name]:.0%}"]
        for name, (value, low, high) in card.skills.items()
    ]
    show_rows(("data", "pool's CRPS skill", "90%", "in its 90% band"), skills, f"{card.data} data")
    r = card.reliability
    verdict = "within" if r.calibrated else "beyond"
    say(
        f"{card.coverage['pool']:.0%} of data in the pool's 90% bands; miscalibration {r.miscalibration:.4f}, "
        f"{verdict} the {r.miscalibration_high:.4f} of right probabilities (90% band)"
    )
    for track in card.tracks:
        if track.questions:
            say(f"  {track} (if right, {track.least} to {track.most})")

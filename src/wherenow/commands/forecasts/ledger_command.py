"""``wherenow ledger``: register forecasts, resolve and score them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wherenow.commands.console import count, exit_on_error, print_json, progress, say, say_unused
from wherenow.commands.console_tables import show_rows
from wherenow.commands.options import CASE, JSON, SEED, THREADS

if TYPE_CHECKING:
    from wherenow.foresight.ledger import Registered

LEDGER = Annotated[Path | None, typer.Option(help="The ledger; ledger.sqlite in the case by default.")]
ledger = typer.Typer(no_args_is_help=True, help="Freeze forecasts, resolve them later, and score them.")


@ledger.command("register")
@exit_on_error
def register(
    case: CASE,
    ledger: LEDGER = None,
    again: Annotated[
        bool, typer.Option("--again", help="Register everything again, in addition to existing registrations.")
    ] = False,
    seed: SEED = 0,
    as_json: JSON = False,
    threads: THREADS = None,
) -> None:
    """Freeze the forecasts of a case, with their published probabilities as of its cut-off.

    Forecasts that are already frozen stay; the command says since when, and what has changed.

    Example: [bold]wherenow ledger register cases/iraq-us[/bold]
    """
    from wherenow.case.reader import read_case
    from wherenow.foresight.ledger import register as add

    with progress():
        read = read_case(case)
        say_unused(read)
        found = add(read, _place(case, ledger), again=again, seed=seed, threads=threads)
    _show(found.added, as_json)
    for frozen in found.frozen:
        say(str(frozen))
    for name in found.undefined:
        say(f"{name}: not registered, since some runs give it no value")
    say(f"{count(len(found.added), 'forecast')} registered in {_place(case, ledger)}")


@ledger.command("list")
@exit_on_error
def list_all(case: CASE, ledger: LEDGER = None, as_json: JSON = False) -> None:
    """List registered forecasts, open or resolved.

    Example: [bold]wherenow ledger list cases/iraq-us[/bold]
    """
    from wherenow.foresight.ledger import entries

    _show(entries(_place(case, ledger)), as_json)


@ledger.command()
@exit_on_error
def resolve(case: CASE, ledger: LEDGER = None, as_json: JSON = False) -> None:
    """Resolve forecasts that the data of a case now decide; add later figures to its folder later/ first.

    Example: [bold]wherenow ledger resolve cases/iraq-us[/bold]
    """
    from wherenow.case.reader import read_case
    from wherenow.foresight.ledger import resolve as decide

    done = decide(read_case(case), _place(case, ledger))
    _show(done, as_json)
    say(f"{count(len(done), 'forecast')} resolved")


@ledger.command()
@exit_on_error
def score(case: CASE, ledger: LEDGER = None, as_json: JSON = False) -> None:
    """Score resolved forecasts: Brier, log, calibration.

    Example: [bold]wherenow ledger score cases/iraq-us[/bold]
    """
    from wherenow.foresight.ledger import entries
    from wherenow.foresight.ledger import score as score_of

    found = score_of(entries(_place(case, ledger)))
    if as_json:
        print_json(asdict(found))
        return
    say(f"{count(found.resolved, 'forecast')} resolved, {found.open} open")
    if found.brier is not None and found.log is not None:
        say(f"Brier score {found.brier:.3f}, log score {found.log:.3f} (0 is best)")
    for n, p, came in found.calibration:
        say(f"  said {p:.0%} of {count(n, 'forecast')}: {came:.0%} came true")


def _place(case: Path, ledger: Path | None) -> Path:
    from wherenow.foresight.ledger import FILE

    return ledger or case / FILE


def _show(found: tuple[Registered, ...], as_json: bool) -> None:
    if as_json:
        print_json([asdict(r) for r in found])
        return
    rows = []
    for r in found:
        came = "open" if r.outcome is None else "came true" if r.outcome else "did not"
        alone = ("–" if p is None else f"{p:.0%}" for p in (r.model, r.history))
        rows.append([f"{r.says} ({r.id})", f"{r.p:.0%}", *alone, r.as_of, r.recorded[:10], r.by, came])
    show_rows(("forecast", "probability", "model", "history", "as of", "registered", "by", "outcome"), rows)

"""``wherenow levers``: find combinations of levers that help in most futures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from wherenow.commands.console import drawn, exit_on_error, print_json, say, working
from wherenow.commands.console_tables import show_rows
from wherenow.commands.options import BASIS, CASE, DRAWS, JSON, SEED, THREADS

if TYPE_CHECKING:
    from wherenow.case.case_types import Case
    from wherenow.exploration.levers import Combination, RobustLevers


@exit_on_error
def levers(
    case: CASE,
    of: Annotated[
        list[str] | None,
        typer.Option(help="A claim or condition to bring about; the case's forecasts by default."),
    ] = None,
    lever: Annotated[
        list[str] | None, typer.Option(help="A lever that may be moved; all by default.", show_default=False)
    ] = None,
    scenario: Annotated[str, typer.Option(help="A scenario to move them in.")] = "",
    draws: DRAWS = 512,
    seed: SEED = 0,
    basis: BASIS = "best",
    as_json: JSON = False,
    threads: THREADS = None,
) -> None:
    """Find levers that help in most futures, and the futures in which the best of them fails.

    Example: [bold]wherenow levers cases/iraq-us --of amicable --lever troop_level --lever gas_waiver[/bold]
    """
    import time

    from wherenow.case.reader import read_case
    from wherenow.exploration.levers import robust
    from wherenow.exploration.outcome import desired, forecasts, read_outcome

    begun = time.perf_counter()
    found = read_case(case)
    asked = tuple(read_outcome(found, text) for text in of) if of else forecasts(found)
    outcomes = tuple(desired(found, outcome) for outcome in asked)
    members = drawn(found, draws, seed, basis)
    with working(threads) as execution:
        results = robust(found, outcomes, members, lever or (), scenario, seed, execution)
    if as_json:
        print_json([_plain(result.to_dict()) for result in results])
        return
    for n, result in enumerate(results):
        if n:
            typer.echo()
        _print(result, found)
    say(f"{len(members)} futures, {members.basis}, {time.perf_counter() - begun:.1f} s")


def _plain(value: object) -> object:
    """Return the limits of a box with null for infinity, which JSON cannot represent."""
    if isinstance(value, dict):
        return {key: _plain(below) for key, below in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(below) for below in value]
    return None if isinstance(value, float) and abs(value) == float("inf") else value


def _print(result: RobustLevers, case: Case) -> None:
    others = [name for name in result.rest if name != result.outcome]
    rest = f"{result.rest[result.outcome]:.0%}"
    rows = [["(baseline)", rest, "", "", "", "", *(f"{result.rest[o]:.0%}" for o in others)]]
    for row in result.combinations:
        moved = ", ".join(f"{name} {value:g}" for name, value in row.levers.items())
        change = f"{row.low:+.0%} to {row.high:+.0%}"
        shares = (row.helped, row.harmed, row.missed, *(row.p[o] for o in others))
        rows.append([moved, f"{row.p[result.outcome]:.0%}", change, *(f"{share:.0%}" for share in shares)])
    heads = ("levers", "chance", "change", "helps", "harms", "missed", *others)
    show_rows(heads, rows, result.says, right=True)
    if result.holders:
        typer.echo("The best that each holder of levers can do alone:")
        for holder, row in result.holders.items():
            typer.echo(f"  {holder}: {_moved(row, case)}: {rest} to {row.p[result.outcome]:.0%}")
    typer.echo("\n".join(result.sentences))


def _moved(row: Combination, case: Case) -> str:
    """Return the levers of a combination, each with its cost if the case gives one."""
    costs = {name: case.levers[name].cost for name in row.levers}
    return ", ".join(
        f"{name} {value:g}" + (f" (cost: {costs[name]})" if costs[name] else "") for name, value in row.levers.items()
    )

"""``wherenow bargain``: where bargaining among a case's actors ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from wherenow.commands.console import exit_on_error, print_json
from wherenow.commands.console_tables import show_rows
from wherenow.commands.options import CASE, DRAWS, JSON, SEED

if TYPE_CHECKING:
    from wherenow.case.case_types import Case


@exit_on_error
def bargain(
    case: CASE,
    without: Annotated[list[str] | None, typer.Option(help="An actor to leave out; repeatable.")] = None,
    draws: DRAWS = 1000,
    seed: SEED = 0,
    as_json: JSON = False,
) -> None:
    """Play the expected-utility rounds of Bueno de Mesquita on each issue of a case.

    Example: [bold]wherenow bargain cases/iraq-us --without iran --without united_states[/bold]
    """
    from wherenow.case.reader import read_case

    found = outcomes(read_case(case), tuple(without or ()), draws, seed)
    if as_json:
        print_json(found)
    else:
        _print(found)


def outcomes(case: Case, without: tuple[str, ...], draws: int, seed: int) -> dict[str, Any]:
    """Return for each issue the middle positions before any round, the outcome, and its spread over uncertain inputs;
    and the mean over all issues, from -1 to 1.

    Raises UsageError for an unknown actor or a case without issues.
    """
    import numpy as np

    from wherenow.bargaining.positions import table_of, weighted_mean, weighted_median
    from wherenow.bargaining.rounds import bargain
    from wherenow.bargaining.uncertainty import uncertain, uncertain_lean

    lean = uncertain_lean(case, without, draws, seed)
    issues = []
    for name, issue in case.issues.items():
        table = table_of(case, name, without)
        played = bargain(table)
        settled = uncertain(table, draws=draws, seed=seed)
        low, middle, high = (float(q) for q in np.quantile(settled.median, (0.05, 0.5, 0.95)))
        about = {"id": name, "question": issue.question, "low": issue.low, "high": issue.high}
        before = {"mean_before": float(weighted_mean(table)), "median_before": float(weighted_median(table))}
        ended = {"outcome": played.outcome, "moves": len(played.moves), "settled": played.settled}
        spread = {"p5": low, "p50": middle, "p95": high, "settled": float(settled.settled.mean())}
        issues.append({**about, **before, **ended, "uncertain": spread})
    actors = [name for name in case.actors if name not in without]
    mean = {"mean": float(lean.mean()), "sd": float(lean.std())}
    return {"actors": actors, "without": [*without], "draws": draws, "seed": seed, "issues": issues, "lean": mean}


def _print(found: dict[str, Any]) -> None:
    from rich.text import Text

    rows = [
        (
            Text.assemble(issue["question"], (f"\n0: {issue['low']}. 100: {issue['high']}.", "dim")),
            f"{issue['mean_before']:.1f}",
            f"{issue['median_before']:.1f}",
            f"{issue['outcome']:.1f}" + ("" if issue["settled"] else " (still moving)"),
            f"{issue['uncertain']['p5']:.0f} to {issue['uncertain']['p95']:.0f}",
        )
        for issue in found["issues"]
    ]
    show_rows(("issue", "mean before", "median before", "outcome", "90% with uncertain inputs"), rows)
    lean = found["lean"]
    typer.echo(f"Mean over all issues, from -1 (all at 0) to 1 (all at 100): {lean['mean']:.2f} ± {lean['sd']:.2f}.")

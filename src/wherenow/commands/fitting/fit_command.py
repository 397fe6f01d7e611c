"""``wherenow fit``: check a posterior against its data, and show what it learned about each parameter."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from wherenow.commands.console import exit_on_error, print_json, say
from wherenow.commands.console_tables import show_rows
from wherenow.commands.options import CASE, JSON, SEED, THREADS


@exit_on_error
def fit(case: CASE, seed: SEED = 0, as_json: JSON = False, threads: THREADS = None) -> None:
    """Check a fitted case against its own data, and list what the data taught about each parameter.

    Example: [bold]wherenow fit cases/iraq-us --json[/bold]
    """
    from wherenow.case.reader import read_case
    from wherenow.errors import UsageError
    from wherenow.inference.checking.fit import fit as check
    from wherenow.inference.checking.fit import tally
    from wherenow.inference.checking.identifiability import learned
    from wherenow.inference.posterior import posterior_of

    found = read_case(case)
    posterior = posterior_of(found)
    if posterior is None:
        raise UsageError(f"{found.name} has no posterior of its present state", f"run wherenow calibrate {case}")
    rows, taught = check(found, posterior, seed, threads), learned(found, posterior)
    if as_json:
        checked = {"fit": [asdict(row) for row in rows], "leave_one_out": asdict(tally(rows))}
        posteriors = [{**asdict(row), "unlearned": row.unlearned} for row in taught]
        print_json({"case": found.name, **checked, "learned": posteriors})
    else:
        _print(rows, taught)


def _cells(row: Any) -> list[str]:
    inside = f"{row.inside} ({row.likely[0]} to {row.likely[1]})"
    left_out = str(row.leave_one_out.inside()) if row.leave_one_out else ""
    error, discrepancy = ("" if value is None else f"{value:.2g}" for value in (row.error, row.discrepancy))
    scores = (f"{row.in_half:.0%}", left_out, f"{row.bias:+.2f}", f"{row.p:.2f}", error and f"x {error}")
    return [row.series, str(row.data), inside, *scores, discrepancy]


def _print(rows: Any, taught: Any) -> None:
    from wherenow.inference.checking.fit import checking, share_inside, tally

    heads = ("series", "data", "in the 90% band", "in the 50% band", "left out", "bias", "p", "error", "discrepancy")
    show_rows(heads, map(_cells, rows))
    checked = checking(rows)
    whole = [row.all_inside for row in checked if row.inside == row.data]
    inside = share_inside(rows)
    say(f"{inside:.0%} of all data lie in the 90% bands; in brackets, the range in nine of ten simulated data sets")
    if whole:
        say(
            f"{len(whole)} of {len(checked)} series lie wholly in theirs; "
            f"the model expects {sum(row.all_inside for row in checked):.0f}"
        )
    say(tally(rows).sentence)
    say("left out: how many lie in the 90% interval predicted from all others; blank for a series that the model reads")
    say("p: how often replicated data lie further off; error: the fitted factor of the stated error")
    unlearned = [row.name for row in taught if row.unlearned]
    most = ", ".join(f"{row.name} ({row.overlap:.0%})" for row in taught[:8])
    say(f"the data taught most about (overlap of prior and posterior): {most}")
    say(f"they taught next to nothing about {len(unlearned)} of {len(taught)} parameters")

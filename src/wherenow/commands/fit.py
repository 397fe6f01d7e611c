"""``wherenow fit``: what a posterior says of the data that made it, and what it learned of each unknown."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import typer

from wherenow.commands.console import CASE, JSON, SEED, THREADS, print_json, say, told


def register(app: typer.Typer) -> None:
    """Adds the command to ``app``."""

    @app.command()
    @told
    def fit(case: CASE, seed: SEED = 0, as_json: JSON = False, threads: THREADS = None) -> None:
        """Check a fitted case against its own data, and list what the data taught of each unknown.

        Example: [bold]wherenow fit cases/iraq-us --json[/bold]
        """
        from wherenow.case.reader import read_case
        from wherenow.errors import UsageError
        from wherenow.inference.fit import fit as check
        from wherenow.inference.identify import learned
        from wherenow.inference.posterior import posterior_of

        found = read_case(case)
        posterior = posterior_of(found)
        if posterior is None:
            raise UsageError(f"{found.name} has no posterior of its present state", f"run wherenow calibrate {case}")
        rows, taught = check(found, posterior, seed, threads), learned(found, posterior)
        if as_json:
            print_json({"case": found.name, "fit": [asdict(row) for row in rows],
                        "learned": [{**asdict(row), "unlearned": row.unlearned} for row in taught]})  # fmt: skip
        else:
            _print(rows, taught)


def _print(rows: Any, taught: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("series", "data", "in the 90% band", "in the 50% band", "bias", "p", "misses", box=None)
    for row in rows:
        size = "" if row.discrepancy is None else f"{row.discrepancy:.2g}"
        table.add_row(row.series, str(row.data), f"{row.in_ninety:.0%}", f"{row.in_half:.0%}", f"{row.bias:+.2f}",
                      f"{row.p:.2f}", size)  # fmt: skip
    Console().print(table)
    inside = sum(row.in_ninety * row.data for row in rows) / max(sum(row.data for row in rows), 1)
    say(f"{inside:.0%} of all data lie in the 90% bands; p: how often other data of the same model lie further off")
    unlearned = [row.name for row in taught if row.unlearned]
    most = ", ".join(f"{row.name} ({row.overlap:.0%})" for row in taught[:8])
    say(f"most was learned of (overlap of prior and posterior): {most}")
    say(f"next to nothing of {len(unlearned)} of {len(taught)} unknowns")

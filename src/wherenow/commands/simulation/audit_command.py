"""``wherenow audit``: test whether a model is sane."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from wherenow.commands.console import FAILED, exit_on_error, print_json, progress, say
from wherenow.commands.console_tables import show_rows
from wherenow.commands.options import JSON, MODEL, SEED

if TYPE_CHECKING:
    from wherenow.audit.results import Audit

_COLOURS = {"passes": "green", "fails": "red", "doubtful": "yellow"}
_PLURAL = {"passes": "pass", "fails": "fail"}
MOST = 3
"""Findings per test that the table shows."""


@exit_on_error
def audit(
    case: MODEL,
    seed: SEED = 0,
    every: Annotated[bool, typer.Option("--all", help="Show every finding.")] = False,
    as_json: JSON = False,
) -> None:
    """Test whether a model is sane: units, conservation, extreme conditions, half steps, priors, claims. Exits 1 if
    not.

    For a case, the result is stored in audit.json, which the report and the app show.

    Example: [bold]wherenow audit cases/iraq-us[/bold], or [bold]wherenow audit model.mdl[/bold]
    """
    from wherenow.audit.audit import audit as audited
    from wherenow.audit.audit_file import save_audit
    from wherenow.audit.results import Verdict
    from wherenow.case.model_files.opening import open_case

    with progress() as report:
        opened = open_case(case)
        found = audited(opened, seed, report)
    if case.is_dir():
        with suppress(OSError):  # if the folder is read-only, the audit is only printed
            save_audit(opened, found)
    if as_json:
        print_json(found.to_dict())
    else:
        _print(found, None if every else MOST)
    words = [result.verdict for result in found]
    say(f"{case}: " + ", ".join(f"{words.count(v)} {_PLURAL.get(v, v)}" for v in Verdict if v in words))
    if found.verdict is Verdict.FAILS:
        raise typer.Exit(FAILED)


def _print(found: Audit, most: int | None) -> None:
    """Print one row per test, and its findings below."""
    from rich.text import Text

    rows = []
    for result in found:
        lines = [f.message + (f" ({f.hint})" if f.hint else "") for f in result.found[:most]]
        more = len(result.found) - len(lines)
        lines += [f"and {more} more (--all)"] if more else []
        word = str(result.verdict)
        rows.append([result.test.name, Text(word, _COLOURS.get(word, "dim")), "\n".join(lines) or result.note])
    show_rows(("test", "verdict", "what was found"), rows)

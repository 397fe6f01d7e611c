"""``wherenow diff``: compare two models, in equations and in behaviour."""

from __future__ import annotations

from typing import Annotated

import typer

from wherenow.commands.console import FAILED, exit_on_error, print_diagnostics, print_json
from wherenow.commands.options import JSON, MODEL


@exit_on_error
def diff(
    before: MODEL,
    after: MODEL,
    most: Annotated[int, typer.Option(min=1, help="Series to list, the largest difference first.")] = 20,
    as_json: JSON = False,
) -> None:
    """Compare two models: equations, units, time settings, and the runs at central values.

    Exits 1 if they differ, as diff does.

    Example: [bold]wherenow diff old.mdl new.mdl[/bold]
    """
    from wherenow.api.inspection.comparing import compare
    from wherenow.case.model_files.opening import open_with_warnings

    cases = []
    for path in (before, after):
        case, warnings = open_with_warnings(path)
        print_diagnostics(warnings)
        cases.append(case)
    found = compare(*cases)
    if as_json:
        print_json(found.to_dict())
    else:
        typer.echo("\n".join(found.lines(most)))
    if not found.same:
        raise typer.Exit(FAILED)

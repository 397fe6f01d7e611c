"""``wherenow convert`` and ``wherenow support``: convert model files, and test which files of a folder run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wherenow.commands.console import FAILED, count, exit_on_error, print_diagnostics, print_json, progress, say
from wherenow.commands.console_tables import aligned
from wherenow.commands.options import JSON, MODEL

if TYPE_CHECKING:
    from wherenow.ensemble.survey import Support


@exit_on_error
def convert(
    source: MODEL,
    target: Annotated[Path, typer.Argument(help="A new folder, or a file (.mdl, .xmile, .stmx).", show_default=False)],
) -> None:
    """Turn a model file into a case folder, or a case into a model file that other tools open.

    Example: [bold]wherenow convert teacup.mdl teacup[/bold]
    """
    from wherenow.api.converting import converted

    left, warnings = converted(source, target)
    print_diagnostics(warnings)
    say(f"{target} is written")
    if left:
        say(f"what only a case can hold stays in {source}: {', '.join(left)}")


@exit_on_error
def support(
    folder: Annotated[Path, typer.Argument(help="A folder with model files.", show_default=False)],
    as_json: JSON = False,
) -> None:
    """Report for every model file in a folder whether it runs, and if not, why.

    Example: [bold]wherenow support models/[/bold]
    """
    from wherenow.ensemble.survey import survey

    found = []
    with progress() as under_way:
        for one in survey(folder):
            under_way(one.file)
            found.append(one)
    if as_json:
        print_json([_record(s) for s in found])
    else:
        typer.echo("\n".join(_table(found)))
    failed = sum(not s.runs for s in found)
    say(f"{len(found) - failed} of {count(len(found), 'file')} run")
    if failed:
        raise typer.Exit(FAILED)


def _record(support: Support) -> dict[str, object]:
    plain = {key: getattr(support, key) for key in ("file", "state", "variables", "arrays", "macros")}
    return {**plain, "warnings": [*map(str, support.warnings)], "problems": [*map(str, support.problems)]}


def _table(found: list[Support]) -> list[str]:
    """Return one line per file, columns aligned; the last shows the first problem or warning, and how many more."""
    rows = [("file", "state", "variables", "arrays", "macros", "what to know")]
    for one in found:
        messages = [d.message for d in (*one.problems, *one.warnings)]
        rest = f" and {len(messages) - 1} more" if len(messages) > 1 else ""
        sizes = (str(n) if one.runs else "" for n in (one.variables, one.arrays, one.macros))
        rows.append((one.file, one.state, *sizes, messages[0] + rest if messages else ""))  # type: ignore[arg-type]
    return [*aligned(rows)]

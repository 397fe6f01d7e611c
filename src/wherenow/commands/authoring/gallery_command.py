"""``wherenow gallery``: list the cases that come with wherenow."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wherenow.commands.console import exit_on_error, print_json, say
from wherenow.commands.console_tables import show_rows
from wherenow.commands.options import JSON


@exit_on_error
def gallery(
    name: Annotated[str, typer.Argument(help="The case to open in the app.", show_default=False)] = "",
    json: JSON = False,
) -> None:
    """List the cases that come with wherenow and the question each answers, or open one in the app.

    Example: [bold]wherenow gallery ebola-2014[/bold]
    """
    from wherenow.case.builtin import included
    from wherenow.errors import UsageError, did_you_mean

    cases = included()
    if name:
        from wherenow.commands.serving.serve_command import serve

        if name not in cases:
            raise UsageError(f"no case called {name!r} is included", did_you_mean(name, cases))
        serve(cases[name], port=0, browser=True)
        return
    rows = [_described(folder) for folder in cases.values()]
    if json:
        print_json(rows)
        return
    show_rows(("case", "title", "question"), [[*row.values()] for row in rows])
    say("open one: wherenow gallery NAME; start from one: wherenow new my-case --from NAME")


def _described(folder: Path) -> dict[str, str]:
    """Return name, title and question of a case, read from its settings alone."""
    from wherenow.case.located_yaml.problems import Problems
    from wherenow.case.reading.case_file import read_settings
    from wherenow.errors import InputError

    problems = Problems()
    settings = read_settings(folder, problems)
    if settings is None:
        raise InputError(problems.errors)
    return {"case": folder.name, "title": settings.form.title, "question": settings.form.question}

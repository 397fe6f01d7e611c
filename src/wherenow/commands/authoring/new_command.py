"""``wherenow new``: create a running case to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wherenow.commands.console import exit_on_error, say


@exit_on_error
def new(
    folder: Annotated[Path, typer.Argument(help="Where the new case goes.", show_default=False)],
    source: Annotated[
        Path | None,
        typer.Option("--from", help="A case to copy: a folder, or a name that `wherenow gallery` lists."),
    ] = None,
) -> None:
    """Create a running case to start from: a small one, or a copy of another.

    Example: [bold]wherenow new my-case --from school-influenza[/bold]
    """
    from wherenow.case.builtin import located
    from wherenow.case.new import TEMPLATE, new_case

    new_case(folder, folder.name, TEMPLATE if source is None else located(source))
    say(f"made {folder}; next: wherenow check {folder}, wherenow outlook {folder}")

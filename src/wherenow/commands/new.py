"""``wherenow new``: a small running case to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wherenow.commands.console import say, told


def register(app: typer.Typer) -> None:
    """Adds the command to ``app``."""

    @app.command()
    @told
    def new(folder: Annotated[Path, typer.Argument(help="Where the new case goes.", show_default=False)]) -> None:
        """Make a small running case to start from.

        Example: [bold]wherenow new my-case[/bold]
        """
        from wherenow.case.new import new_case

        new_case(folder, folder.name)
        say(f"made {folder}; next: wherenow check {folder}, wherenow outlook {folder}")

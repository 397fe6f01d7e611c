"""``wherenow add``: a building block for a case's model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wherenow.commands.console import exit_on_error, say


@exit_on_error
def add(
    case: Annotated[Path, typer.Argument(help="A case folder.", show_default=False)],
    block: Annotated[
        str,
        typer.Argument(
            help="stock, flow, delay, adjustment, capacity, diffusion or supply-demand.", show_default=False
        ),
    ],
    name: Annotated[str, typer.Argument(help="Its name in equations.", show_default=False)],
    unit: Annotated[str, typer.Option(help="Its unit.")] = "1",
    into: Annotated[str, typer.Option(help="For a flow: the stock that it fills.")] = "",
    out_of: Annotated[str, typer.Option(help="For a flow: the stock that it empties.")] = "",
) -> None:
    """Add a common structure to a case, as a file of its model to be filled with your figures.

    Example: [bold]wherenow add my-case capacity cold_storage --unit t[/bold]
    """
    from wherenow.draft.building.blocks import BLOCKS, add_block

    path = add_block(case, block, name, unit, into, out_of)
    say(f"wrote {path}: {BLOCKS[block]}")
    say(f"next: put your figures in, then wherenow check {case}")

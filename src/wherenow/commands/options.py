"""Options and arguments that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wherenow.case.builtin import located

CASE = Annotated[
    Path,
    typer.Argument(
        help="A case folder, or the name of a case that came with wherenow.", show_default=False, callback=located
    ),
]
MODEL = Annotated[
    Path,
    typer.Argument(help="A case folder, or a model file (.mdl, .xmile, .stmx).", show_default=False, callback=located),
]
DRAWS = Annotated[int, typer.Option(min=1, help="Members of the ensemble.")]
SEED = Annotated[int, typer.Option(min=0, help="Seed of draws and noise.")]
JSON = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
BASIS = Annotated[
    str,
    typer.Option(help="Where draws come from: 'prior only' or 'posterior'; the posterior by default if there is one."),
]
ENGINE = Annotated[str, typer.Option(help="native or reference.")]
CLUSTER = Annotated[str, typer.Option(help="'local', or the address of a Dask scheduler.")]
THREADS = Annotated[int | None, typer.Option(min=1, help="Threads; all cores by default. Results do not depend on it.")]
PROFILE = Annotated[bool, typer.Option("--profile", help="Report how long each stage took.")]

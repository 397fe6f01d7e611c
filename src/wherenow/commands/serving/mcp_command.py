"""``wherenow mcp``: serve the model to assistants, over standard input and output."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wherenow.commands.console import drawn, exit_on_error, needed
from wherenow.commands.options import BASIS, DRAWS, SEED, THREADS
from wherenow.errors import UsageError


@exit_on_error
def mcp(
    case: Annotated[
        Path | None, typer.Argument(help="The case to ask about: a folder, or a name.", show_default=False)
    ] = None,
    author: Annotated[Path | None, typer.Option(help="Let it build a case in this folder instead.")] = None,
    trust: Annotated[bool, typer.Option("--trust", help="Let it accept what it proposes, on record.")] = False,
    draws: DRAWS = 1000,
    seed: SEED = 0,
    basis: BASIS = "best",
    threads: THREADS = None,
) -> None:
    """Let an assistant ask the model: an MCP server on standard input and output.

    Examples: [bold]wherenow mcp cases/iraq-us[/bold], [bold]wherenow mcp --author my-case[/bold]
    """
    if author is not None:
        if case is not None:
            raise UsageError("name a case to ask about, or --author and a folder to build one in, not both")
        needed("mcp")
        from wherenow.draft.building.authoring import Author
        from wherenow.web.assistants.case_server import make_author

        make_author(Author(author, trusted=trust)).run("stdio")
        return
    if case is None or trust:
        raise UsageError(
            "--trust goes with --author" if trust else "name a case", "wherenow mcp CASE, or --author FOLDER"
        )
    from wherenow.case.builtin import located
    from wherenow.case.reader import read_case
    from wherenow.web.assistants.model_server import make_server
    from wherenow.web.computation.case_analysis import Analysis

    found = read_case(located(case))
    analysis = Analysis(found, drawn(found, draws, seed, basis), threads)
    server = make_server(analysis)
    analysis.begin()
    _ = analysis.outlook  # begin computing the outlook
    server.run("stdio")

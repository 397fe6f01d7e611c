"""``wherenow mcp``: the model for assistants, over standard input and output."""

from __future__ import annotations

import typer

from wherenow.commands.console import BASIS, CASE, DRAWS, SEED, THREADS, told
from wherenow.errors import UsageError


def register(app: typer.Typer) -> None:
    """Adds the command to ``app``."""

    @app.command()
    @told
    def mcp(
        case: CASE,
        draws: DRAWS = 1000,
        seed: SEED = 0,
        basis: BASIS = "best",
        threads: THREADS = None,
    ) -> None:
        """Let an assistant ask the model: an MCP server on standard input and output.

        Example: [bold]wherenow mcp cases/iraq-us[/bold]
        """
        from wherenow.case.reader import read_case
        from wherenow.inference.posterior import draws_of
        from wherenow.web.analysis import Analysis
        from wherenow.web.assistant import make_server

        found = read_case(case)
        analysis = Analysis(found, draws_of(found, draws, seed, basis), threads)
        try:
            server = make_server(analysis)
        except ImportError as error:
            raise UsageError(f"the server needs {error.name}", "pip install 'wherenow[web]'") from None
        analysis.begin()
        server.run("stdio")

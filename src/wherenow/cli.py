"""The command line: the list of commands, each in a module of its own."""

from __future__ import annotations

import typer

from wherenow.commands import backtest, bargain, calibrate, check, claims, ledger, mcp, new, outlook, run, serve

app = typer.Typer(
    name="wherenow",
    help="Turn a written analysis into a model that can be run, tested claim by claim, and scored.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
for command in (outlook, check, new, run, claims, calibrate, backtest, ledger, bargain, serve, mcp):
    command.register(app)


def main() -> None:
    """The entry point of the installed command."""
    app()

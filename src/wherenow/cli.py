"""The command line: the list of commands, each in a module of its own."""

from __future__ import annotations

import typer

from wherenow.commands import (
    backtest,
    bargain,
    calibrate,
    check,
    claims,
    convert,
    docs,
    ensemble,
    explain,
    explain_program,
    fit,
    ledger,
    levers,
    mcp,
    new,
    outlook,
    run,
    sbc,
    sensitivity,
    sentences,
    serve,
    variants,
)

app = typer.Typer(
    name="wherenow",
    help="Turn a written analysis into a model that can be run, tested claim by claim, and scored.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
for command in (
    outlook,
    check,
    new,
    sentences,
    run,
    ensemble,
    claims,
    convert,
    explain,
    explain_program,
    calibrate,
    fit,
    sbc,
    backtest,
    sensitivity,
    variants,
    levers,
    ledger,
    bargain,
    docs,
    serve,
    mcp,
):
    command.register(app)


def main() -> None:
    """The entry point of the installed command."""
    app()

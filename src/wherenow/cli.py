"""The command line: the list of commands, each in a module of its own."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import Annotated

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

SAYS = "Turn a written analysis into a model that can be run, tested claim by claim, and scored."

app = typer.Typer(
    name="wherenow",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
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


def _version(asked: bool) -> None:
    if asked:
        import wherenow

        typer.echo(f"wherenow {wherenow.__version__}")
        raise typer.Exit


@app.callback(help=SAYS)
def _options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Show the version and exit.")
    ] = False,
) -> None:
    """Options of the command itself; each acts by its callback."""


def main() -> None:
    """The entry point of the installed command."""
    for stream in (sys.stdout, sys.stderr):
        # a terminal or pipe that lacks a character gets '?' for it: results with a gap are better than none
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    app(prog_name="wherenow")

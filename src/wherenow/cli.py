"""The command line: the list of commands, each in a module of its own."""

from __future__ import annotations

import codecs
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

PLAIN = {
    "−": "-", "–": "-", "→": "->", "←": "<-", "“": '"', "”": '"', "’": "'", "…": "...", "±": "+/-", "×": "x", "·": "*",
    "█": "#", "░": ":",
}  # fmt: skip
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


def _plain(error: UnicodeError) -> tuple[str, int]:
    """What a terminal or pipe gets that lacks a character: the nearest it has, a minus for a minus above all."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(PLAIN.get(character, "?") for character in error.object[error.start : error.end]), error.end


def main() -> None:
    """The entry point of the installed command."""
    codecs.register_error("plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="plain")
    app(prog_name="wherenow")

"""The command line: the list of commands, each in a module that is imported on demand."""

from __future__ import annotations

import atexit
import codecs
import gc
import sys
from importlib import import_module
from inspect import cleandoc
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

COMMANDS = {
    "outlook": "forecasts.outlook",
    "check": "authoring.check",
    "new": "authoring.new",
    "gallery": "authoring.gallery",
    "draft": "authoring.draft",
    "coverage": "authoring.sentences",
    "add": "authoring.add",
    "data": "authoring.data",
    "sentences": "authoring.sentences",
    "run": "simulation.run",
    "ensemble": "simulation.ensemble",
    "ask": "forecasts.ask",
    "predict": "forecasts.predict",
    "audit": "simulation.audit",
    "claims": "analysis.claims",
    "convert": "simulation.convert",
    "support": "simulation.convert",
    "diff": "simulation.diff",
    "explain": "analysis.explain",
    "why": "analysis.explain",
    "breaks": "analysis.explain",
    "loops": "analysis.explain",
    "explain-program": "simulation.explain_program",
    "calibrate": "fitting.calibrate",
    "fit": "fitting.fit",
    "sbc": "fitting.sbc",
    "backtest": "forecasts.backtest",
    "sensitivity": "analysis.sensitivity",
    "variants": "fitting.variants",
    "levers": "analysis.levers",
    "bargain": "analysis.bargain",
    "docs": "serving.docs",
    "serve": "serving.serve",
    "mcp": "serving.mcp",
    "ledger": "forecasts.ledger",
}
"""Commands in the order of the help. ``serving.docs`` is the module ``wherenow.commands.serving.docs_command``."""

PLAIN = {
    "−": "-", "–": "-", "→": "->", "←": "<-", "“": '"', "”": '"', "’": "'", "…": "...", "±": "+/-", "×": "x", "·": "*",
    "█": "#", "░": ":",
}  # fmt: skip
"""The nearest ASCII of characters that a terminal may not be able to show."""
SAYS = "Turn a written analysis into a model that can be run, tested claim by claim, and scored."


def _part(name: str) -> Any:
    """Import the function of a command, or the group of a command with several."""
    return getattr(import_module(f"wherenow.commands.{COMMANDS[name]}_command"), name.replace("-", "_"))


def _command(name: str) -> Any:
    """Make a command, with its options."""
    part = _part(name)
    group = typer.Typer(rich_markup_mode="rich", add_completion=False)
    group.callback()(_options)  # with a callback, one command makes a group too
    if isinstance(part, typer.Typer):
        group.add_typer(part, name=name)
    else:
        group.command(name)(part)
    made: Any = get_command(group)
    return made.commands[name]


def _outline(name: str) -> TyperCommand:
    """Make a command with its help but without its options, which take longer to read."""
    part = _part(name)
    return TyperCommand(name, help=cleandoc(str(part.info.help if isinstance(part, typer.Typer) else part.__doc__)))


class _Commands(TyperGroup):
    """A group that imports a command when it is asked for; listing names imports none."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: Any = dict.fromkeys(COMMANDS)  # a command is None until it is imported

    def list_commands(self, ctx: Any) -> list[str]:
        return [*COMMANDS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in COMMANDS and self.commands[cmd_name] is None:
            self.commands[cmd_name] = _command(cmd_name)
        return self.commands.get(cmd_name)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        self.commands = {name: _outline(name) for name in COMMANDS}
        super().format_help(ctx, formatter)
        self.commands = dict.fromkeys(COMMANDS)


app = typer.Typer(
    cls=_Commands,
    name="wherenow",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


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
    """Options without a command; each acts through its callback."""


YOUNG = 500_000
"""New objects between two garbage collections. Importing and reading allocate much and free little: at 100,000, a
collection of 35 ms begins while the app is imported, and another while it reads the case."""


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Replace characters that a terminal or pipe cannot show by the nearest ASCII, a minus sign above all."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(PLAIN.get(character, "?") for character in error.object[error.start : error.end]), error.end


def main() -> None:
    """Run the installed command."""
    gc.set_threshold(YOUNG)
    atexit.register(gc.freeze)  # at its end a process need not free its objects one by one, which takes up to 0.1 s
    codecs.register_error("plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="plain")
    app(prog_name="wherenow")

"""Every command that answers a question calls what a public function calls, so both give the same answer."""

from __future__ import annotations

import ast
import inspect
import textwrap
from importlib import import_module

import pytest

import wherenow
from wherenow.cli import COMMANDS

PUBLIC = {
    "outlook": wherenow.forecast,
    "run": wherenow.Model.run,
    "ask": wherenow.ask,
    "predict": wherenow.predict,
    "audit": wherenow.audit,
    "claims": wherenow.judge,
    "convert": wherenow.convert,
    "diff": wherenow.Model.compare,
    "explain": wherenow.explain,
    "why": wherenow.why,
    "loops": wherenow.Model.loops,
    "calibrate": wherenow.calibrate,
    "backtest": wherenow.backtest,
    "sensitivity": wherenow.sensitivity,
    "levers": wherenow.levers,
}
"""The public function of each command."""

OWN = {
    "check": "prints what opening, elaborating and judging raise",
    "support": "runs every model of a folder, and is a table of that",
    "ensemble": "keeps summaries of ensembles too large for memory, in files",
    "breaks": "part of why, for one claim and a limited time",
    "explain-program": "shows the engine at work, for those who build it",
    "fit": "tells of a posterior that is stored",
    "sbc": "checks the calibration itself",
    "variants": "compares fits of a case's structures",
    "bargain": "plays actors' positions, which are no model",
    **dict.fromkeys(("new", "gallery", "draft", "coverage", "add", "data", "sentences"), "works on a case's files"),
    **dict.fromkeys(("serve", "mcp", "docs"), "gives the same answers in another place"),
    "ledger": "keeps forecasts in a file of its own",
}
"""Commands without a function of their own, and why."""


def imported(code: str) -> set[str]:
    """What a piece of code imports of ours, as ``module:name``."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("wherenow"):
            found |= {f"{node.module}:{alias.name}" for alias in node.names if alias.name.islower()}
    return found


def used_by(function: object) -> set[str]:
    """What a public function imports, and the modules of the interface that it hands over to."""
    module = import_module(function.__module__)  # type: ignore[attr-defined]
    code = inspect.getsource(function)  # type: ignore[arg-type]
    inside = imported(textwrap.dedent(code))
    outside = {name for name in imported(inspect.getsource(module)) if f"{name.partition(':')[2]}(" in code}
    mine = [f for f in vars(module).values() if inspect.isfunction(f) and f.__module__ == module.__name__]
    beside = {f"{module.__name__}:{f.__name__}" for f in mine if f is not function and f" {f.__name__}(" in code}
    reached = inside | outside | beside
    for name in set(reached):
        where, _, attribute = name.partition(":")
        if where.startswith("wherenow.api"):
            reached |= used_by(getattr(import_module(where), attribute))
    return reached


def test_every_command_is_public_or_says_why_not() -> None:
    assert set(COMMANDS) == {*PUBLIC, *OWN}
    assert not set(PUBLIC) & set(OWN)


@pytest.mark.parametrize("command", PUBLIC)
def test_a_command_calls_what_its_public_function_calls(command: str) -> None:
    source = imported(inspect.getsource(import_module(f"wherenow.commands.{COMMANDS[command]}_command")))
    shared = source & used_by(PUBLIC[command])
    trivial = {"wherenow.case.dates:moment", "wherenow.inference.posterior:draws_of", "wherenow.api.extras:needed",
               "wherenow.case.dates:is_year", "wherenow.case.dates:iso_date"}  # fmt: skip
    assert shared - trivial, (sorted(source), sorted(used_by(PUBLIC[command])))

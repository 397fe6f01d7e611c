"""Commands are plain functions, which can be imported and called without a terminal."""

from __future__ import annotations

from importlib import import_module

import pytest
import typer

from wherenow.cli import COMMANDS


@pytest.mark.parametrize("module", sorted(set(COMMANDS.values())))
def test_every_command_is_a_function_of_its_module(module: str) -> None:
    found, app = import_module(f"wherenow.commands.{module}"), typer.Typer()
    found.register(app)
    parts = [app, *(group.typer_instance for group in app.registered_groups if group.typer_instance)]
    functions = [command.callback for part in parts for command in part.registered_commands]
    assert functions
    assert all(getattr(found, function.__name__) is function for function in functions)

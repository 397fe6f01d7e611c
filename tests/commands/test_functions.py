"""Commands are plain functions, which can be imported and called without a terminal."""

from __future__ import annotations

from importlib import import_module
from inspect import isfunction

import pytest
import typer

from wherenow.cli import COMMANDS


@pytest.mark.parametrize(("command", "module"), COMMANDS.items())
def test_every_command_is_a_function_of_its_module_or_a_group_of_some(command: str, module: str) -> None:
    found = import_module(f"wherenow.commands.{module}_command")
    part = getattr(found, command.replace("-", "_"))
    functions = [c.callback for c in part.registered_commands] if isinstance(part, typer.Typer) else [part]
    assert functions
    assert all(isfunction(function) and getattr(found, function.__name__) is function for function in functions)

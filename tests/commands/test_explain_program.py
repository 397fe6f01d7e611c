"""``wherenow explain-program``."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from wherenow.commands.simulation import explain_program_command


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.command("explain-program")(explain_program_command.explain_program)
    made.callback()(lambda: None)
    return made


@pytest.fixture
def case(tmp_path):
    from wherenow.case.new import new_case

    new_case(tmp_path / "small")
    return str(tmp_path / "small")


def test_json_has_the_counts_of_every_stage(app, case):
    result = CliRunner().invoke(app, ["explain-program", case, "--json"])
    stages = json.loads(result.stdout)["stages"]
    assert stages[0]["pass"] == "before"
    assert stages[-1]["pass"] == "hoist"
    assert all(stage["operations"] == sum(stage["binding"].values()) for stage in stages)


def test_a_listing_has_one_line_for_each_operation(app, case):
    result = CliRunner().invoke(app, ["explain-program", case, "--json", "--listing", "after"])
    told = json.loads(result.stdout)
    assert len(told["listing"]) == told["stages"][-1]["operations"]


def test_an_unknown_listing_is_reported_with_the_known_ones(app, case):
    result = CliRunner().invoke(app, ["explain-program", case, "--listing", "aftr"])
    assert result.exit_code == 2
    assert "after" in result.output

"""`wherenow bargain`."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from wherenow.commands.analysis import bargain_command as command

IRAQ = Path(__file__).parents[2] / "cases" / "iraq-us"


@pytest.fixture
def bargain(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    app = typer.Typer()
    app.command()(command.bargain)

    def call(*words: object) -> Result:
        return CliRunner().invoke(app, [str(IRAQ), *map(str, words)])

    return call


def test_it_gives_each_issue_its_middle_before_and_after_and_the_lean(bargain) -> None:
    result = bargain("--draws", 50, "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert [issue["id"] for issue in found["issues"]] == [
        "us_presence",
        "ansa_integration",
        "bank_compliance",
        "energy_ties",
    ]
    assert -1 < found["lean"]["mean"] < 1
    assert all(0 <= issue["uncertain"]["p5"] <= issue["uncertain"]["p95"] <= 100 for issue in found["issues"])


def test_actors_may_be_left_out(bargain) -> None:
    result = bargain("--without", "iran", "--draws", 20, "--json")
    assert "iran" not in json.loads(result.stdout)["actors"]


def test_an_unknown_actor_is_refused_with_the_nearest_name(bargain) -> None:
    result = bargain("--without", "irak", "--draws", 20)
    assert result.exit_code == 2
    assert "iran" in result.stderr


def test_for_people_it_prints_a_table(bargain) -> None:
    assert "Mean over all issues" in bargain("--draws", 20).stdout

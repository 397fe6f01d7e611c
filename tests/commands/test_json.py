"""`docs/json.md`: each command's JSON is valid and has the keys that the page lists."""

import json
import re
from pathlib import Path

import click
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from wherenow.cli import app
from wherenow.outlook.outlook_types import SHARES

PAGE = (Path(__file__).parents[2] / "docs" / "json.md").read_text("utf-8")
ROWS = {name: (form, re.findall(r"`(\w+)`", keys))
        for name, form, keys in re.findall(r"^\| `([a-z -]+)` \| (\w+) \| (.*) \|$", PAGE, re.MULTILINE)}  # fmt: skip
WORDS = {
    "outlook": ("lake", "--draws", "16"),
    "ask": ("lake", "at(lake_volume, 2019) > 60"),
    "predict": ("lake", "--series", "lake_volume", "--at", "2019"),
    "audit": ("lake",),
    "coverage": ("lake",),
    "draft": ("lake/article.txt",),
    "claims": ("lake", "--draws", "16"),
    "check": ("broken",),
    "diff": ("lake", "lake.mdl"),
    "ensemble": ("lake", "--draws", "16"),
    "explain": ("lake", "water", "--draws", "4"),
    "why": ("lake", "--draws", "4"),
    "breaks": ("lake", "lake-recovers", "--draws", "4"),
    "loops": ("lake", "--draws", "4"),
    "explain-program": ("lake",),
    "calibrate": ("lake", "--particles", "64", "--rounds", "1", "--out", "other.nc"),
    "fit": ("lake",),
    "sbc": ("lake", "--particles", "64", "--simulations", "20"),
    "backtest": ("lake", "--origin", "2013"),
    "sensitivity": ("lake", "--base", "16"),
    "levers": ("lake", "--draws", "16"),
    "bargain": ("iraq-us", "--draws", "8"),
    "support": (".",),
    "ledger list": ("lake",),
    "ledger score": ("lake",),
}


def run(*words):
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code in (0, 1), done.output
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a fitted case that has a ledger, a broken case, and a model file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("json"))
        run("new", "lake")
        run("calibrate", "lake", "--particles", "64", "--rounds", "1")
        run("ledger", "register", "lake")
        run("convert", "lake", "lake.mdl")
        run("new", "broken")
        Path("broken/levers.yaml").write_text("rationing: 7\n")
        yield Path.cwd()


def test_the_page_lists_every_command_that_has_json():
    group = get_command(app)
    commands = {name: group.get_command(click.Context(group), name) for name in group.commands}
    having = {name for name, command in commands.items() if any(p.name == "as_json" for p in command.params)}
    assert having - {"variants"} == {name for name in ROWS if not name.startswith("ledger")}
    assert set(WORDS) == set(ROWS)


@pytest.mark.parametrize("command", ROWS)
def test_a_command_prints_one_document_with_the_keys_of_the_page(folder, command):
    form, keys = ROWS[command]
    found = json.loads(run(*command.split(), *WORDS[command], "--json").stdout)
    one = found if form == "object" else found[0]
    assert isinstance(found, list) == (form == "list")
    assert not set(keys) - one.keys()


def test_the_rows_of_a_fan_are_the_shares_that_the_page_names():
    named = re.search(r"rows of the shares (.*?)[;.]", PAGE, re.DOTALL).group(1)
    assert [int(p) for p in re.findall(r"(\d+)%", named)] == [round(100 * share) for share in SHARES]

"""A new user's mistakes: none is silent, and each is reported with its place, its cause and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from wherenow.case.new import new_case
from wherenow.cli import app

HERE = Path(__file__).parent
MISTAKES = YAML(typ="safe").load(HERE / "mistakes.yaml")
EARLIER = YAML(typ="safe").load(HERE.parent / "case" / "broken.yaml")
ALL = {**{f"{name} (broken.yaml)": m for name, m in EARLIER.items()}, **MISTAKES}


def make(folder: Path, mistake: dict[str, Any]) -> Path:
    """The case of a lake with the mistake in it."""
    lake = new_case(folder / "lake")
    for file, old, new, *times in mistake.get("edits", ()):
        path = lake / file
        content = "" if old is None else path.read_text("utf-8")
        assert old is None or old in content, f"{old!r} is not in {file}"
        path.write_text(new if old is None else content.replace(old, new, *(times or [1])), "utf-8")
    for file, content in mistake.get("whole", {}).items():
        (lake / file).parent.mkdir(exist_ok=True)
        (lake / file).write_text(content, "utf-8")
    for file, content in mistake.get("append", {}).items():
        (lake / file).write_text((lake / file).read_text("utf-8") + content, "utf-8")
    for file in mistake.get("remove", ()):
        (lake / file).unlink()
    return lake


def check(lake: Path) -> list[str]:
    """What `wherenow check` prints of each problem, without the folder and the lines that are quoted."""
    output = CliRunner(env={"COLUMNS": "400"}).invoke(app, ["check", str(lake)]).output
    told = [line for line in output.splitlines() if ": error: " in line or ": warning: " in line]
    return [line.replace(f"{lake}/", "").replace(str(lake), "lake") for line in told]


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_says_exactly_this(tmp_path, name):
    assert check(make(tmp_path, MISTAKES[name])) == MISTAKES[name]["says"]


def test_there_are_more_than_a_hundred():
    assert len(ALL) > 130


@pytest.mark.parametrize("name", ALL)
def test_no_mistake_is_silent_and_each_has_its_place(name):
    assert ALL[name]["says"]
    for line in ALL[name]["says"]:
        file, row, column, severity, *_ = line.split(":")
        assert file
        assert row.isdigit()
        assert column.isdigit()
        assert severity.strip() in ("error", "warning")


SAYS_HOW = (
    "(",
    "write",
    "must be",
    "did you mean",
    "needs",
    " is not one of ",
    "cannot ",
    "holds ",
    "was expected",
    "differ",
)
"""What a message has that says what to do: a hint in brackets, or the fix in its own words."""


@pytest.mark.parametrize("name", ALL)
def test_each_mistake_says_what_to_do(name):
    assert any(how in ALL[name]["says"][0] for how in SAYS_HOW), ALL[name]["says"][0]

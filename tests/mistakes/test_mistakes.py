"""A new user's mistakes: none is silent, and each message has its place, its cause and what to do.

Each folder holds one mistake as a patch to the case that `wherenow new` makes, and all that `wherenow check` must say
of it, in order. To add one, make it in a copy of that case and write
`git diff --no-index --no-prefix --no-renames --binary -U1 a b`.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from wherenow.case.new import new_case
from wherenow.cli import app

HERE = Path(__file__).parent
MISTAKES = sorted(path.parent.name for path in HERE.glob("*/mistake.patch"))
SAYS_HOW = (
    "(", "write", "must be", "did you mean", "needs", " is not one of ", "cannot ", "holds ", "was expected", "differ",
)  # fmt: skip
"""What a message has that says what to do: a hint in brackets, or the fix in its own words."""


def expected(mistake: str) -> list[str]:
    return (HERE / mistake / "expected.txt").read_text("utf-8").splitlines()


def make(folder: Path, mistake: str) -> Path:
    """The case of a lake with the mistake in it."""
    lake = new_case(folder / "lake")
    alone = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder)}  # no repository around it counts
    patch = HERE / mistake / "mistake.patch"
    subprocess.run(["git", "apply", "--whitespace=nowarn", str(patch)], cwd=lake, env=alone, check=True)
    return lake


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_says_exactly_this(tmp_path, mistake):
    lake = make(tmp_path, mistake)
    ran = CliRunner(env={"COLUMNS": "400"}).invoke(app, ["check", str(lake)])
    told = [line for line in ran.output.splitlines() if ": error: " in line or ": warning: " in line]
    told = [line.replace(f"{lake}/", "").replace(str(lake), "lake") for line in told]
    assert told == expected(mistake)
    assert ran.exit_code == any(": error: " in line for line in told)


def test_there_are_three_hundred_and_fifty():
    assert len(MISTAKES) >= 350


@pytest.mark.parametrize("mistake", MISTAKES)
def test_no_mistake_is_silent_and_each_has_its_place_and_its_fix(mistake):
    said = expected(mistake)
    assert said
    for line in said:
        file, row, column, severity, *_ = line.split(":")
        assert file
        assert row.isdigit()
        assert column.isdigit()
        assert severity.strip() in ("error", "warning")
    assert any(how in said[0] for how in SAYS_HOW), said[0]

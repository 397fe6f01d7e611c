"""`docs/foresight.md`: its commands run in order, with the files between them."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from wherenow.cli import app

PAGE = (Path(__file__).parents[2] / "docs" / "foresight.md").read_text("utf-8")


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What each command printed."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("foresight"))
        for kind, body in re.findall(r"```(sh|csv)\n(.*?)```", PAGE, re.DOTALL):
            if kind == "csv":
                head, _, content = body.partition("\n")
                file = Path(head.removeprefix("# "))
                file.parent.mkdir(exist_ok=True)
                file.write_text(content, "utf-8")
                continue
            for line in body.splitlines():
                words = re.findall(r'"[^"]*"|\S+', line)[1:]
                ran = CliRunner().invoke(app, [word.strip('"') for word in words])
                assert ran.exit_code == 0, (line, ran.output)
                found[line] = ran.output
    return found


def test_an_answer_has_the_parts_that_the_page_shows(said):
    answer = next(output for line, output in said.items() if line.startswith("wherenow ask"))
    parts = re.findall(r"^  ([a-z ]+?)  ", answer, re.MULTILINE)
    assert parts == ["model alone", "history alone", "base rate", "track record"]


def test_a_later_figure_decides_the_registered_forecast(said):
    assert "did not" in said["wherenow ledger resolve lake"]
    assert "1 forecast resolved, 0 open" in said["wherenow ledger score lake"]


def test_a_later_figure_is_no_error(said):
    assert "0 errors" in said["wherenow check lake"]

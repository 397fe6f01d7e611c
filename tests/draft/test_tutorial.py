"""The first half of `docs/tutorial.md`: its commands run in order, as they stand."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("spacy")
from wherenow.case.checking.check import check_case
from wherenow.case.reader import read_case
from wherenow.cli import app

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "tutorial.md").read_text("utf-8").split("# A concrete case")[0]
BLOCKS = [
    line
    for block in re.findall(r"^```\n((?:pip|wherenow) [^`]*)```", PAGE, re.MULTILINE)
    for line in block.splitlines()
]
ADDED = re.findall(r"^\| `(wherenow add [^`]+)` \|", PAGE, re.MULTILINE)


def test_the_commands_run_in_order_as_they_stand(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "tests" / "draft" / "texts" / "herring" / "article.txt", tmp_path)
    Path("landings.csv").write_text("year,Landings [t]\n2010,900\n2011,850\n")
    ran = []
    for line in (*BLOCKS, *ADDED):
        command, *words = shlex.split(line)
        if command == "wherenow" and "--app" not in words:  # pip installs, and the review waits for a person
            done = CliRunner().invoke(app, words)
            assert done.exit_code == 0, (line, done.output)
            ran.append(words[0])
    assert set(ran) == {"draft", "outlook", "claims", "why", "coverage", "data", "add"}
    assert [str(d) for d in check_case(Path("herring")) if d.severity == "error"] == []
    assert read_case(Path("herring")).data["landings"].unit == "t"


def test_the_entry_of_fetch_yaml_is_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "tests" / "draft" / "texts" / "herring" / "article.txt", tmp_path)
    CliRunner().invoke(app, ["draft", "article.txt", "--out", "herring", "--as-of", "2015-11-20"])
    (entry,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    Path("herring/fetch.yaml").write_text(entry)
    assert read_case(Path("herring")).fetch["population"].code == "NOR/SP.POP.TOTL"


def test_every_building_block_is_on_the_page():
    from wherenow.draft.building.blocks import BLOCKS as KINDS

    assert [shlex.split(line)[3] for line in ADDED] == list(KINDS)


def test_the_pictures_are_there():
    assert [p for p in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", PAGE) if not (ROOT / "docs" / p).is_file()] == []

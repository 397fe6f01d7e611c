"""A new case is valid, runs, and contains nothing of another case."""

import json

import pytest
from typer.testing import CliRunner

from wherenow.case.checking.check import check_case
from wherenow.case.new import new_case
from wherenow.case.reader import read_case
from wherenow.cli import app
from wherenow.errors import UsageError


def test_a_new_case_has_nothing_to_report(lake):
    assert check_case(lake) == ()


def test_a_new_case_bears_its_folder_s_name(tmp_path):
    assert read_case(new_case(tmp_path / "rivers")).name == "rivers"


@pytest.mark.parametrize("name", ["true", "null", "2020", "1e3", "Rivers_2"])
def test_a_name_that_yaml_would_take_for_something_else_is_quoted(tmp_path, name):
    folder = new_case(tmp_path / "case", name)
    assert check_case(folder) == ()
    assert read_case(folder).name == name


@pytest.mark.parametrize("name", ["a b", "../up", "x: y", "-x"])
def test_a_name_that_is_no_plain_word_is_refused_and_nothing_made(tmp_path, name):
    with pytest.raises(UsageError, match="cannot name a case"):
        new_case(tmp_path / "case", name)
    assert list(tmp_path.iterdir()) == []


def test_a_new_case_has_an_outlook(lake, tmp_path):
    page = tmp_path / "outlook.html"
    words = ["outlook", str(lake), "--draws", "64", "--json", "--out", str(page)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    forecasts = json.loads(result.stdout)["forecasts"]
    assert [f["id"] for f in forecasts] == ["lake-recovers"]
    assert 0 < forecasts[0]["p"] < 1
    assert {"model", "history", "track", "undefined"} <= set(forecasts[0])


def test_a_new_case_runs(lake, tmp_path):
    result = CliRunner().invoke(app, ["run", str(lake), "--out", str(tmp_path / "runs.csv")])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "runs.csv").read_text().splitlines()[0].startswith("Time,")


@pytest.mark.parametrize("name", ["ünï-case", "قضية", "蜂"])
def test_a_case_may_be_named_in_any_script(tmp_path, name):
    folder = new_case(tmp_path / "case", name)
    assert check_case(folder) == ()
    assert read_case(folder).name == name

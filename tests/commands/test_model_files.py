"""Models of other tools, in the commands that take a case."""

import json

import pytest


@pytest.fixture
def cup(wherenow, teacup):
    """The case folder that a model file becomes, which says neither what to show nor what to claim."""
    assert wherenow("convert", teacup, teacup.with_suffix("")).exit_code == 0
    return teacup.with_suffix("")


def test_the_outlook_of_a_converted_model_shows_its_stocks(wherenow, cup):
    told = json.loads(wherenow("outlook", cup, "--draws", 4, "--json").stdout)
    assert [fan["name"] for fan in told["fans"]] == ["teacup_temperature"]


def test_the_outlook_of_a_model_without_stocks_shows_what_it_computes(wherenow, teacup):
    text = teacup.read_text().replace("INTEG (-Heat Loss, 180)", "180")
    teacup.write_text(text.replace("(Teacup Temperature - Room Temperature) / Characteristic Time", "Time"))
    assert wherenow("convert", teacup, teacup.with_suffix("")).exit_code == 0
    told = json.loads(wherenow("outlook", teacup.with_suffix(""), "--draws", 4, "--json").stdout)
    assert "heat_loss" in [fan["name"] for fan in told["fans"]]


@pytest.mark.parametrize("command", ["claims", "why"])
def test_a_case_that_claims_nothing_says_so(wherenow, cup, command):
    result = wherenow(command, cup)
    assert result.exit_code == 2
    assert "teacup makes no claims" in result.stderr


def test_a_model_file_without_reality_checks_says_so(wherenow, teacup):
    assert "makes no claims" in wherenow("why", teacup).stderr


def test_an_ensemble_of_a_model_file_is_summarized(wherenow, teacup):
    told = json.loads(wherenow("ensemble", teacup, "--draws", 4, "--json").stdout)
    assert "Teacup Temperature" in [one["name"] for one in told["series"]]


def test_a_variable_is_explained_by_its_name_as_the_file_writes_it(wherenow, teacup):
    result = wherenow("explain", teacup, "Teacup Temperature", "--draws", 2)
    assert result.exit_code == 0
    assert "heat_loss" in result.stdout


def test_loops_stand_in_columns(wherenow, teacup):
    rows = wherenow("loops", teacup, "--draws", 2).stdout.splitlines()
    assert rows
    assert len({row.index("L1") for row in rows}) == 1


def test_one_lost_item_is_reported_in_the_singular(wherenow, tmp_path):
    assert wherenow("new", tmp_path / "lake").exit_code == 0
    told = wherenow("convert", tmp_path / "lake", tmp_path / "lake.mdl").stderr
    assert "1 event," in told
    assert "1 lever," in told
    assert "2 scenarios" in told


def test_a_file_that_is_empty_is_reported_at_its_place(wherenow, tmp_path):
    (tmp_path / "empty.mdl").write_text("")
    assert f"{tmp_path / 'empty.mdl'}:1:1: error: the model has no INITIAL TIME" in wherenow(
        "check", tmp_path / "empty.mdl"
    ).output.replace("\n", "")

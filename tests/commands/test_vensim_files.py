"""Vensim's files beside a model, on the command line."""

from __future__ import annotations

import csv

import pytest

MODEL = """{UTF-8}
A: a1, a2 ~~|
level = INTEG(Rate * table(Time), 0) ~~|
Rate = 2 ~~|
share[A] = 1, 2 ~~|
total = SUM(share[A!]) ~~|
table((0,1),(10,1)) ~~|
INITIAL TIME = 0 ~~|
FINAL TIME = 4 ~~|
TIME STEP = 1 ~~|
SAVEPER = TIME STEP ~~|
"""
RAIN = "rain := GET DIRECT DATA('?gauges', ',', 'A', 'B2') ~~|\nwet[A] ~~|\n"


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "m.mdl"
    path.write_text(MODEL, encoding="utf-8")
    return path


def table(path):
    with path.open(newline="") as file:
        head, *rows = list(csv.reader(file))
    return {name: [float(row[k]) for row in rows] for k, name in enumerate(head)}


def test_a_changes_file_changes_constants_lookups_and_the_clock(wherenow, model, tmp_path):
    changes = tmp_path / "dry.cin"
    changes.write_text(
        "{drier} rate = 3\nFINAL TIME = 2\n0 <= SHARE[a2] = 5 <= 9\nTABLE(\n (0,2),(10,2) )\nshare[a1]= 4\n",
        encoding="utf-8",
    )
    assert wherenow("run", model, "--changes", changes, "--out", tmp_path / "out.csv").exit_code == 0
    found = table(tmp_path / "out.csv")
    assert found["Time"] == [0, 1, 2]
    assert found["level"] == [0, 6, 12]
    assert found["total"] == [9, 9, 9]


def test_a_changes_file_is_refused_with_each_line_that_changes_no_constant(wherenow, model, tmp_path):
    changes = tmp_path / "bad.cin"
    changes.write_text("rates = 3\nlevel :IS: 'x'\nshare = 1, 2, 3\n", encoding="utf-8")
    result = wherenow("run", model, "--changes", changes)
    assert result.exit_code == 2
    assert "bad.cin:1:1: error: the model has no 'rates'" in result.output
    assert "bad.cin:2:" in result.output
    assert "bad.cin:3:1: error: 3 numbers for 2 elements" in result.output


def test_a_save_list_says_what_is_saved(wherenow, model, tmp_path):
    names = tmp_path / "few.lst"
    names.write_text("level\nShare\n", encoding="utf-8")
    wherenow("run", model, "--save-list", names, "--out", tmp_path / "out.csv")
    assert list(table(tmp_path / "out.csv")) == ["Time", "level", "share[a1]", "share[a2]"]


def test_sensitivity_settings_draw_constants(wherenow, model, tmp_path):
    settings = tmp_path / "s.vsc"
    settings.write_text("50,M,7,,0\nRate=RANDOM_UNIFORM(1,3)\nshare[a1]=RANDOM NORMAL(0,9,4,1)\n", encoding="utf-8")
    result = wherenow("run", model, "--sensitivity", settings, "--out", tmp_path / "out.csv")
    assert "50 runs" in result.output
    rates = set(table(tmp_path / "out.csv")["Rate"])
    assert len(rates) == 50
    assert 1 <= min(rates) < max(rates) <= 3


def test_unsupported_sensitivity_settings_are_named_with_their_line(wherenow, model, tmp_path):
    settings = tmp_path / "s.vsc"
    settings.write_text("50,U,7\nRate=RANDOM_BETA(1,3,1,2,0,1)\n", encoding="utf-8")
    result = wherenow("run", model, "--sensitivity", settings)
    assert result.exit_code == 2
    assert "s.vsc:1:1: error: the method 'U' is not supported" in result.output
    assert "s.vsc:2:1: error: this distribution is not supported" in result.output


def test_data_are_given_by_the_name_that_the_model_calls_their_file_and_as_tables(wherenow, model, tmp_path):
    model.write_text(MODEL.replace("INITIAL", RAIN + "INITIAL", 1), encoding="utf-8")
    (tmp_path / "other").mkdir()
    gauges, wet = tmp_path / "other" / "g.csv", tmp_path / "other" / "run.dat"
    gauges.write_text("time,rain\n0,3\n4,7\n", encoding="utf-8")
    wet.write_text("wet[a1]\n0\t1\n4\t5\nwet[a2]\n0\t2\n4\t2\n", encoding="utf-8")
    words = ("run", model, "--data", f"gauges={gauges}", "--data", wet, "--out", tmp_path / "out.csv")
    assert wherenow(*words).exit_code == 0
    found = table(tmp_path / "out.csv")
    assert found["rain"] == [3, 4, 5, 6, 7]
    assert found["wet[a1]"] == [1, 2, 3, 4, 5]


def test_a_file_that_stands_for_another_is_asked_for_by_its_name(wherenow, model):
    model.write_text(MODEL.replace("INITIAL", RAIN + "INITIAL", 1), encoding="utf-8")
    result = wherenow("run", model)
    assert result.exit_code == 2
    assert "name it with --data gauges=FILE" in result.output

import csv

import numpy as np
import pytest


def rows(path):
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_a_run_is_a_table_of_time_and_every_variable(wherenow, teacup, tmp_path):
    assert wherenow("run", teacup, "--out", tmp_path / "out.csv").exit_code == 0
    head, *values = rows(tmp_path / "out.csv")
    assert head == ["Time", "Teacup Temperature", "Heat Loss", "Room Temperature", "Characteristic Time"]
    assert [float(row[0]) for row in values] == [0, 10, 20, 30]


def test_a_run_follows_its_equations(wherenow, teacup, tmp_path):
    wherenow("run", teacup, "--out", tmp_path / "out.csv")
    last = float(rows(tmp_path / "out.csv")[-1][1])
    assert last == pytest.approx(70 + 110 * (1 - 0.125 / 10) ** 240)


def test_set_changes_a_constant_by_its_name_as_written(wherenow, teacup, tmp_path):
    wherenow("run", teacup, "--out", tmp_path / "out.csv", "--set", "Room Temperature=180")
    assert {row[1] for row in rows(tmp_path / "out.csv")[1:]} == {"180.0"}


def test_draws_come_one_below_the_other_with_their_number(wherenow, town, tmp_path):
    wherenow("run", town, "--draws", 3, "--out", tmp_path / "out.csv", "--save", "population")
    head, *values = rows(tmp_path / "out.csv")
    assert head[:2] == ["draw", "Time"]
    assert [row[0] for row in values] == sorted(row[0] for row in values)
    assert {row[0] for row in values} == {"0", "1", "2"}


def test_parquet_holds_what_csv_holds(wherenow, town, tmp_path):
    pandas = pytest.importorskip("pandas")
    for suffix in ("csv", "parquet"):
        wherenow("run", town, "--draws", 3, "--out", tmp_path / f"out.{suffix}")
    frame = pandas.read_parquet(tmp_path / "out.parquet")
    assert np.array_equal(frame.to_numpy(), pandas.read_csv(tmp_path / "out.csv", float_precision="round_trip"))


def test_netcdf_holds_units_and_the_record_of_the_run(wherenow, town, tmp_path):
    xarray = pytest.importorskip("xarray")
    wherenow("run", town, "--draws", 3, "--seed", 7, "--out", tmp_path / "out.nc")
    with xarray.open_dataset(tmp_path / "out.nc", engine="h5netcdf") as dataset:
        assert dataset["population"].dims == ("draw", "time")
        assert dataset["population"].attrs["units"] == "person"
        assert '"seed": 7' in dataset.attrs["record"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--out", "out.txt"), "'out.txt' has none of the endings .csv, .tab, .nc, .parquet"),
        (("--out", "out.csv", "--set", "Room Temperature"), "--set takes NAME=VALUE with a number"),
        (("--out", "out.csv", "--set", "Room Temperature=warm"), "--set takes NAME=VALUE with a number"),
        (("--out", "out.csv", "--set", "Room Temprature=60"), "did you mean 'room_temperature'"),
        (("--out", "out.csv", "--engine", "natve"), "did you mean 'native'"),
        (("--out", "out.csv", "--scenario", "war"), "no scenario 'war'"),
        (("--out", "out.csv", "--save", "Tea"), "no variable 'Tea'"),
        (("--out", "nowhere/out.csv"), "cannot write"),
    ],
)
def test_misuse_is_reported_and_exits_2(wherenow, teacup, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    result = wherenow("run", teacup, *words)
    assert message in result.output
    assert result.exit_code == 2


def test_a_missing_model_is_reported(wherenow, tmp_path):
    result = wherenow("run", tmp_path / "tea.mdl", "--out", tmp_path / "out.csv")
    assert "there is nothing at" in result.output
    assert result.exit_code == 2


def test_a_file_of_another_kind_is_reported(wherenow, tmp_path):
    (tmp_path / "tea.txt").write_text("hot")
    result = wherenow("run", tmp_path / "tea.txt", "--out", tmp_path / "out.csv")
    assert "tea.txt: not a case folder, and no model file" in result.output
    assert result.exit_code == 2


def test_nothing_is_left_where_writing_fails(wherenow, teacup, tmp_path):
    (tmp_path / "out.csv").mkdir()
    assert wherenow("run", teacup, "--out", tmp_path / "out.csv").exit_code == 2
    assert [p.name for p in tmp_path.iterdir() if p.name.endswith(".part")] == []


def test_parameters_are_varied_by_distributions(wherenow, teacup, tmp_path):
    words = ("--draws", 200, "--vary", "Room Temperature=normal(70, 5)", "--save", "Room Temperature")
    result = wherenow("run", teacup, *words, "--out", tmp_path / "out.csv")
    assert "200 runs" in result.output
    rooms = {float(row[2]) for row in rows(tmp_path / "out.csv")[1:]}
    assert len(rooms) == 200
    assert np.mean(sorted(rooms)) == pytest.approx(70, abs=0.1)


def test_varying_alone_makes_a_thousand_runs(wherenow, teacup):
    assert "1000 runs" in wherenow("run", teacup, "--vary", "Room Temperature=normal(70, 5)").output


def test_a_table_of_parameters_is_a_run_each_row(wherenow, teacup, tmp_path):
    (tmp_path / "table.csv").write_text("Room Temperature,Characteristic Time (hour)\n180,1\n70,0.5\n")
    words = ("--params", tmp_path / "table.csv", "--save", "Characteristic Time", "--save", "Teacup Temperature")
    wherenow("run", teacup, *words, "--out", tmp_path / "out.csv")
    _, *values = rows(tmp_path / "out.csv")
    assert {row[0]: float(row[2]) for row in values} == {"0": pytest.approx(60), "1": pytest.approx(30)}
    assert {row[3] for row in values if row[0] == "0"} == {"180.0"}


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("Room Temprature\n1\n", "table.csv:1:1: error: there is no variable 'Room Temprature'"),
        ("Room Temperature\nwarm\n", "table.csv:2:1: error: 'warm' is not a finite number"),
        ("Room Temperature,Characteristic Time\n1\n", "table.csv:2:1: error: the row has 1 fields, not 2"),
        ("Characteristic Time (person)\n1\n", "table.csv:1:1: error: person cannot be converted to Minutes"),
        ("Room Temperature\n", "has no runs"),
    ],
)
def test_a_table_that_is_wrong_is_reported_with_its_place(wherenow, teacup, tmp_path, table, told):
    (tmp_path / "table.csv").write_text(table)
    result = wherenow("run", teacup, "--params", tmp_path / "table.csv")
    assert told in result.output
    assert result.exit_code == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--vary", "Heat Loss=normal(1, 1)"), "computed by the model"),
        (("--vary", "Room Temperature"), "--vary takes NAME=DISTRIBUTION"),
        (("--vary", "Room Temperature=normall(1, 1)"), "did you mean 'normal'"),
        (("--params", "table.csv", "--draws", "3"), "it excludes --draws and --vary"),
        (("--params", "nowhere.csv"), "nowhere.csv"),
    ],
)
def test_a_parameter_that_cannot_be_varied_is_reported(wherenow, teacup, words, told):
    result = wherenow("run", teacup, *words)
    assert told in result.output
    assert result.exit_code in (1, 2)

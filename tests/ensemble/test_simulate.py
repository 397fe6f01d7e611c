import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from wherenow.case.case_types import Case
from wherenow.case.reader import read_case
from wherenow.ensemble import save
from wherenow.ensemble import simulate as simulation
from wherenow.ensemble.draws import POSTERIOR, Draws, draw
from wherenow.ensemble.simulate import prepare, simulate
from wherenow.errors import UsageError


@pytest.fixture(scope="module")
def town() -> Case:
    return read_case(Path(__file__).parents[1] / "cases" / "town")


def run(town: Case, draws: Draws, scenario=None, outputs=None):
    return simulate(town, draws, scenario, outputs, engine="reference")


def test_each_draw_runs_with_its_own_parameters(town):
    draws = draw(town, 16)
    runs = run(town, draws)
    steps = 24 * (runs.times - 2000)
    expected = 1000 * (1 + draws["birth_rate"] / 24) ** steps[:, None]
    assert runs["population"] == pytest.approx(expected)


def test_the_central_run_has_every_parameter_at_its_centre(town):
    runs = run(town, draw(town, 3))
    assert runs.at_centre("population")[-1] == pytest.approx(1000 * (1 + 0.02 / 24) ** 480)


def test_a_parameter_that_is_not_drawn_keeps_its_central_value(town):
    runs = run(town, Draws(names=("capacity",), values=np.array([[100.0, 200.0]]), seed=0, design="by hand"))
    assert runs["population"][-1] == pytest.approx([runs.at_centre("population")[-1]] * 2)
    assert runs["thirst"][0] == pytest.approx([1000 / 300, 1000 / 600])


def test_posterior_draws_run_like_any_other_and_are_labelled(town):
    runs = run(town, Draws(names=("birth_rate",), values=np.array([[0.01]]), seed=0, design="emcee", basis=POSTERIOR))
    assert runs.record.basis == "posterior"


def test_a_part_of_the_draws_gives_a_part_of_the_runs(town):
    draws = draw(town, 12)
    assert np.array_equal(run(town, draws.take(5, 9))["population"], run(town, draws)["population"][:, 5:9])


def test_a_scenario_may_set_a_parameter(town):
    assert run(town, draw(town, 2), "no-births")["population"][-1].tolist() == [1000, 1000]


def test_a_scenario_may_leave_an_event_out(town):
    draws = draw(town, 2)
    at_2009 = 9 * 12
    assert run(town, draws)["digging"][at_2009].tolist() == [2, 2]
    assert run(town, draws, "no-drought")["digging"][at_2009].tolist() == [1, 1]


def test_a_scenario_may_hold_a_stock(town):
    draws = draw(town, 2)
    base, held = run(town, draws)["population"], run(town, draws, "hold")["population"]
    assert np.array_equal(held[:120], base[:120])
    assert held[-1] == pytest.approx(base[120], rel=2e-3)
    assert np.array_equal(held[121], held[-1])


def test_a_scenario_saves_the_same_series_as_the_base(town):
    draws = draw(town, 2)
    assert run(town, draws, "hold").names == run(town, draws).names


def test_only_what_is_asked_for_is_saved_in_that_order(town):
    assert run(town, draw(town, 2), outputs=["wells", "population", "wells[south]"]).names == (
        "wells[north]", "wells[south]", "population")  # fmt: skip


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"scenario": "no-drougt"}, "no scenario 'no-drougt': did you mean 'no-drought'"),
        ({"outputs": ["popultion"]}, "no variable 'popultion' to save: did you mean 'population'"),
        ({"engine": "natve"}, "no engine 'natve': did you mean 'native'"),
        (
            {"draws": Draws(names=("birt_rate",), values=np.ones((1, 1)), seed=0, design="by hand")},
            "'birt_rate' is not a parameter",
        ),
    ],
)
def test_a_wrong_call_is_reported(town, given, message):
    with pytest.raises(UsageError, match=message):
        simulate(town, **{"draws": draw(town, 1), "engine": "reference", **given})


def test_the_record_tells_how_to_make_the_run_again(town):
    record = run(town, draw(town, 4, seed=9), "hold").record.to_dict()
    assert json.loads(json.dumps(record)) == record
    assert (record["case"], record["case_hash"], record["scenario"]) == ("town", town.hash, "hold")
    assert (record["seed"], record["draws"], record["design"], record["basis"]) == (9, 4, "sobol", "prior only")
    assert record["engine"] == "reference"
    assert set(record["seconds"]) == {"model", "compile", "run"}
    assert record["libraries"]["numpy"] == np.__version__


def test_a_dataset_has_draws_times_array_axes_units_and_the_record(town):
    runs = run(town, draw(town, 5))
    dataset = runs.to_dataset()
    assert dataset["wells"].dims == ("draw", "time", "side")
    assert dataset["wells"].sel(side="south", draw=3).values.tolist() == runs["wells[south]"][:, 3].tolist()
    assert dataset["population"].attrs == {"units": "person", "long_name": "Population"}
    assert dataset["time"].attrs["units"] == "year"
    assert dataset["parameter_birth_rate"].values.tolist() == runs.draws["birth_rate"].tolist()
    assert json.loads(dataset.attrs["record"]) == runs.record.to_dict()


def test_a_dataset_of_one_element_has_that_element_only(town):
    dataset = run(town, draw(town, 2), outputs=["wells[south]"]).to_dataset()
    assert dataset["wells"].sizes == {"draw": 2, "time": 241, "side": 1}


def test_a_dataset_can_be_written_and_read(town, tmp_path):
    import xarray

    dataset = run(town, draw(town, 3)).to_dataset()
    dataset.to_netcdf(tmp_path / "runs.nc", engine="h5netcdf")
    with xarray.open_dataset(tmp_path / "runs.nc", engine="h5netcdf") as read:
        assert read.identical(dataset)


def test_quantiles_leave_out_draws_that_failed(town):
    runs = run(town, draw(town, 4))
    values = runs["population"].copy()
    values[5:, 0] = np.nan
    from wherenow.ensemble.runs import quantiles_over_draws

    assert quantiles_over_draws(values, (0.5,))[0] == pytest.approx(np.median(values[:, 1:], axis=1))
    assert np.isnan(quantiles_over_draws(values * np.nan, (0.5,))).all()


def test_an_unsaved_name_is_reported(town):
    runs = run(town, draw(town, 1), outputs=["population"])
    with pytest.raises(UsageError, match="'births' was not saved"):
        runs["births"]


@pytest.mark.parametrize(("draws", "width"), [(1, 1), (2, 2), (3, 4), (8, 8)])
def test_a_few_draws_of_a_large_model_take_no_memory_for_empty_lanes(town, monkeypatch, draws, width):
    monkeypatch.setattr(simulation, "LARGE", 0)
    simulation._backend.cache_clear()
    assert prepare(town, draws=draws).backend.width == width
    simulation._backend.cache_clear()


def test_a_table_has_the_same_rows_however_many_are_written_at_a_time(town, monkeypatch, tmp_path):
    runs = run(town, draw(town, 3))
    texts = []
    for block in (save.BLOCK, 1, 50):
        monkeypatch.setattr(save, "BLOCK", block)
        save.save_runs(runs, tmp_path / "runs.csv")
        texts.append((tmp_path / "runs.csv").read_text())
    assert texts[0] == texts[1] == texts[2]
    assert len(texts[0].splitlines()) == 1 + 3 * len(runs.times)


def test_writing_a_table_takes_the_memory_of_the_rows_that_are_written_at_a_time(town, monkeypatch, tmp_path):
    runs, peaks = run(town, draw(town, 1)), []
    for block in (100, 100, 10**9):  # the first time imports modules
        monkeypatch.setattr(save, "BLOCK", block)
        tracemalloc.start()
        save.save_runs(runs, tmp_path / "runs.csv")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 0.8 * peaks[2]

"""One run of a model: what may be given, and what comes back."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from tests.exchange.xmile.files import xmile

import wherenow
from wherenow import UsageError


def test_a_run_is_a_dataset_by_time_with_units(teacup):
    run = teacup.run()
    assert isinstance(run, xr.Dataset)
    assert dict(run.sizes) == {"time": 241}
    assert run["teacup_temperature"].attrs == {"units": "Degrees Fahrenheit", "long_name": "Teacup Temperature"}


def test_a_table_of_a_run_is_one_call_away(teacup):
    assert teacup.run().to_dataframe().loc[0.0, "teacup_temperature"] == 180


def test_a_dimension_or_the_draws_may_be_called_like_a_variable(tmp_path):
    array = '<aux name="{}"><dimensions><dim name="Region"/></dimensions><eqn>2</eqn></aux>'
    names = "".join(f'<aux name="{name}"><eqn>3</eqn></aux>' for name in ("Region", "Draw")) + array.format("y")
    dimension = '<dimensions><dim name="Region"><elem name="A"/><elem name="B"/></dim></dimensions>'
    text = xmile(names).replace("<model>", f"{dimension}<model>", 1)
    (tmp_path / "m.xmile").write_text(text)
    model = wherenow.open(tmp_path / "m.xmile")
    assert model.run()["y"].sel(region_axis="a")[0] == 2
    assert model.sample(n=2).to_dataset()["draw"].dims == ("draw_axis", "time")


def test_changes_to_one_run_leave_later_runs_as_they_are(teacup):
    run = teacup.run()
    first = run.copy(deep=True)
    run["teacup_temperature"].attrs["units"] = "Kelvin"
    run["teacup_temperature"][:] = 0
    run.attrs["note"] = "changed"
    run["twice"] = 2 * run["room_temperature"]
    later = teacup.run()
    xr.testing.assert_identical(later.drop_attrs(), first.drop_attrs())
    assert later["teacup_temperature"].attrs["units"] == "Degrees Fahrenheit"
    assert "note" not in later.attrs


def test_one_run_holds_no_more_memory_than_its_values(teacup):
    values = teacup.run()["teacup_temperature"].to_numpy()
    assert values.base.nbytes == 8 * 241 * 4


def test_parameters_are_named_in_any_spelling(teacup):
    runs = [teacup.run({name: 20})["teacup_temperature"] for name in ("Room Temperature", "room_temperature")]
    assert (runs[0] == runs[1]).all()
    assert runs[0][-1] < teacup.run()["teacup_temperature"][-1]


@pytest.mark.parametrize(
    "path", [pd.Series([60.0, 90.0], [0, 30]), lambda t: 60 + t, xr.DataArray([60.0, 90.0], {"time": [0, 30]}, "time")]
)
def test_a_path_over_time_is_followed(teacup, path):
    found = teacup.run({"room temperature": path})["room_temperature"]
    np.testing.assert_allclose(found, 60 + found.time, rtol=1e-12)


def test_a_function_that_jumps_jumps_on_the_step(teacup):
    found = teacup.run({"room temperature": lambda t: 70.0 if t < 15 else 80.0})["room_temperature"]
    assert (found == np.where(found.time < 15, 70.0, 80.0)).all()


def test_runge_kutta_asks_a_function_in_the_middle_of_steps(tmp_path):
    path = tmp_path / "square.xmile"
    path.write_text(
        '<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"><header><vendor>v</vendor>'
        '<product version="1">p</product></header><sim_specs method="RK4"><start>0</start><stop>3</stop><dt>1</dt>'
        '</sim_specs><model><variables><stock name="x"><eqn>0</eqn><inflow>f</inflow></stock><flow name="f"><eqn>0'
        "</eqn></flow></variables></model></xmile>",
        encoding="utf-8",
    )
    run = wherenow.open(path).run({"f": lambda t: t * t})  # Simpson's rule is exact here
    np.testing.assert_allclose(run["x"], run.time**3 / 3, atol=1e-12)


def test_a_value_replaces_an_equation(teacup):
    run = teacup.run({"heat loss to room": 2})
    np.testing.assert_allclose(run["teacup_temperature"], 180 - 2 * run.time, rtol=1e-12)


def test_first_values_of_stocks_are_given(teacup):
    assert teacup.run(initial={"teacup temperature": 33})["teacup_temperature"][0] == 33


def test_first_values_of_arrays_are_given_by_element(arrays):
    run = arrays.run(initial={"stock[south]": 7})
    assert run["stock"].sel(region="south")[0] == 7
    assert run["stock"].sel(region="north")[0] == 1


def test_arrays_take_one_number_an_array_or_one_element(arrays):
    for given, wanted in (
        ({"rate": 0.5}, [0.5, 0.5]),
        ({"rate": [0.3, 0.4]}, [0.3, 0.4]),
        ({"rate[south]": 0.9}, [0.1, 0.9]),
    ):
        assert arrays.run(given)["rate"].isel(time=0).to_numpy().tolist() == wanted


def test_one_element_follows_a_path_of_its_own(arrays):
    run = arrays.run({"rate[north]": pd.Series([0.0, 4.0], [0, 4]), "inflow[south]": 1})
    assert run["rate"].sel(region="north").to_numpy().tolist() == [0, 1, 2, 3, 4]
    assert run["rate"].sel(region="south").to_numpy().tolist() == [0.2] * 5
    assert run["stock"].sel(region="south").to_numpy().tolist() == [2, 3, 4, 5, 6]


def test_a_lookup_takes_its_points(arrays):
    assert arrays.run({"table": pd.Series([0.0, 5.0], [0, 10])})["looked"][-1] == 2


def test_the_clock_is_given(teacup):
    run = teacup.run(start=5, stop=10, dt=0.5, save=2.5)
    assert run.time.to_numpy().tolist() == [5, 7.5, 10]


def test_saves_follow_the_step_where_every_step_was_saved(teacup):
    assert len(teacup.run(dt=1, stop=4).time) == 5


def test_only_what_is_asked_for_comes_back(arrays):
    run = arrays.run(returns=["stock[north]", "Outside"])
    assert set(run.data_vars) == {"stock", "outside"}


def test_a_scenario_of_a_case_runs():
    case = wherenow.open("school-influenza")
    name = next(iter(case.case.scenarios))
    assert not case.run(scenario=name).equals(case.run())


def test_running_changes_nothing(teacup):
    before = teacup.run()
    teacup.run({"room temperature": 0, "heat loss to room": 3}, initial={"teacup temperature": 1}, stop=3)
    assert teacup.run().equals(before)


def test_a_value_that_is_not_a_finite_number_is_reported(teacup):
    with pytest.warns(RuntimeWarning, match="heat_loss_to_room is .* at time 0"):
        teacup.run({"characteristic time": 0})


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (({"room temprature": 1},), "did you mean 'room_temperature'"),
        (({"FINAL TIME": 1},), "give stop="),
        (({"room temperature": [1, 2]},), "takes one number or 1, not 2"),
        (({"room temperature": "warm"},), "not a value for 'room_temperature'"),
        (({"room temperature": float("nan")},), "not finite"),
        (({"room temperature": pd.Series([1.0, 2.0], [1, 1])},), "two values at time 1"),
        (({"room temperature": pd.Series([1.0], ["monday"])},), "has no times"),
        (({"room temperature": lambda t: None},), "gives no number at time 0"),
    ],
)
def test_impossible_input_is_reported(teacup, arguments, told):
    with pytest.raises(UsageError, match=told):
        teacup.run(*arguments)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"dt": 0}, "dt must be above 0"),
        ({"stop": -1}, "before its start"),
        ({"save": 0.2}, "whole number of steps"),
        ({"initial": {"room temperature": 3}}, "is not a stock"),
        ({"returns": ["tea"]}, "no variable 'tea'"),
        ({"scenario": "none"}, "no scenario 'none'"),
    ],
)
def test_impossible_settings_are_reported(teacup, settings, told):
    with pytest.raises(UsageError, match=told):
        teacup.run(**settings)


def test_a_missing_element_is_reported(arrays):
    with pytest.raises(UsageError, match=r"no element \[east\]"):
        arrays.run({"rate[east]": 1})


def test_features_that_an_import_omits_are_reported(tmp_path):
    path = tmp_path / "flawed.xmile"
    path.write_text(
        '<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"'
        ' xmlns:isee="http://iseesystems.com/XMILE"><isee:payoff/><sim_specs><start>0</start><stop>1</stop></sim_specs>'
        '<model><variables><aux name="a"><eqn>1</eqn></aux></variables></model></xmile>',
        encoding="utf-8",
    )
    with pytest.warns(UserWarning, match="payoff"):
        model = wherenow.open(path)
    assert model.warnings


@pytest.mark.parametrize("content", ["Time,rain\n0,1\n2,3\n", "Time;rain\n0;1,0\n2;3\n", "Time\train\r0\t1\r2\t3\r"])
def test_data_that_a_vensim_model_names_are_given(tmp_path, content):
    path, table = tmp_path / "rain.mdl", tmp_path / "elsewhere.csv"
    path.write_text("rain ~~|\nwet= rain * 2 ~~|\nINITIAL TIME=0~~|FINAL TIME=2~~|TIME STEP=1~~|SAVEPER=1~~|")
    table.write_text(content, newline="")
    with pytest.warns(UserWarning, match="read from 'elsewhere.csv'"):
        run = wherenow.open(path, data=[table]).run()
    assert run["wet"].to_numpy().tolist() == [2, 4, 6]


@pytest.mark.parametrize("missing", ["arviz", "anywidget", "SALib"])
def test_a_part_that_is_not_installed_is_named_with_what_to_type(epidemic, monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    vary = {"contact rate": "lognormal(8, 0.3)"}
    act = {
        "arviz": lambda: epidemic.fit(pd.Series([1.0], [1], name="infectious"), vary),
        "anywidget": lambda: epidemic.sliders({"contact rate": (2, 20)}),
        "SALib": lambda: epidemic.sensitivity("infectious", vary),
    }[missing]
    with pytest.raises(UsageError, match=f"{missing}, which is not installed: pip install 'wherenow"):
        act()


def test_an_element_without_an_equation_is_undefined_in_a_run(tmp_path):
    path = tmp_path / "m.mdl"
    path.write_text(
        "A: a1, a2 ~~|\nB: b1, b2, b3 ~~|\nx[A, B] :EXCEPT: [a1, b1] = A * 10 + B ~~|\ny[A, B] = 1 ~~|\n"
        "INITIAL TIME = 0 ~~|\nFINAL TIME = 1 ~~|\nTIME STEP = 1 ~~|\nSAVEPER = 1 ~~|\n"
    )
    run = wherenow.open(path).run()
    assert run["x"].dims == ("time", "a", "b")
    np.testing.assert_array_equal(run["x"].values[0], [[np.nan, 12, 13], [21, 22, 23]])
    assert run["x"].sel(a="a2", b="b1").values.tolist() == [21, 21]
    drawn = wherenow.open(path).sample({}, n=2, seed=1).to_dataset()
    np.testing.assert_array_equal(drawn["x"].values[1, 0], run["x"].values[0])

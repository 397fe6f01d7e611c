"""A planted truth is recovered, by fitting to data and by optimization."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import wherenow
from wherenow import InputError, UsageError

QUICK = {"runs": 2, "particles": 128, "rounds": 3}


@pytest.fixture(scope="module")
def planted():
    """An epidemic with a contact rate of 7 and 3 people at the start, measured with errors of a tenth."""
    model = wherenow.open("epidemic.mdl")
    truth = model.run({"contact rate": 7}, initial={"infectious": 3}).to_dataframe()[["infectious", "recovered"]]
    seen = truth.iloc[5:60:5]
    return seen * np.exp(np.random.default_rng(1).normal(0, 0.1, seen.shape))


@pytest.fixture(scope="module")
def fitted(planted):
    priors, first = {"contact rate": "lognormal(8, 0.3)"}, {"infectious": "lognormal(2, 0.5)"}
    return wherenow.open("epidemic.mdl").fit(planted, priors, errors="lognormal(0.1)", initial=first, **QUICK)


def test_planted_parameters_lie_within_what_is_found(fitted):
    table = fitted.table()
    for name, truth in (("contact_rate", 7), ("infectious at the start", 3)):
        assert table.loc[name, "5 %"] < truth < table.loc[name, "95 %"]
    assert table.loc["contact_rate", "95 %"] - table.loc["contact_rate", "5 %"] < 0.5


def test_the_posterior_runs_on_beyond_the_data(fitted):
    runs = fitted.runs(64)
    assert runs.record.basis == "posterior"
    assert runs.times[-1] == 100
    assert (runs["infectious"][0] != 1).all()


def test_a_fan_of_the_posterior_has_the_data_on_it(fitted, planted):
    assert fitted.plot("infectious", n=32).svg.count('class="datum"') == len(planted)


def test_a_fit_shows_itself(fitted):
    assert "contact_rate" in fitted._repr_html_()
    assert "R-hat" in repr(fitted)


def test_settings_hold_while_fitting(teacup):
    data = teacup.run({"room temperature": 50}).to_dataframe()["teacup_temperature"][::40]
    priors, fixed = {"characteristic time": "lognormal(12, 0.3)"}, {"room temperature": 50}
    table = teacup.fit(data, priors, errors="normal(1)", params=fixed, **QUICK).table()
    assert table.loc["characteristic_time", "median"] == pytest.approx(10, abs=0.5)


def test_elements_of_arrays_are_fitted(arrays):
    data = pd.DataFrame(
        {"stock[south]": arrays.run({"rate[south]": 0.3})["stock"].sel(region="south").to_numpy()}, range(5)
    )
    table = arrays.fit(data, {"rate[south]": "uniform(0, 1)"}, **QUICK).table()
    assert table.loc["rate[south]", "median"] == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (pd.Series([1.0], [0], name="tea"), "no variable 'tea'"),
        (pd.Series([np.nan], [0], name="teacup temperature"), "holds no data"),
        (pd.Series([1.0], pd.to_datetime(["2020-01-01"]), name="teacup temperature"), "by date"),
    ],
)
def test_data_that_measure_nothing_are_reported(teacup, data, told):
    with pytest.raises(UsageError, match=told):
        teacup.fit(data, {"room temperature": "normal(70, 5)"}, **QUICK)


def test_an_invalid_error_model_is_reported(teacup):
    data = pd.Series([170.0], [1], name="teacup temperature")
    with pytest.raises(InputError, match="no error model 'gauss'"):
        teacup.fit(data, {"room temperature": "normal(70, 5)"}, errors="gauss(1)", **QUICK)


def test_the_least_of_a_known_function_is_found(teacup):
    def miss(runs):
        return (runs["teacup temperature"][80] - 100) ** 2

    best = teacup.optimize(miss, {"characteristic time": (1, 60)}, returns=["teacup temperature"])
    euler = 0.125 / (1 - (30 / 110) ** (1 / 80))  # 70 + 110 (1 - 0.125 / T) ** 80 = 100
    assert best.params["characteristic_time"] == pytest.approx(euler, rel=1e-6)
    assert best.converged


def test_the_greatest_of_a_formula_is_found_at_the_bounds(epidemic):
    over = {"contact rate": (2, 10), "duration": (2, 10)}
    best = epidemic.optimize("max(infectious, 0, 100)", over, maximize=True)
    assert best.params == pytest.approx({"contact_rate": 10, "duration": 10})
    assert best.value == pytest.approx(float(epidemic.run(best.params)["infectious"].max()))


@pytest.mark.parametrize(
    ("over", "told"),
    [({}, "there is nothing to optimize over"), ({"duration": (3, 2)}, "the lower first"),
     ({"duration": 3}, "are a pair"), ({"infecting": (1, 2)}, "computed by the model")],
)  # fmt: skip
def test_impossible_bounds_are_reported(epidemic, over, told):
    with pytest.raises(UsageError, match=told):
        epidemic.optimize("infectious", over)


def test_a_function_of_the_wrong_shape_is_reported(teacup):
    with pytest.raises(UsageError, match="one number per run"):
        teacup.optimize(lambda runs: runs["teacup temperature"], {"characteristic time": (1, 60)})

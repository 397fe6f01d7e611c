"""Many runs: drawn, from a table, and what an outcome depends on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import wherenow
from wherenow import InputError, UsageError

ANALYTIC = {"room temperature": "normal(70, 5)", "characteristic time": "lognormal(10, 0.1)"}


def test_draws_follow_the_distributions_given(teacup):
    runs = teacup.sample(ANALYTIC, n=4096, seed=1)
    assert runs["room temperature"][0].mean() == pytest.approx(70, abs=0.01)
    assert np.median(runs["characteristic time"][0]) == pytest.approx(10, rel=1e-3)
    assert np.log(runs["characteristic time"][0]).std() == pytest.approx(0.1, rel=0.01)


def test_every_draw_is_the_run_at_its_parameters(teacup):
    runs = teacup.sample(ANALYTIC, n=5, seed=2)
    for k in range(5):
        alone = teacup.run({name: runs.draws[name][k] for name in runs.draws.names})
        assert (alone["teacup_temperature"].to_numpy() == runs["teacup_temperature"][:, k]).all()


def test_first_values_are_drawn(teacup):
    runs = teacup.sample({}, n=64, seed=1, initial={"teacup temperature": "uniform(100, 200)"})
    first = runs["teacup temperature"][0]
    assert first.min() < 105
    assert first.max() > 195


def test_first_values_and_settings_are_given(teacup):
    runs = teacup.sample(ANALYTIC, n=4, initial={"teacup temperature": 50}, params={"characteristic time": 3}, stop=1)
    assert (runs["teacup temperature"][0] == 50).all()
    assert (runs["characteristic time"] == 3).all()
    assert runs.times[-1] == 1


def test_a_case_draws_from_its_own_priors():
    case = wherenow.open("school-influenza")
    assert set(case.sample(n=8).draws.names) == set(case.case.priors)


def test_rows_of_a_table_are_runs_in_order(epidemic):
    table = pd.DataFrame({"contact rate": [4.0, 8.0, 16.0], "duration": [5.0, 5.0, 2.5]})
    peaks = epidemic.sweep(table)["infectious"].max(axis=0)
    assert peaks[0] < peaks[1]
    alone = epidemic.run({"contact rate": 16.0, "duration": 2.5})["infectious"].max()
    assert peaks[2] == alone


def test_elements_of_arrays_are_varied(arrays):
    assert arrays.sweep({"rate[south]": [0.0, 1.0]})["rate[south]"][0].tolist() == [0, 1]


def test_the_parameter_that_matters_more_comes_first(epidemic):
    vary = {"contact rate": "lognormal(8, 0.3)", "duration": "lognormal(5, 0.05)"}
    found = epidemic.sensitivity("max(infectious, 0, 100)", vary, base=64)
    assert [index.name for index in found.indices[:2]] == ["contact_rate", "duration"]


def test_a_fan_shows_itself_without_any_library(epidemic):
    picture = epidemic.sample({"contact rate": "lognormal(8, 0.3)"}, n=16).plot("infectious")
    bundle = picture._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<svg ")
    assert 'xmlns="http://www.w3.org/2000/svg"' in bundle["image/svg+xml"]
    assert "var(--" not in bundle["image/svg+xml"]


def test_with_altair_a_fan_is_interactive_as_well(epidemic):
    pytest.importorskip("altair")
    data = pd.Series([1.0, 30.0], [0, 20])
    picture = epidemic.sample({"contact rate": "lognormal(8, 0.3)"}, n=16).plot("infectious", data)
    (kind,) = [k for k in picture._repr_mimebundle_() if "vegalite" in k]
    assert len(picture._repr_mimebundle_()[kind]["layer"]) == 4


def test_a_fan_is_saved_as_a_file_of_its_own(epidemic, tmp_path):
    picture = epidemic.sample({"contact rate": "lognormal(8, 0.3)"}, n=16).plot("infectious")
    assert picture.save(tmp_path / "fan.svg").read_text(encoding="utf-8") == picture.svg
    with pytest.raises(UsageError, match=r"written as \.svg or \.png"):
        picture.save(tmp_path / "fan.jpg")


def test_a_fan_is_saved_as_pixels_too(epidemic, tmp_path):
    picture = epidemic.sample({"contact rate": "lognormal(8, 0.3)"}, n=16).plot("infectious")
    assert picture.save(tmp_path / "fan.png").read_bytes().startswith(b"\x89PNG")


def test_runs_show_where_they_end(epidemic):
    shown = epidemic.sample({"contact rate": "lognormal(8, 0.3)"}, n=16)._repr_html_()
    assert "16 runs, 0 to 100 day" in shown
    assert "susceptible" in shown


@pytest.mark.parametrize(
    ("vary", "told"),
    [
        ({"infecting": "normal(1, 1)"}, "computed by the model"),
        ({"rate": "normal(1, 1)"}, "no variable 'rate'"),
    ],
)
def test_a_parameter_that_cannot_be_varied_is_reported(epidemic, vary, told):
    with pytest.raises(UsageError, match=told):
        epidemic.sample(vary, n=4)


def test_an_array_is_varied_by_element(arrays):
    with pytest.raises(UsageError, match="has 2 elements: name one"):
        arrays.sample({"rate": "normal(1, 1)"}, n=4)


def test_an_invalid_distribution_is_reported(epidemic):
    with pytest.raises(InputError, match="lognormal"):
        epidemic.sample({"contact rate": "lognormall(8, 0.3)"}, n=4)


@pytest.mark.parametrize(
    "table", [{}, {"duration": []}, {"duration": ["a"]}, {"duration": [1, 2], "contact rate": [1]}]
)
def test_an_invalid_table_is_reported(epidemic, table):
    with pytest.raises(UsageError, match=r"no columns|no rows|not a number|different lengths"):
        epidemic.sweep(table)


def test_an_invalid_setting_is_reported(epidemic):
    with pytest.raises(UsageError, match="no setting 'until'"):
        epidemic.sample({}, n=4, until=3)

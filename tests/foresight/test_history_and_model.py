"""What a series' own record forecasts, and what the model does with its intercept corrected."""

from pathlib import Path

import numpy as np
import pytest
from tests.foresight.data import plain_record, walk_record
from tests.foresight.worlds import series

from wherenow.case.observation import ErrorModel, Observation
from wherenow.case.reader import read_case
from wherenow.errors import Text
from wherenow.foresight.ingredients.history import ANALOGUES, METHODS, analogues, histories
from wherenow.foresight.ingredients.level import Known, steps
from wherenow.foresight.ingredients.model_forecasts import CORRECTED, FITTED, model_forecasts
from wherenow.foresight.ingredients.record import record
from wherenow.foresight.ingredients.structures import unfitted
from wherenow.foresight.series_forecast import known

DATES = np.array([30.0, 31.0, 33.0])


def drawn(r, dates=DATES, draws=400, seed=0):
    moves = steps({r.name: r})
    return histories(Known({r.name: r}, moves), r.name, dates, np.random.default_rng(seed), draws)


def test_every_method_forecasts_a_long_series():
    assert set(drawn(walk_record(30))) == {*METHODS, ANALOGUES}


def test_three_data_still_have_a_random_walk():
    assert "random walk" in drawn(walk_record(3))


def test_no_method_forecasts_a_count_that_is_negative_or_in_parts():
    counts = series("x", np.arange(30.0), np.random.default_rng(1).poisson(2.0, 30).astype(float))
    r = record(counts, Observation(series="x", of=Text("x"), error=ErrorModel("counts", (0.3,)), text=Text("x")))
    for values in drawn(r).values():
        assert (values >= 0).all()
        assert (values == np.round(values)).all()


def test_no_method_forecasts_a_share_outside_its_range():
    shares = series("x", np.arange(30.0), np.linspace(0.9, 0.99, 30))
    r = record(shares, Observation(series="x", of=Text("x"), error=ErrorModel("logitnormal", (0.3,)), text=Text("x")))
    for values in drawn(r).values():
        assert ((values >= 0) & (values <= 1)).all()


@pytest.mark.parametrize("name", [*METHODS, ANALOGUES])
def test_the_maximum_over_a_window_is_larger_than_any_one_value(name):
    values = drawn(plain_record(30))[name]
    assert np.median(values.max(axis=0)) > np.median(values, axis=1).max()


def test_analogues_need_ten_stretches_that_are_long_enough():
    def found(n: int):
        r = walk_record(n)
        moves = steps({r.name: r})
        dates = np.array([r.times[-1] + 1])
        return analogues(Known({r.name: r}, moves), r.name, dates, np.random.default_rng(0), 50)

    assert found(10) is None
    assert found(11) is not None


def test_a_planted_random_walk_lies_in_the_bands_of_its_forecast_as_often_as_they_say():
    inside = []
    for seed in range(150):
        whole = plain_record(33, seed)
        r = record(series("x", whole.times[:30], whole.y[:30]))
        values = drawn(r, np.array([32.0]), seed=seed)["random walk"]
        low, high = np.quantile(values, (0.05, 0.95))
        inside.append(low <= whole.y[32] <= high)
    assert 0.84 <= np.mean(inside) <= 0.96


@pytest.fixture(scope="module")
def line():
    return read_case(Path(__file__).parents[1] / "cases" / "line")


@pytest.fixture(scope="module")
def modelled(line):
    what = known(line)
    last = what.records["readings"].times[-1]
    return what, model_forecasts(unfitted(line, 200), what.records, {"readings": last + np.array([0.01, 0.02])}, 0, 200)


def test_the_model_forecasts_as_fitted_and_with_its_intercept_corrected(modelled):
    assert set(modelled[1]["readings"]) == {FITTED, CORRECTED}


def test_the_corrected_forecast_starts_at_the_latest_data(modelled):
    what, made = modelled
    record, moves = what.records["readings"], what.steps["readings"]
    starts = np.median(made["readings"][CORRECTED][0])
    assert abs(starts - record.y[-1]) < 2 * moves.typical(1.0)
    assert made["readings"][CORRECTED][0].std() < made["readings"][FITTED][0].std()


def test_a_series_that_the_model_does_not_observe_has_no_forecast_by_it(line, modelled):
    what, _ = modelled
    assert model_forecasts(unfitted(line, 50), what.records, {"other": np.array([11.0])}, 0, 50) == {}

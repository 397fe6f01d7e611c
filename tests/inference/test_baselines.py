import numpy as np
import pytest

from wherenow.inference.baselines import BASELINES, yearly

AHEAD = np.array([20.5, 21.5])
TIMES = np.arange(20) + 0.5


def forecast(name, values, times=TIMES, ahead=AHEAD, draws=4000):
    return BASELINES[name](times, np.asarray(values, float), ahead, np.random.default_rng(1), draws)


@pytest.mark.parametrize("name", list(BASELINES))
def test_too_few_data_give_no_forecast(name):
    assert forecast(name, [1.0, 2.0], times=TIMES[:2]) is None


@pytest.mark.parametrize("name", list(BASELINES))
def test_a_forecast_has_a_row_for_each_time_and_a_column_for_each_draw(name):
    values = np.random.default_rng(0).standard_normal(20).cumsum()
    assert forecast(name, values).shape == (2, 4000)


def test_persistence_is_around_the_last_value_and_widens_as_a_random_walk():
    walk = np.random.default_rng(0).standard_normal(20).cumsum()
    found = forecast("persistence", walk)
    step = np.sqrt(np.mean(np.diff(walk) ** 2))
    assert found.mean(axis=1) == pytest.approx([walk[-1]] * 2, abs=0.1)
    assert found.std(axis=1) == pytest.approx([step, step * np.sqrt(2)], rel=0.05)


def test_drift_goes_on_with_the_mean_slope():
    assert forecast("drift", 3 * TIMES).mean(axis=1) == pytest.approx(3 * AHEAD, abs=1e-6)


def test_climatology_is_around_the_mean_of_what_was():
    values = np.random.default_rng(0).standard_normal(20)
    assert forecast("climatology", values).mean(axis=1) == pytest.approx([values.mean()] * 2, abs=0.1)


@pytest.mark.parametrize("name", ["AutoETS", "AutoARIMA"])
def test_automatic_methods_follow_a_straight_line(name):
    values = 2 * TIMES + 0.1 * np.random.default_rng(0).standard_normal(20)
    assert forecast(name, values).mean(axis=1) == pytest.approx(2 * AHEAD, abs=1.0)


def test_yearly_means_fill_years_without_data():
    times, values = yearly(np.array([0.2, 0.8, 2.5]), np.array([1.0, 3.0, 6.0]))
    assert times == pytest.approx([0.5, 1.5, 2.5])
    assert values == pytest.approx([2.0, 4.0, 6.0])

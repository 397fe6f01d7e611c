import numpy as np
import pytest
from scipy.stats import norm

from wherenow.inference.checking.scores import scores, skill

DRAWS = norm.ppf((np.arange(4000) + 0.5) / 4000)


def score(draws, datum):
    return scores(draws[None], datum)[0]


def test_crps_of_a_normal_forecast_is_its_closed_form():
    """Gneiting & Raftery 2007, section 4.2."""
    x = 0.7
    expected = x * (2 * norm.cdf(x) - 1) + 2 * norm.pdf(x) - 1 / np.sqrt(np.pi)
    assert score(DRAWS, x).crps == pytest.approx(expected, abs=1e-3)


def test_the_interval_score_of_a_datum_inside_is_the_intervals_width():
    assert score(DRAWS, 0.0).interval == pytest.approx(2 * norm.ppf(0.95), abs=1e-2)


def test_the_interval_score_of_a_datum_outside_adds_what_it_missed_by():
    missed = 3.0 - norm.ppf(0.95)
    assert score(DRAWS, 3.0).interval == pytest.approx(2 * norm.ppf(0.95) + 20 * missed, abs=0.05)


def test_the_log_score_is_near_the_negative_log_density():
    assert score(DRAWS, 0.5).log == pytest.approx(-norm.logpdf(0.5), abs=0.03)


def test_the_log_score_of_something_impossible_is_finite():
    assert np.isfinite(score(DRAWS, 100.0).log)


def test_pit_is_the_share_below():
    assert score(DRAWS, 1.0).pit == pytest.approx(norm.cdf(1.0), abs=1e-3)


@pytest.mark.parametrize(("datum", "covered"), [(0.0, True), (1.6, True), (1.7, False), (-2.0, False)])
def test_a_datum_is_covered_between_the_twentieths(datum, covered):
    assert score(DRAWS, datum).covered is covered


def test_skill_is_what_part_of_the_others_score_is_saved():
    ours, theirs = np.full(40, 0.5), np.full(40, 1.0)
    value, low, high = skill(ours, theirs, np.arange(40).astype(str))
    assert (value, low, high) == pytest.approx((0.5, 0.5, 0.5))


def test_forecasts_that_share_their_noise_count_once():
    rng = np.random.default_rng(0)
    ours = np.repeat(rng.uniform(0.5, 1.5, 10), 20)
    apart = skill(ours, np.ones(200), np.arange(200).astype(str))
    together = skill(ours, np.ones(200), np.repeat(np.arange(10), 20).astype(str))
    assert together[2] - together[1] > 2 * (apart[2] - apart[1])

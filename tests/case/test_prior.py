"""Priors against SciPy's distributions, whole and truncated."""

import pickle
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from hypothesis import assume, given
from hypothesis import strategies as st

from wherenow.case.checking.oddities import _surely_longer
from wherenow.distributions.prior import LEAST_MASS, Prior, parse_prior, prior
from wherenow.errors import InputError, Text
from wherenow.language.syntax import Deferred, Number

TWINS = {
    "normal(2, 3)": scipy.stats.norm(2, 3),
    "lognormal(0.1, 0.5)": scipy.stats.lognorm(0.5, scale=0.1),
    "uniform(-1, 4)": scipy.stats.uniform(-1, 5),
    "loguniform(0.1, 10)": scipy.stats.loguniform(0.1, 10),
    "triangular(0, 1, 5)": scipy.stats.triang(0.2, 0, 5),
    "beta(2, 5)": scipy.stats.beta(2, 5),
    "beta(2, 5, -1, 3)": scipy.stats.beta(2, 5, -1, 4),
    "halfnormal(2)": scipy.stats.halfnorm(0, 2),
    "gamma(3, 2)": scipy.stats.gamma(3, scale=2),
    "exponential(4)": scipy.stats.expon(scale=4),
}
SHARES = np.linspace(0.001, 0.999, 41)


@pytest.mark.parametrize("written", TWINS)
def test_a_family_is_the_distribution_that_its_name_says(written):
    found, twin = parse_prior(Text(written)), TWINS[written]
    at = twin.ppf(SHARES)
    np.testing.assert_allclose(found.quantile(SHARES), at, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.cdf(at), SHARES, rtol=1e-9)
    assert found.median() == pytest.approx(twin.median(), rel=1e-9, abs=1e-12)
    assert found.mean() == pytest.approx(twin.mean(), rel=1e-9)


@pytest.mark.parametrize("written", TWINS)
def test_a_range_cuts_off_and_scales_up(written):
    twin = TWINS[written]
    low, high = float(twin.ppf(0.2)), float(twin.ppf(0.7))
    found = parse_prior(Text(written), low, high)
    at = np.linspace(low, high, 23)[1:-1]
    np.testing.assert_allclose(found.cdf(at), (twin.cdf(at) - 0.2) / 0.5, atol=1e-9)
    assert low < found.mean() < high


@given(st.sampled_from(sorted(TWINS)), st.floats(0.05, 0.45), st.floats(0.55, 0.95), st.floats(0, 1))
def test_every_quantile_lies_within_the_range_and_is_what_the_share_says(written, lower, upper, share):
    twin = TWINS[written]
    low, high = float(twin.ppf(lower)), float(twin.ppf(upper))
    found = parse_prior(Text(written), low, high)
    value = float(found.quantile(share))
    assert low <= value <= high
    assert float(found.cdf(value)) == pytest.approx(share, abs=1e-7)


@given(st.sampled_from(sorted(TWINS)), st.floats(1e-9, 1 - 1e-9), st.floats(1e-9, 1 - 1e-9))
def test_the_bound_that_spares_a_distribution_function_is_never_too_generous(written, one, other):
    twin = TWINS[written]
    low, high = sorted(float(twin.ppf(share)) for share in (one, other))
    assume(low < high)
    family = parse_prior(Text(written))
    found = Prior(family.name, family.arguments, low, high)
    assert not found._surely_has_mass() or twin.cdf(high) - twin.cdf(low) >= LEAST_MASS * (1 - 1e-9)


@pytest.mark.parametrize("written", ["lognormal(1, 40)", "normal(0, 1e-300)", "normal(0, 1000)"])
def test_moments_beyond_the_range_of_numbers_are_no_error(written):
    assert parse_prior(Text(written), -1.0, 5.0).high == 5


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ("normal(0, 1)", 6, 100),
        ("normal(0, 1e300)", -1, 5),
        ("lognormal(1, 0.1)", 6, 100),
        ("beta(40, 40)", 0.9, 1),
        ("gamma(2, 1e200)", 0, 5),
    ],
)
def test_a_range_that_leaves_almost_nothing_is_refused(written, low, high):
    with pytest.raises(InputError, match="almost"):
        parse_prior(Text(written), low, high)


def test_the_median_of_a_lognormal_is_what_was_written():
    assert parse_prior(Text("lognormal(0.1, 0.7)")).median() == 0.1


@given(st.floats(0.01, 3), st.floats(0, 0.9), st.floats(0.2, 1), st.floats(0.001, 20))
def test_a_time_constant_called_surely_longer_is_longer(log_sd, lower, upper, enough):
    twin = scipy.stats.lognorm(log_sd)
    low, high = float(twin.ppf(lower)), float(twin.ppf(upper))
    assume(float(twin.cdf(high)) - lower > LEAST_MASS)
    found = prior("lognormal", 1.0, log_sd, low=low, high=high)
    assert not _surely_longer(found, enough) or min(found.median(), 2 * float(found.quantile(0.05))) >= enough


def test_a_deferred_number_is_computed_once_and_equals_the_plain_one():
    asked = []
    number = Deferred.of(lambda: asked.append("once") or 3.0)
    assert not asked
    assert (number, hash(number)) == (Number(3.0), hash(Number(3.0)))
    assert Number(3.0) == number != Number(4.0)
    assert type(deepcopy(number)) is Number
    assert replace(number, value=4.0) == Number(4.0)
    assert pickle.loads(pickle.dumps(number)) == Number(3.0)
    assert asked == ["once"]


def test_discrete_values_are_equally_likely_and_a_range_takes_some_away():
    found = prior("discrete", 3, 1, 2, 8, high=5)
    assert found.quantile([0, 0.34, 0.67, 1]).tolist() == [1, 2, 3, 3]
    assert found.mean() == 2


@pytest.mark.parametrize(
    ("written", "message", "column"),
    [
        ("lognormal", "is not a prior; write for example", 1),
        ("norml(0, 1)", "did you mean 'normal'", 1),
        ("normal(0, x)", "'x' is not a number", 11),
        ("normal(0)", "not 1 arguments", 1),
        ("normal(0, inf)", "takes finite numbers", 1),
        ("uniform(2, 1)", "low must be below high", 1),
        ("triangular(0, 5, 1)", "must ascend", 1),
        ("beta(0, 1)", "must be positive", 1),
        ("loguniform(0, 1)", "low must be positive", 1),
    ],
)
def test_a_wrong_prior_is_reported_at_its_place(written, message, column):
    with pytest.raises(InputError) as caught:
        parse_prior(Text(written))
    (problem,) = caught.value.diagnostics
    assert message in problem.message
    assert problem.location is not None
    assert problem.location.column == column


def test_a_range_that_leaves_next_to_nothing_is_refused():
    with pytest.raises(ValueError, match=r"\(almost\) nothing inside its range"):
        prior("normal", 0, 1, low=8, high=9)

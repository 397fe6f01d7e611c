import numpy as np
import pytest
from scipy.stats import norm

from wherenow.distributions.prior import prior
from wherenow.inference.checking.power_scaling import MOVED, POWER, prior_shifts

PRIORS = {"x": prior("normal", 0.0, 1.0), "idle": prior("lognormal", 2.0, 0.5)}


@pytest.fixture(scope="module")
def drawn():
    z = np.random.default_rng(1).standard_normal((2, 200_000))
    return np.stack([z[0], 2 * np.exp(0.5 * z[1])])


@pytest.fixture(scope="module")
def found(drawn):
    return prior_shifts(PRIORS, ("x", "idle"), drawn, {"high": drawn[0] > 1})


def test_the_most_influential_prior_is_first(found):
    assert [s.name for s in found] == ["x", "idle"]


def test_a_moved_prior_gives_the_probability_that_its_own_draws_would(found):
    assert found[0].higher["high"] == pytest.approx(norm.sf(1 - MOVED), abs=0.005)
    assert found[0].lower["high"] == pytest.approx(norm.sf(1 + MOVED), abs=0.005)


def test_a_wider_or_narrower_prior_gives_the_probability_that_its_own_draws_would(found):
    assert found[0].wider["high"] == pytest.approx(norm.sf(1, scale=POWER**0.5), abs=0.005)
    assert found[0].narrower["high"] == pytest.approx(norm.sf(1, scale=POWER**-0.5), abs=0.005)


def test_a_prior_that_does_not_matter_changes_nothing_detectable(found):
    assert found[0].discernible
    assert abs(found[1].higher["high"] - found[1].lower["high"]) < 4 * found[1].error["high"]


def test_draws_of_a_posterior_are_weighted_to_the_posterior_of_the_other_prior():
    """One datum 1 with error 1: the posterior is N((1 + m) / 2, 1/2) for a prior N(m, 1)."""
    values = (0.5 + np.sqrt(0.5) * np.random.default_rng(2).standard_normal(200_000))[None]
    (shift,) = prior_shifts({"x": PRIORS["x"]}, ("x",), values, {"high": values[0] > 1})
    assert shift.higher["high"] == pytest.approx(norm.sf(1, (1 + MOVED) / 2, 0.5**0.5), abs=0.005)


def test_discrete_parameters_are_left_out(drawn):
    priors = {**PRIORS, "x": prior("discrete", 0.0, 1.0)}
    assert [s.name for s in prior_shifts(priors, ("x", "idle"), drawn[:, :100], {"a": drawn[0, :100] > 1})] == ["idle"]

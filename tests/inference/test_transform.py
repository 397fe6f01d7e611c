import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from wherenow.distributions.prior import prior
from wherenow.inference.likelihood.transform import Space

PRIORS = {
    "normal": prior("normal", 3.0, 2.0),
    "cut normal": prior("normal", 3.0, 2.0, low=2.0, high=4.0),
    "lognormal": prior("lognormal", 0.1, 0.5, low=0.01, high=1.0),
    "uniform": prior("uniform", -1.0, 5.0),
    "loguniform": prior("loguniform", 0.1, 10.0),
    "triangular": prior("triangular", 0.0, 1.0, 3.0),
    "beta": prior("beta", 2.0, 5.0),
    "halfnormal": prior("halfnormal", 0.3),
    "gamma": prior("gamma", 2.0, 0.5),
    "exponential": prior("exponential", 2.0),
    "discrete": prior("discrete", 1.0, 2.0, 5.0),
}
SPACE = Space(PRIORS)


@pytest.mark.parametrize("name", [n for n in PRIORS if n != "discrete"])
def test_standard_normals_become_draws_of_the_prior(name):
    z = np.random.default_rng(1).standard_normal((len(SPACE), 4000))
    drawn = SPACE.values(z)[SPACE.names.index(name)]
    assert kstest(drawn, PRIORS[name].cdf).pvalue > 0.001


@given(st.floats(-3.5, 3.5))
def test_values_are_the_priors_quantiles(at):
    from scipy.special import ndtr

    z = np.full((len(SPACE), 1), at)
    expected = [float(p.quantile(ndtr(at))) for p in PRIORS.values()]
    assert SPACE.values(z)[:, 0] == pytest.approx(expected, rel=2e-6, abs=1e-6)


@given(st.floats(-3.5, 3.5))
def test_z_is_the_way_back(at):
    smooth = Space({n: p for n, p in PRIORS.items() if n != "discrete"})
    z = np.full((len(smooth), 1), at)
    assert smooth.z(smooth.values(z)) == pytest.approx(z, abs=1e-4)


def test_values_stay_within_ranges_however_far_out_z_is():
    for z in (-40.0, 40.0):
        values = SPACE.values(np.full((len(SPACE), 1), z))[:, 0]
        for value, p in zip(values, PRIORS.values(), strict=True):
            assert p.low <= value <= p.high

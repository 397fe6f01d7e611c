import numpy as np
import pytest
from scipy.stats import kstest

from wherenow.inference.sampling.pcn import Normal, Positions, fitted, move


def draws(spreads, n, seed=1):
    rng = np.random.default_rng(seed)
    turned = np.linalg.qr(rng.standard_normal((len(spreads), len(spreads))))[0]
    return turned @ (np.sqrt(spreads)[:, None] * rng.standard_normal((len(spreads), n))), turned


def covariance(normal: Normal):
    return normal.root @ normal.root.T


def test_with_many_draws_it_is_the_sample_covariance():
    z, _ = draws(np.array([0.01, 0.5, 2.0]), 20_000)
    assert covariance(fitted(z)) == pytest.approx(np.cov(z), rel=0.02, abs=1e-3)


def test_few_narrow_directions_among_many_stay_narrow():
    """Twenty sharp data among two hundred unknowns, from three draws for each: 0.01 to within what can be known of the
    directions; with one weight for all spreads it would be above 0.1.
    """
    spreads = np.r_[np.full(20, 0.01), np.ones(180)]
    z, turned = draws(spreads, 600)
    found = np.diag(turned.T @ covariance(fitted(z)) @ turned)
    assert 0.005 < found[:20].min() < found[:20].max() < 0.03
    assert found[20:] == pytest.approx(np.ones(180), rel=0.35)


@pytest.mark.parametrize("n", [20, 60, 100])
def test_with_few_draws_it_is_still_a_normal_of_full_rank(n):
    z, _ = draws(np.ones(60), n)
    found = np.linalg.eigvalsh(covariance(fitted(z)))
    assert found.min() > 0.05
    assert found.max() < 4


def test_draws_that_are_equal_count_once():
    z, _ = draws(np.ones(60), 30)
    assert np.linalg.eigvalsh(covariance(fitted(np.repeat(z, 20, axis=1)))).min() > 0.001


def test_its_own_coordinates_are_standard_and_lead_back():
    z, _ = draws(np.array([0.01, 0.5, 2.0]), 5_000)
    normal = fitted(z)
    white = normal.whitened(z)
    assert np.cov(white) == pytest.approx(np.eye(3), abs=0.05)
    assert normal.at(white) == pytest.approx(z)


def test_where_the_target_is_the_normal_every_move_is_accepted():
    """One datum with error 1 on a standard normal prior: the posterior is normal with variance 1/2."""
    rng = np.random.default_rng(3)
    around = Normal(np.array([0.5]), np.sqrt([[0.5]]), 1 / np.sqrt([[0.5]]))

    def log_likelihood(z):
        return -0.5 * (z[0] - 1) ** 2

    z = around.at(rng.standard_normal((1, 500)))
    at = Positions(z, log_likelihood(z))
    _, _, accepted = move(at, around.whitened(z), around, np.full(500, 0.7), log_likelihood, 1.0, rng)
    assert accepted.all()


def test_moves_around_a_wrong_normal_leave_the_target_as_it_is():
    rng = np.random.default_rng(4)
    around = Normal(np.array([0.0]), np.array([[1.0]]), np.array([[1.0]]))

    def log_likelihood(z):
        return -0.5 * (z[0] - 1) ** 2

    z = 0.5 + np.sqrt(0.5) * rng.standard_normal((1, 4000))
    at, white = Positions(z, log_likelihood(z)), around.whitened(z)
    for _ in range(20):
        at, white, _ = move(at, white, around, np.full(4000, 0.8), log_likelihood, 1.0, rng)
    assert kstest(at.z[0], "norm", (0.5, 0.5**0.5)).pvalue > 0.01
    assert white == pytest.approx(around.whitened(at.z))

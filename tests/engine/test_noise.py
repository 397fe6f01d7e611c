"""Distributions of the noise functions, against SciPy's, and the Poisson quantile against its definition."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from wherenow.engine.backend import default_inputs
from wherenow.engine.elementary import ELEMENTARY, NumpyArithmetic

DISTRIBUTIONS = {
    "uniform(2, 5)": stats.uniform(2, 3),
    "normal(2, 0.5)": stats.norm(2, 0.5),
    "lognormal(2, 0.5)": stats.lognorm(np.sqrt(np.log(1.0625)), scale=2 / np.sqrt(1.0625)),
    "exprnd(3)": stats.expon(scale=3),
    "pink_noise(1, 0.5, 4)": stats.norm(1, 0.5),
}


def sample(engine, call, draws=4000, stop=3.0, **settings):
    program = engine.program({"x": call}, ["x"], stop=stop, **settings)
    return engine.agreed(program, replace(default_inputs(program, draws), seed=11))["x"]


@pytest.mark.parametrize("call", DISTRIBUTIONS)
def test_noise_has_the_distribution_that_its_name_says_at_every_step(engine, call):
    for values in sample(engine, call):
        assert stats.kstest(values, DISTRIBUTIONS[call].cdf).pvalue > 1e-4


@pytest.mark.parametrize("mean", [0.2, 3.0, 16.0, 40.0, 900.0])
def test_poisson_counts_have_their_mean_and_variance(engine, mean):
    values = sample(engine, f"poisson({mean})", 20_000, 0.0)[0]
    error = np.sqrt(mean / values.size)
    assert abs(values.mean() - mean) < 5 * error
    assert abs(values.var() / mean - 1) < 5 * np.sqrt((2 + 1 / mean) / values.size)


@pytest.mark.parametrize("mean", [1e-3, 0.7, 5.0, 16.0])
def test_a_small_mean_has_the_exact_poisson_quantile(mean):
    # away from the steps themselves, where the last bit of a sum decides
    k = np.arange(0, 50)
    middle = (stats.poisson.cdf(k, mean) + stats.poisson.cdf(k - 1, mean)) / 2
    told = stats.poisson.pmf(k, mean) > 1e-12
    got = ELEMENTARY["poisson"](NumpyArithmetic(), middle, np.full(middle.size, mean))
    assert np.array_equal(got[told], k[told])


@pytest.mark.parametrize("mean", [17.0, 60.0, 2500.0])
def test_a_large_mean_has_nearly_always_the_exact_quantile(engine, mean):
    values = sample(engine, f"poisson({mean})", 50_000, 0.0)[0]
    exact = stats.poisson.ppf(sample(engine, "uniform(0, 1)", 50_000, 0.0)[0], mean)
    apart = np.abs(values - exact)
    assert apart.max() <= 1
    assert np.mean(apart) < 2e-3


def test_a_mean_of_nothing_counts_nothing(engine):
    assert not sample(engine, "poisson(0)").any()


def test_a_cut_normal_stays_within_its_bounds(engine):
    values = sample(engine, "normal(0, 5, 0, -1, 2)")
    assert values.min() == -1
    assert values.max() == 2


def test_pink_noise_forgets_with_its_correlation_time(engine):
    values = sample(engine, "pink_noise(0, 1, 4)", 20_000, 4.0)
    assert abs(np.mean(values[0] * values[4]) - np.exp(-1)) < 0.03


def test_the_name_of_an_equation_decides_its_noise_and_no_other_equation_does(engine):
    alone = engine.solve({"x": "normal(0, 1)"}, ["x"])["x"]
    among = engine.solve({"a": "uniform(0, 1)", "b": "2", "x": "normal(0, 1)"}, ["a", "x"])["x"]
    assert np.array_equal(alone, among)


def test_noise_is_held_through_the_stages_of_a_step(engine):
    rates = engine.solve({"r": "normal(0, 1)", "s": ("r", "0")}, method="rk4")
    np.testing.assert_allclose(np.diff(rates["s"][:, 0]), rates["r"][:-1, 0], atol=1e-14)


@pytest.mark.parametrize(
    ("trials", "share"), [(1, 0.5), (12, 0.3), (9, 0.97), (40_000, 1e-4), (10**12, 3e-12), (30, 0), (30, 1), (0, 0.4)]
)
def test_few_successes_or_failures_have_the_exact_binomial_quantile(engine, trials, share):
    values = sample(engine, f"binomial({trials}, {share})", 20_000, 0.0)[0]
    assert np.array_equal(values, stats.binom.ppf(sample(engine, "uniform(0, 1)", 20_000, 0.0)[0], trials, share))


@pytest.mark.parametrize(("trials", "share"), [(40, 0.45), (100, 0.7), (1000, 0.02), (10**6, 0.3), (10**9, 2e-8)])
def test_many_successes_and_failures_have_nearly_always_the_exact_binomial_quantile(engine, trials, share):
    values = sample(engine, f"binomial({trials}, {share})", 50_000, 0.0)[0]
    apart = np.abs(values - stats.binom.ppf(sample(engine, "uniform(0, 1)", 50_000, 0.0)[0], trials, share))
    assert apart.max() <= 1
    assert np.mean(apart) < 3e-3

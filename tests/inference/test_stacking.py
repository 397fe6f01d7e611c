from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from wherenow.distributions.prior import prior
from wherenow.inference.checking.leave_one_out import predictive_densities
from wherenow.inference.checking.stacking import weigh
from wherenow.inference.likelihood.density import likelihood
from wherenow.inference.likelihood.discrepancy import SIZE, TIME


def test_a_datums_density_given_the_others_is_that_of_the_joint_normal(line):
    seen = replace(line.observations["readings"], discrepancy=prior("lognormal", 0.8, 0.5), breaks=(4.5,))
    case = replace(line, observations={"readings": seen})
    known = likelihood(case)
    values = known.space.values(np.random.default_rng(1).standard_normal((len(known.space), 3)))
    row = {name: values[i, 0] for i, name in enumerate(known.space.names)}
    data = case.data["readings"]
    mean = row["height_at_start"] + row["slope"] * data.times
    gap = np.abs(data.times[:, None] - data.times)
    gap[(data.times[:, None] < 4.5) != (data.times < 4.5)] = np.inf
    covariance = row[SIZE + "readings"] ** 2 * np.exp(-gap / row[TIME + "readings"]) + 0.25 * np.eye(len(data))
    joint = multivariate_normal.logpdf(data.values, mean, covariance)
    found = predictive_densities(known, values).densities[:, 0]
    for i in range(len(data)):
        rest = np.arange(len(data)) != i
        others = multivariate_normal.logpdf(data.values[rest], mean[rest], covariance[np.ix_(rest, rest)])
        assert found[i] == pytest.approx(joint - others, rel=1e-6)


def test_all_kinds_of_errors_have_a_density_for_each_datum():
    from pathlib import Path

    from wherenow.case.reader import read_case

    growth = read_case(Path(__file__).parents[1] / "cases" / "growth")
    known = likelihood(growth)
    values = known.space.values(np.zeros((len(known.space), 2)))
    assert predictive_densities(known, values).densities.shape == (known.data, 2)


@pytest.fixture(scope="module")
def weighed():
    """Forty data of N(0, 1) under three certain models: the right one, a shifted one, and a far one."""
    data = np.random.default_rng(2).standard_normal(40)
    densities = {
        name: np.repeat(norm.logpdf(data, at)[:, None], 100, axis=1) + 1e-6 * np.random.default_rng(3).random((40, 100))
        for name, at in (("right", 0.0), ("shifted", 0.3), ("far", 3.0))
    }
    return weigh(densities, {name: float(rows[:, 0].sum()) for name, rows in densities.items()})


def test_weights_are_shares(weighed):
    assert sum(w.stacking for w in weighed.values()) == pytest.approx(1, abs=1e-6)
    assert sum(w.evidence for w in weighed.values()) == pytest.approx(1)


def test_a_model_that_the_data_speak_against_has_no_weight(weighed):
    assert weighed["far"].stacking < 0.05
    assert weighed["far"].evidence < 1e-6
    assert weighed["far"].behind > 2 * weighed["far"].behind_error


def test_the_best_is_behind_by_nothing(weighed):
    assert min(w.behind for w in weighed.values()) == 0.0


def test_data_that_no_draw_depends_on_are_not_doubtful(weighed):
    assert all(w.doubtful == 0 for w in weighed.values())


def test_models_that_predict_alike_share_the_weight_that_forecasts_are_averaged_by():
    rng = np.random.default_rng(5)
    densities = {name: rng.normal(-1, 0.1, (40, 200)) + 0.02 * k for k, name in enumerate(("one", "other"))}
    weighed = weigh(densities, dict.fromkeys(densities, 0.0))
    assert 0.1 < weighed["one"].averaging < 0.9

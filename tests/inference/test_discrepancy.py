from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from wherenow.distributions.prior import prior
from wherenow.execution import Execution
from wherenow.inference.calibrate import tempered_posterior
from wherenow.inference.likelihood.density import likelihood, unknowns
from wherenow.inference.likelihood.discrepancy import COMMON, ERROR, SIZE, TIME


def at(target, **given):
    """Parameter values ``[parameter, 1]``: those given, the others at their medians."""
    values = target.space.values(np.zeros((len(target.space), 1)))
    for name, value in given.items():
        values[target.space.names.index(name)] = value
    return values


def test_one_series_alone_has_the_stated_error(line):
    assert not [name for name in unknowns(line).names if name.startswith(ERROR)]


def test_a_factor_is_the_series_own_times_the_common_one(lines):
    target = likelihood(lines(0.5))
    found = target.discrepancy(at(target, **{ERROR + COMMON: 0.5, ERROR + "two": 3.0}))
    assert found.errors[:, 0] == pytest.approx([0.5, 1.5, 0.5, 0.5])


def test_a_size_without_a_prior_of_its_own_is_in_part_the_common_one(lines):
    case = lines(0.5, discrepancy=None)
    given = replace(case.observations["two"], discrepancy=prior("lognormal", 0.3, 0.5))
    target = likelihood(replace(case, observations={**case.observations, "two": given}))
    found = target.discrepancy(at(target, **{SIZE + COMMON: 4.0}))
    assert found.sizes[:, 0] == pytest.approx([4.0, 0.3, 4.0, 4.0], rel=1e-6)


def test_data_have_the_density_of_errors_that_much_wider(lines):
    case = lines(0.5, discrepancy=None)
    target = likelihood(case)
    given = {"height_at_start": 1.0, "slope": 0.3, ERROR + "one": 1.7, SIZE + "one": 0.8, TIME + "one": 2.0}
    values = at(target, **given)
    data = case.data["one"]
    gap = np.abs(data.times[:, None] - data.times)
    covariance = 0.64 * np.exp(-gap / 2) + (1.7 * 0.5) ** 2 * np.eye(len(data))
    expected = multivariate_normal.logpdf(data.values, 1.0 + 0.3 * data.times, covariance)
    found = target.filtered(values, target.observer.predict(target.space.names, values))[0]
    assert found[0, 0] == pytest.approx(expected, rel=1e-9)


def test_the_likelihood_read_in_the_kernel_has_the_factors_too(lines):
    target = likelihood(lines(0.5, discrepancy=None, recalled=2.0))
    z = np.random.default_rng(1).standard_normal((len(target.space), 200))
    values = target.space.values(z)
    kept = target.filtered(values, target.observer.predict(target.space.names, values))[0]
    assert target.by_series(z) == pytest.approx(kept, rel=1e-11, abs=1e-11)


@pytest.mark.parametrize(("stated", "least", "most"), [(2.0, 0.15, 0.5), (0.5, 0.6, 1.4)])
def test_overstated_errors_are_learned_to_be_smaller(lines, quick, stated, least, most):
    posterior = tempered_posterior(lines(stated), 1, quick, execution=Execution(threads=1))
    errors = likelihood(lines(stated)).discrepancy(posterior.flat).errors
    assert (least < np.median(errors, axis=1)).all()
    assert (np.median(errors, axis=1) < most).all()


def test_a_series_of_few_data_depends_on_what_the_others_say(lines, quick):
    case = lines(2.0)
    short = replace(case.data["four"], **{
        field: getattr(case.data["four"], field)[:1]
        for field in ("dates", "times", "values", "source", "licence", "quality", "note")
    })  # fmt: skip
    case = replace(case, data={**case.data, "four": short})
    posterior = tempered_posterior(case, 1, quick, execution=Execution(threads=1))
    errors = likelihood(case).discrepancy(posterior.flat).errors
    assert np.median(errors[3]) < 0.75

"""A case with adaptive steps is observed, fitted and evaluated like any other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from wherenow.errors import Text, UsageError
from wherenow.inference.likelihood.density import likelihood
from wherenow.language.parser import parse
from wherenow.model.model_types import Method


def under(case, method):
    return replace(case, model=replace(case.model, time=replace(case.model.time, method=method)))


@pytest.fixture
def bounded(line):
    return likelihood(under(line, Method.RK45), threads=1)


def test_the_likelihood_under_an_error_bound_is_that_of_fixed_steps_where_both_are_exact(line, bounded):
    z = np.random.default_rng(1).normal(0, 1, (len(bounded.space), 9))
    np.testing.assert_allclose(bounded(z), likelihood(under(line, Method.RK4), threads=1)(z), rtol=1e-9)


def test_the_distribution_from_a_date_on_needs_no_noise(bounded):
    observer, names = bounded.observer, bounded.space.names
    values = bounded.space.values(np.zeros((len(names), 3)))
    ahead = observer.predict_from(names, values, 5.0, seed=1)
    for name, said in observer.predict(names, values).items():
        assert np.array_equal(ahead[name], said)


def test_a_case_with_noise_is_refused_under_an_error_bound(line):
    case = under(line, Method.RK45)
    rising = case.model.variables["rising"]
    noisy = replace(rising.equations[0], expression=parse(Text("slope + normal(0, 1)")))
    variables = {**case.model.variables, "rising": replace(rising, equations=(noisy,))}
    with pytest.raises(UsageError, match="rk45 is for smooth models; this one has noise"):
        likelihood(replace(case, model=replace(case.model, variables=variables)), threads=1)

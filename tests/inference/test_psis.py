import arviz
import numpy as np
import pytest

from wherenow.inference.checking.psis import smoothed


@pytest.mark.parametrize("spread", [0.3, 1.0, 3.0])
def test_weights_and_shapes_are_those_of_arviz(spread):
    logs = spread * np.random.default_rng(1).standard_normal((3, 1000))
    theirs, shapes = arviz.psislw(logs.copy(), reff=1.0)
    weights, found = smoothed(logs)
    assert found == pytest.approx(shapes, abs=1e-6)
    assert weights == pytest.approx(np.exp(theirs), rel=1e-6)


def test_weights_sum_to_one():
    weights, _ = smoothed(np.random.default_rng(2).standard_t(2, (5, 400)))
    assert weights.sum(axis=1) == pytest.approx(1)


def test_equal_ratios_have_no_tail():
    weights, shapes = smoothed(np.full((1, 500), -3.0))
    assert weights == pytest.approx(1 / 500)
    assert shapes[0] == -np.inf

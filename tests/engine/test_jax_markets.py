"""Markets on JAX: the numbers of the other engines, and derivatives of the price."""

import numpy as np
import pytest

from wherenow.engine.elementary import ELEMENTARY, NumpyArithmetic

pytest.importorskip("jax", reason="JAX is not installed")

CURVES = np.array([[10.0, 3, 4, 1.5, 0], [5.0, 1, 3, 2.0, 0], [8.0, 4, 2, 0.7, 0], [6.0, 2, 5, 1, 0], [3, 5, 1, 0, 2]])


def price_on_jax(available, differentiate=False):
    import jax

    from wherenow.engine.jax_operations import operations

    with jax.enable_x64(True):
        clearing = operations(differentiable=True)["clearing"]
        function = jax.grad(lambda a: clearing(a, *CURVES.ravel())) if differentiate else clearing
        return float(function(available) if differentiate else function(available, *CURVES.ravel()))


@pytest.mark.parametrize("available", [1.0, 9.0, 20.0, 31.0])
def test_the_price_is_that_of_the_other_engines(available):
    numbers = [np.array([v]) for v in (available, *CURVES.ravel())]
    true = float(ELEMENTARY["clearing"](NumpyArithmetic(), *numbers)[0])
    assert price_on_jax(available) == pytest.approx(true, rel=1e-9)


@pytest.mark.parametrize("available", [9.0, 20.0])
def test_the_price_has_a_derivative(available):
    slope = (price_on_jax(available + 1e-3) - price_on_jax(available - 1e-3)) / 2e-3
    assert price_on_jax(available, differentiate=True) == pytest.approx(slope, rel=1e-3)


def test_every_type_of_curve_wants_the_same():
    import jax

    from wherenow.engine.jax_operations import operations

    prices = np.linspace(-3.0, 9.0, 25)
    for curve in CURVES:
        given = [np.full(25, v) for v in curve]
        true = ELEMENTARY["wanted"](NumpyArithmetic(), *given, prices)
        with jax.enable_x64(True):
            got = np.asarray(operations(differentiable=False)["wanted"](*given, prices))
        np.testing.assert_allclose(got, true, rtol=1e-12, atol=1e-15)

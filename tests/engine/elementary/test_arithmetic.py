from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wherenow.engine.elementary.arithmetic import NumpyArithmetic, fma

any_float = st.floats(allow_nan=False, allow_infinity=False)


def one(a, b, c):
    return float(fma(np.array([a]), np.array([b]), np.array([c]))[0])


def exact(a, b, c):
    try:
        return float(Fraction(a) * Fraction(b) + Fraction(c))
    except OverflowError:
        return None


@given(any_float, any_float, any_float)
def test_fma_rounds_the_exact_value_once(a, b, c):
    true = exact(a, b, c)
    if true is None:
        assert np.isinf(one(a, b, c))
    else:
        assert one(a, b, c) == true


@given(st.floats(-4, 4), st.floats(-4, 4))
def test_fma_gives_the_error_of_a_product(a, b):
    p = a * b
    assert one(a, b, -p) == exact(a, b, -p)


def test_fma_follows_ieee_on_infinities_and_zeros():
    inf = float("inf")
    assert one(inf, 1.0, 1.0) == inf
    assert one(1e308, 10.0, -inf) == -inf
    assert np.isnan(one(inf, 0.0, 1.0))
    assert np.isnan(one(inf, 1.0, -inf))
    assert np.signbit(one(-0.0, 1.0, -0.0))
    assert not np.signbit(one(1e-200, 1e-200, -0.0))
    assert np.signbit(one(-1e-200, 1e-200, 0.0))


def test_rare_runs_its_function_only_where_the_condition_holds():
    seen = []

    def remember(m, x):
        seen.extend(x)
        return x * 10

    m, x = NumpyArithmetic(), np.array([1.0, 2.0, 3.0])
    assert list(m.rare(x > 1.5, remember, (x,), x)) == [1.0, 20.0, 30.0]
    assert seen == [2.0, 3.0]

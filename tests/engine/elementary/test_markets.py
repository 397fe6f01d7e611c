"""Markets: the price at which the demand of all curves equals the supply."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherenow.engine.elementary import ELEMENTARY, NumpyArithmetic

M = NumpyArithmetic()
KINDS = st.sampled_from([1.0, 2.0, 3.0, 4.0])
CURVE = st.tuples(st.floats(0.5, 10), KINDS, st.floats(0, 10), st.floats(0.5, 3), st.just(0.0))
CURVES = st.lists(CURVE, min_size=1, max_size=4)


def wanted(curve, price):
    return float(ELEMENTARY["wanted"](M, *(np.array([v]) for v in (*curve, price)))[0])


def price_of(available, curves):
    numbers = [np.array([v]) for v in (available, *(v for curve in curves for v in curve))]
    return float(ELEMENTARY["clearing"](M, *numbers)[0])


@given(CURVES, st.floats(0.05, 0.95))
def test_at_the_price_the_curves_together_want_what_is_available(curves, share):
    available = share * sum(curve[0] for curve in curves)
    price = price_of(available, curves)
    assert sum(wanted(curve, price) for curve in curves) == pytest.approx(available, rel=2e-3)


@given(CURVES, st.floats(-5, 15), st.floats(0, 5))
def test_no_more_is_wanted_at_a_higher_price(curves, price, more):
    for curve in curves:
        assert wanted(curve, price + more) <= wanted(curve, price) * (1 + 1e-5) + 1e-12


@pytest.mark.parametrize("kind", [0.0, 6.0, 2.5])
def test_a_curve_of_no_known_type_wants_all_at_any_price(kind):
    assert wanted((7.0, kind, 1.0, 1.0, 0.0), 99.0) == 7.0


@pytest.mark.parametrize("kind", [10.0, 13.0])
def test_a_curve_of_whole_numbers_has_no_demand_that_is_known(kind):
    assert np.isnan(wanted((7.0, kind, 1.0, 1.0, 0.0), 0.0))

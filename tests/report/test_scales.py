"""Axes: round ticks, and ends that include all values."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherenow.report.charts.axis import Scale, extent, ticks

NUMBERS = st.floats(-1e9, 1e9).map(lambda x: 0.0 if abs(x) < 1e-6 else x)


@given(st.lists(NUMBERS, min_size=1))
def test_an_axis_holds_every_value(values):
    low, high = extent(values)
    spare = 1e-9 * max(abs(low), abs(high))
    assert low - spare <= min(values)
    assert max(values) <= high + spare
    assert low < high


@given(NUMBERS, st.floats(1e-3, 1e9))
def test_ticks_lie_on_the_axis_and_ascend(low, width):
    found = ticks(low, low + width)
    assert found
    assert list(found) == sorted(found)
    assert all(low - 1e-6 * width <= t <= low + width * (1 + 1e-6) for t in found)


@pytest.mark.parametrize(
    ("low", "high", "wanted"), [(0, 1, (0, 0.2, 0.4, 0.6, 0.8, 1)), (2003, 2026, (2005, 2010, 2015, 2020, 2025))]
)
def test_ticks_are_round(low, high, wanted):
    assert ticks(low, high) == pytest.approx(wanted)


def test_values_well_above_zero_begin_at_zero_where_little_is_lost():
    assert extent([20.0, 100.0])[0] == 0.0
    assert extent([90.0, 100.0])[0] > 0.0


def test_an_axis_without_numbers_is_from_zero_to_one():
    assert extent([math.nan, math.inf]) == (0.0, 1.0)


def test_a_scale_maps_ends_to_ends():
    scale = Scale(2000.0, 2010.0, 100.0, 0.0)
    assert (scale(2000.0), scale(2005.0), scale(2010.0)) == (100.0, 50.0, 0.0)

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherenow.errors import UsageError
from wherenow.exploration.prim import Box, find_box

NAMES = ("a", "b", "c", "d")


@pytest.fixture(scope="module")
def points():
    return np.random.default_rng(1).random((4, 4000))


def test_a_known_box_is_found(points):
    hits = (points[0] > 0.7) & (points[2] < 0.4)
    box = find_box(NAMES, points, hits)
    assert box.limits.keys() == {"a", "c"}
    assert box.limits["a"][0] == pytest.approx(0.7, abs=0.02)
    assert box.limits["c"][1] == pytest.approx(0.4, abs=0.02)
    assert box.density > 0.95
    assert box.coverage > 0.95


def test_a_known_box_is_found_through_noise(points):
    rng = np.random.default_rng(2)
    inside = (points[0] > 0.6) & (points[1] > 0.5)
    hits = rng.random(4000) < np.where(inside, 0.9, 0.05)
    box = find_box(NAMES, points, hits)
    assert box.limits.keys() == {"a", "b"}
    assert box.density == pytest.approx(0.9, abs=0.06)
    assert box.coverage == pytest.approx(0.2 * 0.9 / (0.2 * 0.9 + 0.8 * 0.05), abs=0.06)


def test_a_box_may_be_limited_on_both_sides(points):
    hits = (points[1] > 0.3) & (points[1] < 0.5)
    low, high = find_box(NAMES, points, hits).limits["b"]
    assert (low, high) == pytest.approx((0.3, 0.5), abs=0.02)


def test_numbers_that_take_few_values_are_limited_at_these(points):
    few = points.copy()
    few[3] = np.round(few[3] * 3)
    assert find_box(NAMES, few, few[3] == 3).limits == {"d": (3.0, np.inf)}


def test_hits_by_chance_give_a_box_that_is_no_denser(points):
    hits = np.random.default_rng(4).random(4000) < 0.3
    box = find_box(NAMES, points, hits)
    assert box.density == pytest.approx(box.base, rel=0.35)


def test_no_more_limits_than_asked_for(points):
    hits = (points > 0.2).all(axis=0)
    assert len(find_box(NAMES, points, hits, most=2).limits) <= 2


def test_the_reported_density_is_that_of_points_not_searched(points):
    """Twelve unknowns that say nothing, of 100 points: a search finds dense boxes in these, by chance alone."""
    rng = np.random.default_rng(3)
    boxes = [find_box(tuple("abcdefghijkl"), rng.random((12, 100)), rng.random(100) < 0.3) for _ in range(16)]
    assert np.mean([box.density / box.base for box in boxes]) == pytest.approx(1, abs=0.3)


def test_every_second_point_of_a_sobol_design_lies_in_one_half_and_still_the_box_is_found():
    from scipy.stats import qmc

    points = qmc.Sobol(4, scramble=True, rng=np.random.default_rng(0)).random(1024).T
    assert find_box(NAMES, points, points[0] + points[1] > 1.3).density > 0.6


@pytest.mark.parametrize("hits", [np.zeros(100, bool), np.ones(100, bool), np.ones(10, bool)])
def test_too_few_hits_or_misses_are_reported(hits):
    with pytest.raises(UsageError, match="ten of them hits"):
        find_box(("x",), np.random.default_rng(0).random((1, len(hits))), hits)


@given(st.floats(0.1, 0.8), st.integers(0, 3), st.booleans())
def test_half_spaces_are_found_wherever_they_lie(at, row, above):
    points = np.random.default_rng(7).random((4, 600))
    hits = points[row] > at if above else points[row] < at
    box = find_box(NAMES, points, hits)
    assert box.coverage + box.density > 1.7
    assert NAMES[row] in box.limits


def test_points_inside_are_those_within_every_limit():
    box = Box({"b": (0.0, 1.0)})
    assert box.inside(("a", "b"), np.array([[5.0, 5.0], [0.5, 2.0]])).tolist() == [True, False]

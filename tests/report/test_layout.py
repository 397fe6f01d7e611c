"""Causes are placed before effects, and a layout is the same every time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wherenow.report.diagrams.causal_diagram import layered

NAMES = list("abcdefgh")
EDGES = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=20)


def test_a_chain_is_laid_from_cause_to_effect():
    laid = layered(["c", "b", "a"], [("a", "b"), ("b", "c")])
    assert [laid[n].layer for n in "abc"] == [0, 1, 2]


def test_the_link_that_closes_a_loop_points_back():
    laid = layered(["a", "b", "c"], [("a", "b"), ("b", "c"), ("c", "a")])
    assert [laid[n].layer for n in "abc"] == [0, 1, 2]


def test_a_cause_without_causes_is_next_to_its_effect():
    laid = layered(["a", "b", "c", "late"], [("a", "b"), ("b", "c"), ("late", "c")])
    assert laid["late"].layer == laid["b"].layer


def test_boxes_are_opposite_their_neighbours():
    laid = layered(["a", "b", "x", "y"], [("a", "y"), ("b", "x")])
    assert laid["y"].row < laid["x"].row


@given(EDGES)
def test_each_box_has_a_place_of_its_own(edges):
    laid = layered(NAMES, edges)
    assert set(laid) == set(NAMES)
    assert len({(p.layer, p.row) for p in laid.values()}) == len(NAMES)


@given(EDGES)
def test_the_order_of_links_does_not_matter_where_nothing_loops(edges):
    forward = [(a, b) for a, b in edges if a < b]
    assert layered(NAMES, forward) == layered(NAMES, sorted(set(forward)))


@given(EDGES)
def test_every_cause_stands_before_its_effect_where_nothing_loops(edges):
    forward = [(a, b) for a, b in edges if a < b]
    laid = layered(NAMES, forward)
    assert all(laid[a].layer < laid[b].layer for a, b in forward)

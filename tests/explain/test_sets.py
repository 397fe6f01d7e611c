"""Sets of cuts that break a claim, in models where they are known."""

import pytest

from wherenow.ensemble.draws import draw
from wherenow.explain.sets import breaking_sets
from wherenow.explain.workbench import workbench

RISES = 'auxiliary: "(time - 2000) * strength"'
STRENGTH = 'parameter: { prior: "uniform(0.5, 1.5)" }'


def broken(planted, equations, model):
    case = planted({"strength": STRENGTH, **equations}, {"model": model})
    return breaking_sets(workbench(case, draw(case, 32, seed=1), threads=1), "it", seconds=60)


def test_a_link_that_breaks_a_claim_alone_is_necessary(planted):
    found = broken(planted, {"x": RISES, "y": 'auxiliary: "x"'}, "at(y, 2009) > 2")
    assert found.necessary == (("x", "y"),)


def test_of_two_causes_each_sufficient_only_both_cuts_break_the_claim(planted):
    found = broken(planted, {"x": RISES, "z": RISES, "y": 'auxiliary: "max(x, z)"'}, "at(y, 2009) > 2")
    assert found.sets == (frozenset({("x", "y"), ("z", "y")}),)


def test_of_three_causes_each_sufficient_all_cuts_break_the_claim(planted):
    found = broken(
        planted, {"x": RISES, "z": RISES, "w": RISES, "y": 'auxiliary: "max(x, max(z, w))"'}, "at(y, 2009) > 2"
    )
    assert found.sets == (frozenset({("x", "y"), ("z", "y"), ("w", "y")}),)


def test_a_set_that_contains_a_breaking_set_is_not_told(planted):
    found = broken(planted, {"x": RISES, "z": RISES, "y": 'auxiliary: "x * z"'}, "at(y, 2009) > 2")
    assert set(found.sets) == {frozenset({("x", "y")}), frozenset({("z", "y")})}


def test_a_search_that_ran_out_of_time_says_so(planted):
    case = planted(
        {"strength": STRENGTH, "x": RISES, "z": RISES, "y": 'auxiliary: "max(x, z)"'}, {"model": "at(y, 2009) > 2"}
    )
    bench = workbench(case, draw(case, 32, seed=1), threads=1)
    assert not breaking_sets(bench, "it", seconds=0).whole_search


def test_a_claim_that_is_not_there_is_refused(planted):
    case = planted({"strength": STRENGTH, "x": RISES, "y": 'auxiliary: "x"'}, {"model": "at(y, 2009) > 2"})
    with pytest.raises(KeyError):
        breaking_sets(workbench(case, draw(case, 8, seed=1), threads=1), "nothing")

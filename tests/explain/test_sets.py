"""Sets of cuts that break a claim, in models where they are known."""

import pytest
from typer.testing import CliRunner

from wherenow.cli import app
from wherenow.ensemble.draws import draw
from wherenow.explain.sets import Breaking, breaking_sets
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


def said(*sets, size=3, whole=True):
    links = [frozenset((name, "y") for name in one) for one in sets]
    return Breaking("it", tuple(links), size, whole).words


def test_links_that_break_a_claim_alone_come_first():
    assert said("x", "zw") == (
        "Each of these alone breaks it: x → y.",
        "So do these two at once: w → y with z → y.",
        "Every set of up to 3 of the links asked was tried.",
    )


def test_three_at_once_are_told():
    assert said("xzw")[0] == "So do these three at once: w → y with x → y with z → y."


def test_where_nothing_breaks_it_the_words_say_so_and_how_far_was_looked():
    assert said(size=2, whole=False) == (
        "Nothing that was tried breaks it.",
        "Time ran out among sets of 2: there may be others.",
    )


def test_the_command_tells_the_sets_of_a_claim(planted):
    case = planted({"strength": STRENGTH, "x": RISES, "y": 'auxiliary: "x"'}, {"model": "at(y, 2009) > 2"})
    ran = CliRunner().invoke(app, ["breaks", str(case.folder), "it", "--draws", "16", "--seconds", "60"])
    assert ran.output.startswith("Each of these alone breaks it: x → y.")
    assert CliRunner().invoke(app, ["breaks", str(case.folder), "its"]).exit_code == 2

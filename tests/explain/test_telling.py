"""What is said of a difference, in every branch of the words."""

import pytest
from typer.testing import CliRunner

from wherenow.cli import app
from wherenow.ensemble.draws import draw
from wherenow.errors import UsageError
from wherenow.explain.difference import Difference, Part
from wherenow.explain.telling import _sentence, explain

UP = Difference("x", "person", 1.0, 3.0, 2.0, 1.0, 4.0, (Part("a", 3.0, 2.0, 4.0), Part("b", -1.0, -2.0, 0.0)), 0.0)


def test_between_dates_it_goes_from_one_value_to_the_other():
    assert _sentence(UP, "Fighters", 2010.5, 2009.0, "") == (
        "From 2009-01 to 2010-07 Fighters goes from 1 person to 3 person, +2 (90% of draws: +1 to +4); "
        "it came through a (+3) and b (-1); some of this pulls the other way."
    )


def test_with_a_scenario_both_values_are_told():
    said = _sentence(UP, "Fighters", 2010.5, None, "Stay")
    assert said.startswith("In 2010-07 Fighters is 3 person under “Stay” and 1 person without it, +2")


def test_where_nothing_differs_it_says_so():
    same = Difference("x", "1", 1.0, 1.0, 0.0, 0.0, 0.0, (), 0.0)
    assert _sentence(same, "X", 2010.0, 2009.0, "").endswith("nothing that stands in its equation differs.")


def test_what_flowed_adds_up():
    flow = Difference("f", "person", 0.0, 5.0, 5.0, 4.0, 6.0, (Part("a", 5.0, 4.0, 6.0),), 0.0, total=True)
    assert _sentence(flow, "Joining", 2010.0, 2009.0, "") == (
        "From 2009-01 to 2010-01 Joining adds up to 5 person (90% of draws: +4 to +6); it came through a (+5)."
    )
    assert _sentence(flow, "Joining", 2010.0, None, "Stay").startswith(
        "Up to 2010-01 Joining adds up to 5 person under “Stay” and 0 person without it, +5"
    )


def test_causes_are_called_as_people_call_them():
    said = _sentence(UP, "Fighters", 2010.5, 2009.0, "", {"a": "joining", "b": "leaving (north)"}.get)
    assert said.endswith("it came through joining (+3) and leaving (north) (-1); some of this pulls the other way.")


def test_where_time_is_not_in_years_units_are_counted():
    said = _sentence(UP, "Boys in bed", 12.0, 3.0, "", str, "day")
    assert said.startswith("From day 3 to day 12 Boys in bed goes from 1 person to 3 person, +2")


@pytest.fixture(scope="module")
def case(planted):
    return planted(
        {
            "strength": 'parameter: { prior: "uniform(0.5, 1.5)" }',
            "push": 'auxiliary: "1 + 0.1 * level"',
            "level": 'stock: { initial: "10", in: [rising] }',
            "rising": 'flow: "push * strength"',
            "outcome": 'auxiliary: "2 * level"',
        },
        {"model": "at(level, 2009) > 0"},
    )


def test_each_step_explains_the_largest_cause_of_the_one_before(case):
    told = explain(case, draw(case, 8, seed=1), "outcome", 2006.0, since=2004.0)
    assert [step.difference.variable for step in told.steps] == ["outcome", "level", "rising"]
    assert "← level" in told.diagram
    assert told.steps[0].assumption == "Planted."


def test_one_thing_to_compare_with_is_needed(case):
    with pytest.raises(UsageError, match="one of the two"):
        explain(case, draw(case, 8, seed=1), "outcome", 2006.0)


def test_the_command_tells_a_paragraph_a_diagram_and_the_grounds(case):
    ran = CliRunner().invoke(
        app, ["explain", str(case.folder), "outcome", "--at", "2006-01", "--since", "2004-01", "--draws", "4"]
    )
    assert ran.output.startswith("From 2004-01 to 2006-01 outcome goes from ")
    assert "← level" in ran.output
    assert ran.output.endswith(
        "outcome: assumption: Planted.\nlevel: assumption: Planted.\nrising: assumption: Planted.\n"
    )

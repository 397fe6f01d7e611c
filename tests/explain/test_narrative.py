"""The wording of a difference, in every branch."""

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from wherenow.cli import app
from wherenow.ensemble.draws import draw
from wherenow.errors import UsageError
from wherenow.explain.decomposition import ITSELF, Contribution, Difference
from wherenow.explain.narrative import _sentence, explain

UP = Difference(
    variable="x",
    unit="person",
    before=1.0,
    after=3.0,
    change=2.0,
    low=1.0,
    high=4.0,
    parts=(Contribution("a", 3.0, 2.0, 4.0), Contribution("b", -1.0, -2.0, 0.0)),
    rest=0.0,
)


FLOW = Difference(
    variable="f",
    unit="person",
    before=0.0,
    after=5.0,
    change=5.0,
    low=4.0,
    high=6.0,
    parts=(Contribution("a", 3.0, 2.0, 4.0), Contribution(ITSELF, 2.0, 1.0, 3.0)),
    rest=0.0,
    total=True,
)
SAME = Difference(variable="x", unit="1", before=1.0, after=1.0, change=0.0, low=0.0, high=0.0, parts=(), rest=0.0)


def test_between_dates_it_goes_from_one_value_to_the_other():
    assert _sentence(UP, "Fighters", 2010.5, 2009.0, "") == (
        "From January 2009 to July 2010, “Fighters” goes from 1 person to 3 people, a change of +2 (90% of draws: +1 "
        "to +4); it came through a (+3), against b (−1)."
    )


def test_with_a_scenario_both_values_are_reported():
    assert _sentence(UP, "Fighters", 2010.5, None, "Stay") == (
        "In July 2010, “Fighters” is 3 people under “Stay” and 1 person without it, a difference of +2 (90% of draws: "
        "+1 to +4); it came through a (+3), against b (−1)."
    )


def test_where_nothing_differs_between_dates_it_stays():
    assert _sentence(SAME, "X", 2010.0, 2009.0, "") == (
        "From January 2009 to January 2010, “X” stays at 1: nothing in its equation differs."
    )


def test_where_nothing_differs_by_a_scenario_it_is_the_same_with_and_without():
    assert _sentence(SAME, "X", 2010.0, None, "Stay") == (
        "In January 2010, “X” is 1 with “Stay” and without it: nothing in its equation differs."
    )


def test_the_parts_of_an_accumulated_flow_add_up():
    assert _sentence(FLOW, "Joining", 2010.0, 2009.0, "") == (
        "From January 2009 to January 2010, “Joining” adds up to 5 people (90% of draws: +4 to +6); it came through a "
        "(+3) and continuing as before (+2)."
    )


def test_an_accumulated_flow_is_shown_with_and_without_a_scenario():
    flow = replace(FLOW, parts=FLOW.parts[:1])
    assert _sentence(flow, "Joining", 2010.0, None, "Stay") == (
        "Up to January 2010, “Joining” adds up to 5 people under “Stay” and 0 people without it, a difference of +5 "
        "(90% of draws: +4 to +6); it came through a (+3)."
    )


@pytest.mark.parametrize(
    ("since", "scenario", "head"),
    [
        (2009.0, "", "From January 2009 to January 2010, “Joining” adds up to 0 people"),
        (None, "Stay", "Up to January 2010, “Joining” adds up to 0 people with “Stay” and without it"),
    ],
)
def test_where_nothing_flowed_it_says_so(since, scenario, head):
    still = Difference(
        variable="f",
        unit="person",
        before=0.0,
        after=0.0,
        change=0.0,
        low=0.0,
        high=0.0,
        parts=(),
        rest=0.0,
        total=True,
    )
    said = _sentence(still, "Joining", 2010.0, since, scenario)
    assert said == f"{head}: nothing in its equation differs."


def test_three_causes_are_listed_and_small_ones_are_not_reported():
    parts = (
        Contribution("a", 3.0, 0, 0),
        Contribution("b", 2.0, 0, 0),
        Contribution("c", 1.0, 0, 0),
        Contribution("d", 0.01, 0, 0),
    )
    assert _sentence(replace(UP, parts=parts), "X", 2010.0, 2009.0, "").endswith("a (+3), b (+2) and c (+1).")


def test_if_all_reported_causes_oppose_the_change_the_path_is_shown():
    # means over draws can part in sign where draws are skewed
    assert _sentence(replace(UP, parts=UP.parts[1:]), "X", 2010.0, 2009.0, "").endswith("it came through b (−1).")


def test_large_numbers_have_commas_and_pure_ones_no_unit():
    large = replace(UP, unit="1", before=-12345.0, after=1000.0)
    assert "goes from −12,345 to 1,000, a change" in _sentence(large, "X", 2010.0, 2009.0, "")


def test_a_rate_of_several_persons_is_of_people():
    assert "goes from 1 person/year to 3 people/year" in _sentence(replace(UP, unit="person/year"), "X", 2010, 2009, "")


def test_a_count_per_time_is_written_as_a_rate():
    assert "goes from 1 per year to 3 per year," in _sentence(replace(UP, unit="1/year"), "X", 2010, 2009, "")


def test_causes_are_called_as_people_call_them():
    said = _sentence(UP, "Fighters", 2010.5, 2009.0, "", {"a": "joining", "b": "leaving (north)"}.get)
    assert said.endswith("it came through joining (+3), against leaving (north) (−1).")


def test_where_time_is_not_in_years_units_are_counted():
    said = _sentence(UP, "Boys in bed", 12.0, 3.0, "", str, "day")
    assert said.startswith("From day 3 to day 12, “Boys in bed” goes from 1 person to 3 people, a change of +2")
    assert _sentence(UP, "Boys in bed", 12.0, None, "Stay", str, "day").startswith(
        "At day 12, “Boys in bed” is 3 people"
    )


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
    assert [step.difference.variable for step in told.steps] == ["outcome", "level", "rising", "push"]
    assert told.paragraph.endswith("“level” is explained already: here a loop of the model closes.")
    assert "← level" in told.diagram
    assert told.steps[0].assumption == "Planted."


def test_one_thing_to_compare_with_is_needed(case):
    with pytest.raises(UsageError, match="one of the two"):
        explain(case, draw(case, 8, seed=1), "outcome", 2006.0)


def test_the_command_tells_a_paragraph_a_diagram_and_the_grounds(case):
    ran = CliRunner().invoke(
        app, ["explain", str(case.folder), "outcome", "--at", "2006-01", "--since", "2004-01", "--draws", "4"]
    )
    assert ran.stdout.startswith("From January 2004 to January 2006, “outcome” goes from ")
    assert "← level" in ran.stdout
    assert ran.stdout.endswith(
        "".join(f"{name}: assumption: Planted.\n" for name in ("outcome", "level", "rising", "push"))
    )


@pytest.fixture
def lake(tmp_path):
    from wherenow.case.new import new_case

    return new_case(tmp_path / "lake")


def test_causes_are_followed_back_to_the_event_that_began_them(lake):
    from wherenow.case.reader import read_case

    case = read_case(lake)
    told = explain(case, draw(case, 8, seed=1), "inflow", 2011.0, since=2009.0)
    assert [step.difference.variable for step in told.steps] == ["inflow", "rain"]
    assert (
        told.origin
        == "“rain change” comes from outside the model, moved by “The rains fail for two years” (2010-01-01)."
    )


def test_a_cause_that_follows_data_names_them(lake):
    from wherenow.case.reader import read_case

    path = lake / "model/lake.yaml"
    path.write_text(path.read_text("utf-8").replace("input: { default: 0 }", "series: { data: gauge }"), "utf-8")
    (lake / "events.yaml").write_text("[]")
    (lake / "data/gauge.csv").write_text(
        "series,date,value,unit,source,licence,quality,note\n"
        "gauge,2009-01-01,0,1,the weather station,MIT,read,\ngauge,2011-01-01,-0.9,1,the weather station,MIT,read,\n"
    )
    case = replace(read_case(lake), claims={})
    told = explain(case, draw(case, 8, seed=1), "rain", 2011.0, since=2009.0)
    assert told.origin.endswith("it follows the data series 'gauge' (the weather station).")

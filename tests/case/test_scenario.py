"""Effects of scenarios and levers on a case, and messages about invalid ones."""

import math

import pytest

from wherenow.case.case_types import Scenario
from wherenow.case.inputs.actions import value_at
from wherenow.case.reader import read_case
from wherenow.case.scenario import plan
from wherenow.errors import InputError, Text, UsageError
from wherenow.model.intervention import Act


@pytest.fixture
def case(lake):
    return read_case(lake)


def planned(case, without=(), **actions: str):
    return plan(case, Scenario(id="s", do={name: Text(words) for name, words in actions.items()}, without=without))


def test_a_number_on_a_parameter_is_for_the_whole_run(case):
    found = planned(case, capacity="120")
    assert (dict(found.parameters), found.series, found.interventions) == ({"capacity": 120.0}, {}, ())


def test_a_number_on_an_equation_begins_at_the_cut_off(case):
    (action,) = planned(case, saving="0").interventions
    assert (action.variable, action.act, action.value, action.start, action.stop) == (
        "saving", Act.SET, 0.0, 2016.0, math.inf,
    )  # fmt: skip


def test_a_path_on_an_input_is_another_table_of_the_same_program(case):
    found = planned(case, rain_change="from(2017-01, -0.9, 2019-01)")
    table = found.series["rain_change"]
    assert found.interventions == ()
    assert [value_at(table, t) for t in (2011.0, 2016.5, 2018.0, 2019.5)] == pytest.approx([-0.9, 0.0, -0.9, 0.0])


def test_an_event_left_out_gives_its_input_the_default(case):
    table = planned(case, without=("drought-2010",)).series["rain_change"]
    assert value_at(table, 2011.0) == 0.0


@pytest.mark.parametrize(
    ("words", "act", "value", "start", "stop"),
    [
        ("hold(2010-07)", Act.HOLD, 0.0, 2010.5, math.inf),
        ("hold(2010-07, 2011-01)", Act.HOLD, 0.0, 2010.5, 2011.0),
        ("from(2017, 3)", Act.SET, 3.0, 2017.0, math.inf),
        ("scale(0.5)", Act.SCALE, 0.5, 2016.0, math.inf),
        ("scale(0.5, 2012-01)", Act.SCALE, 0.5, 2012.0, math.inf),
        ("add(3, 2012-01, 2013-01)", Act.ADD, 3.0, 2012.0, 2013.0),
        (" from ( 2017 , 3 ) ", Act.SET, 3.0, 2017.0, math.inf),
    ],
)
def test_an_action_is_what_it_says(case, words, act, value, start, stop):
    (action,) = planned(case, filling=words).interventions
    assert (action.act, action.value, action.start, action.stop) == (act, value, start, stop)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("freeze(2010)", "is not an action"),
        ("from(2017)", "is not an action"),
        ("from(2017-13, 1)", "has no month 13"),
        ("from(2017, x)", "'x' is not a number"),
        ("from(2017, inf)", "not a finite number"),
        ("hold(2011, 2010)", "ends before it begins"),
        ("path(2017: 1, 2016: 2)", "must ascend"),
        ("path(2017, 1)", "is not a point of a path"),
        ("1; import os", "is not an action"),
    ],
)
def test_a_wrong_action_is_reported(case, words, message):
    with pytest.raises(InputError, match=message):
        planned(case, filling=words)


def test_a_lever_acts_from_its_own_start_and_within_its_range(case):
    (action,) = plan(case, Scenario(id="s"), {"rationing": 0.8}).interventions
    assert (action.variable, action.value, action.start) == ("allowance", 0.8, 2016.0)
    with pytest.raises(UsageError, match="lies outside the range"):
        plan(case, Scenario(id="s"), {"rationing": 0.2})
    with pytest.raises(UsageError, match="did you mean 'rationing'"):
        plan(case, Scenario(id="s"), {"rationning": 0.8})

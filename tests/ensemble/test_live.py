"""Runs that continue from a checkpoint have the bits of runs from the beginning."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from wherenow.case.case_types import Case, Lever, Scenario
from wherenow.case.reader import read_case
from wherenow.ensemble.draws import draw
from wherenow.ensemble.live import Live
from wherenow.ensemble.simulate import simulate
from wherenow.errors import Text, UsageError
from wherenow.model.model_types import Method

DRILLING = Lever(name="drilling", input="digging", range=(0.0, 5.0), default=1.0, act="set", start=2012.0)
BIRTHS = Lever(name="births", input="birth_rate", range=(0.0, 2.0), default=1.0, act="scale", start=2015.0)
OUTPUTS = ("population", "wells")


@pytest.fixture(scope="module")
def town() -> Case:
    case = read_case(Path(__file__).parents[1] / "cases" / "town")
    return replace(case, levers={"drilling": DRILLING, "births": BIRTHS})


@pytest.fixture(scope="module")
def live(town) -> Live:
    return Live(town, draw(town, 300), OUTPUTS)


def from_the_beginning(town: Case, scenario: Scenario):
    return simulate(town, draw(town, 300), scenario, OUTPUTS)


SETTINGS = {
    "an input": ({"drilling": 4.0}, {"digging": "from(2012, 4.0)"}),
    "a parameter": ({"births": 0.5}, {"birth_rate": "scale(0.5, 2015)"}),
    "both": ({"drilling": 2.0, "births": 1.5}, {"digging": "from(2012, 2.0)", "birth_rate": "scale(1.5, 2015)"}),
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_levers_give_the_bits_of_a_run_from_the_beginning(town, live, setting):
    levers, deeds = SETTINGS[setting]
    whole = from_the_beginning(town, Scenario(id="x", do={n: Text(deed) for n, deed in deeds.items()}))
    assert np.array_equal(live.runs(levers).values, whole.values)


def test_levers_act_on_top_of_a_scenario(town):
    drought = town.scenarios["no-drought"]
    live = Live(town, draw(town, 300), OUTPUTS, drought)
    whole = from_the_beginning(town, replace(drought, do={"digging": Text("from(2012, 3.0)")}))
    assert np.array_equal(live.runs({"drilling": 3.0}).values, whole.values)


def test_levers_at_the_baseline_give_the_base(live):
    assert live.runs({"drilling": 1.0}) is live.base


def test_steps_before_the_first_lever_are_not_rerun(live):
    rest = live.rest({"drilling": 4.0})
    assert live.base.times[rest.first] <= 2012.0
    assert live.base.times[rest.first] > 2011.8


def test_the_record_says_what_was_moved(live):
    assert live.runs({"drilling": 4.0}).record.scenario == "with drilling 4"


def test_an_unknown_lever_is_refused(live):
    with pytest.raises(UsageError, match="there is no lever 'drillin'"):
        live.rest({"drillin": 1.0})


def test_a_value_outside_its_range_is_refused(live):
    with pytest.raises(UsageError, match="outside the range"):
        live.rest({"drilling": 9.0})


def test_a_case_without_levers_is_ready_too(town):
    live = Live(replace(town, levers={}), draw(town, 4), OUTPUTS)
    assert live.runs({}) is live.base


def test_levers_of_a_case_under_an_error_bound_give_runs_from_the_beginning(town):
    case = replace(town, model=replace(town.model, time=replace(town.model.time, method=Method.RK45)))
    live = Live(case, draw(case, 20), OUTPUTS)
    whole = simulate(case, draw(case, 20), Scenario(id="x", do={"digging": Text("from(2012, 4.0)")}), OUTPUTS)
    assert live.first == 0
    assert np.array_equal(live.runs({"drilling": 4.0}).values, whole.values)


def test_all_settings_of_levers_on_parameters_are_runs_of_one_program(town, monkeypatch):
    from wherenow.ensemble import live as module

    made: list[str] = []
    inner = module.lower
    monkeypatch.setattr(module, "lower", lambda *given: made.append("program") or inner(*given))
    live = Live(town, draw(town, 16), OUTPUTS)
    runs = [live.runs({"births": value, "drilling": 2.0}).values for value in (0.5, 0.7, 1.5)]
    assert made == ["program"] * 2  # at rest, and with levers
    assert not np.array_equal(runs[0], runs[1])


def test_a_lever_that_scales_goes_on_top_of_a_scenario_that_moves_the_same(town):
    town = replace(town, levers={"fewer": replace(BIRTHS, name="fewer")})
    halved = {"birth_rate": Text("scale(0.5, 2010)")}
    live = Live(town, draw(town, 16), OUTPUTS, Scenario(id="x", do=halved))
    expected = simulate(town, draw(town, 16), Scenario(id="y", do={**halved, "fewer": Text("0.5")}), OUTPUTS)
    assert np.array_equal(live.runs({"fewer": 0.5}).values, expected.values)

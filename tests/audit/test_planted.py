"""Twelve faults, each planted alone into a sound case: the test that is meant for it finds it."""

import pytest
from typer.testing import CliRunner

from wherenow.audit.audit import audit
from wherenow.case.checking.oddities import time_constants
from wherenow.case.reader import read_case
from wherenow.cli import app

LAKE, TOWN = "model/lake.yaml", "model/town.yaml"
POND = """
spring: { parameter: 5, unit: hm3/year }
pond:
  stock: { initial: pond_at_first, in: [seeping], out: [draining] }
  unit: hm3
  assumption: Planted.
pond_at_first: { parameter: 3, unit: hm3 }
drain_rate: { parameter: 0.5, unit: 1/year }
"""
SEEPING = "seeping: { flow: %s, unit: hm3/year, assumption: Planted. }\n"
DRAINING = "draining: { flow: %s, unit: hm3/year, assumption: Planted. }\n"

FAULTS = {
    "a stock that is drained below nothing": (
        [(LAKE, None, POND + SEEPING % '"0 * spring"' + DRAINING % "spring")],
        "control", "doubtful", "'draining' does not depend on 'pond'",
    ),
    "an amount that turns negative at a limit": (
        [(LAKE, None, POND + SEEPING % "spring" + DRAINING % '"spring * spring_left"'
          + "spring_left: { parameter: { value: 1, range: [0, 3] }, unit: '1' }\n")],
        "extremes", "fails", "with spring_left at 3 'pond' falls to",
    ),
    "mass from nothing": (
        [(LAKE, None, POND + SEEPING % '"1.5 * spill + 1.5 * 0 * spring"' + DRAINING % "drain_rate * pond")],
        "conservation", "fails", "'seeping' adds",
    ),
    "a flow that counts twice": (
        [(LAKE, None, POND.replace("[seeping]", "[inflow]") + DRAINING % "drain_rate * pond")],
        "conservation", "fails", "the flow 'inflow' fills 'water' and 'pond', so that it counts twice",
    ),
    "a flipped sign": (
        [(LAKE, "flow: evaporation_rate * water", 'flow: "-evaporation_rate * water"')],
        "signs", "fails", "'evaporation' is an outflow, and negative at all times",
    ),
    "too long a step": (
        [("case.yaml", "step: 1/24, save: 1/12", "step: 1/2, save: 1/2"),
         ("claims.yaml", "min(water, 2010, 2013) < 50", "max(water, 2000, 2009) > 101")],
        "step", "fails", "with half the step the probability of 'drought-empties-lake' goes from",
    ),
    "a sum of different units": (
        [(LAKE, "auxiliary: water / capacity", "auxiliary: water * capacity")],
        "units", "fails", "the unit of",
    ),
    "a divisor that may be zero": (
        [(TOWN, 'prior: "lognormal(0.5, 0.3)", range: [0.1, 2]', 'prior: "normal(0.5, 0.3)"')],
        "divisors", "fails", "'change_of_habit' divides by time_to_learn",
    ),
    "growth without bound": (
        [(TOWN, '"triangular(0.004, 0.008, 0.015)"', '"triangular(0.4, 0.5, 0.6)"')],
        "bounds", "fails", "'households' grows without bound",
    ),
    "an unknown of which no data speak": (
        [(TOWN, None, "odd:\n  stock: { initial: odd_at_first, in: [changing] }\n  unit: '1'\n  assumption: Planted.\n"
          "changing: { flow: 0 * odd_at_first / spill_time, unit: 1/year, assumption: Planted. }\n"
          "odd_at_first: { parameter: { prior: 'uniform(1, 2)' }, unit: '1' }\n")],
        "parameters", "doubtful", "no data can inform 1 of 9 parameters: odd_at_first",
    ),
    "priors that miss the data": (
        [("data/lake.csv", "hm3,", "m3,")],
        "reproduction", "fails", "the priors predict",
    ),
    "a claim that cannot fail": (
        [("claims.yaml", "min(water, 2010, 2013) < 50", "min(water, 2010, 2013) < 500")],
        "claims", "doubtful", "'drought-empties-lake' holds for any values of the parameters",
    ),
    "words from after the cut-off": (
        [(LAKE, "about: Water in the lake.", "about: Water in the lake; the flood of 2018 filled it.")],
        "hindsight", "doubtful", "the text of 'water' mentions 2018, after the cut-off 2016-01-01",
    ),
    "words of hindsight": (
        [(LAKE, "about: Water in the lake.", "about: Water in the lake, as it turned out.")],
        "hindsight", "fails", "the text of 'water' says “as it turned out”",
    ),
}  # fmt: skip


@pytest.fixture(params=FAULTS)
def planted(lake, request):
    edits, *expected = FAULTS[request.param]
    for file, old, new in edits:
        path = lake / file
        content = path.read_text("utf-8")
        assert old is None or old in content, old
        path.write_text(content + new if old is None else content.replace(old, new), "utf-8")
    return audit(read_case(lake)), expected


def test_each_planted_fault_is_found_by_the_test_that_is_meant_for_it(planted):
    found, (test, verdict, message) = planted
    assert found[test].verdict == verdict
    assert any(f.message.startswith(message) or message in f.message for f in found[test].found), found[test].found


def test_there_are_twelve_and_more():
    assert len(FAULTS) >= 12


def test_an_unknown_of_which_no_data_speak_passes_with_a_reason(lake):
    path = lake / TOWN
    planted = FAULTS["an unknown of which no data speak"][0][0][2]
    path.write_text(
        path.read_text("utf-8") + planted.replace("unit: '1' }", "unit: '1', assumption: Meant. }"), "utf-8"
    )
    assert audit(read_case(lake))["parameters"].verdict == "passes"


def test_data_speak_of_an_unknown_that_only_a_variant_reads(lake):
    path = lake / LAKE
    flow = "flow: evaporation_rate * water\n"
    variant = "  variants: { drier: { equation: evaporation_rate * dryness * water, assumption: Planted. } }\n"
    dryness = "dryness: { parameter: { prior: 'uniform(1, 2)' }, unit: '1' }\n"
    path.write_text(path.read_text("utf-8").replace(flow, flow + variant) + dryness, "utf-8")
    assert audit(read_case(lake))["parameters"].verdict == "passes"


def test_the_cause_of_too_long_a_step_is_named(lake):
    path = lake / "case.yaml"
    path.write_text(path.read_text("utf-8").replace("step: 1/24, save: 1/12", "step: 1/2, save: 1/2"), "utf-8")
    result = audit(read_case(lake))["step"]
    assert result.found[0].hint == "the shortest time constant is 'spill_time', 0.1 year, and the step is 0.5"


def test_a_change_that_is_exact_over_a_step_asks_for_no_shorter_one(lake):
    assert "spill_time" in time_constants(read_case(lake))
    path = lake / LAKE
    exact = "* (1 - exp(-dt / spill_time)) / dt"
    path.write_text(path.read_text("utf-8").replace("capacity) / spill_time", f"capacity) {exact}"), "utf-8")
    assert exact in path.read_text("utf-8")
    assert "spill_time" not in time_constants(read_case(lake))


def test_the_command_fails_where_a_test_fails_and_names_it(lake):
    path = lake / LAKE
    path.write_text(path.read_text("utf-8").replace("flow: evaporation_rate", "flow: -evaporation_rate"), "utf-8")
    ran = CliRunner().invoke(app, ["audit", str(lake)])
    assert ran.exit_code == 1
    assert "is its sign flipped?" in ran.output


def test_the_command_passes_a_sound_case_and_prints_json(lake):
    ran = CliRunner().invoke(app, ["audit", str(lake), "--json"])
    assert ran.exit_code == 0
    assert '"verdict": "passes"' in ran.stdout

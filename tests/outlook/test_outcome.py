import numpy as np
import pytest

from wherenow.ensemble.draws import draw
from wherenow.ensemble.simulate import simulate
from wherenow.errors import InputError, UsageError
from wherenow.exploration.outcome import forecasts, read_outcome


def values(case, text, n=20):
    outcome = read_outcome(case, text)
    return outcome.values(case, simulate(case, draw(case, n), None, outcome.outputs(case), engine="reference"))


def test_a_variable_stands_for_its_value_at_the_end(line):
    members = draw(line, 20)
    assert values(line, "height") == pytest.approx(members["height_at_start"] + 10 * members["slope"])


def test_a_number_stands_for_itself(line):
    members = draw(line, 20)
    assert values(line, "at(height, 3) - at(height, 1)") == pytest.approx(2 * members["slope"])


def test_a_condition_stands_for_its_margin(line):
    outcome = read_outcome(line, "at(height, 0) < 3")
    runs = simulate(line, draw(line, 20), None, outcome.outputs(line), engine="reference")
    margins = 3 - draw(line, 20)["height_at_start"]
    assert outcome.condition
    assert outcome.values(line, runs) == pytest.approx(margins)
    assert np.array_equal(outcome.holds(line, runs), margins > 0)


def test_a_claim_is_known_by_its_name(town):
    assert read_outcome(town, "grows").says == "The town grows by a third in ten years"


def test_a_claim_without_formula_is_reported(town):
    with pytest.raises(UsageError, match="no formula on the model"):
        read_outcome(town, "happy")


def test_a_wrong_formula_is_reported_with_its_place(line):
    with pytest.raises(InputError, match="hight"):
        read_outcome(line, "at(hight, 3)")


def test_an_unknown_name_is_reported_with_a_suggestion(town):
    name = next(iter(town.model.variables))
    with pytest.raises(UsageError, match=f"no variable, '{name}x': did you mean '{name}'"):
        read_outcome(town, f"{name}x")


def test_the_forecasts_of_a_case_are_those_of_its_outlook(town):
    assert [f.id for f in forecasts(town)] == ["grows", "thirst", "even"]


def test_a_case_without_forecasts_is_reported(line):
    with pytest.raises(UsageError, match="names no forecasts"):
        forecasts(line)


def test_an_outcome_without_a_value_in_some_draw_is_no_outcome(line):
    outcome = read_outcome(line, "ln(at(height, 10)) > 0")
    runs = simulate(line, draw(line, 20), None, outcome.outputs(line), engine="reference")
    undefined = int(np.isnan(outcome.values(line, runs)).sum())
    assert 0 < undefined < 20
    with pytest.raises(UsageError, match=f"no value in {undefined} of 20 runs, so it has no probability"):
        outcome.holds(line, runs)

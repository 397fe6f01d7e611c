import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from wherenow.case.case_types import Claim
from wherenow.case.reader import read_case
from wherenow.ensemble.draws import draw
from wherenow.ensemble.simulate import simulate
from wherenow.errors import Text, UsageError
from wherenow.execution import Execution
from wherenow.exploration.levers import robust
from wherenow.exploration.outcome import desired, read_outcome

LINE = Path(__file__).parents[1] / "cases" / "line"
LEVERS = """\
up: { input: upward, range: [0, 2], default: 0, from: 5, holder: lifters, cost: effort }
down: { input: downward, range: [0, 2], default: 0, from: 5, holder: sinkers }
idle: { input: nothing, range: [0, 1], default: 0, from: 5 }
"""


@pytest.fixture(scope="module")
def pulled(tmp_path_factory):
    """The line with three levers on its slope, of which one can only harm, and one does nothing."""
    folder = tmp_path_factory.mktemp("pulled") / "case"
    shutil.copytree(LINE, folder)
    (folder / "levers.yaml").write_text(LEVERS)
    model = folder / "model" / "line.yaml"
    inputs = "".join(f'{name}: {{ input: 0, unit: "1" }}\n' for name in ("upward", "downward", "nothing"))
    model.write_text(model.read_text().replace("flow: slope", "flow: slope + upward - downward + 0 * nothing") + inputs)
    return read_case(folder)


@pytest.fixture(scope="module")
def found(pulled):
    (result,) = robust(
        pulled, (read_outcome(pulled, "at(height, 10) > 2"),), draw(pulled, 400, seed=1), execution=Execution(threads=1)
    )
    return result


def test_the_lever_that_helps_is_the_best_combination_alone(found):
    assert found.best.levers == {"up": 2.0}
    assert found.best.helped == 1.0
    assert found.best.harmed == 0.0


def test_its_effect_is_the_closed_form(found):
    """At 10 the line has mean 0 and variance 4 + 100; the lever adds 2 a unit of time from 5 on."""
    from scipy.stats import norm

    sd = 104**0.5
    assert found.rest["at(height, 10) > 2"] == pytest.approx(norm.sf(2 / sd), abs=0.04)
    assert found.best.p["at(height, 10) > 2"] == pytest.approx(norm.sf((2 - 10) / sd), abs=0.04)
    assert found.best.low <= found.best.change <= found.best.high


def test_regret_is_zero_where_nothing_does_better(found):
    assert found.best.missed == 0.0
    assert found.reachable == pytest.approx(found.best.p["at(height, 10) > 2"])


def test_settings_that_help_are_found_as_a_box_of_levers(found):
    """More up than down helps in every future."""
    assert found.region.limits.keys() == {"up", "down"}
    assert found.region.density > found.region.base + 0.2


def test_the_best_combination_fails_where_the_slope_is_low(found):
    assert "slope" in found.fails.limits
    assert found.fails.limits["slope"][1] < 0
    assert "unseen" not in found.fails.limits


def test_the_finding_is_reported_in_words(found):
    assert "with up at 2, which helps in" in found.sentences[0]
    assert any("fails most where slope up to" in s for s in found.sentences)


def test_levers_without_effect_are_reported(pulled):
    (result,) = robust(
        pulled, (read_outcome(pulled, "at(height, 4) > 2"),), draw(pulled, 100), execution=Execution(threads=1)
    )
    assert "no combination of levers" in result.sentences[0]


def test_only_levers_that_are_named_are_moved(pulled):
    (result,) = robust(
        pulled,
        (read_outcome(pulled, "at(height, 10) > 2"),),
        draw(pulled, 100),
        ("down",),
        execution=Execution(threads=1),
    )
    assert {name for c in result.combinations for name in c.levers} == {"down"}


@pytest.mark.parametrize(
    ("levers", "scenario", "message"), [(("upp",), "", "no lever 'upp'"), ((), "never", "no scenario 'never'")]
)
def test_a_missing_item_is_reported(pulled, levers, scenario, message):
    with pytest.raises(UsageError, match=message):
        robust(pulled, (read_outcome(pulled, "at(height, 4) > 2"),), draw(pulled, 50), levers, scenario)


def test_a_number_is_no_outcome_for_levers(pulled):
    with pytest.raises(UsageError, match="is a number"):
        robust(pulled, (read_outcome(pulled, "height"),), draw(pulled, 50))


def test_a_case_without_levers_is_reported(line):
    with pytest.raises(UsageError, match="has no levers"):
        robust(line, (read_outcome(line, "at(height, 4) > 2"),), draw(line, 50))


def test_each_holder_has_the_best_that_they_can_do_alone(found):
    assert list(found.holders) == ["lifters", "sinkers"]
    assert found.holders["lifters"].levers == {"up": 2.0}
    assert set(found.holders["sinkers"].levers) == {"down"}
    assert found.holders["sinkers"].harmed == 1.0


def test_an_unwanted_outcome_is_to_be_prevented(pulled):
    claim = Claim(id="high", kind="forecast", says="It is high", model=Text("at(height, 10) > 2"), wanted=False)
    case = replace(pulled, claims={"high": claim})
    outcome = desired(case, read_outcome(case, claim.id))
    draws = draw(case, 64, seed=1)
    runs = simulate(case, draws, None, outcome.outputs(case))
    assert (outcome.holds(case, runs) != read_outcome(case, claim.id).holds(case, runs)).all()
    assert outcome.says.startswith("It does not come true: ")

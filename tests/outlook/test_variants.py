from pathlib import Path

import pytest

from wherenow.case.reader import read_case
from wherenow.errors import UsageError
from wherenow.execution import Execution
from wherenow.inference.calibrate import Effort
from wherenow.outlook.variant_comparison import OWN, compare_variants


@pytest.fixture(scope="module")
def found():
    growth = read_case(Path(__file__).parents[1] / "cases" / "growth")
    return compare_variants(
        growth, 1, Effort(runs=2, particles=256, moves=20, rounds=1), execution=Execution(threads=1)
    )


def test_the_case_as_written_and_every_variant_are_weighed(found):
    assert {c.id for c in found.candidates} == {OWN, "boundless", "gompertz"}
    assert sum(c.weighed.averaging for c in found.candidates) == pytest.approx(1, abs=1e-6)


def test_data_of_a_colony_that_filled_its_dish_speak_against_boundless_growth(found):
    weights = {c.id: c.weighed for c in found.candidates}
    assert weights["boundless"].averaging < 0.1
    assert weights["boundless"].evidence < 0.01
    assert weights["boundless"].behind > 2 * weights["boundless"].behind_error


def test_a_forecast_is_averaged_by_weight(found):
    expected = sum(c.weighed.averaging * c.p["keeps-growing"] for c in found.candidates)
    assert found.averaged["keeps-growing"] == pytest.approx(expected, abs=0.03)  # whole per cent, of finite draws


def test_the_finding_is_reported_in_words(found):
    assert "they speak against" in found.sentence
    assert "‘boundless’" in found.sentence.split("against")[1]


def test_a_case_without_variants_is_reported(line):
    with pytest.raises(UsageError, match="lists no variants"):
        compare_variants(line)

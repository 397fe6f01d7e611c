"""Numbers in formulas: one with a unit is converted or refused; one without draws a warning if far from the data."""

from pathlib import Path

import pytest

from wherenow.case.new import new_case
from wherenow.case.reader import read_case
from wherenow.claims.checking.formula_check import check_formula
from wherenow.claims.checking.thresholds import check_thresholds
from wherenow.claims.evaluation.robustness import robustness
from wherenow.claims.evaluation.signals import Declared
from wherenow.claims.evaluation.sources import data_signals, declared_data
from wherenow.claims.formulas.formula import parse_formula
from wherenow.errors import InputError

DECLARED = Declared("year", {"": {"gas": "TWh/year", "share": "1"}})


@pytest.fixture
def lake(tmp_path) -> Path:
    return new_case(tmp_path / "lake")


def problems(text: str) -> str:
    with pytest.raises(InputError) as caught:
        check_formula(parse_formula(text), DECLARED)
    return str(caught.value)


def test_a_number_is_converted_to_the_unit_of_the_other_operand(lake):
    case = read_case(lake)
    signals = data_signals(case)
    for text in ("at(lake_volume, 2012-01) < 48", "at(lake_volume, 2012-01) < 48000000 [m3]"):
        found = robustness(check_formula(parse_formula(text), declared_data(case)), signals)
        assert found.values == pytest.approx([1.0])
        assert found.unit == "hm3"


def test_a_number_in_percent_is_beside_a_share():
    check_formula(parse_formula("at(share, 2012) > 40 [percent]"), DECLARED)
    check_formula(parse_formula("-40 [%] < at(share, 2012) - 10 [%]"), DECLARED)


def test_a_number_in_another_dimension_is_refused_at_its_place():
    told = problems("at(gas, 2012) > 40 [TWh]")
    assert told.startswith("<text>:1:17: error: TWh/year cannot be compared with TWh")


def test_a_number_in_an_unknown_unit_is_refused_at_its_place():
    assert problems("at(gas, 2012) > 40 [TWhh/year]").startswith("<text>:1:17: error: unknown unit 'TWhh'")


def test_a_unit_takes_part_in_products():
    check_formula(parse_formula("at(gas, 2012) * 2 [year] > 40 [TWh]"), DECLARED)
    assert "cannot be compared" in problems("at(gas, 2012) * 2 [year] > 40 [TWh/year]")


def test_bounds_that_leave_nothing_are_an_error(lake):
    replace(lake, "min(water, 2010, 2013) < 50", "0.9 < at(filling, 2012) < 0.3")
    (told,) = check_thresholds(read_case(lake))
    assert (told.message, told.severity) == ("nothing is both above 0.9 and below 0.3, so this can never hold", "error")


@pytest.mark.parametrize(
    "fine", ["0.3 < at(filling, 2012) < 0.9", "at(filling, 2012) >= 0.3 and at(filling, 2012) <= 0.3"]
)
def test_bounds_that_leave_something_are_none(lake, fine):
    replace(lake, "min(water, 2010, 2013) < 50", fine)
    assert list(check_thresholds(read_case(lake))) == []


def test_forty_where_forty_percent_is_meant_is_doubted(lake):
    replace(lake, "min(water, 2010, 2013) < 50", "at(saving, 2012) < 40")
    path = lake / "model/town.yaml"
    text = path.read_text("utf-8").replace("  about: Share of its use", "  range: [0, 1]\n  about: Share of its use")
    path.write_text(text, "utf-8")
    (told,) = check_thresholds(read_case(lake))
    assert told.hint == "write 0.4 if 40% is meant"


def test_a_threshold_far_above_all_data_is_doubted(lake):
    replace(lake, "min(water, 2010, 2013) < 50", "min(water, 2010, 2013) < 50000")
    (told,) = check_thresholds(read_case(lake))
    assert "50000 is 495 times the greatest value of 'water' in the data" in told.message


def replace(folder: Path, old: str, new: str) -> None:
    path = folder / "claims.yaml"
    content = path.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new), "utf-8")

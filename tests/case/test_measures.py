"""A quantity in another unit of the right dimension is converted; any other is refused at its place."""

from pathlib import Path

import numpy as np
import pytest

from wherenow.case.case_types import Scenario
from wherenow.case.checking.check import check_case
from wherenow.case.reader import read_case
from wherenow.case.reading.measures import observation_factor
from wherenow.case.scenario import interventions, lever_intervention
from wherenow.errors import Text

RATIONING = 'unit: "1"\n  range: [0.5, 1]\n  default: 1'


def spoil(folder: Path, file: str, old: str, new: str, count: int = -1) -> None:
    content = (folder / file).read_text("utf-8")
    assert old in content
    (folder / file).write_text(content.replace(old, new, count), "utf-8")


def test_a_row_in_another_unit_is_converted_to_that_of_the_others(lake):
    spoil(lake, "data/lake.csv", "101,hm3", "101000000,m3")
    series = read_case(lake).data["lake_volume"]
    assert series.unit == "hm3"
    assert series.values[1] == pytest.approx(101)
    assert check_case(lake) == ()


def test_one_row_in_another_unit_is_not_taken_for_the_unit_of_the_series(lake):
    spoil(lake, "data/lake.csv", "98,hm3", "98,%", 1)
    (told,) = check_case(lake)
    assert str(told.location).endswith("lake.csv:2:27")


def test_a_series_keeps_its_unit_and_the_model_is_converted_to_it(lake):
    spoil(lake, "data/lake.csv", ",hm3,", ",m3,")
    case = read_case(lake)
    assert case.data["lake_volume"].unit == "m3"
    assert observation_factor(case, "lake_volume") == pytest.approx(1e6)


def test_the_fit_is_the_same_in_any_unit_of_the_data(lake):
    from wherenow.inference.likelihood.observation_model import data_times, observer

    before = read_case(lake)
    spoil(lake, "data/lake.csv", ",hm3,", ",m3,")
    after = read_case(lake)
    values = [observer(case, data_times(case)).predict((), np.empty((0, 1)))["lake_volume"] for case in (before, after)]
    assert values[1] == pytest.approx(1e6 * values[0])


def test_a_lever_in_percent_moves_a_share(lake):
    spoil(
        lake,
        "levers.yaml",
        'unit: "1"\n  range: [0.5, 1]\n  default: 1',
        "unit: percent\n  range: [50, 100]\n  default: 100",
    )
    case = read_case(lake)
    assert lever_intervention(case.levers["rationing"], 60).value == pytest.approx(0.6)
    (action,) = interventions(case, Scenario(id="s", do={"rationing": Text("60")}))
    assert action.value == pytest.approx(0.6)


def test_a_lever_that_scales_takes_percent(lake):
    spoil(
        lake,
        "levers.yaml",
        'unit: "1"\n  range: [0.5, 1]\n  default: 1',
        "act: scale\n  unit: '%'\n  range: [50, 100]\n  default: 100",
    )
    assert lever_intervention(read_case(lake).levers["rationing"], 60).value == pytest.approx(0.6)


def test_an_effect_in_percent_is_a_share(lake):
    spoil(lake, "events.yaml", "add: -0.9", "add: -90, unit: percent")
    (effect,) = read_case(lake).events["drought-2010"].effects
    assert effect.amount == pytest.approx(-0.9)


def test_data_that_the_model_reads_are_converted_to_the_unit_of_the_variable(lake):
    spoil(
        lake,
        "model/town.yaml",
        "initial_households:\n",
        "allowed:\n  series: { data: allowed }\n  unit: '1'\n  about: x\ninitial_households:\n",
    )
    spoil(lake, "model/town.yaml", "use_per_household * allowance", "use_per_household * allowance * allowed")
    (lake / "data/allowed.csv").write_text(
        "series,date,value,unit,source,licence,quality,note\nallowed,2001-01-01,90,percent,invented,MIT,read,\n"
    )
    case = read_case(lake)
    assert case.model.variables["allowed"].equations[0].expression.ys == pytest.approx((0.9,))
    assert case.data["allowed"].values == pytest.approx([90])
    assert check_case(lake) == ()


def test_a_scale_that_repeats_the_conversion_is_refused(lake):
    spoil(
        lake,
        "model/town.yaml",
        "initial_households:\n",
        "allowed:\n  series: { data: allowed, scale: 0.01 }\n  unit: '1'\n  about: x\ninitial_households:\n",
    )
    (lake / "data/allowed.csv").write_text(
        "series,date,value,unit,source,licence,quality,note\nallowed,2001-01-01,90,percent,invented,MIT,read,\n"
    )
    told = [d for d in check_case(lake) if "scale" in d.message]
    assert [d.hint for d in told] == ["leave out 'scale'"]

"""A forecast whose rule data can never decide causes a warning; one that awaits data does not."""

from dataclasses import replace

import pytest

from wherenow.case.new import new_case
from wherenow.case.reader import read_case
from wherenow.claims.checking.resolvable import never_resolved
from wherenow.errors import Text


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    return read_case(new_case(tmp_path_factory.mktemp("case") / "lake"))


def told(lake, rule: str, deadline: float = 2019.99) -> list[str]:
    prediction = replace(lake.predictions["lake-above-60"], resolve=Text(rule), deadline=deadline)
    return [str(d) for d in never_resolved(replace(lake, predictions={"x": prediction}))]


@pytest.mark.parametrize(
    "rule",
    [
        "at(lake_volume, 2019-07) >= 60",
        "max(lake_volume, 2017, 2019) >= 60",
        "at(lake_volume, 2012-01) < 50",
        "trend(lake_volume, 2012, 2018) > 0",
    ],
)
def test_a_rule_that_waits_for_data_is_sound(lake, rule):
    assert told(lake, rule) == []


@pytest.mark.parametrize(
    "rule",
    [
        "volatility(lake_volume, 2016, 2019) > 1",  # needs monthly figures, and the series has one in two years
        "at(lake_volume, 2030) >= 60",  # after the day on which it is to be known
        "max(lake_volume, 1990, 2019) >= 60",  # before the first datum
    ],
)
def test_a_rule_without_a_value_on_its_day_is_reported(lake, rule):
    (found,) = told(lake, rule)
    assert "the forecast 'lake-above-60' could never be resolved: its rule has no value on 2019-12-31" in found


def test_a_wrong_rule_is_reported_elsewhere(lake):
    assert told(lake, "at(lake_volum, 2019) > 60") == []

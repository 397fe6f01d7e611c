"""What is drawn on a fan chart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lxml import etree

from wherenow.outlook.outlook_types import Outlook
from wherenow.report.charts.fan import SMALL, describe, fan_chart
from wherenow.report.wording.times import TimeFormatter


@pytest.fixture
def fan(outlook: Outlook):
    return outlook.fans[0]


def drawn(*arguments: object, **options: object) -> etree._Element:
    return etree.fromstring(str(fan_chart(*arguments, **options)))


def of_class(drawing: etree._Element, name: str) -> list[etree._Element]:
    return [e for e in drawing.iter() if name in e.get("class", "").split()]


def test_bands_lie_under_the_median_which_lies_under_the_data(fan):
    order = [e.get("class") for e in drawn(fan, "Lake").iter() if e.get("class")]
    assert order.index("band90") < order.index("band50") < order.index("median") < order.index("datum")


def test_every_datum_is_drawn_and_says_its_date_and_value(fan):
    data = of_class(drawn(fan, "Lake"), "datum")
    assert [d[0].text for d in data] == ["1 June 2010: 0.5 meters", "1 January 2012: 0.7 meters, recalled"]


def test_a_recalled_datum_looks_different(fan):
    assert ["recalled" in d.get("class") for d in of_class(drawn(fan, "Lake"), "datum")] == [False, True]


def test_data_outside_the_band_stretch_the_axis(fan):
    far = replace(fan, data=(replace(fan.data[0], value=40.0),))
    assert 0 <= float(of_class(drawn(far, "Lake"), "datum")[0].get("cy")) <= SMALL.height


def test_a_series_that_is_nowhere_finite_is_drawn_empty(fan):
    empty = replace(fan, quantiles=np.full_like(fan.quantiles, np.nan), data=())
    assert of_class(drawn(empty, "Lake"), "median")[0].get("d") == ""


def test_the_description_tells_the_numbers_at_start_and_end(fan):
    said = describe(fan, TimeFormatter("year"))
    assert "in 2000 " in said
    assert "in 2025 " in said
    assert "90% of draws" in said
    assert said.endswith("in meters. 2 data points.")


def test_no_number_in_a_path_is_without_bound_or_nan(fan):
    text = str(fan_chart(fan, "Lake"))
    assert "nan" not in text
    assert "inf" not in text

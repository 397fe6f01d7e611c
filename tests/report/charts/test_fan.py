"""What is drawn on a fan chart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lxml import etree

from wherenow.outlook.types import Outlook
from wherenow.report.charts.fan import SMALL, WIDE, Mark, describe, fan_chart

DAM = Mark(1, 2011.0, "2011-01-01", "Dam built")


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


def test_an_event_explains_itself(fan):
    mark = of_class(drawn(fan, "Lake", (DAM,)), "event")[0]
    assert mark[0].text == "1 January 2011: Dam built"


def test_events_before_and_after_the_run_are_left_out(fan):
    outside = (replace(DAM, time=1990.0), replace(DAM, time=2050.0))
    assert not of_class(drawn(fan, "Lake", outside), "event")


def test_numbered_events_at_the_same_time_do_not_cover_each_other(fan):
    marks = tuple(replace(DAM, number=i, time=2011 + i / 100) for i in range(1, 5))
    places = {(c.get("cx"), c.get("cy")) for c in of_class(drawn(fan, "Lake", marks, size=WIDE), "event")}
    assert len({y for _, y in places}) == 4


def test_the_outlook_begins_at_the_cutoff(fan):
    drawing = drawn(fan, "Lake", cutoff=2020.0)
    assert of_class(drawing, "future")[0].get("x") == of_class(drawing, "cutoff")[0].get("x1")


def test_without_a_cutoff_nothing_is_shaded(fan):
    assert not of_class(drawn(fan, "Lake"), "future")


def test_a_series_that_is_nowhere_finite_is_drawn_empty(fan):
    empty = replace(fan, quantiles=np.full_like(fan.quantiles, np.nan), data=())
    assert of_class(drawn(empty, "Lake"), "median")[0].get("d") == ""


def test_the_description_tells_the_numbers_at_start_cutoff_and_end(fan):
    said = describe(fan, 2020.0)
    assert "in 2000 " in said
    assert "in 2020 " in said
    assert "in 2025 " in said
    assert "90% of draws" in said
    assert said.endswith("in meters. 2 data points.")


def test_no_number_in_a_path_is_without_bound_or_nan(fan):
    text = str(fan_chart(fan, "Lake", (DAM,), 2020.0, WIDE))
    assert "nan" not in text
    assert "inf" not in text

"""The ledger's view, before and after forecasts are registered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wherenow.case.case_types import Prediction
from wherenow.errors import Text
from wherenow.foresight.ledger import FILE, register, resolve
from wherenow.web.computation.case_analysis import Analysis
from wherenow.web.views import ledger_page

FULL = Prediction(
    id="full",
    says="The lake is full",
    model=Text("at(water, 2018) > 50"),
    resolve=Text("at(lake_volume, 2014) > 0"),
    by="2018-01",
    deadline=2018.0,
)


@pytest.fixture
def analysis(lake, tmp_path) -> Analysis:
    volume = lake.case.data["lake_volume"]
    known = volume.until(2012.5)
    columns = ("dates", "times", "values", "source", "licence", "quality", "note")
    later = replace(volume, **{column: getattr(volume, column)[len(known) :] for column in columns})
    case = replace(
        lake.case, predictions={"full": FULL}, folder=tmp_path, data={**lake.case.data, "lake_volume": known},
        later={"lake_volume": later}, cutoff=2012.5,
    )  # fmt: skip
    return Analysis(case, lake.draws)


def test_a_forecast_not_yet_written_down_is_shown_with_its_probability(analysis):
    found = ledger_page.context(analysis)
    assert [entry.id for entry in found["open"]] == ["full"]
    assert found["registered"] == set()
    assert 0 < found["open"][0].p <= 1


def test_one_that_is_written_down_is_shown_as_it_was_written(analysis):
    written = register(analysis.case, analysis.case.folder / FILE).added
    assert ledger_page.context(analysis)["open"] == list(written)


def test_one_that_data_decide_is_resolved_and_scored(analysis):
    path = analysis.case.folder / FILE
    register(analysis.case, path)
    resolve(analysis.case, path)
    found = ledger_page.context(analysis)
    assert found["open"] == []
    assert [entry.outcome for entry in found["resolved"]] == [True]
    assert found["scores"].brier == pytest.approx((1 - found["resolved"][0].p) ** 2)

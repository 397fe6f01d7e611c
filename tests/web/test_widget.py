"""The levers in a notebook."""

from __future__ import annotations

import pytest

from wherenow.errors import UsageError

pytest.importorskip("anywidget")


@pytest.fixture
def widget(lake):
    from wherenow.web.widget import Levers

    return Levers(lake.case, lake.draws)


def test_it_shows_the_case_as_it_is(widget):
    assert widget.title.startswith(widget._analysis.questions[0].says)
    assert widget.drawing.startswith("<svg")
    assert widget.rows[0]["base"] == widget.rows[0]["p"]


def test_a_lever_moved_draws_again(widget):
    before = widget.drawing
    widget.values = {"rationing": 0.5}
    assert widget.drawing != before
    assert widget.comparison.forecasts[0].change >= 0


def test_a_scenario_chosen_draws_again(widget):
    before = widget.drawing
    widget.scenario = "new-drought"
    assert widget.drawing != before


def test_an_unknown_lever_is_reported(widget):
    with pytest.raises(UsageError, match="no lever"):
        widget.values = {"rain": 1.0}

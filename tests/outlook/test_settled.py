"""What forecasts read that is settled before a lever acts: known once, and of the same bits."""

from __future__ import annotations

import numpy as np
import pytest

from wherenow.case.new import TEMPLATE
from wherenow.case.reader import read_case
from wherenow.claims.check import check_formula
from wherenow.claims.formula import parse_formula
from wherenow.claims.sources import declared_model
from wherenow.ensemble.draws import draw
from wherenow.ensemble.live import Live
from wherenow.outlook.comparison import truths
from wherenow.outlook.forecast import forecast_formulas
from wherenow.outlook.settled import settled


@pytest.fixture(scope="module")
def lake():
    case = read_case(TEMPLATE)
    formulas = forecast_formulas(case)
    names = tuple(dict.fromkeys(s.name for c in formulas.values() for s in c.formula.series))
    return case, Live(case, draw(case, 64), names), formulas


@pytest.mark.parametrize(
    "text",
    [
        "mean(water, 2010, 2013) < 50",
        "at(water, 2020-01) > at(water, 2012-06)",
        "volatility(water, 2017, 2019) < volatility(water, 2006, 2010)",
        "mean(water, 2008, 2019) > 0.5 * max(water, 2003, 2004)",
        "always[2016, 2019](water > 20) or growth(water, 2004-01, 2006-01) > 0",
    ],
)
def test_a_condition_holds_in_the_same_draws_as_when_read_whole(lake, text):
    case, live, _ = lake
    formulas = {"lake-recovers": check_formula(parse_formula(text), declared_model(case))}
    known = settled(case, live.base, formulas, live.start)
    for value in (0.5, 0.7):
        rest = live.rest({"rationing": value})
        whole = truths(case, live.runs({"rationing": value}, rest), formulas)
        part = truths(case, live.runs({"rationing": value}, rest, since=known.since), formulas, known)
        assert np.array_equal(whole["lake-recovers"][1], part["lake-recovers"][1])


def test_a_window_before_the_levers_is_read_once_and_what_lies_there_is_left_out(lake):
    case, live, _ = lake
    text = f"mean(water, {int(live.start) + 1}, {int(live.start) + 3}) > mean(water, 2004, 2006)"
    known = settled(
        case, live.base, {"lake-recovers": check_formula(parse_formula(text), declared_model(case))}, live.start
    )
    assert len(known.known) == 1
    assert live.start < known.since < live.start + 1


def test_forecasts_of_the_case_hold_in_the_same_draws(lake):
    case, live, formulas = lake
    known = settled(case, live.base, formulas, live.start)
    rest = live.rest({"rationing": 0.5})
    whole = truths(case, live.runs({"rationing": 0.5}, rest), formulas)
    part = truths(case, live.runs({"rationing": 0.5}, rest, since=known.since), formulas, known)
    assert all(np.array_equal(whole[name][1], part[name][1]) for name in formulas)

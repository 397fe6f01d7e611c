"""Findings on feedback loops, with planted shares."""

from __future__ import annotations

import numpy as np
import pytest

from wherenow.explain.loops.loop_shares import NamedLoops
from wherenow.report.cards.loop_findings import lead, loop_findings
from wherenow.report.wording.times import TimeFormatter

YEARS = TimeFormatter("year")


def planted(*shares: list[float], unit_draws: int = 4) -> NamedLoops:
    """Loops with the same shares in every draw, in periods of a year from 2000 on."""
    values = np.repeat(np.array(shares)[:, :, None], unit_draws, axis=2)
    names = tuple("ABCDE"[: len(shares)])
    titles = tuple(f"loop {name}" for name in names)
    return NamedLoops(names, titles, 2000.0 + np.arange(values.shape[1]), values, "prior only")


def says(loops: NamedLoops, name: str, clock: TimeFormatter = YEARS, **polarities: str) -> str:
    return next(f for f in loop_findings(loops, polarities, clock) if f["id"] == name)["says"]


def about(loops: NamedLoops, name: str, **polarities: str) -> str:
    return " ".join(next(f for f in loop_findings(loops, polarities, YEARS) if f["id"] == name)["about"])


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ([0.2, 0.7, 0.7, 0.2], "“loop A” drives the model most in 2001 to 2002, with 70% of the named loops' effect"),
        ([0.7, 0.2, 0.2, 0.7], "“loop A” drives the model most in 2000 and 2003, with 70% of the named loops' effect"),
        ([0.7, 0.7, 0.7, 0.7], "“loop A” drives the model most at all times, with 70% of the named loops' effect"),
        ([0.1, 0.3, 0.1, 0.1], "“loop A” never leads; its share is largest in 2001, at 30%"),
        ([0.01, 0.02, 0.05, 0.01], "“loop A” plays a small part: 5% at most, in 2002"),
        ([0.0, 0.0, 0.001, 0.0], "“loop A” has almost no effect: never as much as 1% of the named loops' effect"),
    ],
)
def test_a_loop_is_titled_by_how_much_it_drives_the_model_and_when(shares, said):
    assert says(planted(shares, [1 - s for s in shares]), "A") == said


def test_a_single_loop_has_nothing_to_be_compared_with():
    assert says(planted([1.0, 1.0]), "A").startswith("“loop A” is the only loop that the case names")
    assert lead(planted([1.0, 1.0]), YEARS, None) == ""


def test_the_longest_of_many_spans_are_named_in_order_of_time():
    shares = [0.9, 0.1, 0.9, 0.9, 0.1, 0.9, 0.9, 0.9, 0.1, 0.9, 0.9]
    said = says(planted(shares, [1 - s for s in shares]), "A")
    assert "in 2002 to 2003, 2005 to 2007 and 2009 to 2010, among other times" in said


def test_periods_of_a_case_in_days_are_days():
    said = says(planted([0.2, 0.7, 0.7], [0.8, 0.3, 0.3]), "A", TimeFormatter("day"))
    assert "from day 2,001 to 2,003" in said


def test_how_often_a_loop_leads_is_counted_over_draws():
    loops = planted([0.6, 0.6], [0.4, 0.4])
    loops.shares[:, :, 0] = loops.shares[::-1, :, 0]  # in one draw of four the other leads
    assert "In that period it leads in 75% of draws." in about(loops, "A")


def test_a_loop_that_acts_against_its_kind_says_so():
    shares = ([-0.6, 0.6, 0.6], [0.4, 0.4, 0.4])
    assert "It resists change instead of feeding it in 2000." in about(planted(*shares), "A", A="reinforcing")
    assert "It feeds change instead of resisting it in 2001 to 2002." in about(planted(*shares), "A", A="balancing")
    assert "instead" not in about(planted([0.6], [0.4]), "A", A="reinforcing")


def test_the_loop_that_drives_the_model_most_comes_first_and_is_reported_before_and_after_the_cut_off():
    loops = planted([0.2, 0.2, 0.7], [0.8, 0.8, 0.3])
    assert [f["id"] for f in loop_findings(loops, {}, YEARS)] == ["B", "A"]
    said = lead(loops, YEARS, 2002.0)
    assert said.startswith("Over the whole run “loop B” drives the model most, with 63%")
    assert said.endswith("From 2002 on “loop A” leads, with 70%.")


def test_a_loop_in_arabic_is_reported_in_arabic():
    clock = TimeFormatter("year", "ar")
    found = loop_findings(planted([0.2, 0.7], [0.8, 0.3]), {"A": "balancing", "B": "reinforcing"}, clock)
    text = " ".join(f"{f['says']} {' '.join(f['about'])}" for f in found)
    assert not set(text.replace("loop A", "").replace("loop B", "")) & set("abcdefghijklmnopqrstuvwxyz")

"""The scoreboard counts all stored and decided forecasts, good or bad."""

import re
from pathlib import Path

import pytest
from benchmarks.scoreboard import scoreboard, scored

from wherenow.case.builtin import included
from wherenow.case.reader import read_case
from wherenow.foresight.trials.store import LATER, stored_trial

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "scoreboard.md").read_text("utf-8")


@pytest.fixture(scope="module")
def ebola():
    return read_case(ROOT / "cases" / "ebola-2014")


@pytest.fixture(scope="module")
def limits():
    return read_case(ROOT / "cases" / "limits-to-growth")


def test_every_forecast_that_later_figures_decide_is_scored(ebola):
    found, waiting = scored(ebola)
    assert {f.id for f in found} == set(ebola.predictions)
    assert waiting == 0
    assert not next(f for f in found if f.id == "above-100000").came


def test_a_case_without_later_figures_has_open_forecasts_only():
    case = read_case(ROOT / "cases" / "iraq-us")
    assert scored(case) == ((), len(case.predictions))


def test_the_worst_miss_comes_first(limits):
    page = scoreboard([limits])
    briers = [float(row.split("|")[8]) for row in page.splitlines() if re.search(r"\| (yes|no) \|", row)]
    assert len(briers) == len(limits.predictions)
    assert briers == sorted(briers, reverse=True)


def test_the_stored_questions_belong_to_the_cases_as_they_are(ebola, limits):
    for case in (ebola, limits):
        assert stored_trial(case) is not None
        assert stored_trial(case, LATER) is not None


def test_the_page_in_the_docs_shows_every_case_and_at_least_150_scored_questions():
    asked = [
        int(row.split("|")[3])
        for row in PAGE.splitlines()
        if "| before the cut-off |" in row or "| with later figures |" in row
    ]
    assert sum(asked) >= 150
    assert all(f"| {name} |" in PAGE for name in included())

"""The CDC's projection of September 2014: the conditions under which the case's forecasts are honest."""

import csv
import importlib.util
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from wherenow.case.case_types import Case
from wherenow.case.checking.check import check_case
from wherenow.case.reader import read_case
from wherenow.case.variants import with_variant
from wherenow.claims.checking.checked_claims import check_claims, needed_outputs
from wherenow.claims.judge import judge
from wherenow.ensemble.draws import draw
from wherenow.ensemble.simulate import simulate

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "cases" / "ebola-2014"
COUNTRIES = ("liberia", "sierra_leone")


@pytest.fixture(scope="module")
def case() -> Case:
    return read_case(FOLDER)


@pytest.fixture(scope="module")
def runs(case):
    return simulate(case, draw(case, 256))


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def by_day(found: list[dict[str, str]], series: str) -> dict[date, float]:
    return {date.fromisoformat(row["date"]): float(row["value"]) for row in found if row["series"] == series}


def test_it_checks_without_error_or_warning(case):
    assert check_case(FOLDER) == ()
    assert check_claims(case) == ()


def test_figures_unknown_at_the_cut_off_are_in_a_separate_folder():
    assert all(row["date"] <= "2014-08-31" for row in rows("data/weekly.csv"))
    assert all(row["date"] > "2014-08-31" for row in rows("later/weekly.csv"))


def test_weeks_are_the_differences_of_reported_totals():
    place = ROOT / "docs" / "gallery" / "ebola_data.py"
    spec = importlib.util.spec_from_file_location("ebola_data", place)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    weeks = rows("data/weekly.csv") + rows("later/weekly.csv")
    for country in COUNTRIES:
        totals = by_day(rows("reports/totals.csv"), f"total_{country}")
        kept = {day: value for day, value in totals.items() if country == "liberia" or day not in made.WITHDRAWN}
        assert by_day(weeks, f"weekly_{country}") == made.weekly(kept)


def test_nobody_is_infected_twice(case, runs):
    for country in COUNTRIES:
        left = runs[f"susceptible[{country}]"]
        assert np.all(np.diff(left, axis=0) <= 1e-6)
        assert left.min() >= 0


def test_the_epidemic_shrinks_where_one_patient_infects_less_than_one(case):
    within = simulate(case, draw(case, 256), "care-70-september", ["reproduction[liberia]", "ill[liberia]"])
    late = within.times > 2014.95  # ten weeks after the programme began
    below = np.all(within["reproduction[liberia]"][late] < 0.95, axis=0)
    ill = within["ill[liberia]"][late]
    assert below.any()
    assert np.all(ill[-1, below] < ill[0, below])


def test_a_month_of_delay_makes_the_peak_higher(case):
    draws = draw(case, 64)
    peaks = [
        simulate(case, draws, name, ["onset_both"])["onset_both"].max(axis=0)
        for name in ("care-70-september", "care-70-october", "care-70-november")
    ]
    assert np.median(peaks[1] / peaks[0]) > 1.5
    assert np.median(peaks[2] / peaks[1]) > 1.5


def test_caution_only_ever_lowers_the_number_of_cases(case, runs):
    careful = simulate(with_variant(case, "behaviour-change"), draw(case, 256), None, ["reported_both"])
    assert np.all(careful["reported_both"][-1] <= runs["reported_both"][-1] * (1 + 1e-9))
    assert np.median(careful["reported_both"][-1]) < 0.5 * np.median(runs["reported_both"][-1])


def test_reported_doubling_times_are_as_the_article_says(case):
    draws = draw(case, 64)
    found = {f.id: f for f in judge(case, simulate(case, draws, None, needed_outputs(case)))}
    for claim in ("doubling-liberia", "doubling-sierra-leone", "growing"):
        assert found[claim].data.word == "holds"

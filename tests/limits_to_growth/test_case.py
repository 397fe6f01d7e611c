"""World3 as a case: it is the published model, and its scenarios do what the book says of them."""

import csv
from pathlib import Path

import numpy as np
import pytest

from wherenow.case.case_types import Case
from wherenow.case.checking.check import check_case
from wherenow.case.reader import read_case
from wherenow.claims.checking.checked_claims import check_claims, needed_outputs
from wherenow.claims.judge import judge
from wherenow.ensemble.draws import central, draw
from wherenow.ensemble.simulate import simulate

FOLDER = Path(__file__).parents[2] / "cases" / "limits-to-growth"
PUBLISHED = Path(__file__).parent / "pyworld3.csv"
"""The standard run of PyWorld3 1.1 (C. Vanwynsberghe 2021), half-year steps, every fifth year, as run by us.

It begins from the initial values of the book (AI, PFR, LUFD and a level flow of pollution), which PyWorld3 replaces by
values of its own; with those its runs differ from ours by up to 0.7% after 1910.
"""


@pytest.fixture(scope="module")
def case() -> Case:
    return read_case(FOLDER)


@pytest.fixture(scope="module")
def standard(case):
    return simulate(case, central())


def test_it_checks_without_error_or_warning(case):
    assert check_case(FOLDER) == ()
    assert check_claims(case) == ()


def test_the_standard_run_is_the_published_one_to_eight_digits(standard):
    with PUBLISHED.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    times = np.array([float(row.pop("time")) for row in rows])
    at = np.searchsorted(standard.times, times - 1e-9)
    for name in rows[0]:
        published = np.array([float(row[name]) for row in rows])
        np.testing.assert_allclose(np.ravel(standard[name])[..., at], published, rtol=1e-8, err_msg=name)


def test_the_standard_run_overshoots_and_collapses(standard):
    people, industry = np.ravel(standard["population"]), np.ravel(standard["industrial_output_per_person"])
    assert 2020 < standard.times[people.argmax()] < 2040
    assert standard.times[industry.argmax()] < standard.times[people.argmax()]
    assert people[-1] < 0.6 * people.max()


def test_with_twice_the_resources_pollution_rises_far_higher(case, standard):
    twice = simulate(case, central(), "twice-the-resources", ["pollution_index"])
    assert np.max(twice["pollution_index"]) > 2 * np.max(standard["pollution_index"])


def test_the_stable_world_has_no_collapse(case):
    stable = np.ravel(simulate(case, central(), "stable-world", ["population"])["population"])
    assert stable[-1] > 0.9 * stable.max()


def test_nothing_is_ever_negative(case):
    names = ["population", "industrial_capital", "arable_land", "resources", "pollution", "land_fertility"]
    runs = simulate(case, draw(case, 256), None, names)
    for name in names:
        assert np.min(runs[name]) >= 0, name


def test_figures_unknown_in_1972_are_in_a_separate_folder():
    for folder in ("data", "later"):
        with (FOLDER / folder / "world.csv").open(encoding="utf-8") as file:
            assert all((row["date"] > "1972-01") == (folder == "later") for row in csv.DictReader(file))


def test_what_the_book_says_of_the_years_before_it_holds_in_data(case):
    draws = draw(case, 64)
    runs = simulate(case, draws, None, needed_outputs(case))
    found = {f.id: f for f in judge(case, runs)}
    assert all(found[name].data.word == "holds" for name in ("people-double-in-a-generation", "industry-grows-faster"))

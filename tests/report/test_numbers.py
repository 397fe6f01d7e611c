"""Numbers and names as people read them."""

from __future__ import annotations

import math

import pytest

from wherenow.report.wording.numbers import (
    between,
    compact,
    counted,
    duration,
    human_name,
    human_unit,
    points,
    quantity,
    short,
)
from wherenow.report.wording.texts import chance, date, share
from wherenow.report.wording.times import TimeFormatter


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "0"), (1.0, "1"), (0.25, "0.25"), (-0.5, "−0.5"), (1336.4, "1,336"),
        (12345.0, "12,300"),
        (46012.0, "46,000"),
        (999_999.0, "1 million"), (2.5e6, "2.5 million"), (3e9, "3 billion"), (-2e12, "−2 trillion"),
        (0.0000123, "1.2e−05"), (100.0, "100"),
        (math.nan, "–"), (math.inf, "∞"), (-math.inf, "−∞"),
    ],
)  # fmt: skip
def test_a_number_has_three_digits_and_a_magnitude(value, said):
    assert compact(value) == said


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("1", ""), ("", ""), ("person/year", "people a year"), ("1/year^2", "per year²"), ("meter ** 3", "meter³"),
        ("a*b", "a · b"), ("attack/year", "attacks a year"), ("IQD/USD", "IQD per USD"),
        ("GUSD/year", "billion USD a year"),
        ("USD/oil_barrel", "USD an oil barrel"), ("TWh/year", "TWh a year"), ("1/year", "a year"), ("hm3", "hm³"),
    ],
)  # fmt: skip
def test_a_unit_is_written_for_people(unit, said):
    assert human_unit(unit) == said


def test_a_quantity_has_no_unit_where_it_is_a_pure_number():
    assert quantity(0.5, "1") == "0.5"
    assert quantity(5249.8, "person") == "5,250 people"


@pytest.mark.parametrize(
    ("value", "unit", "said"), [(1, "person", "1 person"), (2, "boy", "2 boys"), (0, "day", "0 days")]
)
def test_a_unit_has_its_plural(value, unit, said):
    assert quantity(value, unit) == said


@pytest.mark.parametrize(
    ("unit", "one", "several"),
    [
        ("people", "1 person", "2 people"), ("deaths", "1 death", "2 deaths"), ("parties", "1 party", "2 parties"),
        ("boxes", "1 box", "2 boxes"), ("gas", "1 gas", "2 gases"), ("species", "1 species", "2 species"),
        ("indices", "1 index", "2 indices"), ("class", "1 class", "2 classes"), ("fish", "1 fish", "2 fish"),
        ("houses", "1 house", "2 houses"), ("virus", "1 virus", "2 viruses"),
        ("armed men", "1 armed man", "2 armed men"),
    ],
)  # fmt: skip
def test_a_unit_may_be_written_in_the_plural_already(unit, one, several):
    assert (quantity(1, unit), quantity(2, unit)) == (one, several)


def test_a_unit_in_the_plural_below_the_line_is_one():
    assert human_unit("USD/people") == "USD a person"
    assert human_unit("deaths/months") == "deaths a month"


@pytest.mark.parametrize(
    ("n", "noun", "said"), [(1, "event", "1 event"), (1200, "draw", "1,200 draws"), (2, "party", "2 parties")]
)
def test_a_count_has_its_noun(n, noun, said):
    assert counted(n, noun) == said


@pytest.mark.parametrize(("value", "said"), [(250.0, "250"), (250_000.0, "250k"), (1.5e6, "1.5m"), (2e9, "2bn")])
def test_a_number_on_an_axis_is_short(value, said):
    assert short(value) == said


@pytest.mark.parametrize(
    ("unit", "time", "said"),
    [
        ("year", 2023.25, "April 2023"), ("year", 2019.5, "July 2019"), ("year", 2024.0, "2024"),
        ("day", 20.0, "day 20"),
        ("month", 7.5, "month 7.5"),
    ],
)  # fmt: skip
def test_a_time_is_written_as_people_do(unit, time, said):
    assert TimeFormatter(unit).moment(time) == said


@pytest.mark.parametrize(
    ("start", "stop", "said"),
    [
        (2023.25, 2024.25, "April 2023 to March 2024"), (2024.0, 2025.0, "2024"), (2014 + 5 / 12, 2014.5, "June 2014"),
        (2003.0, 2021.0, "2003 to 2020"),
    ],
)  # fmt: skip
def test_a_window_names_its_first_and_last_month_or_year(start, stop, said):
    assert TimeFormatter("year").span(start, stop) == said


@pytest.mark.parametrize(
    ("p", "words", "percent"),
    [(0.005, "almost no chance", "under 1%"), (0.6, "likely", "60%"), (0.995, "almost certain", "over 99%")],
)
def test_a_probability_has_words_that_fit_into_a_sentence(p, words, percent):
    assert (chance(p), share(p)) == (words, percent)


def test_arabic_has_its_own_dates_and_probability_words():
    assert date("2023-03-17", "ar") == "17 مارس 2023"
    assert chance(0.6, "ar") != chance(0.6)


@pytest.mark.parametrize(
    ("iso", "said"),
    [("2023-03-17", "17 March 2023"), ("2023-03", "March 2023"), ("2023", "2023"), ("2023-13-01", "2023-13-01")],
)
def test_a_date_is_written_for_people(iso, said):
    assert date(iso) == said


def test_an_element_of_an_array_is_named_after_a_colon():
    assert human_name("effort_pull[patronage,rest_of]") == "Effort pull: patronage, rest of"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("us_posture", "US posture"),
        ("pmf_strength", "PMF strength"),
        ("ttf", "TTF"),
        ("lng_in", "LNG in"),
        ("idps", "IDPs"),
    ],
)  # fmt: skip
def test_acronyms_are_in_capitals(name, said):
    assert human_name(name) == said


def test_an_interval_that_rounds_to_one_number_is_said_as_one():
    assert between(0.931, 0.933) == "93%"
    assert between(0.93, 0.96) == "93% to 96%"
    assert between(0.97, 1.0) == "97% to over 99%"


@pytest.mark.parametrize(("change", "said"), [(0.034, "+3"), (-0.81, "−81"), (0.001, "±0")])
def test_a_change_has_its_sign(change, said):
    assert points(change) == said


@pytest.mark.parametrize(("seconds", "said"), [(0.0123, "12 ms"), (0.4, "0.4 s"), (125.0, "2 min 5 s")])
def test_a_wall_time_is_said_in_its_unit(seconds, said):
    assert duration(seconds) == said

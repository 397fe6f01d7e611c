"""Numbers and names as people read them."""

from __future__ import annotations

import math

import pytest

from wherenow.report.numbers import between, compact, duration, human_date, human_name, human_unit, points, quantity


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "0"), (1.0, "1"), (0.25, "0.25"), (-0.5, "−0.5"), (1336.4, "1,336"), (12345.0, "12.3 k"),
        (999_999.0, "1 M"), (2.5e6, "2.5 M"), (3e9, "3 G"), (0.0000123, "1.2e−05"), (100.0, "100"),
        (math.nan, "–"), (math.inf, "∞"), (-math.inf, "−∞"),
    ],
)  # fmt: skip
def test_a_number_has_three_digits_and_a_magnitude(value, said):
    assert compact(value) == said


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("1", ""), ("", ""), ("person/year", "person / year"), ("1/year^2", "per year²"), ("meter ** 3", "meter³"),
        ("a*b", "a · b"),
    ],
)  # fmt: skip
def test_a_unit_is_written_for_people(unit, said):
    assert human_unit(unit) == said


def test_a_quantity_has_no_unit_where_it_is_a_pure_number():
    assert quantity(0.5, "1") == "0.5"
    assert quantity(5249.8, "person") == "5,250 person"


@pytest.mark.parametrize(
    ("iso", "said"),
    [("2023-03-17", "17 March 2023"), ("2023-03", "March 2023"), ("2023", "2023"), ("2023-13-01", "2023-13-01")],
)
def test_a_date_is_written_for_people(iso, said):
    assert human_date(iso) == said


def test_an_element_of_an_array_is_named_after_a_colon():
    assert human_name("effort_pull[patronage,rest_of]") == "Effort pull: patronage, rest of"


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

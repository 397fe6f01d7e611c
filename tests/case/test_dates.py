"""Dates are decimal years in which each month is an exact twelfth."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherenow.case.dates import decimal_year, duration, iso_date, moment, span


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2014", 2014.0),
        ("2014-01", 2014.0),
        ("2014-07", 2014.5),
        ("2014-06-16", 2014 + 5 / 12 + 15 / 30 / 12),
        (" 2003-03-20 ", 2003 + 2 / 12 + 19 / 31 / 12),
        ("2012-02-29", 2012 + 1 / 12 + 28 / 29 / 12),
    ],
)
def test_a_date_is_whole_months_and_the_share_of_the_month_that_has_passed(text, time):
    assert decimal_year(text) == pytest.approx(time, rel=1e-15)


@given(st.dates(datetime.date(1, 1, 1), datetime.date(9999, 12, 31)))
def test_a_date_read_and_written_is_the_same(date):
    assert iso_date(decimal_year(date.isoformat())) == date.isoformat()


@given(st.dates(), st.dates())
def test_later_dates_are_larger(one, other):
    assert (one < other) == (decimal_year(one.isoformat()) < decimal_year(other.isoformat()))


@pytest.mark.parametrize("text", ["2014-13", "2014-00", "2011-02-29", "14-06", "June 2014", "", "2014-6-31", "0000"])
def test_text_that_is_not_a_date_is_refused_with_a_message(text):
    with pytest.raises(ValueError, match=r"is not a date|has no"):
        decimal_year(text)


def test_durations_are_parts_of_a_year():
    assert duration("6 months") == pytest.approx(0.5)
    assert duration("2 years") == 2.0
    assert duration("365.25 days") == pytest.approx(1.0)
    with pytest.raises(ValueError, match="is not a duration"):
        duration("6 moons")


def test_a_model_that_counts_days_takes_numbers_and_no_dates():
    assert moment("12.5", "day") == 12.5
    with pytest.raises(ValueError, match="is not a number of day"):
        moment("2014-06", "day")
    with pytest.raises(ValueError, match="is not a number of day"):
        span("6 months", "day")


@pytest.mark.parametrize("text", ["nan", "inf", "-inf"])
def test_a_time_is_finite(text):
    with pytest.raises(ValueError, match="not a finite number"):
        moment(text, "day")

"""Dates and durations as decimal years, in which every month is an exact twelfth of a year.

``2014-06-16`` is 2014 + 5/12 + 15/30/12: whole months first, then the elapsed share of the month. Monthly and
half-monthly steps then meet the first of each month, which true day counts (365 or 366) would miss.
"""

from __future__ import annotations

import calendar
import math
import re

from wherenow.errors import UsageError

_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_A_DATE = "a date; write 2014, 2014-06 or 2014-06-16"
LAST_YEAR = 9999
_DURATION = re.compile(r"([0-9]*\.?[0-9]+(?:[eE][+-]?\d+)?)\s*([A-Za-z]+)")
_YEARS = {"year": 1.0, "month": 1 / 12, "week": 7 / 365.25, "day": 1 / 365.25}


def decimal_year(text: str) -> float:
    """Convert ``2014``, ``2014-06`` or ``2014-06-16`` to the time of its beginning, in years.

    Raises ValueError, with a readable message, if the text is not a date.
    """
    matched = _DATE.fullmatch(text.strip())
    if not matched:
        raise ValueError(f"{text.strip()!r} is not {_A_DATE}")
    year, month, day = (int(part) if part else 1 for part in matched.groups())
    if not year >= 1:
        raise ValueError(f"{text.strip()!r} has no such year")
    if not 1 <= month <= 12:
        raise ValueError(f"{text.strip()!r} has no month {month}: write year-month-day")
    days = calendar.monthrange(year, month)[1]
    if not 1 <= day <= days:
        raise ValueError(f"{text.strip()!r} has no day {day}; write one from 1 to {days}")
    return year + ((month - 1) + (day - 1) / days) / 12


def iso_date(time: float) -> str:
    """Return the date, ``YYYY-MM-DD``, nearest to a time in decimal years between 1 and 9999."""
    whole = time * 12
    months = int(whole // 1)
    days = calendar.monthrange(months // 12, months % 12 + 1)[1]
    day = round((whole - months) * days) + 1
    if day > days:
        months, day = months + 1, 1
    return f"{months // 12:04d}-{months % 12 + 1:02d}-{day:02d}"


def duration(text: str) -> float:
    """Convert ``6 months``, ``90 days``, ``2 years`` or ``1 week`` to years; raise ValueError for any other text."""
    matched = _DURATION.fullmatch(text.strip())
    unit = matched.group(2).lower().removesuffix("s") if matched else ""
    if not matched or unit not in _YEARS:
        raise ValueError(f"{text.strip()!r} is not a duration; write for example '6 months', '90 days' or '2 years'")
    return float(matched.group(1)) * _YEARS[unit]


def is_year(unit: str) -> bool:
    """Check whether a time unit is the year, so that dates can be times."""
    return unit.strip().lower() in {"year", "years", "yr", "yrs", "a"}


def moment(text: str, unit: str) -> float:
    """Read a time of a model that counts in ``unit``: a date if that is the year, else a number. Raises ValueError."""
    if is_year(unit):
        try:
            return decimal_year(text)
        except ValueError:
            if "-" in text.strip():
                raise
            year = finite(text, _A_DATE)
            if year > LAST_YEAR:  # such a number is 20140616 without hyphens, or a spreadsheet's count of days
                raise ValueError(f"{text.strip()!r} is not {_A_DATE}") from None
            return year
    return finite(text, f"a number of {plural(unit)}, the unit of this case's time")


def asked_moment(at: str | float, unit: str) -> float:
    """Read a time that a user gives, as :func:`moment` does. Raises UsageError."""
    try:
        return moment(at, unit) if isinstance(at, str) else float(at)
    except ValueError as error:
        raise UsageError(str(error)) from None


def written(time: float, unit: str) -> str:
    """Write a time of a model that counts in ``unit``, as :func:`moment` reads it: a date if that is the year."""
    return iso_date(time) if is_year(unit) else f"{time:g}"


def span(text: str, unit: str) -> float:
    """Read a length of time in ``unit``: a number, or a duration if the unit is the year. Raises ValueError."""
    try:
        return float(text)
    except ValueError:
        if is_year(unit):
            return duration(text)
        return finite(text, f"a number of {plural(unit)}")


def plural(unit: str) -> str:
    """Return the plural of a time unit: days, years."""
    return f"{unit}s" if unit and not unit.endswith("s") else unit or "units of time"


def number(text: str) -> float:
    """Convert digits to a number. Raises ValueError, also for the underscores and scripts that Python accepts."""
    if "_" in text or not text.isascii():
        raise ValueError(f"{text!r} is not a number")
    return float(text)


def finite(text: str, meant: str = "a number") -> float:
    """Convert digits to a finite number. Raises ValueError, which says that the text is not what is ``meant``."""
    try:
        value = number(text)
    except ValueError:
        raise ValueError(f"{text.strip()!r} is not {meant}") from None
    if not math.isfinite(value):
        raise ValueError(f"{text.strip()!r} is not a finite number")
    return value

"""Calendar measures of time (Vensim help, "GET TIME VALUE"), from the base date in the settings at the end of a file.

Lines ``37:`` to ``39:`` are taken as year, month and day at Time 0, and line ``40:`` as the unit of Time, from 0, a
year, to 7, a second (seen in the community's test models; the format is not published). In years, quarters and months a
year has 360 days, as the help says; in shorter units dates are those of the Gregorian calendar, found from the number
of the day by eras of 400 years that begin in March (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from wherenow.language.syntax import Call, Expression, ExpressionError, Number, Span

_LINE = re.compile(r"^(37|38|39|40):[ \t]*(\d+)[ \t]*\r?$", re.MULTILINE)
_DAY = 86400.0
_SECONDS = (360 * _DAY, 90 * _DAY, 30 * _DAY, 7 * _DAY, _DAY, 3600.0, 60.0, 1.0)
"""Seconds of each unit of Time: year, quarter, month, week, day, hour, minute, second."""
_ROUNDED_YEAR = 2
"""The last of the units in which a year has 360 days."""
_TO_DAY_ONE = 365
"""Days from 1 January of the year 0 (1 BC) to the day before Python's first, in the Gregorian calendar."""
_SLACK = 1e-3
"""Rounding error of a computed time, in seconds."""

GREGORIAN = """:MACRO: GREGORIAN YEAR(days : month, day)
GREGORIAN YEAR = year of era + era * 400 + IF THEN ELSE(month <= 2, 1, 0) ~~|
month = IF THEN ELSE(month from march < 10, month from march + 3, month from march - 9) ~~|
day = day of year - INTEGER((153 * month from march + 2) / 5) + 1 ~~|
month from march = INTEGER((5 * day of year + 2) / 153) ~~|
day of year = day of era - (365 * year of era + INTEGER(year of era / 4) - INTEGER(year of era / 100)) ~~|
year of era = INTEGER((day of era - INTEGER(day of era / 1460) + INTEGER(day of era / 36524)
    - INTEGER(day of era / 146096)) / 365) ~~|
day of era = days from march - era * 146097 ~~|
era = INTEGER(days from march / 146097) ~~|
days from march = days - 60 ~~|
:END OF MACRO:
"""
"""Year, month and day of a whole number of days since 1 January of the year 0, from March of that year on."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The date at Time 0 and the unit of Time; ``unit`` is an index in the list from a year, 0, to a second, 7."""

    base: date
    unit: int

    @property
    def rounded(self) -> bool:
        """Whether a year has 360 days."""
        return self.unit <= _ROUNDED_YEAR

    @property
    def seconds_at_0(self) -> float:
        """The seconds from 1 January of the year 0 to Time 0."""
        if self.rounded:
            return (self.base.year * 360 + (self.base.month - 1) * 30 + self.base.day - 1) * _DAY
        return (self.base.toordinal() + _TO_DAY_ONE) * _DAY


def calendar_of(sketch: str) -> Calendar | None:
    """Read the calendar in a file's settings; None if they have none."""
    found = {line: int(value[:9]) for line, value in _LINE.findall(sketch.rpartition("///---")[2])}
    if len(found) < 4 or found["40"] >= len(_SECONDS):
        return None
    try:
        return Calendar(date(found["37"], found["38"], found["39"]), found["40"])
    except ValueError:
        return None


def measured(calendar: Calendar | None, measure: float, at: Expression, span: Span) -> Expression:
    """Return the value of GET TIME VALUE at the time ``at``, in units of Time, for a calendar measure (1 to 9).

    Raises
    ------
    ExpressionError
        if there is no calendar, and for measures that the help leaves undefined.
    """
    if measure not in _MEASURES:
        hint = "the help does not say from when measure 10 counts seconds" if measure == 10 else "0 to 9"
        raise ExpressionError(f"measure {measure:g} is not supported", span, hint)
    if calendar is None:
        hint = "set one in Vensim: Settings, Time Bounds"
        raise ExpressionError("a calendar measure of time needs a base date, and the file has none", span, hint)
    if calendar.rounded and measure in (5, 6):
        hint = "by the help, a year has 360 days here, so the day of the week is undefined"
        raise ExpressionError("days can be counted only if the unit of time is at most a week", span, hint)
    elapsed = at * _SECONDS[calendar.unit]
    seconds = elapsed + calendar.seconds_at_0 + _SLACK
    make = _ROUNDED.get(measure) if calendar.rounded else None
    return (make or _MEASURES[measure])(seconds)


def _whole(value: Expression, of: float) -> Expression:
    """Count how often ``of`` fits."""
    return Call("integer", (value / of,))


def _left(value: Expression, of: float) -> Expression:
    return Call("modulo", (value, Number(of)))


def _days(seconds: Expression) -> Expression:
    return _whole(seconds, _DAY)


def _month(seconds: Expression) -> Expression:
    return Call("gregorian_year_to_month", (_days(seconds),))


_Make = Callable[[Expression], Expression]

_MEASURES: Mapping[float, _Make] = MappingProxyType({
    1: lambda s: Call("gregorian_year", (_days(s),)),
    2: lambda s: _whole(_month(s) + 2, 3.0),
    3: _month,
    4: lambda s: Call("gregorian_year_to_day", (_days(s),)),
    5: lambda s: _left(_days(s) + 6, 7.0),  # the first day of the year 0 was a Saturday
    6: _days,
    7: lambda s: _whole(_left(s, _DAY), 3600.0),
    8: lambda s: _whole(_left(s, 3600.0), 60.0),
    9: lambda s: _left(s - _SLACK, 60.0),
})  # fmt: skip

_ROUNDED: Mapping[float, _Make] = MappingProxyType({
    1: lambda s: _whole(s, 360 * _DAY),
    2: lambda s: _whole(_left(s, 360 * _DAY), 90 * _DAY) + 1,
    3: lambda s: _whole(_left(s, 360 * _DAY), 30 * _DAY) + 1,
    4: lambda s: _whole(_left(s, 30 * _DAY), _DAY) + 1,
})  # fmt: skip
"""Units of time in which a year has 360 days."""

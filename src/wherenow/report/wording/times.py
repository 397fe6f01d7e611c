"""Model times for people: months and years if the unit is the year, else ``day 20``."""

from __future__ import annotations

import math
from dataclasses import dataclass

from wherenow.case.dates import is_year, iso_date
from wherenow.claims.evaluation.signals import EDGE
from wherenow.report.wording.numbers import compact
from wherenow.report.wording.texts import texts, unit

MONTH = 1 / 12


@dataclass(frozen=True, slots=True)
class TimeFormatter:
    """A formatter of times in ``unit``, in a language."""

    unit: str
    language: str = "en"

    @property
    def dated(self) -> bool:
        """Whether times are dates."""
        return is_year(self.unit)

    @property
    def name(self) -> str:
        """The unit of time in the language; ``year`` if times are dates."""
        return "year" if self.dated else unit(self.unit, self.language, plural=False)

    def moment(self, time: float) -> str:
        """Format a time: ``March 2023``, ``2023`` at the beginning of a year, ``day 20``."""
        if not self.dated:
            return f"{self.name} {compact(time)}".strip()
        year, month = self._month(time)
        return f"{year}" if abs(time - round(time)) < EDGE else f"{self._named(month)} {year}"

    def month(self, time: float) -> str:
        """Format the month that contains a time: ``January 2023`` even at the beginning of a year."""
        if not self.dated:
            return self.moment(time)
        year, month = self._month(time)
        return f"{self._named(month)} {year}"

    def span(self, start: float, stop: float) -> str:
        """Format a half-open window: ``April 2023 to March 2024``, ``2024``, ``June 2014``, ``day 7 to 14``."""
        if not self.dated:
            return f"{self.moment(start)} {self._to} {compact(stop)}" if stop > start else self.moment(start)
        years = abs(start - round(start)) < EDGE and abs(stop - round(stop)) < EDGE
        if years and round(stop) - round(start) <= 1:
            return f"{round(start)}"
        if years:
            return f"{round(start)} {self._to} {round(stop) - 1}"
        first, last = self.month(start), self.month(max(start, stop - MONTH))
        return first if first == last else f"{first} {self._to} {last}"

    def machine(self, time: float) -> str:
        """Format a time for a table of numbers: ``2023-03-17`` if times are dates, else the number."""
        return iso_date(time) if self.dated else f"{time:.8g}"

    def tick(self, time: float, whole: bool = False) -> str:
        """Format a time on an axis: a year, or a month between years, with its year if ``whole``."""
        if not self.dated:
            return compact(time)
        if abs(time - round(time)) < EDGE:
            return f"{round(time)}"
        year, month = self._month(time)
        named = texts(self.language)["month.short"].split()[month]
        return f"{named} {year}" if whole else named

    @property
    def _to(self) -> str:
        return texts(self.language)["span.to"]

    @staticmethod
    def _month(time: float) -> tuple[int, int]:
        whole = math.floor(time * 12 + 1e-4)
        return whole // 12, whole % 12

    def _named(self, month: int) -> str:
        return texts(self.language)["month.long"].split()[month]

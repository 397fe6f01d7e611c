"""Measures of formulas: units as :mod:`wherenow.language` reads them, and two more kinds that only formulas have.

A plain number fits any unit that it is compared with or added to; a date is neither a number nor a duration.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from wherenow.errors import InputError
from wherenow.language.units import ONE as DIMENSIONLESS
from wherenow.language.units import Unit, units


@dataclass(frozen=True, slots=True)
class Measure:
    """A unit, or ``plain`` (a number that takes any unit), or ``date`` (a point in time)."""

    unit: Unit = DIMENSIONLESS
    plain: bool = False
    date: bool = False

    def __str__(self) -> str:
        return "date" if self.date else str(self.unit)

    def same(self, other: Measure) -> bool:
        return self.date == other.date and self.unit.agrees(other.unit)

    def fits(self, other: Measure) -> bool:
        """Return whether the two may be compared or added."""
        return self.plain or other.plain or self.same(other)

    def times(self, other: Measure, power: int = 1) -> Measure:
        """Return ``self * other ** power``, which is a plain number only if both are."""
        unit = self.unit * other.unit if power == 1 else self.unit / other.unit
        return Measure(unit, plain=self.plain and other.plain)

    def to(self, power: Fraction) -> Measure:
        return Measure(self.unit**power, plain=self.plain)


ONE = Measure()
PLAIN = Measure(plain=True)
DATE = Measure(date=True)


def read_measure(text: str, definitions: tuple[str, ...] = ()) -> Measure:
    """Return the measure that the unit of a variable or series spells.

    ``definitions`` are the case's own units. An invalid unit is reported where the case is checked; here it is a
    measure of its own that agrees only with itself.
    """
    try:
        return Measure(units(definitions).parse(text))
    except InputError:
        return Measure(Unit(1.0, ((text, Fraction(1)),), text))

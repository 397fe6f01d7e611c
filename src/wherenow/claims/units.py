"""Units of formulas: what results have which, and which may be compared.

Units of variables are read by the language room's registry. Data may carry words for units ("index 0-100"): such a
unit stands for itself, equals only itself and multiplies like any other. Two more kinds exist in formulas only: a plain
number fits any unit it is compared with or added to, and a date is neither a number nor a duration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Unit:
    """A product of powers of base units. ``any_unit``: a plain number. ``date``: a point in time."""

    powers: Mapping[str, Fraction] = field(default_factory=lambda: MappingProxyType({}))
    any_unit: bool = False
    date: bool = False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unit) and (dict(self.powers), self.date) == (dict(other.powers), other.date)

    def __hash__(self) -> int:
        return hash((frozenset(self.powers.items()), self.date))

    def __str__(self) -> str:
        if self.date:
            return "date"
        over = [_power(n, p) for n, p in sorted(self.powers.items()) if p > 0]
        under = [_power(n, -p) for n, p in sorted(self.powers.items()) if p < 0]
        return "/".join(["*".join(over) or "1", *under])

    def fits(self, other: Unit) -> bool:
        """Whether the two may be compared or added."""
        return self.any_unit or other.any_unit or self == other

    def times(self, other: Unit, power: Fraction = Fraction(1)) -> Unit:
        """``self * other ** power``. A number without a unit stays one only among its like."""
        powers = dict(self.powers)
        for name, exponent in other.powers.items():
            powers[name] = powers.get(name, Fraction(0)) + exponent * power
        return Unit({n: p for n, p in powers.items() if p}, any_unit=self.any_unit and other.any_unit)

    def to(self, power: Fraction) -> Unit:
        return Unit({n: p * power for n, p in self.powers.items() if p * power}, any_unit=self.any_unit)


ONE = Unit()
PLAIN = Unit(any_unit=True)
DATE = Unit(date=True)


def _power(name: str, power: Fraction) -> str:
    return name if power == 1 else f"{name}^{power}"

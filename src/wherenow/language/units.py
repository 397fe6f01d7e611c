"""Units of measurement, on pint: text to a :class:`Unit` that multiplies, divides and compares.

The registry holds our own short list of definitions instead of pint's full one, so that it loads at once; a case adds
its own. In *open* mode, for imported models, an unknown word is a new base unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from wherenow.errors import Diagnostic, InputError, Text, did_you_mean

if TYPE_CHECKING:
    import pint

_DEFINITIONS = """
thousand = 1e3
million = 1e6
billion = 1e9
percent = 0.01
year = [time] = yr = years
quarter = year / 4 = quarters
month = year / 12 = months
week = year / 52.1775 = weeks
day = year / 365.2425 = d = days
hour = day / 24 = h = hours
minute = hour / 60 = min = minutes
second = minute / 60 = s = seconds
person = [person] = people = persons
soldier = person = soldiers
fighter = person = fighters
adult = person = adults
death = person = deaths
household = [household] = households
event = [event] = events
attack = event = attacks
incident = event = incidents
USD = [dollar] = dollar = dollars = usd
EUR = [euro] = euro = eur
IQD = [dinar] = dinar = dinars = iqd
index = 1 = indices
point = 1 = points
share = 1
fraction = 1
radian = 1
meter = [length] = m = metre
kilometer = 1000 * meter = km
kilogram = [mass] = kg
gram = kilogram / 1000 = g
tonne = 1000 * kilogram = t = ton = tons
liter = 0.001 * meter ** 3 = l = litre
barrel = 0.158987294928 * meter ** 3 = bbl = barrels = oil_barrel
watt_hour = [energy] = Wh
kWh = 1000 * watt_hour
MWh = 1000 * kWh
GWh = 1000 * MWh
TWh = 1000 * GWh
watt = watt_hour / hour = W
MW = 1000000 * watt
GW = 1000 * MW
degree = [temperature] = degrees
widget = [widget] = widgets
"""

_WORD = re.compile(r"[^\W\d][\w$]*")
_NUMBERS = ("nan", "inf", "infinity")
LONGEST = 200
"""Characters a unit may have."""
_SMALL = re.compile(
    r"\s*(\(\s*)?[+-]?\s*(\d{1,3}(\.\d{0,4})?|\.\d{1,4})\s*(/\s*\d{1,2}\s*)?(?(1)\)|)\s*(?!\*\*|[\w.(])"
)
"""A power as units have it. pint would reckon out 9**9**9, which takes for ever."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit in base terms: ``factor`` times a product of ``powers``; ``text`` is only for people."""

    factor: float
    powers: tuple[tuple[str, Fraction], ...] = ()
    text: str = field(default="", compare=False)

    @property
    def dimensionless(self) -> bool:
        """Whether this is a plain number, such as 1 (and not percent)."""
        return not self.powers and self.same_scale(ONE)

    def same_scale(self, other: Unit) -> bool:
        """Whether factors agree, up to rounding."""
        return abs(self.factor - other.factor) <= 1e-9 * max(abs(self.factor), abs(other.factor))

    def agrees(self, other: Unit) -> bool:
        """Whether a quantity in one unit may be added to one in the other."""
        return self.powers == other.powers and self.same_scale(other)

    def __mul__(self, other: Unit) -> Unit:
        return self._combined(other, 1)

    def __truediv__(self, other: Unit) -> Unit:
        return self._combined(other, -1)

    def __pow__(self, exponent: Fraction) -> Unit:
        powers = tuple((name, power * exponent) for name, power in self.powers if exponent)
        return Unit(self.factor ** float(exponent), powers)

    def _combined(self, other: Unit, sign: int) -> Unit:
        powers = dict(self.powers)
        for name, power in other.powers:
            powers[name] = powers.get(name, Fraction(0)) + sign * power
        kept = tuple(sorted((n, p) for n, p in powers.items() if p))
        return Unit(self.factor * other.factor**sign, kept)

    def __str__(self) -> str:
        if self.text:
            return self.text
        over = [_power(n, p) for n, p in self.powers if p > 0]
        under = [_power(n, -p) for n, p in self.powers if p < 0]
        scale = "" if self.same_scale(ONE) else f"{self.factor:g} "
        shown = "·".join(over) or "1"
        return scale + shown + "".join(f"/{u}" for u in under)


ONE = Unit(1.0, (), "1")


def _power(name: str, power: Fraction) -> str:
    return name if power == 1 else f"{name}^{power}"


class Units:
    """Reads units. ``extra`` are definitions in pint's syntax, such as ``brigade = 4000 * person``."""

    def __init__(self, extra: Iterable[str] = ()) -> None:
        import pint

        self._registry: pint.UnitRegistry[float] = pint.UnitRegistry(None, autoconvert_to_preferred=False)
        for line in _DEFINITIONS.strip().splitlines():
            self._registry.define(line)
        for line in extra:
            self.define(line)
        self._known: dict[tuple[str, bool], Unit] = {}
        self._opened: set[str] = set()  # words that open mode made units of

    def define(self, line: str) -> None:
        """Add a unit. Raises InputError where pint cannot read the definition."""
        if (wrong := _outsized(line.replace("^", "**"))) is not None:
            raise InputError([Diagnostic(f"'{line[:60]}' is no unit definition: {wrong}")])
        try:
            self._registry.define(line)
        except Exception as error:  # pint raises many kinds for malformed definitions
            raise InputError([Diagnostic(f"'{line}' is no unit definition: {error}")]) from None

    def parse(self, text: str, where: Text | None = None, open: bool = False) -> Unit:  # noqa: A002
        """The unit that a text means; '', '1' and 'dmnl' are dimensionless.

        Raises
        ------
        InputError
            for an unknown word (never in open mode) or text that is no unit.
        """
        key = (text.strip(), open)
        if key not in self._known:
            self._known[key] = self._read(text.strip(), where or Text(text), open)
        return self._known[key]

    def imported(self, text: str) -> tuple[str, tuple[str, ...]]:
        """A unit of an imported model in the spelling that is read without open mode, and the words in it that are
        unknown. Raises InputError where it is no unit even in open mode.
        """
        plain = self._spelled(text.strip(), open_words=True)
        unknown = tuple(
            dict.fromkeys(word for word in _WORD.findall(plain) if word in self._opened or word not in self._registry)
        )
        self.parse(text, open=True)
        return re.sub(r"\s*\*\*\s*", "^", plain), unknown

    def _read(self, text: str, where: Text, open_words: bool) -> Unit:
        if text.lower() in ("", "1", "dmnl", "dimensionless", "unitless", "none"):
            return ONE
        plain = self._spelled(text, open_words)
        if (wrong := _outsized(plain)) is not None:
            raise InputError([Diagnostic(f"'{text[:60]}' is no unit: {wrong}", where.locate(0), "", text[:LONGEST])])
        for word in _WORD.findall(plain):
            # pint takes the former for attributes of Python, the latter for numbers
            private = word.startswith("_") or word.endswith("__") or word.lower() in _NUMBERS
            if private or not (word in self._registry if open_words else self._declared(word)):
                if private or not open_words:
                    hint = did_you_mean(word, [w for w in dir(self._registry) if not w.startswith("_")])
                    hint = hint or f"define a unit of your own in case.yaml: units: ['{word} = [{word}]']"
                    raise InputError([Diagnostic(f"unknown unit '{word}'", where.locate(0), hint, text)])
                self._registry.define(f"{word} = [{word}]")
                self._opened.add(word)
        try:
            found = self._registry.Quantity(1.0, "dimensionless") * self._registry.parse_expression(plain)
            root = found.to_root_units()
        except Exception:  # pint's parser raises many kinds
            raise InputError([Diagnostic(f"'{text}' is no unit", where.locate(0), "", text)]) from None
        powers = ((name, Fraction(power).limit_denominator(12)) for name, power in root.units._units.items())
        return Unit(float(root.magnitude), tuple(sorted((n, p) for n, p in powers if p)), text)

    def _declared(self, word: str) -> bool:
        """Whether a word is a unit without open mode having made it one; pint takes it with an s at its end too."""
        return word in self._registry and not {word, word.removesuffix("s")} & self._opened

    def _spelled(self, text: str, open_words: bool) -> str:
        """The text in pint's spelling: one word a unit, ``**`` for powers."""
        plain = text.replace("%", " percent ").replace("$", " USD ").replace("^", "**").replace("·", "*")
        plain = re.sub(r"\b(k?m)([23])\b", r"\1**\2", plain)
        if not open_words:
            return plain
        parts = re.split(r"(\*\*\s*-?\d+|[*/()])", plain)
        return "".join(p if re.fullmatch(r"\*\*.*|[*/()]|\s*", p) else self._one_word(p) for p in parts)

    def _one_word(self, text: str) -> str:
        """In imported models a unit may be several words, and singular or plural."""
        text = text.strip()
        if re.fullmatch(r"[\d.eE+-]+", text):
            return text
        words = re.sub(r"\W+", "_", text).strip("_").lower()
        if words in ("dmnl", "dimensionless", "") or words[0].isdigit():
            return "1" if not words[:1].isdigit() else f"unit_{words}"
        if words.endswith("s") and len(words) > 3 and not self._declared(words):
            words = words[:-2] if words.endswith("xes") else words[:-1]  # foxes are of one fox
        return words


def _outsized(plain: str) -> str | None:
    """Why a text is more than a unit could need, and could take for ever to reckon out; None where it is not."""
    if len(plain) > LONGEST:
        return f"it has more than {LONGEST} characters"
    before, *powers = re.split(r"\*\*|\^", plain)
    chained = any(_SMALL.fullmatch(power) for power in powers[:-1])
    of_brackets = sum(part.rstrip().endswith(")") for part in (before, *powers[:-1]))
    if chained or of_brackets > 1 or not all(_SMALL.match(power) for power in powers):
        return "a power is a plain number of at most three digits"
    return None


@lru_cache(maxsize=64)
def units(extra: tuple[str, ...] = ()) -> Units:
    """The reader of units with these extra definitions, built once."""
    return Units(extra)

"""Units of measurement: parse text to a :class:`Unit` that multiplies, divides and compares.

A short list of definitions covers the units of models of societies; a case adds its own. In *open* mode, for imported
models, an unknown word is a new base unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from wherenow.errors import Diagnostic, InputError, Text, did_you_mean

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
dimensionless = 1 = dmnl
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

LONGEST = 200
"""Maximum number of characters of a unit."""
MOST_BITS = 1 << 12
"""Maximum size of a factor in bits: more than a float can hold."""
_NO_NUMBERS = frozenset(("nan", "inf", "infinity"))
_WORD = re.compile(r"[^\W\d][\w$]*")
_BASE = re.compile(r"\[\w+\]")
_NAME = re.compile(rf"\s*({_WORD.pattern})")
_NUMBER = re.compile(r"\s*((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)(?![\w.])")
_OPERATOR, _BEGINS = re.compile(r"\s*(\*(?!\*)|/|per\b)"), re.compile(r"\s*([\w(.])")
_OPENS, _CLOSES, _RAISED = re.compile(r"\s*(\()"), re.compile(r"\s*(\))"), re.compile(r"\s*(\*\*)")
_DIGITS = r"[+-]?\s*(?:\d{1,3}(?:\.\d{0,4})?|\.\d{1,4})"
_POWER = re.compile(rf"\s*({_DIGITS})(?![\w.(]|\s*\*\*)")
_SMALL, _DIGITS_OF = re.compile("⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+"), str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_ROOT = re.compile(rf"\s*\(\s*({_DIGITS}(?:\s*/\s*\d{{1,2}})?)\s*\)(?!\s*\*\*)")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit in base terms: ``factor`` times a product of ``powers``; ``text`` is only for display."""

    factor: float
    powers: tuple[tuple[str, Fraction], ...] = ()
    text: str = field(default="", compare=False)

    @property
    def dimensionless(self) -> bool:
        """Whether this is a plain number, such as 1 (and not percent)."""
        return not self.powers and self.same_scale(ONE)

    def same_scale(self, other: Unit) -> bool:
        """Return whether factors agree, up to rounding."""
        return abs(self.factor - other.factor) <= 1e-9 * max(abs(self.factor), abs(other.factor))

    def agrees(self, other: Unit) -> bool:
        """Return whether quantities in the two units may be added."""
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
        nonzero = tuple(sorted((n, p) for n, p in powers.items() if p))
        return Unit(self.factor * other.factor**sign, nonzero)

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


@dataclass(frozen=True, slots=True)
class _Product:
    """A number times powers of units by name, as written; exact, so that the order of factors does not matter."""

    number: Fraction
    powers: Mapping[str, Fraction]

    def times(self, other: _Product, sign: int) -> _Product:
        powers = dict(self.powers)
        for name, power in other.powers.items():
            powers[name] = powers.get(name, Fraction(0)) + sign * power
        return _Product(self.number * other.number**sign, powers)

    def to_the(self, exponent: Fraction) -> _Product:
        return _Product(_raised(self.number, exponent), {n: p * exponent for n, p in self.powers.items()})


class Units:
    """Parses units. ``extra`` holds definitions: a name, its value, a symbol (``_`` for none) and other names.

    A new base unit equals its own name, or another, in square brackets: ``brigade = 4000 * person`` and ``household =
    [household] = _ = households``.
    """

    def __init__(self, extra: Iterable[str] = ()) -> None:
        self._defined: dict[str, _Product | None] = {}  # definition of each unit; None marks a base unit
        self._names: dict[str, str] = {}
        for line in _DEFINITIONS.strip().splitlines():
            self.define(line)
        for line in extra:
            self.define(line)
        self._known: dict[tuple[str, bool], Unit] = {}
        self._opened: set[str] = set()  # words that open mode turned into units

    def define(self, line: str) -> None:
        """Add a unit. Raises InputError if the definition cannot be parsed."""
        name, equals, *others = (part.strip() for part in (*line.split("="), ""))
        try:
            words = [name, *(word for word in others if word not in ("", "_"))]
            if not equals or any(not _WORD.fullmatch(word) for word in words):
                raise ValueError("write a name, =, and what it equals")
            self._defined[name] = None if _BASE.fullmatch(equals) else _UnitParser(equals.replace("^", "**")).read()
        except (ValueError, ArithmeticError) as error:
            raise InputError([Diagnostic(f"'{line[:LONGEST]}' is not a unit definition: {error}")]) from None
        self._names |= dict.fromkeys(words, name)

    def _named(self, word: str) -> str | None:
        """Return the name of the unit that a word means, singular or plural; None if there is none."""
        return self._names.get(word) or self._names.get(word.removesuffix("s"))

    def parse(self, text: str, where: Text | None = None, open: bool = False) -> Unit:  # noqa: A002
        """Parse the text of a unit; '', '1' and 'dmnl' are dimensionless.

        Raises
        ------
        InputError
            For an unknown word (never in open mode) or text that is not a unit.
        """
        key = (text.strip(), open)
        if key not in self._known:
            self._known[key] = self._read(text.strip(), where or Text(text), open)
        return self._known[key]

    def imported(self, text: str) -> tuple[str, tuple[str, ...]]:
        """Return a unit of an imported model in a spelling that needs no open mode, and its unknown words.

        Raises InputError if it is not a unit even in open mode.
        """
        plain = self._spelled(text.strip(), open_words=True)
        unknown = tuple(
            dict.fromkeys(word for word in _WORD.findall(plain) if word in self._opened or not self._named(word))
        )
        self.parse(text, open=True)
        return re.sub(r"\s*\*\*\s*", "^", plain), unknown

    def _read(self, text: str, where: Text, open_words: bool) -> Unit:
        if text.lower() in ("", "1", "dmnl", "dimensionless", "unitless", "none"):
            return ONE
        plain = self._spelled(text, open_words)
        try:
            product = _UnitParser(plain).read()
        except (ValueError, ArithmeticError) as error:
            message = f"'{text[:60]}' is not a unit: {error}"
            raise InputError([Diagnostic(message, where.locate(0), hint="", excerpt=text[:LONGEST])]) from None
        for word in product.powers:
            if word.lower() in _NO_NUMBERS:
                raise InputError([Diagnostic(f"'{word}' is not a unit", where.locate(0), hint="", excerpt=text)])
            if open_words and not self._named(word):
                self.define(f"{word} = [{word}]")
                self._opened.add(word)
            elif not open_words and not self._declared(word):
                hint = did_you_mean(word, self._names)
                hint = hint or f"define a unit of your own in case.yaml: units: ['{word} = [{word}]']"
                raise InputError([Diagnostic(f"unknown unit '{word}'", where.locate(0), hint=hint, excerpt=text)])
        powers: dict[str, Fraction] = {}
        try:
            factor = float(self._rooted(product, Fraction(1), powers))
        except (ValueError, ArithmeticError) as error:
            raise InputError(
                [Diagnostic(f"'{text}' is not a unit: {error}", where.locate(0), hint="", excerpt=text)]
            ) from None
        return Unit(factor, tuple(sorted((n, p) for n, p in powers.items() if p)), text)

    def _rooted(
        self, product: _Product, power: Fraction, found: dict[str, Fraction], within: tuple[str, ...] = ()
    ) -> Fraction:
        """Return the factor that converts a product to base units, and add its powers to ``found``."""
        factor = _raised(product.number, power)
        for word, exponent in product.powers.items():
            name, total = self._named(word), exponent * power
            if name is None or name in within:
                raise ValueError(f"'{word}' is defined by itself" if name else f"unknown unit '{word}'")
            definition = self._defined[name]
            if definition is None:
                found[name] = found.get(name, Fraction(0)) + total
            else:
                factor *= self._rooted(definition, total, found, (*within, name))
        return factor

    def _declared(self, word: str) -> bool:
        """Return whether a word is a declared unit, or its plural, not one that open mode added."""
        return self._named(word) is not None and not {word, word.removesuffix("s")} & self._opened

    def _spelled(self, text: str, open_words: bool) -> str:
        """Return the text with one word per unit and ``**`` for powers."""
        plain = text.replace("%", " percent ").replace("$", " USD ").replace("^", "**").replace("·", "*")
        plain = _SMALL.sub(lambda found: f"**{found[0].translate(_DIGITS_OF)}", plain)
        plain = re.sub(r"\b(k?m)([23])\b", r"\1**\2", plain)
        if not open_words:
            return plain
        parts = re.split(r"(\*\*\s*-?\d+|[*/()])", plain)
        return "".join(p if re.fullmatch(r"\*\*.*|[*/()]|\s*", p) else self._one_word(p) for p in parts)

    def _one_word(self, text: str) -> str:
        """Return one word, in the singular, for a unit of an imported model, which may be several words."""
        text = text.strip()
        if re.fullmatch(r"[\d.eE+-]+", text):
            return text
        words = re.sub(r"\W+", "_", text).strip("_").lower()
        if words in ("dmnl", "dimensionless", "") or words[0].isdigit():
            return "1" if not words[:1].isdigit() else f"unit_{words}"
        if words.endswith("s") and len(words) > 3 and not self._declared(words):
            words = words[:-2] if words.endswith("xes") else words[:-1]  # the singular of `foxes` is `fox`
        return words


class _UnitParser:
    """Parses a product of numbers and units; a blank between two of them means ``*``."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise ValueError(f"it has more than {LONGEST} characters")
        self.text, self.at = text, 0

    def read(self) -> _Product:
        """Parse the whole text. Raises ValueError with the reason if it is not a unit."""
        product = self._product()
        if rest := self.text[self.at :].strip():
            raise ValueError(f"{rest[:10]!r} is not expected")
        return product

    def _take(self, pattern: re.Pattern[str]) -> str:
        matched = pattern.match(self.text, self.at)
        self.at = matched.end() if matched else self.at
        return matched[1] if matched else ""

    def _product(self) -> _Product:
        product = self._factor()
        while operator := self._take(_OPERATOR) or ("*" if _BEGINS.match(self.text, self.at) else ""):
            product = product.times(self._factor(), 1 if operator == "*" else -1)
        return product

    def _factor(self) -> _Product:
        if self._take(_OPENS):
            factor = self._product()
            if not self._take(_CLOSES):
                raise ValueError("a bracket is not closed")
        elif word := self._take(_NAME):
            factor = _Product(Fraction(1), {word: Fraction(1)})
        elif number := self._take(_NUMBER):
            factor = _Product(Fraction(number), {})
        else:
            raise ValueError("a unit is missing")
        if not self._take(_RAISED):
            return factor
        if power := self._take(_POWER) or self._take(_ROOT):
            return factor.to_the(Fraction("".join(power.split())))
        raise ValueError("a power is a plain number of at most three digits")


def _raised(number: Fraction, exponent: Fraction) -> Fraction:
    """Return a power, exact if the exponent is whole. Raises ValueError if it would have thousands of digits."""
    if (number.numerator.bit_length() + number.denominator.bit_length()) * abs(exponent) > MOST_BITS:
        raise ValueError("its factor is too large or too small")
    if exponent.denominator == 1:
        return Fraction(number**exponent.numerator)
    return Fraction(float(number) ** float(exponent))


@lru_cache(maxsize=64)
def units(extra: tuple[str, ...] = ()) -> Units:
    """Return the parser of units with these extra definitions, built once."""
    return Units(extra)

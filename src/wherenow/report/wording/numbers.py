"""Formatting of numbers, units, dates and names for people."""

from __future__ import annotations

import math
import re

from wherenow.foresight.verbal_probabilities import percent as percent

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LARGE = ((1e12, "trillion", "tn"), (1e9, "billion", "bn"), (1e6, "million", "m"))
_PREFIXES = {"k": "thousand", "M": "million", "G": "billion", "T": "trillion"}
_IRREGULAR = {
    "person": "people", "child": "children", "man": "men", "woman": "women", "foot": "feet", "index": "indices",
    **{same: same for same in (
        "aircraft", "cattle", "celsius", "data", "equipment", "fish", "goods", "hertz", "means", "money", "percent",
        "personnel", "police", "series", "sheep", "species", "staff", "water",
    )},
}  # fmt: skip
_ONE_OF = {several: one for one, several in _IRREGULAR.items()}
_ACRONYMS = {"us": "US", "uk": "UK", "eu": "EU", "un": "UN", "idps": "IDPs", "usd": "USD", "ai": "AI"}
MINUS = "−"


def compact(value: float) -> str:
    """Format a number with three significant digits: 46012 is ``46,000``, 1.336e6 is ``1.34 million``.

    NaN is a dash.
    """
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    size = abs(value)
    if size >= 999_500:
        factor, name, _ = next(row for row in _LARGE if size >= row[0] * 0.9995)
        return f"{_digits(value / factor)} {name}"
    if size >= 9999.5:
        step = 10.0 ** (math.floor(math.log10(size)) - 2)
        return f"{round(value / step) * step:,.0f}".replace("-", MINUS)
    return _digits(value)


def short(value: float) -> str:
    """Format a number briefly, as on an axis: ``250k``, ``1.5m``, ``2bn``."""
    size = abs(value)
    for factor, _, letters in _LARGE:
        if size >= factor * 0.9995:
            return f"{_digits(value / factor)}{letters}"
    return f"{_digits(value / 1000)}k" if size >= 9999.5 else compact(value)


def _digits(value: float) -> str:
    size = abs(value)
    if size == 0:
        return "0"
    if size < 1e-4:
        return f"{value:.1e}".replace("-", MINUS)
    decimals = max(0, 2 - math.floor(math.log10(size)))
    text = f"{value:,.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", MINUS)


def quantity(value: float, unit: str) -> str:
    """Format a number with its unit: ``1 person``, ``46,000 people``, ``52 attacks a year``."""
    return f"{compact(value)} {human_unit(unit, plural=compact(abs(value)) != '1')}".strip()


def human_unit(unit: str, plural: bool = True) -> str:
    """Format a unit: '' for a pure number, ``attacks a year`` for ``attack/year``, ``billion USD``."""
    text = unit.strip().replace("**", "^")
    if text in {"", "1"}:
        return ""
    upper, _, lower = text.partition("/")
    words = [_numerator(upper.strip(), plural)] if upper.strip() != "1" else []
    if lower.strip():
        word = _numbered(_unit_word(lower.strip()), plural=False)
        simple = re.fullmatch(r"[a-z ]+", word)
        words.append(f"{'an' if word[0] in 'aeiou' else 'a'} {word}" if simple else f"per {word}")
    return " ".join(words)


def _numerator(text: str, plural: bool) -> str:
    prefixed = re.fullmatch(r"([kMGT])([A-Z]{3})", text)
    if prefixed:
        return f"{_PREFIXES[prefixed[1]]} {prefixed[2]}"
    word = _unit_word(text)
    return _numbered(word, plural)


def _numbered(word: str, plural: bool) -> str:
    """Put a unit that is a noun in the plural or singular; symbols such as ``km`` and ``TWh`` do not change."""
    noun = re.fullmatch(r"[a-z ]{3,}", word) and re.search("[aeiou]", word)
    return (plural_of if plural else singular_of)(word) if noun else word


def _unit_word(text: str) -> str:
    text = re.sub(r"\s*\^\s*(-?\d+)", lambda m: m.group(1).translate(_SUPERSCRIPT), text)
    text = re.sub(r"\s*/\s*", " per ", re.sub(r"\s*\*\s*", " · ", text))
    text = re.sub(r"\b([a-z]+?)([23])\b", lambda m: m[1] + m[2].translate(_SUPERSCRIPT), text)
    return text.replace("_", " ")


def plural_of(noun: str) -> str:
    """Return the plural of an English noun in either number: ``people`` for ``person`` and ``people``."""
    stem, space, last = singular_of(noun).rpartition(" ")
    if last in _IRREGULAR:
        last = _IRREGULAR[last]
    elif re.search(r"(s|x|ch|sh)$", last):
        last += "es"
    elif re.search(r"[^aeiou]y$", last):
        last = f"{last[:-1]}ies"
    else:
        last += "s"
    return f"{stem}{space}{last}"


def singular_of(noun: str) -> str:
    """Return the singular of an English noun in either number. Nouns in -ss, -us, -is and -as count as singular."""
    stem, space, last = noun.rpartition(" ")
    if last in _ONE_OF or last in _IRREGULAR:
        last = _ONE_OF.get(last, last)
    elif re.search(r"[^aeiou]ies$", last):
        last = f"{last[:-3]}y"
    elif re.search(r"(x|ch|sh|ss)es$", last):
        last = last[:-2]
    elif re.search(r"[^suia]s$", last):
        last = last[:-1]
    return f"{stem}{space}{last}"


def counted(n: int, noun: str) -> str:
    """Format a count and its noun: ``1 event``, ``1,200 draws``."""
    return f"{n:,} {noun if n == 1 else plural_of(noun)}"


def human_name(name: str) -> str:
    """Write a variable's or sector's name in words: ``us_posture`` is ``US posture``, ``x[a,b_c]`` is ``X: a, b c``."""
    if "_" not in name and " " in name:  # a person already wrote it as a label
        return name[:1].upper() + name[1:]
    text = re.sub(r"\[(.*)\]", lambda m: ": " + m.group(1).replace(",", ", "), name.replace("_", " "))
    text = re.sub(r"[A-Za-z]+", lambda m: _acronym(m[0]), text)
    return text[:1].upper() + text[1:]


def _acronym(word: str) -> str:
    """Capitalise acronyms: known ones, and words of two to five letters without a vowel."""
    if word.islower() and 2 <= len(word) <= 5 and not re.search("[aeiouy]", word):
        return word.upper()
    return _ACRONYMS.get(word, word)


def anchor(name: str) -> str:
    """Convert a name to an anchor in a page: letters, digits, dots and hyphens."""
    return re.sub(r"[^\w.-]+", "-", name)


def between(low: float, high: float) -> str:
    """Format an interval of probabilities: ``93% to 96%``, or one number if both ends round to it."""
    first, last = percent(low), percent(high)
    return first if first == last else f"{first} to {last}"


def points(change: float) -> str:
    """Format a change of a probability in percentage points, with its sign."""
    whole = round(100 * change)
    return f"{'+' if whole > 0 else MINUS if whole < 0 else '±'}{abs(whole)}"


def signed(value: float) -> str:
    """Format a correlation with its sign: ``+0.51``."""
    return f"{value:+.2f}".replace("-", MINUS)


def duration(seconds: float) -> str:
    """Format a wall time: ``0.4 s``, ``12 ms``, ``2 min 5 s``."""
    if seconds < 0.0995:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60} s"

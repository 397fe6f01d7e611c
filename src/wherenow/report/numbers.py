"""Numbers, units, dates and names as people read them."""

from __future__ import annotations

import math
import re

from wherenow.foresight.words import percent

__all__ = ["anchor", "between", "compact", "duration", "human_date", "human_name", "human_unit", "percent", "points",
           "quantity", "signed"]  # fmt: skip

_MAGNITUDES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
MINUS = "−"


def compact(value: float) -> str:
    """A number in three significant digits with k, M, G or T: 1,336 is ``1.34 k``. NaN is a dash."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    size = abs(value)
    if size >= 9999.5:
        factor, letter = next((f, m) for f, m in _MAGNITUDES if size >= f * 0.9995)
        return f"{_digits(value / factor)} {letter}"
    return _digits(value)


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
    """A number with its unit."""
    return f"{compact(value)} {human_unit(unit)}".strip()


def human_unit(unit: str) -> str:
    """A unit for people: nothing for a pure number, ``per year²`` for ``1/year^2``, ``person / year``."""
    text = unit.strip().replace("**", "^")
    if text in {"", "1"}:
        return ""
    text = re.sub(r"\s*\^\s*(-?\d+)", lambda m: m.group(1).translate(_SUPERSCRIPT), text)
    text = re.sub(r"\s*\*\s*", " · ", text)
    if re.match(r"1\s*/", text):
        return "per " + re.sub(r"^1\s*/\s*", "", text)
    return re.sub(r"\s*/\s*", " / ", text)


def human_date(iso: str) -> str:
    """``2023-03-17`` as ``17 March 2023``; ``2023-03`` as ``March 2023``; other text as it is."""
    matched = re.fullmatch(r"(\d{4})-(\d{2})(?:-(\d{2}))?", iso)
    if not matched or not 1 <= int(matched[2]) <= 12:
        return iso
    month = f"{_MONTHS[int(matched[2]) - 1]} {matched[1]}"
    return f"{int(matched[3])} {month}" if matched[3] else month


def human_name(name: str) -> str:
    """A variable's or sector's name in words: ``us_posture`` is ``us posture``, ``x[a,b_c]`` is ``x: a, b c``."""
    text = name.replace("_", " ")
    text = re.sub(r"\[(.*)\]", lambda m: ": " + m.group(1).replace(",", ", "), text)
    return text[:1].upper() + text[1:]


def anchor(name: str) -> str:
    """A name as an address inside a page: letters, digits, dots and hyphens."""
    return re.sub(r"[^\w.-]+", "-", name)


def between(low: float, high: float) -> str:
    """An interval of probabilities: ``93% to 96%``, or one number where both ends round alike."""
    first, last = percent(low), percent(high)
    return first if first == last else f"{first} to {last}"


def points(change: float) -> str:
    """A change of a probability in percentage points, with its sign."""
    whole = round(100 * change)
    return f"{'+' if whole > 0 else MINUS if whole < 0 else '±'}{abs(whole)}"


def signed(value: float) -> str:
    """A correlation with its sign: ``+0.51``."""
    return f"{value:+.2f}".replace("-", MINUS)


def duration(seconds: float) -> str:
    """A wall time: ``0.4 s``, ``12 ms``, ``2 min 5 s``."""
    if seconds < 0.0995:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60} s"

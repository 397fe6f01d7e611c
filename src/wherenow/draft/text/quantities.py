"""Figures with their units, in digits or in words."""

from __future__ import annotations

import re

from wherenow.draft import words
from wherenow.draft.proposals import QuantityProposal
from wherenow.draft.text.parsing import Parsed
from wherenow.draft.text.text_dates import mentions

_ONES = {word: n for n, word in enumerate(words.ordered("ones"), start=1)}
_TENS = {word: 10 * n for n, word in enumerate(words.ordered("tens"), start=2)}
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "bn": 1e9, "m": 1e6}
_SYMBOLS = {"$": "US dollar", "US$": "US dollar", "£": "pound", "€": "euro", "¥": "yen"}
_UNITS = {
    **dict.fromkeys(("%", "percent", "per cent", "percentage points"), "%"),
    **dict.fromkeys(("centimetres", "centimeters"), "cm"),
    **dict.fromkeys(("metres", "meters"), "m"),
    **dict.fromkeys(("kilometres", "kilometers"), "km"),
    "megawatts": "MW",
    "gigawatts": "GW",
    "tons": "tonnes",
    "degrees": "degree",
    "dollars": "US dollar",
    "euros": "euro",
    "pounds": "pound",
}
_MEASURED = frozenset({*_UNITS.values(), "days", "minutes", "hours", "weeks", "tonnes"})
_NUMBER = r"\d{1,3}(?:[,  ]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_WORD = r"(?:half an?|an?|" + "|".join([*_ONES, *_TENS]) + r")(?:[ -](?:" + "|".join(_ONES) + r"))?"
_FIGURE = re.compile(
    rf"(?P<symbol>US\$|[$£€¥])?\s?(?<![\w.])(?P<number>{_NUMBER}|\b{_WORD}\b)"
    r"(?P<scale>[ -]?\b(?:hundred|thousand|million|billion|trillion|bn)\b)*"
    r"(?P<unit>\s?%| per ?cent(?:age points?)?\b| of [^\W\d_]+ [^\W\d_]+|(?: (?!of\b|and\b|or\b|to\b|in\b)[^\W\d_]+)?)"
    r"(?P<rate>(?: (?:a|per|each) (?!half\b)[^\W\d_]+)?)",
    re.IGNORECASE,
)


def quantities(sentences: list[Parsed]) -> tuple[QuantityProposal, ...]:
    """Find the figures of a text, in order, without dates and bare counts in words."""
    return tuple(q for s in sentences for q in _in(s))


def _in(sentence: Parsed) -> list[QuantityProposal]:
    text = sentence.doc.text
    dates = [(m.start, m.end) for m in mentions(text, "2000")]
    figures = []
    for match in _FIGURE.finditer(text):
        start, end = match.start("symbol") if match["symbol"] else match.start("number"), match.end()
        if any(a < match.end("number") and match.start("number") < b for a, b in dates):
            continue
        value = _value(match["number"], text[match.end("number") : match.start("unit")])
        if value is None:
            continue
        unit = " ".join(match["unit"].split())
        plain = _UNITS.get(unit.lower(), unit)
        if plain.lower() in words.listed("no-units"):
            plain, end = "", match.start("unit")
        before = text[: match.start("number")].rstrip()
        glued = match.start("number") > 1 and text[match.start("number") - 1] == "-"
        plural = text[match.end("number") : match.end("number") + 2] == "s "
        if glued or plural or before.endswith((" per", "the", "The")):
            continue
        if plain and not _is_unit(sentence, match.start("unit")):
            plain, end = "", match.start("unit")
        worded = not match["number"][0].isdigit()
        scaled = bool(text[match.end("number") : match.start("unit")].strip())
        measured = plain in _MEASURED or unit.lower() in _UNITS
        number = match["number"].lower()
        if (worded and not (measured or scaled or value >= 20)) or (number in ("a", "an") and not scaled):
            continue
        if number.startswith("half") and not measured and unit.lower() not in ("metre", "meter", "kilometre", "mile"):
            continue
        if match["symbol"]:
            plain = _SYMBOLS[match["symbol"].upper()]
        rate = match["rate"].split()[-1:]
        plain += f"/{rate[0]}" if rate and plain else ""
        where = {"start": sentence.start + start, "end": sentence.start + end}
        figures.append(QuantityProposal(value=value, unit=plain, sentence=sentence.id, confidence=0.7, **where))
    return figures


def _is_unit(sentence: Parsed, at: int) -> bool:
    """Return whether there is a noun or a symbol at ``at``."""
    token = next((t for t in sentence.doc if t.idx >= at and t.text.strip()), None)
    return token is not None and (token.pos_ in ("NOUN", "PROPN", "SYM", "ADP") or token.text == "%")


def _value(number: str, scales: str) -> float | None:
    text = number.lower()
    if text[0].isdigit():
        value = float(re.sub(r"[,  ]", "", text))
    elif text.startswith("half"):
        value = 0.5
    elif text in ("a", "an"):
        value = 1.0
    else:
        parts = re.split(r"[ -]", text)
        value = float(sum(_ONES.get(p, 0) + _TENS.get(p, 0) for p in parts))
        if value == 0:
            return None
    for scale in re.findall(r"[a-z]+", scales.lower()):
        value *= _SCALES.get(scale, 1.0)
    return value

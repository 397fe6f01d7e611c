"""Texts of the app and the report: one YAML file per language in ``texts/``; the English one is complete."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from wherenow.foresight.verbal_probabilities import INSTALL, LAST, SCALE
from wherenow.report.wording.numbers import compact, counted, human_unit, points, quantity

FOLDER = Path(__file__).parents[1] / "texts"
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


@cache
def languages() -> tuple[str, ...]:
    """Return the languages with texts, English first."""
    names = sorted(path.stem for path in FOLDER.glob("*.yaml"))
    return ("en", *(name for name in names if name != "en"))


def language_of(name: str) -> str:
    """Return the language ``name`` if it has texts, else English."""
    return name if name in languages() else "en"


@cache
def texts(language: str) -> Mapping[str, str]:
    """Return texts by key; those missing in a language are in English."""
    import yaml

    content = (FOLDER / f"{language}.yaml").read_text("utf-8")
    own: dict[str, str] = yaml.load(content, getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    return own if language == "en" else {**texts("en"), **own}


def teller(language: str) -> Callable[..., str]:
    """Return ``tell(key, **values)``, which fills values into a text. Raises KeyError for an unknown key."""
    own = texts(language)

    def tell(key: str, **values: object) -> str:
        return own[key].format(**values) if values else own[key]

    return tell


def chance(probability: float | None, language: str = "en") -> str:
    """Return the words for a probability: the scale of :mod:`wherenow.foresight.verbal_probabilities` in a language."""
    if probability is None:
        return texts(language)["verdict.undetermined"]
    place = sum(probability >= begin for begin, _ in SCALE) + (probability > LAST)
    return texts(language)[f"chance.{place}"]


def share(probability: float | None, language: str = "en") -> str:
    """Format a probability in whole per cent, never 0% or 100%, which would claim certainty; None is a dash."""
    if probability is None:
        return "–"
    if probability < SCALE[0][0]:
        return texts(language)["chance.under"]
    return texts(language)["chance.over"] if probability > LAST else f"{100 * probability:.0f}%"


def date(iso: str, language: str = "en") -> str:
    """Write ``2023-03-17`` as ``17 March 2023`` and ``2023-03`` as ``March 2023``; other text is unchanged."""
    matched = re.fullmatch(r"(\d{4})-(\d{2})(?:-(\d{2}))?", iso)
    if not matched or not 1 <= int(matched[2]) <= 12:
        return iso
    own = texts(language)
    month = own["month.long"].split()[int(matched[2]) - 1]
    if not matched[3]:
        return f"{month} {matched[1]}"
    return own["date.day"].format(day=int(matched[3]), month=month, year=matched[1])


def isolated(text: str, language: str = "en") -> str:
    """Isolate the case's text inside a sentence of another language, so that writing directions do not mix."""
    return text if language == "en" or not text else f"\u2068{text}\u2069"


def embedded(text: str, language: str = "en") -> str:
    """Embed a line of text in a drawing with the direction of the language."""
    return f"\u202b{text}\u202c" if direction(language) == "rtl" else text


def number(value: float, language: str = "en") -> str:
    """Format a number with three significant digits, with *million* and similar words in the language."""
    text = compact(value)
    digits, _, word = text.partition(" ")
    if language == "en":
        return text
    signed = f"\u2066{digits}\u2069" if value < 0 else digits  # keeps the minus sign before its number
    return f"{signed} {texts(language)[f'large.{word}']}" if word else signed


def count(n: int, noun: str, language: str = "en") -> str:
    """Format a count and its noun; ``noun`` is English.

    Other languages follow Unicode's plural rules for Arabic: one, two, few (3 to 10) and many (11 to 99), else as one.
    """
    forms = texts(language).get(f"noun.{noun.replace(' ', '-')}", "").split("|")
    if language == "en" or len(forms) < 4:
        return counted(n, noun)
    if n in (1, 2):
        return forms[n - 1]
    form = 2 if 3 <= n % 100 <= 10 else 3 if n % 100 >= 11 else 4
    return f"{n:,} {forms[form]}"


def unit(name: str, language: str = "en", plural: bool = True) -> str:
    """Format a unit. Units of time, people and money are translated; a unit of the case is isolated but unchanged."""
    own, english = texts(language), human_unit(name, plural)
    upper, _, lower = (part.strip() for part in name.partition("/"))
    if language == "en" or not english:
        return english
    if lower and f"per.{lower}" not in own:
        return isolated(english, language)
    counting = own.get(f"noun.{upper}", "").split("|")
    of = "" if upper == "1" else counting[2 if plural else -1] if counting[0] else isolated(human_unit(upper), language)
    return f"{of} {own[f'per.{lower}'] if lower else ''}".strip()


def amount(value: float, name: str, language: str = "en") -> str:
    """Format a number with its unit."""
    if language == "en":
        return quantity(value, name)
    return f"{number(value, language)} {unit(name, language)}".strip()


def in_points(change: float, language: str = "en") -> str:
    """Format a change of a probability: ``+3 points``, ``−1 point``."""
    key = "where.point" if abs(round(100 * change)) == 1 else "where.points"
    return texts(language)[key].format(points=points(change))


def lacking(methods: Sequence[str], language: str = "en") -> str:
    """Say which history methods are missing in this installation, and the command that installs them."""
    return texts(language)["where.lacking"].format(missing=listed(methods, language), command=INSTALL)


def listed(names: Sequence[str], language: str = "en") -> str:
    """Join names with commas, and the last one with *and*."""
    own, (*others, last) = texts(language), names
    return own["list.and"].format(first=own["list.comma"].join(others), last=last) if others else last


def capital(text: str) -> str:
    """Begin a text with a capital letter."""
    return text[:1].upper() + text[1:]


def direction(language: str) -> str:
    """Return ``ltr`` or ``rtl``."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"

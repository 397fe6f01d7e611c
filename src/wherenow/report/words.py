"""The texts of app and report, all in one place: one YAML file a language in ``texts/``, of which English is whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from wherenow.foresight.words import LAST, SCALE

FOLDER = Path(__file__).parent / "texts"
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


@cache
def languages() -> tuple[str, ...]:
    """Languages that there are texts for, English first."""
    found = sorted(path.stem for path in FOLDER.glob("*.yaml"))
    return ("en", *(name for name in found if name != "en"))


def language_of(name: str) -> str:
    """A language that there are texts for: that of ``name``, else English."""
    return name if name in languages() else "en"


@cache
def texts(language: str) -> Mapping[str, str]:
    """Texts by key; those that a language lacks are in English."""
    from ruamel.yaml import YAML

    own: dict[str, str] = YAML(typ="safe").load(FOLDER / f"{language}.yaml")
    return own if language == "en" else {**texts("en"), **own}


def teller(language: str) -> Callable[..., str]:
    """``tell(key, **values)``: a text with its values in place. Raises KeyError for a key that there is none for."""
    own = texts(language)

    def tell(key: str, **values: object) -> str:
        return own[key].format(**values) if values else own[key]

    return tell


def chance(probability: float | None, language: str = "en") -> str:
    """The words for a probability: the scale of :mod:`wherenow.foresight.words` in a language."""
    if probability is None:
        return texts(language)["verdict.cannot-be-told"]
    place = sum(probability >= begin for begin, _ in SCALE) + (probability > LAST)
    return texts(language)[f"chance.{place}"]


def share(probability: float | None, language: str = "en") -> str:
    """A probability in whole per cent, never 0% or 100%, which would be certainty; a dash where there is none."""
    if probability is None:
        return "–"
    if probability < SCALE[0][0]:
        return texts(language)["chance.under"]
    return texts(language)["chance.over"] if probability > LAST else f"{100 * probability:.0f}%"


def date(iso: str, language: str = "en") -> str:
    """``2023-03-17`` as ``17 March 2023``, ``2023-03`` as ``March 2023``; other text as it is."""
    matched = re.fullmatch(r"(\d{4})-(\d{2})(?:-(\d{2}))?", iso)
    if not matched or not 1 <= int(matched[2]) <= 12:
        return iso
    own = texts(language)
    month = own["month.long"].split()[int(matched[2]) - 1]
    if not matched[3]:
        return f"{month} {matched[1]}"
    return own["date.day"].format(day=int(matched[3]), month=month, year=matched[1])


def direction(language: str) -> str:
    """``ltr`` or ``rtl``."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"

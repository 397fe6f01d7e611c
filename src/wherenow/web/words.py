"""The app's texts, all in one place: one YAML file a language in ``texts/``, of which English is whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "texts"
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


@cache
def languages() -> tuple[str, ...]:
    """Languages that there are texts for, English first."""
    found = sorted(path.stem for path in FOLDER.glob("*.yaml"))
    return ("en", *(name for name in found if name != "en"))


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


def direction(language: str) -> str:
    """``ltr`` or ``rtl``."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"

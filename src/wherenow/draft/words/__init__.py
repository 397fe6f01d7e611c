"""Tables of general English for the embedded reader; README.md describes them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Verb:
    """A linking verb: the sign between its sides, the place of the second, and whether a person's act counts."""

    sign: int
    strong: bool
    takes: str


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(files(__name__).joinpath(name).read_text("utf-8").splitlines()))


def _sign(text: str) -> int:
    return 1 if text == "+" else -1


@cache
def verbs() -> dict[str, tuple[Verb, ...]]:
    """Return the linking verbs by lemma, with a particle where one belongs to them ("hold back")."""
    by_lemma: dict[str, tuple[Verb, ...]] = {}
    for row in _rows("verbs.csv"):
        verb = Verb(_sign(row["sign"]), row["strength"] == "strong", row["takes"])
        by_lemma[row["verb"]] = (*by_lemma.get(row["verb"], ()), verb)
    return by_lemma


@cache
def directions(part: str) -> dict[str, int]:
    """Return the words of one part of speech that mean up (1) or down (-1)."""
    return {r["word"]: _sign(r["sign"]) for r in _rows("directions.csv") if r["pos"] == part and r["kind"] == "amount"}


@cache
def measures() -> frozenset[str]:
    """Return nouns such as *number* that name no quantity themselves."""
    return frozenset(r["word"] for r in _rows("directions.csv") if r["kind"] == "measure")


@cache
def connectives() -> dict[str, str]:
    """Return connectives, longest first, and the kind of each."""
    rows = sorted(_rows("connectives.csv"), key=lambda row: -len(row["phrase"]))
    return {row["phrase"]: row["kind"] for row in rows}


@cache
def nouns() -> dict[str, tuple[str, int]]:
    """Return nouns that name a cause or an effect, with the sign."""
    return {row["noun"]: (row["role"], _sign(row["sign"])) for row in _rows("nouns.csv")}


@cache
def adjectives() -> dict[tuple[str, str], tuple[bool, int]]:
    """Return linking adjectives with a preposition; whether cause and effect are reversed, and the sign."""
    return {
        (row["adjective"], row["preposition"]): (row["direction"] == "<", _sign(row["sign"]))
        for row in _rows("adjectives.csv")
    }


@cache
def idioms() -> dict[tuple[str, str, str], int]:
    """Return idioms of verb, noun and preposition, with the sign."""
    return {(r["verb"], r["noun"], r["preposition"]): _sign(r["sign"]) for r in _rows("idioms.csv")}


@cache
def listed(name: str) -> frozenset[str]:
    """Return the words of a plain list: ``hedges``, ``persons``, ``stances`` or ``statives``."""
    return frozenset(files(__name__).joinpath(f"{name}.txt").read_text("utf-8").split())


@cache
def _groups() -> dict[str, str]:
    rows = files(__name__).joinpath("groups.txt").read_text("utf-8").splitlines()
    return dict(row.split(":", 1) for row in rows if not row.startswith("#"))


def ordered(name: str) -> list[str]:
    """Return a short list of ``groups.txt``, in its order."""
    return _groups()[name].split()


def group(name: str) -> frozenset[str]:
    """Return the words of a short list of ``groups.txt``."""
    return frozenset(ordered(name))


def lemmas(form: str) -> Iterator[str]:
    """Return the verbs that may have the form ``form``."""
    yield form
    for ending, instead in (
        ("ies", ("y",)),
        ("ied", ("y",)),
        ("ing", ("", "e")),
        ("es", ("", "e")),
        ("s", ("",)),
        ("ed", ("", "e")),
    ):
        if form.endswith(ending) and len(form) > len(ending) + 2:
            stem = form[: -len(ending)]
            for end in instead:
                yield stem + end
            if ending in ("ing", "ed") and stem[-1:] == stem[-2:-1]:
                yield stem[:-1]

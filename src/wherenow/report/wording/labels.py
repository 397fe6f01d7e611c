"""Display names of series, variables and parameters, the same in all output."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache

from wherenow.case.case_types import Case
from wherenow.model.model_types import Kind
from wherenow.report.wording.numbers import human_name

Label = Callable[[str], str]


@lru_cache(maxsize=8)
def labels(case: Case) -> Label:
    """Return ``label``, which names a variable, an element of one (``troops[combat]``) or a data series."""

    def label(name: str) -> str:
        plain, bracket, rest = name.partition("[")
        words = _own(case, plain)
        elements = ", ".join(e.strip().replace("_", " ") for e in rest.removesuffix("]").split(","))
        return f"{words}: {elements}" if bracket else words

    return label


@lru_cache(maxsize=8)
def series(case: Case) -> Mapping[str, str]:
    """Return the variables that can be drawn by label; those that share one have their sector's title beside it."""
    label, names = labels(case), moving(case)
    shared = Counter(label(name) for name in names)
    by_label = {}
    for name in names:
        title = sector_title(case, case.model.variables[name].sector, name)
        words = label(name) if shared[label(name)] == 1 else f"{label(name)} ({title})"
        by_label[words if words not in by_label else f"{words}: {name}"] = name
    return by_label


def moving(case: Case) -> list[str]:
    """List the variables that change over time; constants and tables count as parts of equations."""
    return [name for name, v in case.model.variables.items() if v.kind not in (Kind.PARAMETER, Kind.LOOKUP)]


def sector_title(case: Case, name: str, other: str = "model") -> str:
    """Return the title of a sector; its name in words if it has none, ``other`` if it has no name."""
    sector = case.sectors.get(name)
    return (sector.title if sector else "") or human_name(name or other)


def _own(case: Case, name: str) -> str:
    if name in case.display.labels:
        return case.display.labels[name]
    variable = case.model.variables.get(name)
    if variable is not None:
        return human_name(variable.label or name)
    observation = case.observations.get(name)
    of = observation.of.content.strip() if observation else ""
    return _own(case, of) if of in case.model.variables else human_name(name)


_NAME = re.compile(r"[A-Za-z]\w*(?:\[[^\]]*\])?")
_LINK = re.compile(rf"({_NAME.pattern}) (?:→|->) ({_NAME.pattern})")


def in_words(case: Case, text: str) -> str:
    """Replace names of variables and data series in a text by their labels, and ``->`` by arrows."""
    label = labels(case)

    def relabelled(match: re.Match[str]) -> str:
        name = match[0].partition("[")[0]
        known = name in case.model.variables or name in case.data
        return label(match[0]) if known and ("_" in name or "[" in match[0] or match[0] == text) else match[0]

    linked = _LINK.sub(lambda m: f"{_known(case, m[1])} → {_known(case, m[2])}", text)
    return _NAME.sub(relabelled, linked).replace("->", "→")


def _known(case: Case, name: str) -> str:
    """Return the label of a name in the case; other words unchanged."""
    plain = name.partition("[")[0]
    return labels(case)(name) if plain in case.model.variables or plain in case.data else name


def actors_in_words(case: Case, codes: str) -> str:
    """Write actor codes with the actors' titles: ``A>B`` as ``First → Second``, ``A-B`` as ``First and Second``."""

    def named(code: str) -> str:
        return case.display.actors.get(code.strip(), code.strip())

    return " → ".join(" and ".join(named(code) for code in side.split("-")) for side in codes.split(">"))


def unit_of(case: Case, name: str) -> str:
    """Return the unit of a variable or data series."""
    if name in case.data:
        return case.data[name].unit
    variable = case.model.variables.get(name)
    return variable.unit if variable else ""

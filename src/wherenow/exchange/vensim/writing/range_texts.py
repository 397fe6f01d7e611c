"""Dimensions as Vensim's subscript ranges, with their mappings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wherenow.errors import UsageError
from wherenow.exchange.vensim.writing.vensim_spelling import VensimSpelling
from wherenow.model.model_types import Dimension


def range_texts(dimensions: Mapping[str, Dimension], spelling: VensimSpelling) -> Iterator[str]:
    """Write the definition of each range; a mapping of one element to several needs a range of those.

    Raises
    ------
    UsageError
        for a mapping with an element that maps to nothing.
    """
    made: dict[str, tuple[str, ...]] = {}
    written: dict[tuple[str, ...], Dimension] = {}
    for dimension in dimensions.values():
        shown = spelling.name(dimension.name)
        same = written.setdefault(dimension.elements, dimension)
        if same is not dimension and same.mappings == dimension.mappings:  # PySD needs `<->` here
            yield f"{shown} <-> {spelling.name(same.name)}"
            continue
        elements = ", ".join(map(spelling.name, dimension.elements))
        maps = [
            _map(dimension, other, dimensions, made, spelling) for other in dimension.mappings if other in dimensions
        ]
        yield f"{shown}:\n\t{elements}" + (f" -> {', '.join(maps)}" if maps else "")
    for name, group in made.items():
        yield f"{name}:\n\t{', '.join(map(spelling.name, group))}"


def _map(
    dimension: Dimension,
    other: str,
    dimensions: Mapping[str, Dimension],
    made: dict[str, tuple[str, ...]],
    spelling: VensimSpelling,
) -> str:
    pairs, theirs = dimension.mappings[other], dimensions[other].elements
    if [pairs.get(t) for t in theirs] == list(dimension.elements):
        return spelling.name(other)
    groups = []
    for mine in dimension.elements:
        group = tuple(t for t in theirs if pairs.get(t) == mine)
        if not group:
            raise UsageError(f"'{mine}' of '{dimension.name}' maps to none of '{other}': Vensim has no such mapping")
        groups.append(_group(group, f"{mine} of {other}", dimensions, made, spelling))
    return f"({spelling.name(other)}: {', '.join(groups)})"


def _group(
    group: tuple[str, ...],
    title: str,
    dimensions: Mapping[str, Dimension],
    made: dict[str, tuple[str, ...]],
    spelling: VensimSpelling,
) -> str:
    if len(group) == 1:
        return spelling.name(group[0])
    for dimension in dimensions.values():
        if set(dimension.elements) == set(group):
            return spelling.name(dimension.name)
    name = title.replace("_", " ")
    made[name] = group
    return name

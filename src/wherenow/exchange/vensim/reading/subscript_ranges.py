"""Subscript ranges: elements, subranges, mappings and equivalences (Vensim reference manual, "Subscripts")."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from wherenow.errors import Diagnostic, Text, did_you_mean
from wherenow.exchange.vensim.vensim_syntax import Equivalence, ItemCall, ItemRange, Items, MapTo, Name, Range
from wherenow.language.syntax import canonical
from wherenow.model.model_types import Dimension

MOST_ELEMENTS = 100_000
"""Maximum number of elements of a numbered range."""

Read = Callable[[str, tuple[str, ...]], tuple[str, ...]]  # (function, arguments) -> element names


@dataclass(frozen=True, slots=True)
class Ranges:
    """The dimensions of a file by canonical name, and the spelling of each element."""

    dimensions: Mapping[str, Dimension] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


def build_ranges(definitions: list[tuple[Range | Equivalence, Text]], read: Read, problems: list[Diagnostic]) -> Ranges:
    """Build dimensions from their definitions; errors are added to ``problems``."""
    return _RangeBuilder(definitions, read, problems).build()


class _RangeBuilder:
    def __init__(
        self, definitions: list[tuple[Range | Equivalence, Text]], read: Read, problems: list[Diagnostic]
    ) -> None:
        self.ranges: dict[str, tuple[Range, Text]] = {}
        self.aliases: dict[str, tuple[Equivalence, Text]] = {}
        self.read, self.problems = read, problems
        self.labels: dict[str, str] = {}
        self.done: dict[str, tuple[str, ...]] = {}
        self.written: dict[str, tuple[str, ...]] = {}  # elements of each range as listed, with repetitions
        self.open: list[str] = []
        for definition, text in definitions:
            known = definition.name.key in self.ranges or definition.name.key in self.aliases
            if known:
                self._problem(text, definition.name, f"subscript range '{definition.name.label}' is defined twice")
            elif isinstance(definition, Range):
                self.ranges[definition.name.key] = (definition, text)
            else:
                self.aliases[definition.name.key] = (definition, text)

    def build(self) -> Ranges:
        names = {
            **{k: d.name for k, (d, _) in self.ranges.items()},
            **{k: d.name for k, (d, _) in self.aliases.items()},
        }
        elements = {key: self._elements(key) for key in names}
        parents = {key: _parent(key, elements) for key in names}
        mappings: dict[str, dict[str, dict[str, str]]] = {key: {} for key in names}
        for key, (definition, text) in self.ranges.items():
            for mapping in definition.mappings:
                self._map(key, mapping, text, elements, mappings)
        for key, (alias, _) in self.aliases.items():
            if alias.other.key in names:
                mappings[key].update(mappings[alias.other.key])
        made = {
            key: Dimension(key, elements[key], parents[key], mappings[key], name.label) for key, name in names.items()
        }
        return Ranges(made, self.labels)

    def _elements(self, key: str) -> tuple[str, ...]:
        if key in self.done:
            return self.done[key]
        if key in self.aliases:
            alias, text = self.aliases[key]
            name, shown = alias.name, text
            items: Items = (alias.other,)
            if alias.other.key not in self.ranges and alias.other.key not in self.aliases:
                hint = did_you_mean(alias.other.key, [*self.ranges, *self.aliases])
                self._problem(text, alias.other, f"unknown subscript range '{alias.other.label}'", hint)
                items = ()
        else:
            definition, shown = self.ranges[key]
            name, items = definition.name, definition.items
        if key in self.open:
            self._problem(shown, name, f"subscript range '{name.label}' contains itself")
            return ()
        self.open.append(key)
        alone = items[0] if len(items) == 1 else None
        other = alone.key if isinstance(alone, Name) else ""
        listed = tuple(e for group in self._groups(items, shown) for e in group)
        self.written[key] = self.written.get(other, listed)
        self.done[key] = tuple(dict.fromkeys(listed))
        self.open.pop()
        return self.done[key]

    def _groups(self, items: Items, text: Text) -> list[tuple[str, ...]]:
        """List the elements that each item represents."""
        found: list[tuple[str, ...]] = []
        for item in items:
            if isinstance(item, Name):
                known = item.key in self.ranges or item.key in self.aliases
                found.append(self._elements(item.key) if known else (self._element(item.label),))
            elif isinstance(item, ItemRange):
                found.append(self._numbered(item, text))
            else:
                found.append(self._read(item, text))
        return found

    def _element(self, label: str) -> str:
        key = canonical(label)
        self.labels.setdefault(key, label)
        return key

    def _numbered(self, item: ItemRange, text: Text) -> tuple[str, ...]:
        first, last = (re.fullmatch(r'"?(.*?)(\d+)"?', n.label, re.DOTALL) for n in (item.first, item.last))
        if not first or not last or canonical(first[1]) != canonical(last[1]):
            message = f"'({item.first.label}-{item.last.label})' is not a range"
            self._problem(text, item.first, message, "both ends need the same name, followed by a number")
            return ()
        low, high = int(first[2]), int(last[2])
        if not 0 <= high - low < MOST_ELEMENTS:
            self._problem(text, item.first, f"'({item.first.label}-{item.last.label})' has no or too many elements")
            return ()
        return tuple(self._element(f"{first[1]}{n}") for n in range(low, high + 1))

    def _read(self, item: ItemCall, text: Text) -> tuple[str, ...]:
        try:
            return tuple(self._element(label) for label in self.read(item.function.key, item.arguments))
        except ValueError as error:
            self._problem(text, item.function, str(error))
            return ()

    def _map(
        self,
        key: str,
        mapping: MapTo,
        text: Text,
        elements: Mapping[str, tuple[str, ...]],
        into: dict[str, dict[str, dict[str, str]]],
    ) -> None:
        """Add ``into[key][target]``: for each element of the target, the element of ``key`` that it maps to.

        Where an element of the target maps to several of ``key``, the reverse mapping is added as well.
        """
        target = mapping.target.key
        if target not in elements:
            hint = did_you_mean(target, elements)
            self._problem(text, mapping.target, f"unknown subscript range '{mapping.target.label}'", hint)
            return
        groups = self._groups(mapping.items, text) if mapping.items else [(e,) for e in self.written[target]]
        mine = elements[key]
        if len(groups) != len(mine):
            n, m, name = len(mine), len(groups), mapping.target.label
            self._problem(text, mapping.target, f"the range has {n} elements, but its mapping to '{name}' {m}")
            return
        pairs = [(ours, theirs) for ours, group in zip(mine, groups, strict=True) for theirs in group]
        here: dict[str, str] = {}
        back: dict[str, str] = {}
        for ours, theirs in pairs:
            here.setdefault(theirs, ours)
            back.setdefault(ours, theirs)
        into[key][target] = here
        if len(here) < len(pairs):
            into[target].setdefault(key, back)

    def _problem(self, text: Text, name: Name, message: str, hint: str = "") -> None:
        self.problems.append(text.problem(message, hint, name.span.start))


def _parent(key: str, elements: Mapping[str, tuple[str, ...]]) -> str:
    """Find the smallest range that contains all elements of this one and more; '' if there is none."""
    mine = set(elements[key])
    if not mine:
        return ""
    wider = [(len(es), k) for k, es in elements.items() if len(es) > len(mine) and mine.issubset(es)]
    return min(wider, key=lambda w: w[0])[1] if wider else ""

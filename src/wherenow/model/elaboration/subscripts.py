"""Resolve subscripts: which element a name means inside one element's equation.

A binding maps the dimensions of an equation to the current element. Names among the subscripts of a reference
are looked up in this order: a dimension bound directly; a dimension bound through a mapping (Vensim, "Subscript
mapping"); a dimension that shares elements with a bound one (a subrange, its parent, its sibling); an element of the
dimension at that position; a position counted from 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from wherenow.model.model_types import Dimension, Equation

Bound = str | tuple[str, ...]
"""An element, or a tuple with one for each element of an equation that is unfolded for all of them at once."""


OUTSIDE = ""
"""Stands for an element that a shift moves out of its dimension; its value is 0."""


class ApartError(Exception):
    """The elements of an equation differ by more than names and numbers, so each is unfolded by itself."""


def count_of(binding: Mapping[str, Bound]) -> int:
    """Return the number of elements that a binding covers."""
    return next((len(e) for e in binding.values() if isinstance(e, tuple)), 1)


def element_at(bound: Bound, place: int) -> str:
    """Return the element that is bound at a place among the elements of an equation."""
    return bound if isinstance(bound, str) else bound[place]


@dataclass(frozen=True, slots=True)
class Dimensions:
    """The dimensions of a model, and queries about them."""

    by_name: Mapping[str, Dimension]
    owners: Mapping[str, tuple[str, ...]] = field(init=False)
    _found: dict[object, Bound | None] = field(default_factory=dict, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        owners: dict[str, list[str]] = {}
        for dimension in self.by_name.values():
            for element in dimension.elements:
                owners.setdefault(element, []).append(dimension.name)
        object.__setattr__(self, "owners", {e: tuple(d) for e, d in owners.items()})

    def __contains__(self, name: str) -> bool:
        return name in self.by_name

    def root(self, name: str) -> str:
        """Return the whole dimension of which ``name`` is a subrange (itself if it is whole)."""
        seen = {name}
        while (parent := self.by_name[name].parent) and parent in self.by_name and parent not in seen:
            name = parent
            seen.add(name)
        return name

    def elements(self, name: str) -> tuple[str, ...]:
        """Return the elements that a subscript covers: those of a dimension, or the element itself."""
        return self.by_name[name].elements if name in self.by_name else (name,)

    def whole(self, name: str) -> tuple[str, ...]:
        """Return the elements of the whole dimension of which ``name`` is a subrange."""
        return self.by_name[self.root(name)].elements

    def position(self, element: str, dimension: str) -> int:
        """Return the place of an element in the whole dimension, counted from 1."""
        return self.whole(dimension).index(element) + 1

    def covered(self, equation: Equation) -> Iterator[tuple[str, ...]]:
        """Return the element tuples that an equation defines, without exceptions, in order of the dimensions."""
        excepted = {t for pattern in equation.excepted for t in product(*map(self.elements, pattern))}
        for elements in product(*map(self.elements, equation.subscripts)):
            if elements not in excepted:
                yield elements

    def broad_first(self, equations: Iterable[Equation]) -> list[Equation]:
        """Sort equations by how many whole dimensions they cover, most first, so that later ones define fewer
        elements.
        """
        return sorted(equations, key=lambda e: -sum(s in self for s in e.subscripts))

    def bind(self, equation: Equation, elements: tuple[str, ...]) -> dict[str, str]:
        """Return the dimensions of an equation, each with the current element."""
        pairs = zip(equation.subscripts, elements, strict=True)
        return {s: e for s, e in pairs if s in self.by_name}

    def element_for(self, name: str, binding: Mapping[str, str]) -> str | None:
        """Return the element that dimension ``name`` means under ``binding``; None if nothing binds it."""
        if name in binding:
            return binding[name]
        target = self.by_name[name]
        for bound, element in binding.items():
            for other in (bound, self.root(bound)):
                if element in target.mappings.get(other, {}):
                    return target.mappings[other][element]
        for bound, element in binding.items():
            back = self.by_name[bound].mappings.get(name) or self.by_name[self.root(bound)].mappings.get(name, {})
            candidates = [source for source, image in back.items() if image == element]
            if len(candidates) == 1:
                return candidates[0]
        # only one bound dimension may share the family, or the choice would be a guess
        family = [e for b, e in binding.items() if e in target.elements and self.root(b) == self.root(name)]
        if len(set(family)) == 1:
            return family[0]
        shared = [e for e in binding.values() if e in target.elements]
        return shared[0] if len(set(shared)) == 1 else None

    def elements_for(self, name: str, binding: Mapping[str, Bound]) -> Bound | None:
        """Return what :meth:`element_for` does, for each element of the equation.

        Raises
        ------
        ApartError
            if some elements have none.
        """
        count = count_of(binding)
        if count == 1:
            return self.element_for(name, {d: element_at(e, 0) for d, e in binding.items()})
        key = (name, tuple(binding.items()))
        if key not in self._found:
            each = [self.element_for(name, {d: element_at(e, i) for d, e in binding.items()}) for i in range(count)]
            present = tuple(e for e in each if e is not None)
            if present and len(present) < count:
                raise ApartError
            self._found[key] = None if not present else present if len(set(present)) > 1 else present[0]
        return self._found[key]

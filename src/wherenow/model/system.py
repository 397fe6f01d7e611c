"""The meaning of a model: one scalar equation per element, in evaluation order.

Arrays are unfolded: element ``x[a,b]`` has its own name, spelled with canonical names and no blanks. References in
scalar expressions are such names, without subscripts; reductions over dimensions have become calls over their elements
(``sum``, ``mean``, ``min``, ``max``, ``prod`` with many arguments). Functions with memory are still calls; the engine
adds their states.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from wherenow.language.syntax import Expression, PerElement, Reference
from wherenow.model.model_types import Equation, Kind, ModelSpec, TimeSpec, Variable
from wherenow.model.rewrite import rewrite


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One scalar quantity, or a *body*: several elements of an array, unfolded at once.

    The elements of a body have one equation, or several that differ only in a number.
    ``expression`` is a stock's net rate, otherwise the value; ``initial`` is as in ``Equation``. Those of a body hold
    for each of its elements, with a :class:`PerElement` wherever elements differ.
    """

    names: tuple[str, ...]  # names of the elements with their subscripts, in order
    variable: Variable  # variable that the elements belong to
    expression: Expression
    equation: Equation  # equation of the element, or of a body's first element
    initial: Expression | None = None
    subscripts: tuple[tuple[str, ...], ...] = ((),)  # element of each dimension, for each name
    inflows: tuple[tuple[str, ...], ...] = ()  # names of each flow into a stock, in the order of `names`
    outflows: tuple[tuple[str, ...], ...] = ()  # the same for flows out; a stock whose rate is a formula has neither
    equation_of_each: tuple[Equation, ...] = ()  # equation of each element of a body, if they differ in a number

    @property
    def name(self) -> str:
        """Its name; a body has that of its first element."""
        return self.names[0]

    @property
    def kind(self) -> Kind:
        return self.variable.kind

    @property
    def is_body(self) -> bool:
        return len(self.names) > 1

    @property
    def reference(self) -> Expression:
        """The expression that is its value."""
        return PerElement(self.names) if self.is_body else Reference(self.name)

    def elements(self) -> Iterator[Element]:
        """Yield each scalar quantity."""
        return map(self.element, range(len(self.names)))

    def element(self, place: int) -> Element:
        """Return the scalar quantity at a place."""
        if not self.is_body:
            return self

        def of_element(node: Expression) -> Expression:
            return node.at(place) if isinstance(node, PerElement) else node

        return replace(
            self,
            names=(self.names[place],),
            expression=rewrite(self.expression, of_element),
            initial=self.initial and rewrite(self.initial, of_element),
            equation=self.equation_of_each[place] if self.equation_of_each else self.equation,
            equation_of_each=(),
            subscripts=(self.subscripts[place],),
            inflows=tuple((flow[place],) for flow in self.inflows),
            outflows=tuple((flow[place],) for flow in self.outflows),
        )


def divide_bodies(parts: Mapping[str, Element], names: Collection[str]) -> dict[str, Element]:
    """Divide the bodies with these names into their elements, and return all parts by name."""
    return {p.name: p for part in parts.values() for p in (part.elements() if part.name in names else (part,))}


class Elements(Mapping[str, Element]):
    """Elements by name. Those of a body are created on first use."""

    def __init__(self, parts: Mapping[str, Element]) -> None:
        self._parts = parts  # parts by the name of each of their elements
        self._once = tuple({id(part): part for part in parts.values()}.values())
        self._places: dict[str, dict[str, int]] = {}  # position of each element within its body, by the body's name
        self._made: dict[str, Element] = {}

    def __getitem__(self, name: str) -> Element:
        part = self._parts[name]
        if not part.is_body:
            return part
        if name not in self._made:
            if part.name not in self._places:
                self._places[part.name] = {n: place for place, n in enumerate(part.names)}
            self._made[name] = part.element(self._places[part.name][name])
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._parts

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def body(self, name: str) -> Element | None:
        """Return the body to which an element belongs."""
        part = self._parts[name]
        return part if part.is_body else None

    def parts(self) -> tuple[Element, ...]:
        """Return each body once, and the elements that belong to none."""
        return self._once

    def listed(self) -> Iterator[tuple[str, Variable, tuple[str, ...]]]:
        """Yield the name, variable and subscripts of each element without creating the elements."""
        for part in self.parts():
            yield from zip(part.names, [part.variable] * len(part.names), part.subscripts, strict=True)


@dataclass(frozen=True, slots=True)
class System:
    """Elements by name. ``order`` is an evaluation order of a step, ``initial_order`` of the first values.

    Stocks, parameters, series and lookups are in neither order: they are leaves of a step.
    """

    model: ModelSpec
    elements: Mapping[str, Element]
    order: tuple[str, ...]
    initial_order: tuple[str, ...]

    def apart(self) -> System:
        """Return the system with every body divided into its elements."""
        return replace(self, elements=dict(self.elements)) if isinstance(self.elements, Elements) else self

    @property
    def folded(self) -> Elements:
        """The elements, together with the bodies to which they belong."""
        return self.elements if isinstance(self.elements, Elements) else Elements(self.elements)

    @property
    def time(self) -> TimeSpec:
        return self.model.time

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
    """One scalar quantity. ``expression`` is a stock's net rate, otherwise the value; ``initial`` is as in
    ``Equation``.
    """

    name: str  # with subscripts
    variable: Variable  # of which it is an element
    expression: Expression
    initial: Expression | None
    equation: Equation  # that defines it
    subscripts: tuple[str, ...] = ()  # its element of each dimension
    inflows: tuple[str, ...] = ()  # flow elements that feed a stock; empty if its rate is a formula
    outflows: tuple[str, ...] = ()  # flow elements that drain it

    @property
    def kind(self) -> Kind:
        return self.variable.kind

    @property
    def names(self) -> tuple[str, ...]:
        """Its name, as the only one."""
        return (self.name,)

    @property
    def subscripts_of_each(self) -> tuple[tuple[str, ...], ...]:
        return (self.subscripts,)

    @property
    def inflow_names(self) -> tuple[tuple[str, ...], ...]:
        return tuple((name,) for name in self.inflows)

    @property
    def outflow_names(self) -> tuple[tuple[str, ...], ...]:
        return tuple((name,) for name in self.outflows)

    @property
    def reference(self) -> Expression:
        """The expression that is its value."""
        return Reference(self.name)

    def elements(self) -> Iterator[Element]:
        yield self


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The elements that one equation over an array defines, or several that differ only in a number, unfolded at once.

    Its expressions hold for every element, with a :class:`PerElement` wherever elements differ.
    """

    variable: Variable  # the array
    equation: Equation  # that defines them, or the first of them
    names: tuple[str, ...]  # of the elements, in order
    subscripts_of_each: tuple[tuple[str, ...], ...]  # element of each dimension, by element
    expression: Expression  # as in ``Element``
    initial: Expression | None  # as in ``Equation``
    inflow_names: tuple[tuple[str, ...], ...]  # of each inflow, by element
    outflow_names: tuple[tuple[str, ...], ...]  # of each outflow, by element
    equation_of_each: tuple[Equation, ...] = ()  # by element, if they differ in a number

    @property
    def kind(self) -> Kind:
        return self.variable.kind

    @property
    def name(self) -> str:
        """The name of its first element, which identifies the body."""
        return self.names[0]

    @property
    def reference(self) -> Expression:
        """The expression that is the value of each element."""
        return PerElement(self.names)

    def elements(self) -> Iterator[Element]:
        """Yield its elements."""
        return map(self.element, range(len(self.names)))

    def element(self, place: int) -> Element:
        """Return the element at a place."""

        def of_element(node: Expression) -> Expression:
            return node.at(place) if isinstance(node, PerElement) else node

        return Element(
            name=self.names[place],
            variable=self.variable,
            expression=rewrite(self.expression, of_element),
            initial=self.initial and rewrite(self.initial, of_element),
            equation=self.equation_of_each[place] if self.equation_of_each else self.equation,
            subscripts=self.subscripts_of_each[place],
            inflows=tuple(flow[place] for flow in self.inflow_names),
            outflows=tuple(flow[place] for flow in self.outflow_names),
        )


Part = Element | Body
"""What one equation defines."""


def divide_bodies(parts: Mapping[str, Part], names: Collection[str]) -> dict[str, Part]:
    """Divide the bodies with these names into their elements, and return all parts by name."""
    return {p.name: p for part in parts.values() for p in (part.elements() if part.name in names else (part,))}


class Elements(Mapping[str, Element]):
    """Elements by name. Those of a body are created on first use."""

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self._parts = parts  # by the name of each element
        self._once = tuple({id(part): part for part in parts.values()}.values())
        self._places: dict[str, dict[str, int]] = {}  # of a body's elements, by the body's name
        self._made: dict[str, Element] = {}

    def __getitem__(self, name: str) -> Element:
        part = self._parts[name]
        if isinstance(part, Element):
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

    def body(self, name: str) -> Body | None:
        """Return the body to which an element belongs."""
        part = self._parts[name]
        return part if isinstance(part, Body) else None

    def parts(self) -> tuple[Part, ...]:
        """Return each body once, and the elements that belong to none."""
        return self._once

    def listed(self) -> Iterator[tuple[str, Variable, tuple[str, ...]]]:
        """Yield the name, variable and subscripts of each element without creating the elements."""
        for part in self.parts():
            subscripts = part.subscripts_of_each
            yield from zip(part.names, [part.variable] * len(part.names), subscripts, strict=True)


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

"""The meaning of a model: one scalar equation per element, in evaluation order.

Arrays are unfolded: element ``x[a,b]`` has its own name, spelled with canonical names and no blanks. References in
scalar expressions are such names, without subscripts; reductions over dimensions have become calls over their elements
(``sum``, ``mean``, ``min``, ``max``, ``prod`` with many arguments). Functions with memory are still calls; the engine
adds their states.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wherenow.language.syntax import Expression
from wherenow.model.types import Equation, Kind, Model, TimeSpec, Variable


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One scalar quantity. ``expression`` is a stock's net rate, otherwise the value; ``initial`` is as in
    ``Equation``.
    """

    name: str
    variable: Variable
    expression: Expression
    initial: Expression | None
    equation: Equation
    subscripts: tuple[str, ...] = ()
    # for a stock, the flow elements that feed and drain it (empty if the rate is a formula)
    inflows: tuple[str, ...] = ()
    outflows: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        return self.variable.kind


@dataclass(frozen=True, slots=True)
class System:
    """Elements by name. ``order`` is an evaluation order of a step, ``initial_order`` of the first values.

    Stocks, parameters, series and lookups are in neither order: they are leaves of a step.
    """

    model: Model
    elements: Mapping[str, Element]
    order: tuple[str, ...]
    initial_order: tuple[str, ...]

    @property
    def time(self) -> TimeSpec:
        return self.model.time

"""Find the wrong unit declaration when equations contradict their units: the one whose change resolves all
contradictions.

A wrong unit shows wherever the variable is used, seldom where it is declared. Each contradiction gives the unit by
which two sides differ. A variable is at fault if its unit, multiplied or divided by such a difference, leaves no
contradiction in the whole model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from wherenow.errors import Diagnostic, Text
from wherenow.language.syntax import Expression, Number, Table
from wherenow.language.unit_check import Literals, contradictions
from wherenow.language.units import ONE, Unit
from wherenow.model.elaboration.dependencies import mentioned
from wherenow.model.types import Kind, Variable

MOST = 3
"""Maximum number of suspects that a hint names."""


@dataclass(frozen=True, slots=True)
class Demand:
    """An expression and its required unit: the owner's own, per unit of time for a stock's rate."""

    owner: Variable
    expression: Expression
    rate: bool
    text: Text

    @property
    def names(self) -> set[str]:
        return {self.owner.name, *mentioned(self.expression)}


def demands(variable: Variable) -> Iterator[Demand]:
    """Return what the units of a variable's equations must satisfy. A number has the declared unit."""
    for equation in variable.equations:
        if variable.kind is Kind.PARAMETER or isinstance(equation.expression, Table):
            continue
        if not isinstance(equation.expression, Number):
            yield Demand(variable, equation.expression, variable.kind is Kind.STOCK, equation.text)
        if equation.initial is not None and not isinstance(equation.initial, Number):
            text = equation.initial_text if equation.initial_text.content else equation.text
            yield Demand(variable, equation.initial, False, text)


@dataclass(frozen=True, slots=True)
class Declarations:
    """The declared unit of each variable (None if unknown), names of elements, and the unit of time."""

    units: Mapping[str, Unit | None]
    positions: Mapping[str, Unit]
    time: Unit
    literals: Literals = "strict"

    def check(self, demand: Demand, instead: Mapping[str, Unit] | None = None) -> tuple[tuple[Diagnostic, Unit], ...]:
        """Return the contradictions of a demand, with the unit by which two sides differ; ``instead`` overrides
        units.
        """
        changed = instead or {}

        def environment(name: str) -> Unit | None:
            if name in changed:
                return changed[name]
            return self.units[name] if name in self.units else self.positions.get(name)

        own = environment(demand.owner.name)
        if own is None:
            return ()
        wanted = own / self.time if demand.rate else own
        return contradictions(demand.expression, wanted, environment, self.time, demand.text, self.literals)


def cause(declared: Declarations, variables: Mapping[str, Variable]) -> tuple[Diagnostic, ...]:
    """Return all contradictions, or the one declaration that causes them.

    If several declarations might be at fault, the first contradiction's hint names them.
    """
    asked = [demand for variable in variables.values() for demand in demands(variable)]
    failing = [(demand, found) for demand in asked if (found := declared.check(demand))]
    if not failing:
        return ()
    suspects = list(_suspects(declared, variables, asked, failing))
    mismatches = [diagnostic for _, found in failing for diagnostic, _ in found]
    if len(suspects) == 1:
        variable, unit = suspects[0]
        return (_at_fault(variable, unit, declared, mismatches[0]),)
    if suspects:
        either = " or ".join(f"'{v.name}' in {_spelled(u, declared)} ({v.text.locate(0)})" for v, u in suspects[:MOST])
        first = mismatches[0]
        mismatches[0] = Diagnostic(
            first.message, first.location, hint=f"they would agree with {either}", excerpt=first.excerpt
        )
    return tuple(mismatches)


def _suspects(
    declared: Declarations,
    variables: Mapping[str, Variable],
    asked: Iterable[Demand],
    failing: list[tuple[Demand, tuple[tuple[Diagnostic, Unit], ...]]],
) -> Iterator[tuple[Variable, Unit]]:
    """Return each variable with the unit that would resolve every contradiction."""
    differences = _distinct(unit for _, found in failing for _, unit in found)
    names = set.intersection(
        *(demand.names for demand, _ in failing)
    )  # one change can resolve only contradictions that mention the variable
    for name, variable in variables.items():
        own = declared.units.get(name)
        if name not in names or own is None:
            continue
        touched = [demand for demand in asked if name in demand.names]
        for unit in _distinct(u for d in differences for u in (own * d, own / d)):
            if not any(declared.check(demand, {name: unit}) for demand in touched):
                yield variable, unit
                break


def _distinct(found: Iterable[Unit]) -> list[Unit]:
    kept: list[Unit] = []
    for unit in found:
        if not any(unit.agrees(other) for other in kept):
            kept.append(unit)
    return kept


def _at_fault(variable: Variable, unit: Unit, declared: Declarations, first: Diagnostic) -> Diagnostic:
    own = declared.units[variable.name]
    message = f"the unit of '{variable.name}' is {own}, and its equations need {_spelled(unit, declared)}"
    return Diagnostic(message, variable.text.locate(0), hint=f"{first.location}: {first.message}", first=True)


def _spelled(unit: Unit, declared: Declarations) -> str:
    """Return the spelling of a unit somewhere in the model, otherwise in base units."""
    spelled = (u for u in (ONE, *declared.units.values()) if u is not None and u.agrees(unit))
    return str(next(spelled, unit))

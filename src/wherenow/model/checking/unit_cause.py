"""Find the declared units that make equations contradict their units: those whose change resolves the contradictions.

A wrong unit shows wherever the variable is used, seldom where it is declared. Each contradiction gives the unit by
which two sides differ. A variable is at fault if its unit, multiplied or divided by such a difference, leaves no
contradiction in the whole model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from wherenow.errors import Diagnostic, Text
from wherenow.language.syntax import Expression, Number, Table
from wherenow.language.unit_check import Literals, contradictions
from wherenow.language.units import ONE, Unit
from wherenow.model.elaboration.dependencies import mentioned
from wherenow.model.model_types import Kind, Variable

MOST = 3
"""Maximum number of suspects that a hint names."""


@dataclass(frozen=True, slots=True)
class Demand:
    """An expression and its required unit: that of its variable, per unit of time for a stock's rate."""

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
            yield Demand(variable, equation.initial, False, equation.initial_place)


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
        required = own / self.time if demand.rate else own
        return contradictions(demand.expression, required, environment, self.time, demand.text, self.literals)


def cause(declared: Declarations, variables: Mapping[str, Variable]) -> tuple[Diagnostic, ...]:
    """Return all contradictions, or the declarations that cause them, if one for each group explains them all.

    If several declarations might cause a group, the hint of its first contradiction names them.
    """
    asked = [demand for variable in variables.values() for demand in demands(variable)]
    failing = [_Failing(demand, found) for demand in asked if (found := declared.check(demand))]
    if not failing:
        return ()
    suspects = list(_suspects(declared, variables, asked, failing))
    groups = [(group, _causes(group, suspects)) for group in _groups(failing, suspects)]
    if not all(causes for _, causes in groups):
        return tuple(diagnostic for one in failing for diagnostic, _ in one.found)
    return tuple(diagnostic for group, causes in groups for diagnostic in _mismatches(group, causes, declared))


@dataclass(frozen=True, slots=True, eq=False)
class _Failing:
    """A demand that its units contradict, with each contradiction and the unit by which two sides differ."""

    demand: Demand
    found: tuple[tuple[Diagnostic, Unit], ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Suspect:
    """A variable with the unit that would resolve every contradiction that mentions it."""

    variable: Variable
    unit: Unit
    resolves: tuple[_Failing, ...]


def _causes(group: list[_Failing], suspects: list[_Suspect]) -> list[_Suspect]:
    """Return each declaration that may cause all contradictions of a group."""
    return [suspect for suspect in suspects if set(suspect.resolves) == set(group)]


def _mismatches(group: list[_Failing], causes: list[_Suspect], declared: Declarations) -> tuple[Diagnostic, ...]:
    found = [diagnostic for failing in group for diagnostic, _ in failing.found]
    if len(causes) == 1:
        return (_at_fault(causes[0].variable, causes[0].unit, declared, found[0]),)
    spelled = (f"'{s.variable.name}' in {_spelled(s.unit, declared)} ({s.variable.text.locate(0)})" for s in causes)
    hint = f"they would agree with {' or '.join(list(spelled)[:MOST])}"
    return (replace(found[0], hint=hint), *found[1:])


def _groups(failing: list[_Failing], suspects: list[_Suspect]) -> list[list[_Failing]]:
    """Divide contradictions into groups such that no one declaration may cause those of two groups."""
    group = {one: [one] for one in failing}
    for suspect in suspects:
        joined = list({id(group[one]): group[one] for one in suspect.resolves}.values())
        merged = [one for one in failing if any(one in part for part in joined)]
        group.update(dict.fromkeys(merged, merged))
    return list({id(group[one]): group[one] for one in failing}.values())


def _suspects(
    declared: Declarations, variables: Mapping[str, Variable], asked: Iterable[Demand], failing: list[_Failing]
) -> Iterator[_Suspect]:
    """Return each variable with the unit that would resolve every contradiction that mentions it."""
    for name, variable in variables.items():
        own, resolves = declared.units.get(name), tuple(one for one in failing if name in one.demand.names)
        if not resolves or own is None:
            continue
        touched = [demand for demand in asked if name in demand.names]
        differences = _distinct(unit for one in resolves for _, unit in one.found)
        for unit in _distinct(u for d in differences for u in (own * d, own / d)):
            if not any(declared.check(demand, {name: unit}) for demand in touched):
                yield _Suspect(variable, unit, resolves)
                break


def _distinct(found: Iterable[Unit]) -> list[Unit]:
    distinct: list[Unit] = []
    for unit in found:
        if not any(unit.agrees(other) for other in distinct):
            distinct.append(unit)
    return distinct


def _at_fault(variable: Variable, unit: Unit, declared: Declarations, first: Diagnostic) -> Diagnostic:
    own = declared.units[variable.name]
    message = f"the unit of '{variable.name}' is {own}, and its equations need {_spelled(unit, declared)}"
    return Diagnostic(message, variable.text.locate(0), hint=f"{first.location}: {first.message}", first=True)


def _spelled(unit: Unit, declared: Declarations) -> str:
    """Return the spelling of a unit somewhere in the model, otherwise in base units."""
    spelled = (u for u in (ONE, *declared.units.values()) if u is not None and u.agrees(unit))
    return str(next(spelled, unit))

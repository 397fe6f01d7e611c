"""Check the units of a whole model: each variable's declared unit against its equations."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from wherenow.errors import Diagnostic, InputError, Severity, Text, in_order
from wherenow.language.syntax import Expression
from wherenow.language.unit_check import Literals, unit_of
from wherenow.language.units import ONE, Unit, units
from wherenow.model.checking.unit_cause import Declarations, cause
from wherenow.model.model_types import ModelSpec


def check_units(
    model: ModelSpec, literals: Literals = "strict", unknown: Collection[str] = ()
) -> tuple[Diagnostic, ...]:
    """Report every unknown unit and every equation that contradicts its units.

    ``literals="open"``, for imported models, lets unknown words be units and plain numbers fit anything. A variable
    without a unit is then not checked, and contradictions are warnings, because the original tools run such models.
    Variables whose unit is ``unknown`` fit anything.
    """
    reader = units(model.units)
    open_mode = literals == "open"
    problems: list[Diagnostic] = []

    def read(text: str, where: Text) -> Unit | None:
        if open_mode and not text:
            return None
        try:
            return reader.parse(text, where, open=open_mode)
        except InputError as wrong:
            problems.extend(wrong.diagnostics)
            return None

    declared = Declarations(
        {name: None if name in unknown else read(v.unit, v.text) for name, v in model.variables.items()},
        _positions(model),
        read(model.time.unit, Text(model.time.unit)) or ONE,
        literals,
    )
    found = cause(declared, model.variables)
    problems += [replace(d, severity=Severity.WARNING) for d in found] if open_mode else found
    return in_order(problems)


def unit_in_model(model: ModelSpec, expression: Expression, text: Text) -> Unit | None:
    """Return the unit of an expression over the model's variables; None if it fits any, or contradicts itself.

    Raises InputError if a unit that it depends on is unknown.
    """
    reader, positions = units(model.units), _positions(model)

    def environment(name: str) -> Unit | None:
        return reader.parse(model.variables[name].unit) if name in model.variables else positions.get(name)

    found, problems = unit_of(expression, environment, reader.parse(model.time.unit), text)
    return None if problems else found


def _positions(model: ModelSpec) -> dict[str, Unit]:
    """Return the names of dimensions and elements, which are numbers in equations."""
    return {name: ONE for d in model.dimensions.values() for name in (d.name, *d.elements)}

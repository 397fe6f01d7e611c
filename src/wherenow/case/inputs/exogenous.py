"""Tables of series variables, element by element, and inputs moved by events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from wherenow.case.case_types import Effect, Event, InputPath
from wherenow.case.inputs.series import effect_table
from wherenow.language.syntax import Table
from wherenow.model.elaboration.subscripts import Dimensions
from wherenow.model.elaboration.unfold import element_name
from wherenow.model.model_types import Equation, ModelSpec, TimeSpec

Moves = Mapping[str, list[tuple[float, Effect]]]
"""The effects on each input, by the name that they give: ``x`` for all elements, or ``x[a]``."""


def element_equations(model: ModelSpec, variable: str) -> dict[str, tuple[Equation, tuple[str, ...]]]:
    """Return by element name the equation that applies (the narrower wins) and its subscripts."""
    dimensions = Dimensions(model.dimensions)
    equations = model.variables[variable].equations
    by_breadth = sorted(equations, key=lambda equation: -sum(s in dimensions for s in equation.subscripts))
    return {element_name(variable, e): (q, e) for q in by_breadth for e in dimensions.covered(q)}


def element_table(model: ModelSpec, variable: str, element: str) -> Table:
    """Return the table of one element of a series variable."""
    expression = element_equations(model, variable)[element][0].expression
    assert isinstance(expression, Table), "a series is a table"
    return expression


def moves(events: Mapping[str, Event], without: tuple[str, ...] = ()) -> Moves:
    """List the effects of events on inputs, except for events in ``without``."""
    by_input: dict[str, list[tuple[float, Effect]]] = {}
    for event in events.values():
        if event.id not in without:
            for effect in event.effects:
                by_input.setdefault(effect.input, []).append((event.time, effect))
    return by_input


def moves_of(element: str, path: InputPath, all_moves: Moves) -> list[tuple[float, Effect]]:
    """List the effects on one element of an input: those on the whole variable and its own."""
    names = dict.fromkeys((path.variable, element))
    return [pair for name in names for pair in all_moves.get(name, ())]


def input_table(element: str, path: InputPath, all_moves: Moves, time: TimeSpec) -> Table:
    return effect_table(path.default, moves_of(element, path, all_moves), time)


def with_events(model: ModelSpec, inputs: Mapping[str, InputPath], events: Mapping[str, Event]) -> ModelSpec:
    """Return the model in which events move each input from its default; one table if all elements agree."""
    all_moves = moves(events)
    variables = dict(model.variables)
    for name in dict.fromkeys(path.variable for path in inputs.values()):
        variable = variables[name]
        tables = {
            element: (input_table(element, inputs[element], all_moves, model.time), subscripts)
            for element, (_, subscripts) in element_equations(model, name).items()
        }
        parts = list(tables.values())
        if len({table for table, _ in parts}) == 1:
            parts = [(parts[0][0], variable.dimensions)]
        equations = (Equation(expression=t, subscripts=subscripts, text=variable.text) for t, subscripts in parts)
        variables[name] = replace(variable, equations=tuple(equations))
    return replace(model, variables=variables)

"""Entries that hold an error, and the model without their equations."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from wherenow.errors import Diagnostic, Text
from wherenow.language.syntax import Number
from wherenow.model.model_types import Equation, Kind, ModelSpec, Variable


def with_errors(entries: Mapping[str, Text], errors: Iterable[Diagnostic]) -> frozenset[str]:
    """Return the names of the entries that hold an error.

    Each begins at its text, in the first column, and ends where the next begins.
    """
    begins: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for name, text in entries.items():
        if text.column == 1:
            begins[text.file].append((text.line, name))
    for starts in begins.values():
        starts.sort()
    places = [(begins[d.location.file], d.location.line) for d in errors if d.location and d.location.file in begins]
    before = ((starts, bisect_right(starts, (line, "\uffff"))) for starts, line in places)
    return frozenset(starts[index - 1][1] for starts, index in before if index)


def declarations(model: ModelSpec, of: Collection[str] | None = None) -> ModelSpec:
    """Return the model with 0 for the equations of some variables, all if ``of`` is None, to elaborate the rest."""

    def declared(variable: Variable) -> Variable:
        dimensions = tuple(d for d in variable.dimensions if d in model.dimensions)
        first = Number(0.0) if variable.kind is Kind.STOCK else None
        nothing = Equation(expression=Number(0.0), subscripts=dimensions, initial=first, text=variable.text)
        return replace(variable, dimensions=dimensions, equations=(nothing,), inflows=(), outflows=())

    changed = {name: declared(v) for name, v in model.variables.items() if of is None or name in of}
    return replace(model, variables={**model.variables, **changed})

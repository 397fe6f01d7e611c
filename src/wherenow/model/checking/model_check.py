"""Check a model for errors and oddities that the model alone reveals."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from wherenow.errors import Diagnostic, Severity, Text, in_order
from wherenow.language.syntax import Call, Number, Reference, children, walk
from wherenow.model.elaboration.elaborate import examine
from wherenow.model.graph import links
from wherenow.model.model_types import Kind, ModelSpec, Variable


def check(model: ModelSpec, used_elsewhere: Collection[str] = ()) -> tuple[Diagnostic, ...]:
    """Report unknown names, wrong subscripts, cycles, stocks that nothing changes, and inputs that nothing uses.

    ``used_elsewhere`` names variables that are read outside the model, as by observation equations.
    """
    system, problems = examine(model)
    found = list(problems)
    for variable in model.variables.values():
        if variable.kind is Kind.STOCK and not _moves(variable):
            message, hint = f"stock '{variable.name}' has no flow", "name what fills or empties it in `in` or `out`"
            found.append(_about(variable.text, message, Severity.ERROR, hint))
        found += [
            text.problem(f"the lookup '{name}' has no value without an argument", f"write {name}(x)", at, first=True)
            for name, text, at in _bare_lookups(variable, model)
        ]
    if system is not None:
        used = {link.source for link in links(system)} | set(used_elsewhere)
        for variable in model.variables.values():
            if variable.kind in (Kind.PARAMETER, Kind.LOOKUP, Kind.SERIES) and variable.name not in used:
                message = f"{variable.kind} '{variable.name}' is used by no equation"
                found.append(_about(variable.text, message, Severity.WARNING, "name it in an equation, or delete it"))
    return in_order(found)


def _bare_lookups(variable: Variable, model: ModelSpec) -> Iterator[tuple[str, Text, int]]:
    """Return lookups that an equation reads as values, although only functions accept them, as arguments."""
    for equation in variable.equations:
        nodes = walk(equation.expression)
        values = [part for node in nodes if not isinstance(node, Call) for part in children(node)]
        for part in (equation.expression, *values):
            found = model.variables.get(part.name) if isinstance(part, Reference) else None
            if found is not None and found.kind is Kind.LOOKUP:
                yield found.name, equation.text, part.span.start


def _moves(variable: Variable) -> bool:
    flows = variable.inflows or variable.outflows
    return bool(flows) or any(not isinstance(e.expression, Number) for e in variable.equations)


def _about(text: Text, message: str, severity: Severity, hint: str = "") -> Diagnostic:
    return Diagnostic(message, text.locate(0), hint=hint, severity=severity)

"""Identification of flows: Vensim draws them in the sketch, and equations show them as terms of a stock's rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from wherenow.language.syntax import Binary, Expression, Number, Reference, Unary
from wherenow.model.model_types import Equation, Kind, Variable


def name_flows(variables: Mapping[str, Variable]) -> dict[str, Variable]:
    """Return ``variables`` in which auxiliaries that are terms of a stock's rate are flows.

    A stock's in- and outflows are named if its whole rate is a sum of references over the stock's own dimensions.
    """
    changed = dict(variables)
    for variable in variables.values():
        if variable.kind is not Kind.STOCK:
            continue
        sides = [_sides(e, variable) for e in variable.equations]
        for into, out, _ in sides:
            for name in (*into, *out):
                flow = changed.get(name)
                if flow is not None and flow.kind is Kind.AUXILIARY:
                    changed[name] = replace(flow, kind=Kind.FLOW)
        if sides and all(whole and (into, out) == sides[0][:2] for into, out, whole in sides):
            changed[variable.name] = replace(variable, inflows=sides[0][0], outflows=sides[0][1])
    return changed


def _sides(equation: Equation, stock: Variable) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    """Return the names that add, those that subtract, and whether they are the whole rate, element by element."""
    into: list[str] = []
    out: list[str] = []
    whole = True
    stack: list[tuple[Expression, bool]] = [(equation.expression, True)]
    while stack:
        node, adds = stack.pop()
        match node:
            case Reference(name, subscripts):
                (into if adds else out).append(name)
                mine = tuple(Reference(s) for s in equation.subscripts)
                whole &= subscripts == mine and equation.subscripts == stock.dimensions
            case Unary("-", operand):
                stack.append((operand, not adds))
            case Binary("+" | "-" as sign, left, right):
                stack.append((right, adds == (sign == "+")))
                stack.append((left, adds))
            case Number(0.0):
                pass
            case _:
                whole = False
    return tuple(into), tuple(out), whole and len({*into, *out}) == len(into) + len(out)

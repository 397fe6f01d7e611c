"""Interventions: make a variable take other values than its equation gives, from a date on (Pearl's do-operator).

An intervened model is a model like any other. The variable keeps its name, so that everything which reads it sees the
new value. Its own equation moves to a companion named with :data:`FREE`, which continues undisturbed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import reduce
from operator import and_, or_

from wherenow.errors import UsageError, did_you_mean
from wherenow.language.syntax import Binary, Call, Conditional, Expression, Number, Reference, Table
from wherenow.model.model_types import Kind, ModelSpec, Variable

FREE = "·free"
"""The suffix of the name of the companion that keeps a variable's own equation."""


class Act(StrEnum):
    SET = "set"  # replace the variable by `value`
    SCALE = "scale"  # multiply the variable by `value`
    ADD = "add"  # add `value` to the variable
    HOLD = "hold"  # keep the variable at its value at `start`
    PATH = "path"  # replace the variable by a path through `points`, with linear interpolation


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """``act`` on ``variable`` from ``start`` until before ``stop`` (model time; the whole run by default).

    ``elements`` limits it to some elements of an array (tuples as in ``Element.subscripts``); empty means all. ``when``
    names a parameter that switches it: if that is 0, its default, nothing happens. ``amount`` names a parameter that
    replaces ``value``, so that one program serves every value.
    """

    variable: str
    act: Act
    value: float = 0.0
    points: tuple[tuple[float, float], ...] = ()  # (time, value) pairs of a path
    start: float = -math.inf
    stop: float = math.inf
    elements: tuple[tuple[str, ...], ...] = ()
    when: str = ""
    amount: str = ""


def intervene(model: ModelSpec, interventions: Iterable[Intervention]) -> ModelSpec:
    """Return ``model`` under the interventions; several on one variable apply in the order given.

    Parameters for ``when`` and ``amount`` are added if the model does not have them.

    Raises
    ------
    UsageError
        For a variable that the model does not have, or a lookup, which has no value to change.
    """
    by_variable: dict[str, list[Intervention]] = {}
    switches: dict[str, Variable] = {}
    for intervention in interventions:
        for name in (intervention.when, intervention.amount):
            if name and name not in model.variables:
                switches[name] = Variable.switch(name)
        by_variable.setdefault(intervention.variable, []).append(intervention)
    variables: dict[str, Variable] = {}
    for name in by_variable:
        if name not in model.variables:
            raise UsageError(f"no variable '{name}' to intervene on", did_you_mean(name, model.variables))
        if model.variables[name].kind is Kind.LOOKUP:
            raise UsageError(f"'{name}' is a lookup: it has no value to intervene on")
    for name, variable in model.variables.items():
        if name in by_variable:
            variables[name + FREE] = replace(variable, name=name + FREE)
            variables[name] = _driven(variable, by_variable[name], model)
        else:
            variables[name] = variable
    return replace(model, variables={**variables, **switches})


def free_name(name: str) -> str:
    """Return the name of the variable or element whose equation this is; a companion holds that of its variable."""
    return name.replace(FREE, "")


def _driven(variable: Variable, interventions: list[Intervention], model: ModelSpec) -> Variable:
    subscripts = tuple(Reference(d) for d in variable.dimensions)
    value: Expression = Reference(variable.name + FREE, subscripts)
    for intervention in interventions:
        value = _applied(intervention, value, variable)
    return variable.replaced(value, variable.equations[0].text if variable.equations else variable.text)


def _applied(intervention: Intervention, free: Expression, variable: Variable) -> Expression:
    """Return the variable's expression under an intervention, given that of its undisturbed companion."""
    time = Call("time", ())
    amount: Expression = Reference(intervention.amount) if intervention.amount else Number(intervention.value)
    match intervention.act:
        case Act.SET:
            value: Expression = amount
        case Act.SCALE:
            value = free * amount
        case Act.ADD:
            value = free + amount
        case Act.HOLD:
            value = Call("sample_if_true", (time < intervention.start, free, free))
        case Act.PATH:
            xs, ys = zip(*intervention.points, strict=True)
            value = Call("lookup", (Table(xs, ys), time))
    conditions: list[Expression] = []
    if intervention.start > -math.inf:
        conditions.append(time >= intervention.start)
    if intervention.stop < math.inf:
        conditions.append(time < intervention.stop)
    if intervention.when:
        conditions.append(Reference(intervention.when))
    if intervention.elements:
        conditions.append(_among(intervention.elements, variable))
    for condition in reversed(conditions):
        value = Conditional(condition, value, free)
    return value


def _among(elements: tuple[tuple[str, ...], ...], variable: Variable) -> Expression:
    """Return the condition that the current element is one of ``elements``; a dimension's name, as a value, is the
    position of that element.
    """

    def is_here(element: tuple[str, ...]) -> Expression:
        pairs = zip(variable.dimensions, element, strict=True)
        return reduce(and_, (Binary("=", Reference(dimension), Reference(name)) for dimension, name in pairs))

    return reduce(or_, map(is_here, elements))

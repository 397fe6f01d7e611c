"""Scenarios: changes to a run, as interventions on variables and events that do not happen.

An action is written as a number, ``hold(2010-12)``, ``from(2023-04, 0)``, ``from(2023-04, 0, 2025-01)``,
``path(2023-04: 0, 2024-01: 5)``, ``scale(0.5, 2011-12)`` or ``add(3, 2011-12)``; the last two may also have an end. A
number applies from the cut-off on, or, for a parameter, to the whole run. A lever's action is a number within its
range, or ``from``. A name that is both a variable and a lever means the variable.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from wherenow.case.case_types import Case, Lever, Scenario
from wherenow.case.dates import finite, moment
from wherenow.case.inputs.actions import changed
from wherenow.case.inputs.exogenous import element_equations, element_table, input_table, moves, moves_of
from wherenow.errors import Diagnostic, InputError, Text, UsageError, did_you_mean
from wherenow.language.syntax import Table, canonical
from wherenow.model.elaboration.unfold import element_name
from wherenow.model.intervention import Act, Intervention
from wherenow.model.model_types import Kind, TimeSpec

_CALL = re.compile(r"\s*([a-z]+)\s*\(([^()]*)\)\s*")
_TARGET = re.compile(r"\s*([^\[\]]+?)\s*(?:\[([^\[\]]*)\])?\s*")
UNKNOWN_TARGET = "there is no variable or lever"
ACTIONS = (
    "hold(2010-12)",
    "from(2023-04, 0)",
    "path(2023-04: 0, 2024-01: 5)",
    "scale(0.5, 2011-12)",
    "add(3, 2011-12)",
)
_AN_ACTION = f"an action: write a number or {', '.join(ACTIONS)}"


@dataclass(frozen=True, slots=True)
class ScenarioChanges:
    """The changes of a scenario, by the way they are applied.

    ``parameters`` (by element name) take a value for the whole run: other inputs of the same program. ``series`` (by
    element name) are other tables of the same program. ``interventions`` need another model
    (:func:`wherenow.model.intervention.intervene`).
    """

    parameters: Mapping[str, float] = field(default_factory=dict)
    series: Mapping[str, Table] = field(default_factory=dict)
    interventions: tuple[Intervention, ...] = ()


def scenario_of(case: Case, scenario: str | Scenario | None) -> Scenario | None:
    """Return the case's scenario of that id, or any other value as it is. Raises UsageError for an unknown id."""
    if not isinstance(scenario, str):
        return scenario
    if scenario not in case.scenarios:
        hint = did_you_mean(scenario, case.scenarios) or f"the case has {', '.join(case.scenarios) or 'none'}"
        raise UsageError(f"there is no scenario {scenario!r}", hint)
    return case.scenarios[scenario]


def plan(case: Case, scenario: Scenario, levers: Mapping[str, float] | None = None) -> ScenarioChanges:
    """Plan how to run ``scenario``, with ``levers`` at the given values on top of it.

    Raises InputError for an unknown name or invalid action, UsageError for an unknown lever or a value out of range.
    """
    parameters: dict[str, float] = {}
    exogenous: list[Intervention] = []
    others: list[Intervention] = []
    for intervention in (*interventions(case, scenario), *_lever_interventions(case, levers or {})):
        variable = case.model.variables[intervention.variable]
        whole = intervention.start == -math.inf and intervention.stop == math.inf
        if variable.kind is Kind.SERIES:
            exogenous.append(intervention)
        elif variable.kind is Kind.PARAMETER and intervention.act is Act.SET and whole:
            parameters.update(dict.fromkeys(_names(case, intervention), intervention.value))
        else:
            others.append(intervention)
    return ScenarioChanges(parameters, _series(case, scenario.without, exogenous), tuple(others))


def interventions(case: Case, scenario: Scenario) -> tuple[Intervention, ...]:
    """List every action of ``scenario``, in the order written. Raises InputError with each invalid one."""
    actions: list[Intervention] = []
    problems: list[Diagnostic] = []
    for target, text in scenario.do.items():
        try:
            actions.append(_read_action(target, text, case))
        except ValueError as error:
            problems.append(text.problem(str(error)))
    if problems:
        raise InputError(problems)
    return tuple(actions)


def _read_action(target: str, text: Text, case: Case) -> Intervention:
    variables, levers, time, cutoff = case.model.variables, case.levers, case.model.time, _start(case)
    if target in levers and canonical(target) not in variables:
        return _pulled(levers[target], text, time, cutoff)
    matched = _TARGET.fullmatch(target)
    name = canonical(matched.group(1)) if matched else canonical(target)
    if name not in variables:
        hint = did_you_mean(target, [*variables, *levers])
        raise ValueError(f"{UNKNOWN_TARGET} '{target}'" + (f": {hint}" if hint else ""))
    variable = variables[name]
    if variable.kind is Kind.LOOKUP:
        raise ValueError(f"'{name}' is a lookup: it has no value to change")
    elements: tuple[tuple[str, ...], ...] = ()
    if matched and matched.group(2) is not None:
        elements = (tuple(canonical(part) for part in matched.group(2).split(",")),)
        if len(elements[0]) != len(variable.dimensions):
            raise ValueError(f"'{name}' has {len(variable.dimensions)} dimensions, not {len(elements[0])}")
    start = -math.inf if variable.kind is Kind.PARAMETER else cutoff
    return _action(text.content, name, elements, start, time)


def _pulled(lever: Lever, text: Text, time: TimeSpec, cutoff: float) -> Intervention:
    start = cutoff if lever.start is None else lever.start
    action = _action(text.content, lever.input, (), start, time)
    if action.act is not Act.SET:
        raise ValueError(f"the lever '{lever.name}' takes a number or from(2023-04, 0); the rest is for variables")
    low, high = lever.range
    if not low <= action.value <= high:
        raise ValueError(f"{action.value:g} lies outside the range [{low:g}, {high:g}] of the lever '{lever.name}'")
    return replace(action, act=Act(lever.act), value=action.value * lever.factor)


def _lever_interventions(case: Case, levers: Mapping[str, float]) -> tuple[Intervention, ...]:
    for name in levers:
        if name not in case.levers:
            raise UsageError(f"there is no lever {name!r}", did_you_mean(name, case.levers))
    return tuple(lever_intervention(case.levers[name], value, _start(case)) for name, value in levers.items())


def _start(case: Case) -> float:
    """Return the time from which actions apply that name none: the cut-off, or the start of time without one."""
    return -math.inf if case.cutoff is None else case.cutoff


def lever_intervention(lever: Lever, value: float, cutoff: float = -math.inf) -> Intervention:
    """Return the effect of a lever at ``value``, in its own unit, from its own start or else from ``cutoff``.

    Raises UsageError if the value lies outside the lever's range.
    """
    low, high = lever.range
    if not low <= value <= high:
        raise UsageError(f"{value:g} lies outside the range [{low:g}, {high:g}] of the lever '{lever.name}'")
    start = cutoff if lever.start is None else lever.start
    return Intervention(variable=lever.input, act=Act(lever.act), value=value * lever.factor, start=start)


def _action(
    words: str, name: str, elements: tuple[tuple[str, ...], ...], default_start: float, time: TimeSpec
) -> Intervention:
    matched = _CALL.fullmatch(words)
    if not matched:
        value = finite(words, _AN_ACTION)
        return Intervention(variable=name, act=Act.SET, value=value, start=default_start, elements=elements)
    verb = matched.group(1)
    given = [part.strip() for part in matched.group(2).split(",")]
    start, stop = default_start, math.inf
    points: tuple[tuple[float, float], ...] = ()
    value = 0.0
    match verb, given:
        case "hold", [since] | [since, _]:
            start = moment(since, time.unit)
        case "from", [since, amount] | [since, amount, _]:
            start, value = moment(since, time.unit), finite(amount)
        case "scale" | "add", [amount]:
            value = finite(amount)
        case "scale" | "add", [amount, since] | [amount, since, _]:
            value, start = finite(amount), moment(since, time.unit)
        case "path", _:
            points = tuple(_point(part, time) for part in given)
            if any(a[0] >= b[0] for a, b in pairwise(points)):
                raise ValueError(f"the dates of {words!r} must ascend")
            start = points[0][0]
        case _:
            raise ValueError(f"{words!r} is not {_AN_ACTION}")
    if verb != "path" and len(given) == (2 if verb == "hold" else 3):
        stop = moment(given[-1], time.unit)
        if stop <= start:
            raise ValueError(f"{words!r} ends before it begins")
    act = Act.SET if verb == "from" else Act(verb)
    return Intervention(variable=name, act=act, value=value, points=points, start=start, stop=stop, elements=elements)


def _point(part: str, time: TimeSpec) -> tuple[float, float]:
    date, colon, value = part.partition(":")
    if not colon:
        raise ValueError(f"{part!r} is not a point of a path: write 2023-04: 5")
    return moment(date, time.unit), finite(value)


def _series(case: Case, without: tuple[str, ...], actions: list[Intervention]) -> dict[str, Table]:
    tables: dict[str, Table] = {}
    if without:
        before, after = moves(case.events), moves(case.events, without)
        for name, path in case.inputs.items():
            if moves_of(name, path, before) != moves_of(name, path, after):
                tables[name] = input_table(name, path, after, case.model.time)
    for action in actions:
        for name in _names(case, action):
            base = tables[name] if name in tables else element_table(case.model, action.variable, name)
            tables[name] = changed(base, action, case.model.time)
    return tables


def _names(case: Case, action: Intervention) -> list[str]:
    """List the element names that an action applies to."""
    chosen = [element_name(action.variable, e) for e in action.elements]
    return chosen or list(element_equations(case.model, action.variable))

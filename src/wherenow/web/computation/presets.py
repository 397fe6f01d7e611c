"""Settings as a reader sees them: a scenario's lever positions, and the setting's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from wherenow.case.case_types import Case, Handle, Lever
from wherenow.case.scenario import interventions
from wherenow.ensemble.simulate import system_of
from wherenow.model.graph import links
from wherenow.model.intervention import Act, Intervention
from wherenow.report.diagrams.strengths import central_runs
from wherenow.report.wording.labels import labels
from wherenow.report.wording.numbers import compact, human_unit


@dataclass(frozen=True, slots=True)
class Preset:
    """A scenario's lever positions.

    ``held`` are levers that the scenario overrides, so that moving them has no effect.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    held: frozenset[str] = frozenset()


@lru_cache(maxsize=64)
def preset(case: Case, scenario: str) -> Preset:
    """Return the lever positions of ``scenario``; '' moves none.

    An action on a lever's own input moves the lever. An action on a variable that this input enters overrides the
    lever, as does an action that changes over time.
    """
    if not scenario:
        return Preset()
    values: dict[str, float] = {}
    held: set[str] = set()
    direct = {(link.source, link.target) for link in links(system_of(case, ()))}
    for action in interventions(case, case.scenarios[scenario]):
        for name, lever in case.levers.items():
            if action.variable == lever.input:
                value = _value(case, lever, action)
                if value is None:
                    held.add(name)
                else:
                    values[name] = value
            elif (lever.input, action.variable) in direct:
                held.add(name)
                if action.act is Act.SET and action.value == lever.range[0] == 0:
                    values[name] = 0.0
    return Preset(values, frozenset(held))


@lru_cache(maxsize=64)
def begins(case: Case, scenario: str) -> float:
    """Return when a scenario first changes something; moves of its levers count from their start."""
    own = case.scenarios[scenario]
    inputs = {lever.input for lever in case.levers.values()}
    acts = [a.start for a in interventions(case, own) if a.act is not Act.HOLD or a.variable not in inputs]
    moved = bool(preset(case, scenario).values) and not acts
    events = [] if moved else [case.events[name].time for name in own.without]
    return min([*acts, *events], default=np.inf)


def _value(case: Case, lever: Lever, action: Intervention) -> float | None:
    """Return the lever value that is equivalent to an action on its input; None if it changes over time."""
    if action.points or np.isfinite(action.stop):
        return None
    if action.act is Act.HOLD:
        runs = central_runs(case)
        value = float(runs[lever.input][int(np.abs(runs.times - action.start).argmin()), 0])
    elif action.act is Act.SET:
        value = action.value
    else:
        return None
    low, high = lever.range
    return value if low <= value <= high else None


def handle_of(case: Case, lever: Lever) -> Handle:
    """Return how a lever is shown."""
    own = case.display.handles.get(lever.name)
    return own or Handle(unit=human_unit(lever.unit))


def lever_words(case: Case, name: str, value: float) -> str:
    """Format a lever's value in its display unit: ``2,500 troops``, ``85% of full strictness``."""
    lever = case.levers[name]
    handle = handle_of(case, lever)
    number = compact(value * handle.times)
    return f"{number}{'' if handle.unit.startswith('%') else ' '}{handle.unit}".strip()


def rest_of(case: Case, scenario: str) -> Mapping[str, float]:
    """Return each lever's position before a reader moves it: the scenario's, or else the case's default."""
    own = preset(case, scenario).values
    return {name: own.get(name, lever.default) for name, lever in case.levers.items()}


def setting_title(case: Case, scenario: str, levers: Mapping[str, float]) -> str:
    """Name a setting: its scenario, and each lever that is moved; '' for the baseline."""
    named = case.scenarios[scenario].title or labels(case)(scenario) if scenario else ""
    moved = [f"{case.levers[n].label or labels(case)(n)}: {lever_words(case, n, v)}" for n, v in levers.items()]
    return "; ".join(part for part in (named, *moved) if part)

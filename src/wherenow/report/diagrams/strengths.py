"""The sign and strength of each link at a time, in the run at central values.

The strength of a link A → B is the change in B's equation when A alone changes by its usual spread (its standard
deviation over the run), as a share of the changes by all of B's causes: the derivative of B with respect to A in B's
own terms. Its sign is that of the change. The other variables in the equation are held constant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

import numpy as np

from wherenow.case.case_types import Case
from wherenow.engine.backend import Inputs
from wherenow.engine.lowering.lower import lower
from wherenow.engine.reference import ReferenceBackend
from wherenow.ensemble.draws import central
from wherenow.ensemble.runs import Ensemble
from wherenow.ensemble.simulate import simulate, system_of
from wherenow.language.functions import FUNCTIONS, FunctionKind
from wherenow.language.syntax import Call, Number, walk
from wherenow.model.elaboration.dependencies import mentioned
from wherenow.model.elaboration.macros import generated
from wherenow.model.model_types import Kind
from wherenow.model.system import Element, System
from wherenow.outlook.outlook_types import Array

PROBE = "·probe"
NUDGE = 0.01
"""The share of its spread by which a cause is changed: small, to approximate a derivative."""


@lru_cache(maxsize=32)
def strengths(case: Case, time: float) -> Mapping[tuple[str, str], float]:
    """Return signed shares by (source, target) variables; links through noise or without effect are left out.

    The strengths are those at the saved time nearest to ``time``.
    """
    system, runs = system_of(case, ()), central_runs(case)
    moment = int(np.abs(runs.times - time).argmin())
    now = {name: float(runs.values[i, moment, 0]) for i, name in enumerate(runs.names)}
    spread = {name: float(runs.values[i, :, 0].std()) for i, name in enumerate(runs.names)}
    targets = [e for e in system.elements.values() if probed(e)]
    sources = sorted({n for e in targets for n in mentioned(e.expression) if spread.get(n, 0.0) > 0})
    found = effects(system, targets, sources, now, spread, float(runs.times[moment]))
    found = around_calls(found, targets, sources, spread)
    return _shares(system, targets, sources, found)


@lru_cache(maxsize=4)
def central_runs(case: Case) -> Ensemble:
    """Return every scalar of the run at central values, with those of macro calls."""
    elements = system_of(case, ()).elements
    return simulate(case, central(), outputs=[n for n, e in elements.items() if e.kind is not Kind.LOOKUP])


def probed(element: Element) -> bool:
    """Return whether an element's equation is deterministic, so that it can be probed."""
    if element.kind in (Kind.PARAMETER, Kind.SERIES, Kind.LOOKUP):
        return False
    calls = (n for n in walk(element.expression) if isinstance(n, Call))
    return not any(FUNCTIONS[c.function].kind is FunctionKind.NOISE for c in calls)


def around_calls(found: Array, targets: list[Element], sources: list[str], size: Mapping[str, float]) -> Array:
    """Add the effects through the variables that macro calls become, which then have none themselves.

    A cause that enters a call by several ways has the sum of their effects, by the chain rule.
    """
    sizes = np.array([size[name] for name in sources])
    slopes = found / sizes
    rows = {element.name: i for i, element in enumerate(targets)}
    for k, name in enumerate(sources):
        if generated(name):
            ends = np.nonzero(slopes[:, k])[0]
            if name in rows:
                slopes[rows[name], k] = 0.0  # a stock of the macro that feeds itself
                causes = np.nonzero(slopes[rows[name]])[0]
                slopes[np.ix_(ends, causes)] += np.outer(slopes[ends, k], slopes[rows[name], causes])
            slopes[ends, k] = 0.0
    slopes[[i for i, element in enumerate(targets) if generated(element.name)]] = 0.0
    result: Array = slopes * sizes
    return result


def effects(
    system: System,
    targets: list[Element],
    sources: list[str],
    now: Mapping[str, float],
    spread: Mapping[str, float],
    time: float,
) -> Array:
    """Return ``[target, source]``: the change in each equation if one cause changes by its spread."""
    fixed: dict[str, Element] = {}
    for name, element in system.elements.items():
        if element.kind is Kind.LOOKUP:
            fixed[name] = element
        else:
            variable = replace(element.variable, kind=Kind.PARAMETER)
            fixed[name] = replace(element, variable=variable, expression=Number(now[name]), initial=None)
    for target in targets:
        probe = replace(target.variable, name=target.variable.name + PROBE, kind=Kind.AUXILIARY)
        fixed[target.name + PROBE] = replace(target, name=target.name + PROBE, variable=probe, initial=None)
    names = tuple(t.name + PROBE for t in targets)
    at = replace(system.model, time=replace(system.time, start=time, stop=time))
    program = lower(System(at, fixed, names, names), names)
    rows = {name: i for i, name in enumerate(program.parameters)}
    values = np.repeat(np.array(program.defaults)[:, None], len(sources) + 1, axis=1)
    for k, source in enumerate(sources, start=1):
        values[rows[source], k] += NUDGE * spread[source]
    found = ReferenceBackend(program).run(Inputs(values)).values[:, 0, :]
    changes: Array = (found[:, 1:] - found[:, :1]) / NUDGE
    return np.where(np.isfinite(changes), changes, 0.0)


def _shares(
    system: System, targets: list[Element], sources: list[str], effects: Array
) -> Mapping[tuple[str, str], float]:
    """Aggregate effects to variables and normalise them, so that each target's sum to 1 in absolute value."""
    between: dict[tuple[str, str], float] = {}
    for i, target in enumerate(targets):
        for k in np.flatnonzero(effects[i]):
            key = (system.elements[sources[k]].variable.name, target.variable.name)
            between[key] = between.get(key, 0.0) + float(effects[i, k])
    total: dict[str, float] = {}
    for (_, name), effect in between.items():
        total[name] = total.get(name, 0.0) + abs(effect)
    return {key: effect / total[key[1]] for key, effect in between.items() if total[key[1]] > 0}

"""What a difference is made of: how much of a change in a variable came through each of its causes.

Two values of a variable are compared on the same draws: in two runs at one date, or in one run at two dates.

- A stock differs by what flowed: each flow's part is its difference, added up over the steps between.
- Any other variable differs because what stands in its equation does. Each cause's part is its Shapley value (Shapley
  1953; Lundberg & Lee 2017, section 2): the change when it moves from its one value to its other, averaged over the
  orders in which the causes may move. Where there are more orders than twice :data:`ORDERS`, the average is over a
  fixed sample of them, each with its reverse.

Parts add up to the change in every draw; what they leave (no more than rounding under Euler's method) is ``rest``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import permutations
from typing import Any

import numpy as np

from wherenow.case.types import Case, Scenario
from wherenow.engine.backend import Array, Inputs
from wherenow.engine.lower import lower
from wherenow.engine.reference import Reference
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.runs import Runs
from wherenow.ensemble.simulate import simulate, system_of
from wherenow.errors import UsageError, did_you_mean
from wherenow.language.functions import FUNCTIONS, FunctionKind
from wherenow.language.syntax import Call, Number, walk
from wherenow.model.dependencies import mentioned
from wherenow.model.system import Element, System
from wherenow.model.types import Kind

ORDERS = 60
PROBE = "·probe"
SAMPLED = 6
"""Sampled orders, each with its reverse, where a step is one of many."""
ITSELF = "its own first value"


@dataclass(frozen=True, slots=True)
class Part:
    """What of a change came through ``source``: the mean over draws, and its 5% and 95% quantiles, in the unit."""

    source: str
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """A change of ``variable`` from ``before`` to ``after`` (means over draws), and its parts, the largest first.

    ``changes`` is the mean change, ``low`` and ``high`` its 5% and 95% quantiles over draws; ``rest`` is the mean of
    what the parts leave.
    """

    variable: str
    unit: str
    before: float
    after: float
    change: float
    low: float
    high: float
    parts: tuple[Part, ...]
    rest: float

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "parts": [asdict(p) for p in self.parts]}


def against(case: Case, draws: Draws, variable: str, at: float, scenario: str | Scenario) -> Difference:
    """``variable`` at a date in the scenario less that in the run without it.

    Raises UsageError for a name, date or scenario that is not there, or an equation that cannot be taken apart.
    """
    fine = _every_step(case)
    base, other = simulate(fine, draws), simulate(fine, draws, scenario)
    moment = _moment(base, at)
    element = _element(case, variable)
    if element.kind is Kind.STOCK:
        flows = _flows(element)
        made = {name: sign * (_flowed(other, name, 0, moment) - _flowed(base, name, 0, moment)) for name, sign in flows}
        made[ITSELF] = other[element.name][0] - base[element.name][0]
    else:
        made = _shapley(case, element, base, moment, other, moment)
    return _difference(element, base[element.name][moment], other[element.name][moment], made)


def between(case: Case, draws: Draws, variable: str, since: float, at: float) -> Difference:
    """``variable`` at the date ``at`` less that at ``since``, in one run; raises as :func:`against`."""
    runs = simulate(_every_step(case), draws)
    first, last = _moment(runs, since), _moment(runs, at)
    element = _element(case, variable)
    if element.kind is Kind.STOCK:
        made = {name: sign * _flowed(runs, name, first, last) for name, sign in _flows(element)}
    else:
        made = _shapley(case, element, runs, first, runs, last)
    return _difference(element, runs[element.name][first], runs[element.name][last], made)


def accumulated(
    case: Case, draws: Draws, flow: str, at: float, since: float | None = None, scenario: str | Scenario = ""
) -> Difference:
    """What flowed, and through what: the total of a flow up to a date, taken apart step by step.

    With ``since``: the total from then on. Its parts are those of the flow's departures from what it was at ``since``,
    and :data:`ITSELF`, what would have flowed had it gone on as it was. With ``scenario``: the total from the start in
    the scenario less that without it. Raises as :func:`against`.
    """
    fine = _every_step(case)
    runs = simulate(fine, draws)
    other = simulate(fine, draws, scenario) if scenario else runs
    first, last = 0 if since is None else _moment(runs, since), _moment(runs, at)
    element = _element(case, flow)
    made: dict[str, Array] = {}
    for k in range(first, last):
        parts = _shapley(case, element, runs, k if scenario else first, other, k, SAMPLED)
        for name, part in parts.items():
            made[name] = made.get(name, 0.0) + part * runs.record.step
    total, reference = _flowed(other, element.name, first, last), np.zeros(len(draws))
    if scenario:
        reference = _flowed(runs, element.name, first, last)
    else:
        made[ITSELF] = runs[element.name][first] * (last - first) * runs.record.step
    variable = replace(element.variable, unit=f"{element.variable.unit} × {case.model.time.unit}")
    return _difference(replace(element, variable=variable), reference, total, made)


def _every_step(case: Case) -> Case:
    """The case with every step saved."""
    time = case.model.time
    return replace(case, model=replace(case.model, time=replace(time, save=time.step)))


def _moment(runs: Runs, at: float) -> int:
    if not runs.times[0] - 1e-9 <= at <= runs.times[-1] + 1e-9:
        raise UsageError(f"{at:g} lies outside the run, {runs.times[0]:g} to {runs.times[-1]:g}")
    return int(np.abs(runs.times - at).argmin())


def _element(case: Case, name: str) -> Element:
    elements = system_of(case, ()).elements
    if name in elements:
        if elements[name].kind in (Kind.PARAMETER, Kind.SERIES, Kind.LOOKUP):
            raise UsageError(f"'{name}' is an input: nothing in the model causes it")
        return elements[name]
    own = [e.name for e in elements.values() if e.variable.name == name]
    if own:
        raise UsageError(f"'{name}' is an array: name one of its elements", ", ".join(own))
    raise UsageError(f"there is no variable '{name}'", did_you_mean(name, elements))


def _flows(element: Element) -> list[tuple[str, float]]:
    if not element.inflows and not element.outflows:
        raise UsageError(f"the rate of '{element.name}' is a formula: ask for what stands in it")
    return [*((name, 1.0) for name in element.inflows), *((name, -1.0) for name in element.outflows)]


def _flowed(runs: Runs, flow: str, first: int, last: int) -> Array:
    """``[draw]``: what flowed from step ``first`` to step ``last``; what flows backward is negative."""
    low, high = sorted((first, last))
    amount: Array = runs[flow][low:high].sum(axis=0) * runs.record.step
    return amount if last >= first else -amount


def _shapley(
    case: Case, element: Element, one: Runs, k: int, other: Runs, m: int, sampled: int = ORDERS
) -> dict[str, Array]:
    """``[draw]`` by cause: its part of the change from ``one`` at its step ``k`` to ``other`` at its step ``m``."""
    known = set(one.names)
    causes = [n for n in mentioned(element.expression) if n in known]
    moving = [n for n in causes if not np.array_equal(one[n][k], other[n][m])]
    if any(_remembers(n) for n in walk(element.expression) if isinstance(n, Call)):
        if len(moving) > 1:
            raise UsageError(f"'{element.name}' has a memory of its own or noise: ask for what stands in it")
        return dict.fromkeys(moving, other[element.name][m] - one[element.name][k])
    times = (float(one.times[k]), float(other.times[m]))
    if times[0] != times[1] and any(isinstance(n, Call) and n.function == "time" for n in walk(element.expression)):
        raise UsageError(f"the equation of '{element.name}' names time: compare it with a scenario instead")
    program = _probe(case, element, times[1])
    row = {name: i for i, name in enumerate(program.program.parameters)}
    draws = len(one)
    base = np.repeat(np.array(program.program.defaults)[:, None], draws, axis=1)
    for name in causes:
        base[row[name]] = one[name][k]
    made = {name: np.zeros(draws) for name in moving}
    orders = list(_orders(len(moving), sampled))
    for order in orders:
        members = [base]
        for i in order:
            moved = members[-1].copy()
            moved[row[moving[i]]] = other[moving[i]][m]
            members.append(moved)
        values = program.run(Inputs(np.hstack(members))).values[0, 0].reshape(len(members), draws)
        for place, i in enumerate(order):
            made[moving[i]] += (values[place + 1] - values[place]) / len(orders)
    return made


def _remembers(call: Call) -> bool:
    row = FUNCTIONS.get(call.function)
    return row is not None and row.kind in (FunctionKind.MEMORY, FunctionKind.NOISE)


def _orders(count: int, sampled: int) -> Iterator[tuple[int, ...]]:
    if math.factorial(count) <= 2 * sampled:
        yield from permutations(range(count))
        return
    generator = np.random.default_rng(count)
    for _ in range(sampled):
        order = tuple(int(i) for i in generator.permutation(count))
        yield order
        yield order[::-1]


def _probe(case: Case, element: Element, time: float) -> Reference:
    """A program of one equation, whose causes are its parameters."""
    system = system_of(case, ())
    elements: dict[str, Element] = {}
    for name in mentioned(element.expression):
        source = system.elements[name]
        if source.kind is Kind.LOOKUP:
            elements[name] = source
        else:
            variable = replace(source.variable, kind=Kind.PARAMETER)
            elements[name] = replace(source, variable=variable, expression=Number(0.0), initial=None)
    name = element.name + PROBE
    variable = replace(element.variable, name=name, kind=Kind.AUXILIARY)
    elements[name] = replace(element, name=name, variable=variable, initial=None)
    at = replace(system.model, time=replace(system.time, start=time, stop=time))
    return Reference(lower(System(at, elements, (name,), ()), (name,)))


def _difference(element: Element, before: Array, after: Array, made: dict[str, Array]) -> Difference:
    change = after - before
    finite = np.isfinite(change)
    parts = [
        Part(name, float(values[finite].mean()), *map(float, np.quantile(values[finite], (0.05, 0.95))))
        for name, values in made.items()
        if np.abs(values[finite]).max(initial=0.0) > 0
    ]
    parts.sort(key=lambda part: -abs(part.mean))
    total = sum((values for values in made.values()), np.zeros_like(change))
    low, high = map(float, np.quantile(change[finite], (0.05, 0.95)))
    return Difference(
        element.name,
        element.variable.unit,
        float(before[finite].mean()),
        float(after[finite].mean()),
        float(change[finite].mean()),
        low,
        high,
        tuple(parts),
        float((change - total)[finite].mean()),
    )

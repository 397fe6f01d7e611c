"""Decompose a difference: how much of a change in a variable came through each of its causes.

Two values of a variable are compared on the same draws: in two runs at one date, or in one run at two dates.

- A stock differs by its flows: each flow's part is its difference, summed over the steps between.
- Any other variable differs because the variables in its equation do. Each cause's part is its Shapley value (Shapley
  1953; Lundberg & Lee 2017, section 2): the change when it goes from its one value to its other, averaged over the
  orders in which the causes may change. If there are more orders than twice :data:`ORDERS`, the average is over a
  fixed sample of them, each with its reverse.

Parts add up to the change in every draw; the remainder (no more than rounding under Euler's method) is ``rest``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import permutations
from typing import Any

import numpy as np

from wherenow.case.case_types import Case, Scenario
from wherenow.engine.backend import Array, Inputs
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.runs import Ensemble
from wherenow.ensemble.simulate import simulate, system_of
from wherenow.errors import UsageError, did_you_mean
from wherenow.explain.loops.link_scores import NOW, probe, remembers
from wherenow.language.syntax import Call, walk
from wherenow.model.elaboration.dependencies import mentioned
from wherenow.model.model_types import Kind
from wherenow.model.system import Element

ORDERS = 60
SAMPLED = 6
"""Sampled orders, each with its reverse, when a step is one of many."""
ITSELF = "its own first value"


@dataclass(frozen=True, slots=True)
class Contribution:
    """The part of a change that came through ``source``: mean over draws, and 5% and 95% quantiles, in the unit."""

    source: str
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A change of ``variable`` from ``before`` to ``after`` (means over draws), and its parts, the largest first.

    ``change`` is the mean change, ``low`` and ``high`` its 5% and 95% quantiles over draws; ``rest`` is the mean
    remainder of the parts. ``total``: the change is in an accumulated flow.
    """

    variable: str
    unit: str  # unit of all values
    before: float
    after: float
    change: float
    low: float
    high: float
    parts: tuple[Contribution, ...]  # contribution of each cause
    rest: float
    total: bool = False

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


Pair = tuple[Ensemble, Ensemble]
"""Runs with every step saved, of the case and of the scenario that it is compared with (or of the case again)."""


def runs_of(case: Case, draws: Draws, scenario: str | Scenario = "") -> Pair:
    """Return the runs that a difference needs; several differences of the same kind can share them."""
    time = case.model.time
    fine = replace(case, model=replace(case.model, time=replace(time, save=time.step)))
    base = simulate(fine, draws)
    return base, simulate(fine, draws, scenario) if scenario else base


def against(
    case: Case, draws: Draws, variable: str, at: float, scenario: str | Scenario, runs: Pair | None = None
) -> Difference:
    """Decompose ``variable`` at a date in the scenario minus that in the baseline; ``runs`` come from :func:`runs_of`.

    Raises UsageError for an unknown name, date or scenario, or an equation that cannot be decomposed.
    """
    base, other = runs or runs_of(case, draws, scenario)
    moment = _moment(base, at)
    element = _element(case, variable)
    if element.kind is Kind.STOCK:
        flows = _flows(element)
        made = {name: sign * (_flowed(other, name, 0, moment) - _flowed(base, name, 0, moment)) for name, sign in flows}
        made[ITSELF] = other[element.name][0] - base[element.name][0]
    else:
        made = _Causes(case, element, base).split(moment, _Causes(case, element, other), moment)
    return _difference(element, base[element.name][moment], other[element.name][moment], made)


def between(case: Case, draws: Draws, variable: str, since: float, at: float, runs: Pair | None = None) -> Difference:
    """Decompose ``variable`` at the date ``at`` minus that at ``since``, in one run; raises as :func:`against` does."""
    run, _ = runs or runs_of(case, draws)
    first, last = _moment(run, since), _moment(run, at)
    element = _element(case, variable)
    if element.kind is Kind.STOCK:
        made = {name: sign * _flowed(run, name, first, last) for name, sign in _flows(element)}
    else:
        one = _Causes(case, element, run)
        made = one.split(first, one, last)
    return _difference(element, run[element.name][first], run[element.name][last], made)


def accumulated(
    case: Case,
    draws: Draws,
    flow: str,
    at: float,
    since: float | None = None,
    scenario: str | Scenario = "",
    runs: Pair | None = None,
) -> Difference:
    """Decompose the accumulated total of a flow up to a date, step by step.

    With ``since``: the total from then on. Its parts are those of the flow's departures from its value at ``since``,
    and :data:`ITSELF`, what would have flowed without any departure. With ``scenario``: the total from the start in the
    scenario minus that without it. Raises as :func:`against` does.
    """
    base, other = runs or runs_of(case, draws, scenario)
    first, last = 0 if since is None else _moment(base, since), _moment(base, at)
    element = _element(case, flow)
    made: dict[str, Array] = {}
    one = _Causes(case, element, base)
    two = _Causes(case, element, other) if scenario else one
    for k in range(first, last):
        for name, part in one.split(k if scenario else first, two, k, SAMPLED).items():
            made[name] = made.get(name, 0.0) + part * base.record.step
    total, reference = _flowed(other, element.name, first, last), np.zeros(len(draws))
    if scenario:
        reference = _flowed(base, element.name, first, last)
    else:
        made[ITSELF] = base[element.name][first] * (last - first) * base.record.step
    variable = replace(element.variable, unit=_total_unit(element.variable.unit, case.model.time.unit))
    return replace(_difference(replace(element, variable=variable), reference, total, made), total=True)


def _total_unit(rate: str, time: str) -> str:
    """Return the unit of an accumulated rate."""
    what, slash, per = rate.rpartition("/")
    if slash and per.strip() == time:
        return what.strip() or "1"
    return f"{rate} × {time}"


def _moment(runs: Ensemble, at: float) -> int:
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
        raise UsageError(f"the rate of '{element.name}' is a formula: ask for what its equation reads")
    return [*((name, 1.0) for (name,) in element.inflows), *((name, -1.0) for (name,) in element.outflows)]


def _flowed(runs: Ensemble, flow: str, first: int, last: int) -> Array:
    """Return ``[draw]``: the amount from step ``first`` to step ``last``; backward flow is negative."""
    low, high = sorted((first, last))
    amount: Array = runs[flow][low:high].sum(axis=0) * runs.record.step
    return amount if last >= first else -amount


class _Causes:
    """The causes in an element's equation, in one run, and a program of that equation alone."""

    def __init__(self, case: Case, element: Element, runs: Ensemble) -> None:
        self.element, self.times = element, runs.times
        known = set(runs.names)
        self.values = {n: runs[n] for n in mentioned(element.expression) if n in known}
        self.own = runs[element.name]
        self.probe = None if remembers(element.expression) else probe(system_of(case, ()), [element])
        self.timed = any(isinstance(n, Call) and n.function == "time" for n in walk(element.expression))

    def split(self, k: int, other: _Causes, m: int, sampled: int = ORDERS) -> dict[str, Array]:
        """Return ``[draw]`` by cause: its Shapley part of the change from step ``k`` here to step ``m`` there."""
        moving = [n for n, here in self.values.items() if not np.array_equal(here[k], other.values[n][m])]
        if self.probe is None:
            if len(moving) > 1:
                raise UsageError(
                    f"'{self.element.name}' has its own memory or noise: ask about the inputs of its equation"
                )
            return dict.fromkeys(moving, other.own[m] - self.own[k])
        if self.timed and self.times[k] != other.times[m]:
            raise UsageError(f"the equation of '{self.element.name}' names time: compare it with a scenario instead")
        if not moving:
            return {}
        program = self.probe.program
        row = {name: i for i, name in enumerate(program.parameters)}
        draws = self.own.shape[1]
        base = np.repeat(np.array(program.defaults)[:, None], draws, axis=1)
        base[row[NOW]] = other.times[m]
        for name, here in self.values.items():
            base[row[name]] = here[k]
        made = {name: np.zeros(draws) for name in moving}
        orders = list(_orders(len(moving), sampled))
        for order in orders:
            members = [base]
            for i in order:
                moved = members[-1].copy()
                moved[row[moving[i]]] = other.values[moving[i]][m]
                members.append(moved)
            values = self.probe.run(Inputs(np.hstack(members))).values[0, 0].reshape(len(members), draws)
            for place, i in enumerate(order):
                made[moving[i]] += (values[place + 1] - values[place]) / len(orders)
        return made


def _orders(count: int, sampled: int) -> Iterator[tuple[int, ...]]:
    if math.factorial(count) <= 2 * sampled:
        yield from permutations(range(count))
        return
    generator = np.random.default_rng(count)
    for _ in range(sampled):
        order = tuple(int(i) for i in generator.permutation(count))
        yield order
        yield order[::-1]


def _difference(element: Element, before: Array, after: Array, made: dict[str, Array]) -> Difference:
    change = after - before
    finite = np.isfinite(change)
    parts = [
        Contribution(name, float(values[finite].mean()), *map(float, np.quantile(values[finite], (0.05, 0.95))))
        for name, values in made.items()
        if np.abs(values[finite]).max(initial=0.0) > 0
    ]
    parts.sort(key=lambda part: -abs(part.mean))
    total = sum((values for values in made.values()), np.zeros_like(change))
    low, high = map(float, np.quantile(change[finite], (0.05, 0.95)))
    return Difference(
        variable=element.name,
        unit=element.variable.unit,
        before=float(before[finite].mean()),
        after=float(after[finite].mean()),
        change=float(change[finite].mean()),
        low=low,
        high=high,
        parts=tuple(parts),
        rest=float((change - total)[finite].mean()),
    )

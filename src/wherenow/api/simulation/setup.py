"""Changes to a run: parameters, paths over time, initial values and the clock.

The engine takes numbers and tables as inputs of a compiled program, so that a run with other values needs no
compilation. A variable with a value in place of its equation becomes a series; an initial value becomes a parameter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from wherenow.api.names import Target, find
from wherenow.case.case_types import Case
from wherenow.case.dates import is_year
from wherenow.case.scenario import ScenarioChanges, plan, scenario_of
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.runs import Ensemble
from wherenow.ensemble.simulate import prepare
from wherenow.errors import UsageError
from wherenow.language.syntax import Conditional, Number, Reference, Table
from wherenow.model.intervention import Act, Intervention, intervene
from wherenow.model.model_types import Equation, Kind, Method, ModelSpec, TimeSpec, Variable

FIRST, GIVEN = "·first", "·given"
"""Suffixes of the inputs for a variable's initial value, and for whether it is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """A case prepared for a run, with the values of inputs that are the same in all draws."""

    case: Case
    plan: ScenarioChanges
    scenario: str = ""

    def run(self, draws: Draws, outputs: Sequence[str], threads: int | None = None, engine: str = "native") -> Ensemble:
        """Run the case once for every draw, and save ``outputs``."""
        ready = prepare(self.case, self.plan.interventions, outputs, threads, engine, draws=len(draws))
        # initial values that are drawn override those of the scenario
        drawn = {name for name in draws.names if FIRST in name}
        fixed = {name: value for name, value in self.plan.parameters.items() if name not in drawn}
        return ready.run(draws, self.scenario, fixed, self.plan.series)


def set_up(
    case: Case,
    *,
    params: Mapping[str, Any] | None = None,
    initial: Mapping[str, float] | None = None,
    start: float | None = None,
    stop: float | None = None,
    dt: float | None = None,
    save: float | None = None,
    scenario: str | None = None,
) -> Setup:
    """Prepare ``case`` for a run; arguments are those of :meth:`wherenow.api.model.Model.run`."""
    time = retimed(case.model.time, start, stop, dt, save)
    if time is case.model.time and not params and not initial and scenario is None:
        return Setup(case=case, plan=ScenarioChanges())
    chosen = scenario_of(case, scenario)
    planned = plan(case, chosen) if chosen else ScenarioChanges()
    targets = [(find(case.model, name), value) for name, value in (params or {}).items()]
    tables = {t.name: _lookup(t, v) for t, v in targets if t.variable.kind is Kind.LOOKUP}
    changes = _Changes(case.model, time)
    for target, value in targets:
        if target.variable.kind is not Kind.LOOKUP:
            changes.add(target, value)
    firsts = dict(_first_values(case.model, initial or {}))
    started = tuple(dict.fromkeys(name.partition("[")[0].removesuffix(GIVEN) for name in firsts if GIVEN in name))
    if time != case.model.time or changes.driven or started or tables:
        case = _derived(case, time, tuple(changes.driven), started, tuple(tables.items()))
    return Setup(
        case=case,
        plan=ScenarioChanges(
            {**planned.parameters, **changes.parameters, **firsts},
            {**planned.series, **changes.series},
            (*planned.interventions, *changes.interventions),
        ),
        scenario=chosen.id if chosen else "",
    )


def baked(setup: Setup) -> Case:
    """Return the case with the setup's inputs as its own, for functions that take a case, such as a calibration."""
    model = intervene(setup.case.model, setup.plan.interventions) if setup.plan.interventions else setup.case.model
    variables = dict(model.variables)
    given: dict[str, Number | Table] = {**{n: Number(v) for n, v in setup.plan.parameters.items()}, **setup.plan.series}
    for scalar, value in given.items():
        name, _, inside = scalar.partition("[")
        elements = tuple(inside.removesuffix("]").split(",")) if inside else ()
        others = tuple(e for e in variables[name].equations if elements and e.subscripts != elements)
        variables[name] = replace(variables[name], equations=(*others, Equation(expression=value, subscripts=elements)))
    digest = hashlib.sha256(repr((setup.case.hash, setup.plan)).encode()).hexdigest()
    return replace(setup.case, model=replace(model, variables=variables), hash=digest)


def retimed(time: TimeSpec, start: float | None, stop: float | None, dt: float | None, save: float | None) -> TimeSpec:
    """Return the clock with the given changes; results are saved at every step if they were before.

    Raises UsageError for a step that is not positive, an end before the start, or a saving interval that is not a
    multiple of the step.
    """
    if (start, stop, dt, save) == (None, None, None, None):
        return time
    step = time.step if dt is None else float(dt)
    every = float(save) if save is not None else step if time.save == time.step else time.save
    begin = time.start if start is None else float(start)
    end = time.stop if stop is None else float(stop)
    if not step > 0:
        raise UsageError(f"dt must be above 0, not {step:g}")
    if not end >= begin:
        raise UsageError(f"the run would stop at {end:g}, before its start at {begin:g}")
    if save is not None and (every < step or abs(every / step - round(every / step)) > 1e-9 * every / step):
        raise UsageError(f"save must be a whole number of steps of {step:g}, not {every:g}")
    return replace(time, start=begin, stop=end, step=step, save=every)


class _Changes:
    """Values for variables, grouped by how the engine takes them."""

    def __init__(self, model: ModelSpec, time: TimeSpec) -> None:
        self.model, self.time = model, time
        self.parameters: dict[str, float] = {}
        self.series: dict[str, Table] = {}
        self.driven: dict[str, None] = {}
        self.interventions: list[Intervention] = []

    def add(self, target: Target, value: Any) -> None:
        variable = target.variable
        names = target.scalars(self.model)
        if is_path(value):
            tables = dict.fromkeys(names, path_table(value, target.name, self.time))
        elif variable.kind is Kind.PARAMETER:
            self.parameters.update(zip(names, numbers(value, target.name, len(names)), strict=True))
            return
        else:
            found = numbers(value, target.name, len(names))
            tables = {n: Table((self.time.start,), (v,)) for n, v in zip(names, found, strict=True)}
        if variable.kind is Kind.SERIES:
            self.series.update(tables)
        elif not target.elements:
            self.driven[variable.name] = None
            self.series.update(tables)
        else:
            points = tuple(zip(tables[target.name].xs, tables[target.name].ys, strict=True))
            self.interventions.append(
                Intervention(variable=variable.name, act=Act.PATH, points=points, elements=(target.elements,))
            )


def numbers(value: Any, name: str, count: int) -> list[float]:
    """Convert ``value`` to one number for each of ``count`` elements. Raises UsageError for another shape."""
    try:
        array = np.asarray(value, dtype=np.float64).ravel()
    except (TypeError, ValueError):
        raise UsageError(
            f"{value!r} is not a value for '{name}'", "give a number, an array, a Series or a function"
        ) from None
    if array.size not in (1, count):
        raise UsageError(f"'{name}' takes one number or {count}, not {array.size}")
    if not np.isfinite(array).all():
        raise UsageError(f"the value of '{name}' is not finite")
    return [float(v) for v in np.broadcast_to(array, (count,))]


def _lookup(target: Target, value: Any) -> Table:
    """Read the points of a lookup from a Series by its argument."""
    if not is_path(value) or callable(value):
        raise UsageError(f"'{target.name}' is a lookup", "give its points as a pandas Series")
    return path_table(value, target.name, None)


def first_names(model: ModelSpec, text: str) -> tuple[str, ...]:
    """List the inputs that hold the initial values of a stock. Raises UsageError for any other variable."""
    target = find(model, text)
    variable = target.variable
    if variable.kind is not Kind.STOCK:
        raise UsageError(f"'{target.name}' is not a stock: it has no initial value of its own", "give it in params")
    return tuple(scalar.replace(variable.name, variable.name + FIRST, 1) for scalar in target.scalars(model))


def _first_values(model: ModelSpec, initial: Mapping[str, Any]) -> dict[str, float]:
    inputs: dict[str, float] = {}
    for text, value in initial.items():
        names = first_names(model, text)
        inputs.update(zip(names, numbers(value, text, len(names)), strict=True))
        inputs.update((name.replace(FIRST, GIVEN), 1.0) for name in names)
    return inputs


@lru_cache(maxsize=32)
def _derived(
    case: Case,
    time: TimeSpec,
    driven: tuple[str, ...],
    started: tuple[str, ...],
    lookups: tuple[tuple[str, Table], ...],
) -> Case:
    """Return ``case`` with another clock, some variables as paths, initial values as parameters, and other tables."""
    variables = dict(case.model.variables)
    for name in started:
        variables |= _with_first(variables[name])
    for name in driven:
        path = (Equation(expression=Table((0.0,), (0.0,)), subscripts=variables[name].dimensions),)
        variables[name] = replace(
            variables[name], kind=Kind.SERIES, equations=path, inflows=(), outflows=(), non_negative=False
        )
    for name, table in lookups:
        old = variables[name]
        variables[name] = replace(old, equations=tuple(replace(e, expression=table) for e in old.equations))
    digest = hashlib.sha256(repr((case.hash, time, driven, started, lookups)).encode()).hexdigest()
    model = replace(case.model, time=time, variables=variables)
    priors = {n: p for n, p in case.priors.items() if n.partition("[")[0] not in driven}
    return replace(case, model=model, priors=priors, hash=digest)


def _with_first(stock: Variable) -> dict[str, Variable]:
    """Return a stock that takes its initial value from an input if one is given, and the two inputs for it."""
    made = {}
    for suffix in (FIRST, GIVEN):
        name = stock.name + suffix
        equation = Equation(expression=Number(0.0), subscripts=stock.dimensions)
        made[name] = Variable(
            name=name, kind=Kind.PARAMETER, equations=(equation,), dimensions=stock.dimensions, unit=stock.unit
        )
    equations = []
    for equation in stock.equations:
        own = tuple(Reference(s) for s in equation.subscripts)
        given, first = Reference(stock.name + GIVEN, own), Reference(stock.name + FIRST, own)
        initial = Conditional(given, first, equation.initial or Number(0.0))
        equations.append(replace(equation, initial=initial))
    return {**made, stock.name: replace(stock, equations=tuple(equations))}


def is_path(value: Any) -> bool:
    """Check whether ``value`` is a path: an object with an index of times, or a function."""
    return callable(value) or (hasattr(value, "index") and hasattr(value, "values")) or hasattr(value, "coords")


def path_table(value: Any, name: str, time: TimeSpec | None) -> Table:
    """Convert a path to a table, linear between its points and constant before and after them.

    A function is evaluated at every step of ``time``, and mid-step if the method needs that; the table is linear in
    between. ``time`` is None for a table that is not over time.

    Raises
    ------
    UsageError
        if times or values are not finite numbers, two values have the same time, or there are none.
    """
    if callable(value) and time is not None:
        halves = 1 if time.method is Method.EULER else 2
        xs = time.start + np.arange(halves * time.steps + 1) * (time.step / halves)
        return _table(xs, [_asked(value, float(x), name) for x in xs], name)
    if hasattr(value, "to_series"):  # a DataArray or an index
        if getattr(value, "ndim", 1) != 1:
            raise UsageError(f"the path of '{name}' has {value.ndim} dimensions", "give one element at a time")
        value = value.to_series()
    return _table(times_of(value.index, name, time.unit if time else ""), value.to_numpy(), name)


def times_of(index: Any, name: str, unit: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Convert an index to model time. Dates become decimal years, in which every month is a twelfth, as everywhere
    here.
    """
    if hasattr(index, "strftime"):  # an index of dates
        if not is_year(unit):
            raise UsageError(f"'{name}' is by date, and the model's time unit is {unit or 'not given'}, not years")
        days = np.asarray((index.day - 1) / index.days_in_month, float)
        return np.asarray(index.year + (index.month - 1 + days) / 12, float)
    try:
        return np.asarray(index, dtype=np.float64)
    except (TypeError, ValueError):
        raise UsageError(f"the index of '{name}' has no times", "give numbers in the model's time unit") from None


def _asked(function: Any, time: float, name: str) -> float:
    try:
        return float(function(time))
    except (TypeError, ValueError) as error:
        raise UsageError(f"the function for '{name}' gives no number at time {time:g}: {error}") from None


def _table(xs: Any, ys: Any, name: str) -> Table:
    try:
        times, values = np.asarray(xs, np.float64), np.asarray(ys, np.float64)
    except (TypeError, ValueError):
        raise UsageError(f"the values of '{name}' are not numbers") from None
    order = np.argsort(times, kind="stable")
    times, values = times[order], values[order]
    if not len(times):
        raise UsageError(f"the path of '{name}' has no points")
    if not (np.isfinite(times).all() and np.isfinite(values).all()):
        raise UsageError(f"the path of '{name}' has a value that is not finite", "leave unknown values out")
    if (np.diff(times) == 0).any():
        raise UsageError(f"the path of '{name}' has two values at time {times[:-1][np.diff(times) == 0][0]:g}")
    return Table(tuple(times.tolist()), tuple(values.tolist()))

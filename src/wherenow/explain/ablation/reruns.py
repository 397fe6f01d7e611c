"""The runs behind an ablation: a block of draws that is rerun with other links cut.

A counterfactual has the same bits as the factual run until its first action, so it continues from a checkpoint there.
Nothing after the last date that a claim reads is simulated (:func:`first_step`, :func:`end_step`). Neither changes a
bit of an answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wherenow.case.scenario import ScenarioChanges
from wherenow.claims.checking.formula_check import Checked
from wherenow.claims.formulas.claim_syntax import (
    Date,
    EventTerm,
    First,
    Node,
    NumberTerm,
    Temporal,
    Until,
    dates_of,
    walk,
)
from wherenow.engine.backend import Inputs
from wherenow.engine.llvm.compiled_runs import Shared
from wherenow.engine.native import Native
from wherenow.engine.passes.prune import Narrowed
from wherenow.engine.streaming.plan import StreamingPlan
from wherenow.engine.streaming.reusable_run import CompiledPlan, ReusableRun, Snapshot
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.simulate import inputs_of, series_tables
from wherenow.ensemble.together import happens
from wherenow.model.cuts import Pair, switch_of
from wherenow.model.intervention import free_name
from wherenow.model.model_types import TimeSpec

Registers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterfactualRun:
    """A counterfactual that claims need: a separate run, from step ``first`` until before step ``end``.

    ``rows`` are the claims that it answers, ``touched`` the variables that it intervenes on, ``asked`` its streaming
    plan, and ``used`` the registers of that.
    """

    scenario: str  # scenario id
    rows: tuple[int, ...]
    touched: frozenset[str]
    first: int
    end: int
    asked: StreamingPlan
    used: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ScenarioInputs:
    """What a scenario changes in a run: parameters by index in the program, with ``values`` for each; and the
    series.
    """

    parameters: tuple[int, ...]
    values: tuple[float, ...]
    shared: Shared


def scenario_inputs(native: Native, name: str, planned: ScenarioChanges) -> ScenarioInputs:
    """Return the inputs of scenario ``name``, for a program in which a parameter switches each scenario's
    interventions.
    """
    program = native.program
    fixed = {**planned.parameters, **({happens(name): 1.0} if planned.interventions else {})}
    places = [(i, fixed[free_name(p)]) for i, p in enumerate(program.parameters) if free_name(p) in fixed]
    tables = series_tables(program, planned.series)
    shared = native.shared(Inputs(np.array(program.defaults)[:, None], tables))
    return ScenarioInputs(tuple(i for i, _ in places), tuple(value for _, value in places), shared)


class Rerun:
    """The draws ``members`` on ``factual`` and, where a counterfactual continues, on ``native``, which runs
    ``narrowed``.

    An object serves one thread. ``here`` holds the registers ``[register, draw]`` of the last factual run, ``there``
    those of the last counterfactual; registers outside the plan are meaningless.
    """

    def __init__(
        self, factual: Native, native: Native, narrowed: Narrowed, members: Draws, readings: StreamingPlan
    ) -> None:
        program = factual.program
        inputs = inputs_of(program, members)
        self._factual = ReusableRun(factual, inputs, readings)
        self._native = ReusableRun(native, inputs, readings, self._factual.parameters)
        self._narrowed = narrowed
        self._place = {name: i for i, name in enumerate(program.parameters)}
        self._pristine = self._factual.parameters.copy()
        self._cut: tuple[int, ...] = ()
        self._asked: dict[tuple[bool, StreamingPlan], CompiledPlan] = {}
        self._moments: dict[int, Snapshot] = {}
        self.here: Registers = np.empty((0, 0))
        self.there: Registers = np.empty((0, 0))

    @property
    def finite(self) -> NDArray[np.bool_]:
        """The draws that stayed finite in the last factual run."""
        return self._factual.finite

    def factual(
        self, cuts: Iterable[Pair], readings: StreamingPlan, end: int, branches: Iterable[CounterfactualRun]
    ) -> None:
        """Run with ``cuts`` until before step ``end``, storing checkpoints where ``branches`` begin."""
        self._reset(self._cut)
        self._cut = tuple(self._place[switch_of(link)] for link in cuts)
        self.parameters[list(self._cut)] = 1.0
        needed: dict[int, list[NDArray[np.int64]]] = {}
        for branch in branches:
            needed.setdefault(branch.first, []).append(self._asks(self._native, branch.asked).used)
        asked = self._asks(self._factual, readings)
        self._factual.begin()
        self._moments.clear()
        for mark in sorted(needed):
            if mark:
                self._factual.go(asked, mark)
                registers = np.unique(np.concatenate(needed[mark]))
                narrowed = self._narrowed
                self._moments[mark] = self._factual.moment(registers, narrowed.states, narrowed.histories)
        self._factual.go(asked, end)
        self.here = self._factual.registers(asked)

    def counterfactual(self, branch: CounterfactualRun, what: ScenarioInputs) -> None:
        """Run a counterfactual with the cuts of the last factual run, from the checkpoint of that run."""
        asked = self._asks(self._native, branch.asked)
        if branch.first:
            self._native.resume(self._moments[branch.first])
        else:
            self._native.begin()
        for place, value in zip(what.parameters, what.values, strict=True):
            self.parameters[place] = value
        self._native.go(asked, branch.end, what.shared)
        self.there = self._native.registers(asked)
        self._reset(what.parameters)

    @property
    def parameters(self) -> NDArray[np.float64]:
        """The parameters of both programs."""
        return self._factual.parameters

    def _reset(self, places: tuple[int, ...]) -> None:
        self.parameters[list(places)] = self._pristine[list(places)]

    def _asks(self, runs: ReusableRun, readings: StreamingPlan) -> CompiledPlan:
        key = (runs is self._factual, readings)
        if key not in self._asked:
            self._asked[key] = runs.asked(readings)
        return self._asked[key]


def last_read(checked: Checked, events: Mapping[str, float]) -> float:
    """Return a date after which the formula reads nothing; infinite if it may read to the end of the run."""
    dates: list[float] = []
    for node in walk(checked.formula.root):
        dates += [_latest(date, events) for date in dates_of(node)]
        if isinstance(node, First | Temporal | Until) and node.window is None:
            dates.append(math.inf)
    return max(dates, default=math.inf)


def _latest(date: Node, events: Mapping[str, float]) -> float:
    match date:
        case Date():
            return date.stop
        case NumberTerm(value=value):
            return value + 1  # a whole number may name a year
        case EventTerm(id=event):
            return events[event]
        case _:
            return math.inf  # a computed date may be any date


def end_step(time: TimeSpec, dates: Iterable[float]) -> int:
    """Return the step before which a run may end if its formulas read nothing after ``dates``.

    Two saved steps follow the last date, because a value at a date is interpolated between saved ones.
    """
    last = max(dates, default=math.inf)
    if not last < time.stop:
        return time.steps + 1
    after = math.ceil((last - time.start) / time.step) + 2 * time.save_every + 1
    return max(1, min(time.steps + 1, after))


def first_step(time: TimeSpec, planned: ScenarioChanges, own: Shared, changed: Shared) -> int:
    """Return the first step at which a run of ``planned``, which reads ``changed``, can differ from one without it,
    which reads ``own``.

    One step is left for stages within a step.
    """
    if planned.parameters or not np.array_equal(own.first_series, changed.first_series):
        return 0
    steps = [
        math.ceil((i.start - time.start) / time.step - 1e-6) if i.start > time.start else 0
        for i in planned.interventions
    ]
    differ = np.flatnonzero((own.rows != changed.rows).any(axis=(1, 2)))
    steps += [int(differ[0])] if differ.size else []
    return min(max(0, min(steps, default=time.steps) - 1), time.steps)

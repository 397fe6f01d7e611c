"""Rerun a case with other lever settings, from the time at which the first lever acts.

Until then every setting gives the same trajectories, so a run continues from a checkpoint there, on the same draws,
with the bits of an uninterrupted run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Lock

import numpy as np

from wherenow.case.case_types import Case, Scenario
from wherenow.case.scenario import ScenarioChanges, plan
from wherenow.engine.backend import Checkpoint
from wherenow.engine.lowering.lower import lower
from wherenow.engine.native import Native
from wherenow.engine.native_rk45 import NativeRungeKutta45, native
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.runs import Array, Ensemble
from wherenow.ensemble.simulate import inputs_of, series_tables, simulate, system_of
from wherenow.model.intervention import Intervention
from wherenow.model.model_types import Method

MOVED, AMOUNT = "·moved", "·amount"
"""Suffixes of the inputs for whether a lever is moved, and how far."""
BLOCK = 256
"""Draws per block: small, so that a thousand draws keep several threads busy."""


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """The part of a run that levers can change: ``values[output, time, draw]`` from saved time ``first`` on."""

    first: int
    values: Array


class Live:
    """A run of ``case`` under ``scenario`` for every draw, ready to be continued with other levers.

    ``base`` has its runs with every lever at its baseline, so that the case's own paths apply. ``outputs`` is as for
    :func:`~wherenow.ensemble.simulate.simulate`.

    Raises UsageError and InputError as ``simulate`` does.
    """

    def __init__(
        self,
        case: Case,
        draws: Draws,
        outputs: tuple[str, ...],
        scenario: Scenario | None = None,
        threads: int | None = None,
    ) -> None:
        self.case, self.scenario, self.outputs, self.threads = case, scenario, outputs, threads
        self.base = simulate(case, draws, scenario, outputs, threads)
        self._plan = plan(case, scenario) if scenario else ScenarioChanges()
        program = lower(system_of(case, self._plan.interventions), self.base.names)
        self._backend = native(program, threads=threads, block=BLOCK)
        self._inputs = inputs_of(program, draws, self._plan.parameters, self._plan.series)
        self._step = self._first_step()
        self._start: Checkpoint | None = None
        self._starting = Lock()
        self.first = int(np.searchsorted(self.base.times, program.time.start + self._step * program.time.step - 1e-9))

    def rest(self, levers: Mapping[str, float]) -> Rest:
        """Return the runs from the levers' start on, with ``levers`` at values other than the baseline.

        Raises UsageError for an unknown lever or a value outside its range.
        """
        moved = self.moved(levers)
        if not moved:
            return Rest(self.first, self.base.values[:, self.first :])
        planned = plan(self.case, self.scenario or Scenario(id=""), moved)
        backend, inputs, start, first = self._backend, self._inputs, self._checkpoint(), self.first
        if (planned.interventions, planned.parameters) != (self._plan.interventions, self._plan.parameters):
            # any lever other than a path over time needs another program, which runs from the beginning
            backend, start, first = self._levered, None, 0
            fixed = {**planned.parameters, **self._moving(moved)}
            inputs = inputs_of(backend.program, self.base.draws, fixed)
        series = series_tables(backend.program, planned.series)
        return Rest(first, backend.run(replace(inputs, series=series, start=start)).values)

    @cached_property
    def _levered(self) -> Native | NativeRungeKutta45:
        """The program in which inputs move each lever that is not a path over time: one program for all settings."""
        levers = (intervention for switched in self._switched.values() for intervention in switched)
        program = lower(system_of(self.case, (*self._plan.interventions, *levers)), self.base.names)
        return native(program, threads=self.threads, block=BLOCK)

    @cached_property
    def _switched(self) -> dict[str, tuple[Intervention, ...]]:
        """The effect of each lever beyond its scenario, by inputs named after it; none if it is a path over time."""
        interventions = {}
        for name, lever in self.case.levers.items():
            planned = plan(self.case, self.scenario or Scenario(id=""), {name: lever.range[0]})
            effects = planned.interventions[len(self._plan.interventions) :]
            interventions[name] = tuple(
                replace(effect, value=0.0, when=name + MOVED, amount=name + AMOUNT) for effect in effects
            )
        return interventions

    def _moving(self, moved: Mapping[str, float]) -> dict[str, float]:
        """Return the values of the inputs of :attr:`_levered` for the levers among ``moved`` that it switches."""
        switched = {name: value for name, value in moved.items() if self._switched[name]}
        return {name + MOVED: 1.0 for name in switched} | {
            name + AMOUNT: value * self.case.levers[name].factor for name, value in switched.items()
        }

    def runs(
        self,
        levers: Mapping[str, float],
        rest: Rest | None = None,
        names: tuple[str, ...] | None = None,
        since: float = -math.inf,
    ) -> Ensemble:
        """Return the whole runs with ``levers`` at other values; pass ``rest`` if it is already computed.

        ``names`` and ``since`` restrict the variables and the saved times, so that there is less to copy.
        """
        moved = self.moved(levers)
        if not moved:
            return self.base
        rest = rest or self.rest(moved)
        rows = [i for i, name in enumerate(self.base.names) if names is None or name in names]
        begin = min(int(np.searchsorted(self.base.times, since)), rest.first)
        values = np.concatenate([self.base.values[rows, begin : rest.first], rest.values[rows]], axis=1)
        saved, central = tuple(self.base.saved[i] for i in rows), self.base.central[rows, begin:]
        return replace(
            self.base,
            saved=saved,
            times=self.base.times[begin:],
            values=values,
            central=central,
            record=replace(self.base.record, scenario=self._scenario_label(moved)),
        )

    def moved(self, levers: Mapping[str, float]) -> dict[str, float]:
        """Return the levers that are not at their baseline; under a scenario, which may move levers, all that are
        named.
        """
        known, bound = self.case.levers, self.scenario is not None
        return {n: float(v) for n, v in levers.items() if bound or n not in known or v != known[n].default}

    def _scenario_label(self, moved: Mapping[str, float]) -> str:
        scenario = self.scenario.id if self.scenario else ""
        return f"{scenario} with {', '.join(f'{name} {value:g}' for name, value in moved.items())}".strip()

    @property
    def start(self) -> float:
        """The time at which the first of the levers acts."""
        cutoff = -math.inf if self.case.cutoff is None else self.case.cutoff
        starts = [cutoff if lever.start is None else lever.start for lever in self.case.levers.values()]
        return min(starts, default=self.case.model.time.stop)

    def _first_step(self) -> int:
        """Return the last step that no lever can affect.

        Under an error bound, where each draw has its own steps, it is the first step.
        """
        time, first = self.case.model.time, self.start
        if first == -math.inf or time.method is Method.RK45:
            return 0
        return max(0, min(math.floor((first - time.start) / time.step - 1e-5), time.steps))

    def _checkpoint(self) -> Checkpoint | None:
        if self._step == 0:
            return None
        with self._starting:
            if self._start is None:
                self._start = self._backend.run(self._inputs, checkpoint=self._step).checkpoint
        return self._start

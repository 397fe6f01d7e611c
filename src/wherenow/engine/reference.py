"""The reference backend, which defines the meaning of a program in plain NumPy.

One loop over steps, one loop over operations, every value an array over draws. Results of any other backend are tested
against it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from wherenow.engine.backend import (
    Array,
    Checkpoint,
    Inputs,
    NonFinite,
    Trajectories,
    check_inputs,
    saved_steps,
    saved_times,
)
from wherenow.engine.evaluate import STAGES, Values, first_series_values, operate, step_table
from wherenow.engine.ir import Binding, Program, bindings, unfolded
from wherenow.engine.philox import uniform
from wherenow.errors import UsageError
from wherenow.model.model_types import Method


class ReferenceBackend:
    """A program run in NumPy."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def run(self, inputs: Inputs, *, checkpoint: int | None = None) -> Trajectories:
        """Return all saved values of all draws; see :class:`~wherenow.engine.backend.Backend`.

        Raises UsageError if inputs do not fit the program, or its method is not Euler or RK4.
        """
        program = self.program
        if program.time.method not in (Method.EULER, Method.RK4):
            raise UsageError(f"the reference has no method {program.time.method}")
        inputs = check_inputs(program, inputs)
        with np.errstate(all="ignore"):
            return _ReferenceRun(unfolded(program), inputs).all(checkpoint)


class _ReferenceRun:
    """A run in progress: ``states`` are those at the beginning of ``step``; histories hold all earlier steps."""

    def __init__(self, program: Program, inputs: Inputs) -> None:
        self.program, self.inputs = program, inputs
        self.binding = bindings(program)
        self.table = step_table(program, inputs).rows
        self.first_series = first_series_values(program, inputs)
        self.draws = np.arange(inputs.first_draw, inputs.first_draw + inputs.draws)
        self.history = np.zeros((len(program.histories), program.time.steps + 1, inputs.draws))
        self.step = inputs.first_step
        self.states = np.empty((len(program.states), inputs.draws))
        if inputs.start:
            self.history[:, : inputs.start.step] = inputs.start.histories
            self.states[:] = inputs.start.states
        else:
            values = self.evaluate(0, self.states, only=Binding.DRAW)
            for i, state in enumerate(program.states):
                self.states[i] = values[state.initial]

    def all(self, checkpoint: int | None) -> Trajectories:
        """Run all steps. Outputs and histories are those at a step's beginning, before the states advance."""
        program = self.program
        saves = saved_steps(program, self.step)
        result = np.empty((len(program.outputs), len(saves), self.inputs.draws))
        state = None
        save = 0
        for step in range(self.step, program.time.steps + 1):
            self.step = step
            if step == checkpoint:
                state = Checkpoint(step, self.states.copy(), self.history[:, :step].copy())
            values = self.evaluate(0, self.states)
            for i, node in enumerate(program.histories):
                self.history[i, step] = values[node]
            if save < len(saves) and step == saves[save]:
                for i, output in enumerate(program.outputs):
                    result[i, save] = values[output.node]
                save += 1
            if step < program.time.steps:
                self.states = self.advance(values)
        bad = tuple(int(d) for d in np.nonzero(~np.isfinite(result).all(axis=(0, 1)))[0])
        names = tuple(o.name for o in program.outputs)
        times = saved_times(program, self.inputs.first_step)
        return Trajectories(
            names=names,
            times=times,
            values=result,
            nonfinite_draws=bad,
            checkpoint=state,
            diagnose=lambda draw: diagnose(program, self.inputs, draw),
        )

    def first_nonfinite(self) -> NonFinite:
        """Find the first non-finite value of a run of one draw with non-finite results."""
        program = self.program
        watched = [o.node for o in program.outputs] + [s.change for s in program.states]
        for step in range(self.step, program.time.steps + 1):
            self.step = step
            values = self.evaluate(0, self.states)
            for i, node in enumerate(program.histories):
                self.history[i, step] = values[node]
            bad = [w for w in watched if not np.isfinite(values[w]).all()]
            if bad:
                return self.describe([float(np.max(v)) for v in values], bad)
            self.states = self.advance(values)
        raise AssertionError("every value of the run is finite")

    def evaluate(self, stage: int, states: Array, only: Binding | None = None) -> list[Values]:
        """Return the value of every node at a stage of this step (with ``only``, of nodes up to that binding)."""
        program, values = self.program, list[Values]()
        for position, node in enumerate(program.nodes):
            if position in self.table:
                known = self.table[position]  # only the elements of an inverse are read
                values.append(np.nan if node.operation == "inverse" else known[self.step, stage])
                continue
            if only is not None and self.binding[position] & ~only:
                values.append(np.nan)
                continue
            arguments = [values[a] for a in node.arguments]
            match node.operation:
                case "parameter":
                    value = self.inputs.parameters[node.index]
                case "series_first":
                    value = self.first_series[node.index]
                case "state":
                    value = states[node.index]
                case "uniform":
                    value = uniform(self.inputs.seed, program.streams[node.index], self.step, self.draws)
                case "uniform_first":
                    value = uniform(self.inputs.seed, program.streams[node.index], 0, self.draws)
                case "past":
                    value = self.past(node.index, *arguments)
                case _:
                    value = operate(program, node, arguments)
            values.append(value)
        return values

    def past(self, history: int, lag: Values, before: Values) -> Array:
        """Return the history ``lag`` steps ago. A lag below 1 (or NaN) counts as 1."""
        draws = np.arange(self.inputs.draws)
        lag = np.broadcast_to(np.where(lag >= 1.0, lag, 1.0), draws.shape)
        then = self.step - lag
        index = np.where(then >= 0.0, then, 0.0).astype(np.int64)
        return np.asarray(np.where(then >= 0.0, self.history[history, index, draws], before))

    def advance(self, values: list[Values]) -> Array:
        """Return the states at the next step, from the values at this one."""
        program, dt = self.program, self.program.time.step
        rates = self.rates(values)
        new = self.states.copy()
        continuous = np.array([s.continuous for s in program.states], dtype=bool)
        if program.time.method is Method.EULER:
            new = self.states + dt * rates
        else:
            half, sixth = dt / 2, dt / 6
            k1 = rates
            k2 = self.rates(self.evaluate(1, self.shifted(half, k1, continuous)))
            k3 = self.rates(self.evaluate(1, self.shifted(half, k2, continuous)))
            k4 = self.rates(self.evaluate(STAGES[Method.RK4].index(1.0), self.shifted(dt, k3, continuous)))
            new = self.states + sixth * ((k1 + 2.0 * (0.0 + k2 + k3)) + k4)
        new[~continuous] = rates[~continuous]
        return new

    def shifted(self, dt: float, rates: Array, continuous: Values) -> Array:
        """Return the continuous states moved along ``rates``; the others stay."""
        return np.asarray(np.where(continuous[:, None], self.states + dt * rates, self.states))

    def rates(self, values: list[Values]) -> Array:
        """Return the rate of each continuous state and the next value of each other."""
        rates = np.empty_like(self.states)
        for i, state in enumerate(self.program.states):
            rates[i] = values[state.change]
        return rates

    def describe(self, values: list[float], bad: list[int]) -> NonFinite:
        """Return the first operation behind the ``bad`` nodes whose value is not finite."""
        program = self.program
        cone = _cone(program, bad)
        position = next(p for p in cone if not np.isfinite(values[p]))
        names = {s.change: f"the change of {s.name}" for s in program.states} | {
            o.node: o.name for o in program.outputs
        }
        node = program.nodes[position]
        reached = (p for p in cone if p >= position and p in names and not np.isfinite(values[p]))
        variable = next(names[p] for p in reached if position in _cone(program, [p]))
        inputs = {_describe(program, a): values[a] for a in node.arguments}
        time = program.time.start + self.step * program.time.step
        return NonFinite(
            variable=variable, operation=node.operation, time=time, draw=0, value=values[position], inputs=inputs
        )


def diagnose(program: Program, inputs: Inputs, draw: int) -> NonFinite:
    """Run one draw with non-finite results again, and find its first non-finite value."""
    with np.errstate(all="ignore"):
        found = _ReferenceRun(unfolded(program), check_inputs(program, inputs.take(draw, draw + 1))).first_nonfinite()
    return replace(found, draw=draw)


def _cone(program: Program, roots: list[int]) -> list[int]:
    """Return the nodes that ``roots`` depend on within a step, and themselves, in evaluation order."""
    needed: set[int] = set()
    stack = list(roots)
    while stack:
        position = stack.pop()
        if position not in needed:
            needed.add(position)
            stack.extend(program.nodes[position].arguments)
    return sorted(needed)


def _describe(program: Program, position: int) -> str:
    node = program.nodes[position]
    for output in program.outputs:
        if output.node == position:
            return output.name
    match node.operation:
        case "parameter":
            return program.parameters[node.index]
        case "state":
            return program.states[node.index].name
        case "series" | "series_first":
            return program.series[node.index]
    return f"{node.operation}#{position}"

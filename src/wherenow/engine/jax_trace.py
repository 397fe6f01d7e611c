"""A program as a JAX function: one scan over steps, every value an array over draws.

Imported only where JAX is used (:func:`wherenow.engine.jax_backend.jax_trace`), which loads it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from wherenow.engine.backend import Array, Inputs
from wherenow.engine.evaluate import STAGES, first_series_values, step_table
from wherenow.engine.ir import TRUTH, Binding, Program, bindings
from wherenow.engine.jax_operations import Operation, look_up, operations, uniform
from wherenow.engine.philox import key_of, stream_number
from wherenow.engine.tables import prepare
from wherenow.model.types import Method

Traced = Any
"""An array of JAX, or a number that stands for one."""
Simulation = Callable[..., Traced]


def double_precision() -> AbstractContextManager[None]:
    """Within it JAX computes in float64, as every engine here does; its setting elsewhere is left alone."""
    return jax.enable_x64(True)  # type: ignore[no-any-return]


def compiled(function: Simulation) -> Simulation:
    """``function`` compiled by XLA at its first call."""
    return jax.jit(function)  # type: ignore[no-any-return]


def surroundings(program: Program, inputs: Inputs) -> tuple[Array, Array, Any, Any]:
    """What a simulation takes beside parameters: the step table ``(rows, steps + 1, stages)``, first values of series,
    the key of the seed and the numbers of the draws."""
    table = step_table(program, inputs).rows
    rows = np.array([table[p] for p in _rows(program)], dtype=np.float64)
    if not rows.size:
        rows = np.zeros((0, program.time.steps + 1, len(STAGES[program.time.method])))
    key = np.array(key_of(inputs.seed), dtype=np.uint64)
    draws = np.arange(inputs.first_draw, inputs.first_draw + inputs.draws, dtype=np.uint64)
    return rows, first_series_values(program, inputs), key, draws


def simulation(program: Program, differentiable: bool = False) -> Simulation:
    """``f(parameters, *surroundings)``: the saved values ``(n_outputs, saves, draws)``.

    ``differentiable``: reverse-mode derivatives stay finite where a branch that is not taken has none, at the cost of
    computing each step twice instead of keeping all of its values.
    """
    return _Simulation(program, differentiable)


def _rows(program: Program) -> list[int]:
    """The nodes bound per step, in order: the rows of the step table."""
    bound = bindings(program)  # of an inverse its parts are rows
    return [p for p, n in enumerate(program.nodes) if bound[p] is Binding.STEP and n.operation != "inverse"]


class _Simulation:
    def __init__(self, program: Program, differentiable: bool) -> None:
        self.program, self.differentiable = program, differentiable
        self.binding = bindings(program)
        self.row = {position: i for i, position in enumerate(_rows(program))}
        self.operations: Mapping[str, Operation] = operations(differentiable)
        changes = [s.change for s in program.states]
        self.at_step = self.cone([*changes, *program.histories, *(o.node for o in program.outputs)], Binding.BOTH)
        self.at_stage = self.cone((s.change for s in program.states if s.continuous), Binding.BOTH)
        self.constants = step_table_constants(program)
        self.lengths = history_lengths(program)

    def cone(self, roots: Iterable[int], bound: Binding) -> list[int]:
        """The nodes of this binding behind ``roots``, in evaluation order."""
        found: set[int] = set()
        stack = list(roots)
        while stack:
            position = stack.pop()
            if position not in found:
                found.add(position)
                stack.extend(self.program.nodes[position].arguments)
        return [p for p in sorted(found) if self.binding[p] is bound]

    def __call__(self, parameters: Traced, rows: Traced, first: Traced, key: Traced, draws: Traced) -> Traced:
        program = self.program
        count = draws.shape[0]
        run = _Run(self, jnp.asarray(parameters, jnp.float64), first, key, draws)
        every = [s.initial for s in program.states] + [s.change for s in program.states]
        every += [o.node for o in program.outputs] + list(program.histories)
        for position in self.cone(every, Binding.DRAW):
            run.known[position] = run.compute(position, run.known, None)
        states = run.stacked([run.value(s.initial, run.known) for s in program.states])
        histories = tuple(jnp.zeros((length, count)) for length in self.lengths)
        step = run.step if not self.differentiable else jax.checkpoint(run.step)
        steps = program.time.steps + 1
        xs = (jnp.arange(steps), jnp.moveaxis(jnp.asarray(rows), 1, 0))
        _, values = lax.scan(step, (states, histories), xs, length=steps)
        return jnp.moveaxis(values[:: program.time.save_every], 0, 1)


class _Moment:
    """Where in a run nodes are computed: the step, the rows of its stage, the states there, and the histories."""

    def __init__(self, step: Traced, rows: Traced, states: Traced, histories: tuple[Traced, ...]) -> None:
        self.step, self.rows, self.states, self.histories = step, rows, states, histories


class _Run:
    """One tracing. ``known`` has the values that are bound per draw."""

    def __init__(self, simulation: _Simulation, parameters: Traced, first: Traced, key: Traced, draws: Traced) -> None:
        self.simulation, self.program = simulation, simulation.program
        self.parameters, self.first, self.key, self.draws = parameters, jnp.asarray(first), key, draws
        self.known: dict[int, Traced] = {}

    def step(self, carry: tuple[Traced, tuple[Traced, ...]], x: tuple[Traced, Traced]) -> tuple[Traced, Traced]:
        """From the memory at a step's beginning: (the memory at the next, the outputs ``(n_outputs, draws)``)."""
        program, simulation = self.program, self.simulation
        (states, histories), (k, rows) = carry, x
        values = self.evaluate(simulation.at_step, _Moment(k, rows[:, 0], states, histories))
        outputs = self.stacked([values[o.node] for o in program.outputs])
        written = tuple(
            lax.dynamic_update_index_in_dim(h, self.full(values[node]), k % length, 0)
            for h, node, length in zip(histories, program.histories, simulation.lengths, strict=True)
        )
        return (self.advance(values, _Moment(k, rows, states, histories)), written), outputs

    def advance(self, values: dict[int, Traced], at: _Moment) -> Traced:
        """The states at the next step, as the reference makes them."""
        program, states = self.program, at.states
        dt = program.time.step
        continuous = np.array([s.continuous for s in program.states], dtype=bool)[:, None]
        k1 = self.rates(values)
        if program.time.method is Method.EULER or not continuous.any():
            return jnp.where(continuous, states + dt * k1, k1)

        def rates(stage: int, share: float, slope: Traced) -> Traced:
            moved = jnp.where(continuous, states + share * slope, states)
            there = _Moment(at.step, at.rows[:, stage], moved, at.histories)
            return self.rates(self.evaluate(self.simulation.at_stage, there), only_continuous=True)

        k2 = rates(1, dt / 2, k1)
        k3 = rates(1, dt / 2, k2)
        k4 = rates(2, dt, k3)
        return jnp.where(continuous, states + dt / 6 * ((k1 + 2.0 * (k2 + k3)) + k4), k1)

    def rates(self, values: dict[int, Traced], only_continuous: bool = False) -> Traced:
        """The rate of each continuous state and the next value of each other (0, where only rates are asked for)."""
        states = self.program.states
        return self.stacked([0.0 if only_continuous and not s.continuous else values[s.change] for s in states])

    def evaluate(self, cone: list[int], at: _Moment) -> dict[int, Traced]:
        """The values of the nodes of a cone, and of all that states, outputs and histories are made of directly."""
        program = self.program
        values = dict(self.known)
        for position in cone:
            values[position] = self.compute(position, values, at)
        direct = [s.change for s in program.states] + [o.node for o in program.outputs] + list(program.histories)
        for position in direct:
            if self.simulation.binding[position] is not Binding.BOTH:
                values[position] = self.value(position, values, at)
        return values

    def value(self, position: int, values: Mapping[int, Traced], at: _Moment | None = None) -> Traced:
        """The value of a node computed earlier, of a constant, or of a row of the step table."""
        if position in values:
            return values[position]
        if position in self.simulation.constants:
            return self.simulation.constants[position]
        assert at is not None, "a value bound per step stands where none is known"
        row = at.rows[self.simulation.row[position]]
        return row != 0.0 if self.program.nodes[position].operation in TRUTH else row

    def compute(self, position: int, values: Mapping[int, Traced], at: _Moment | None) -> Traced:
        """The value of an operation on values known."""
        program, node = self.program, self.program.nodes[position]
        if node.operation == "part":
            return values[node.arguments[0]][node.index]
        a = [self.value(p, values, at) for p in node.arguments]
        match node.operation:
            case "inverse":
                return self.inverse(a)
            case "parameter":
                return self.parameters[node.index]
            case "series_first":
                return self.first[node.index]
            case "uniform_first":
                return uniform(self.key, stream_number(program.streams[node.index]), 0, self.draws)
            case "table":
                return look_up(prepare(program.tables[node.index]), a[0])
        if at is not None:
            match node.operation:
                case "state":
                    return at.states[node.index]
                case "uniform":
                    return uniform(self.key, stream_number(program.streams[node.index]), at.step, self.draws)
                case "past":
                    return self.past(node.index, node.arguments[0], a[0], a[1], at)
        return self.simulation.operations[node.operation](*a)

    def past(self, history: int, position: int, lag: Traced, before: Traced, at: _Moment) -> Traced:
        """The history ``lag`` steps ago; a lag below 1 (or NaN) counts as 1."""
        kept, length = at.histories[history], self.simulation.lengths[history]
        if position in self.simulation.constants:
            then = at.step - max(1, int(lag))
            return jnp.where(then >= 0, kept[jnp.maximum(then, 0) % length], before)
        lags = self.full(jnp.where(lag >= 1.0, lag, 1.0))
        exact = at.step - lags
        index = jnp.where(exact >= 0.0, exact, 0.0).astype(jnp.int64)
        return jnp.where(exact >= 0.0, jnp.take_along_axis(kept, index[None, :], axis=0)[0], before)

    def inverse(self, matrix: list[Traced]) -> Traced:
        """``(n * n, draws)``, to the last digits as the other engines' elimination."""
        n = math.isqrt(len(matrix))
        found = jnp.linalg.inv(self.stacked(matrix).T.reshape(-1, n, n))
        return found.reshape(-1, n * n).T

    def full(self, value: Traced) -> Traced:
        """A value as a number in every draw."""
        return jnp.broadcast_to(jnp.asarray(value, jnp.float64), self.draws.shape)

    def stacked(self, values: list[Traced]) -> Traced:
        """``(len(values), draws)``."""
        if not values:
            return jnp.zeros((0, *self.draws.shape))
        return jnp.stack([self.full(v) for v in values])


def step_table_constants(program: Program) -> dict[int, float | bool]:
    """The values of nodes that are the same in every run."""
    empty = Inputs(np.zeros((len(program.parameters), 1)))
    table = step_table(program, empty).rows
    bound = bindings(program)
    return {p: table[p][0, 0].item() for p, b in enumerate(bound) if b is Binding.CONSTANT}


def history_lengths(program: Program) -> tuple[int, ...]:
    """How many steps of each history are kept: as many as its longest lag where that is known, else all."""
    lengths = [1] * len(program.histories)
    constants = step_table_constants(program)
    whole = program.time.steps + 1
    for node in program.nodes:
        if node.operation == "past":
            lag = constants.get(node.arguments[0])
            wanted = whole if lag is None else min(whole, int(lag) if lag >= 1 else 1)
            lengths[node.index] = max(lengths[node.index], wanted)
    return tuple(lengths)

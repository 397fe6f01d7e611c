"""Runge-Kutta with error control for smooth models, the reference of :mod:`wherenow.engine.native_rk45`.

Each draw takes its own steps, chosen by its own error, so that its result depends on no other draw. A shared step size
would be faster in NumPy, but then adding a draw would change the bits of all others. The formulas are in
:mod:`wherenow.engine.dormand_prince`.
"""

from __future__ import annotations

import numpy as np

from wherenow.engine.backend import Array, Inputs, Trajectories, check_inputs, saved_times
from wherenow.engine.dormand_prince import (
    END,
    LEAST_STEP,
    MOST_STEPS,
    SHARES,
    STAGES,
    moved,
    next_step,
    squared_error,
    weights_between,
)
from wherenow.engine.elementary import NumpyArithmetic
from wherenow.engine.evaluate import Values, first_series_values, operate
from wherenow.engine.ir import Program, unfolded
from wherenow.engine.lookups import look_up, prepare
from wherenow.engine.philox import uniform
from wherenow.errors import UsageError

_ARITHMETIC = NumpyArithmetic()


def check_smooth(program: Program) -> Program:
    """Return the program with its arrays divided into elements.

    Raises UsageError if it has noise, fixed delays or values held from step to step.
    """
    jumps = {"uniform": "noise", "past": "a fixed delay", "step": "a count of steps"}
    jump = next((jumps[n.operation] for n in program.nodes if n.operation in jumps), None)
    held = next((s.name for s in program.states if not s.continuous), None)
    if jump or held:
        raise UsageError(f"rk45 is for smooth models; this one has {jump or f'a value held between steps ({held})'}")
    return unfolded(program)


def check_whole(inputs: Inputs, checkpoint: int | None) -> None:
    """Raise UsageError if a run is to write or continue from a checkpoint, which adaptive steps do not support."""
    if checkpoint is not None or inputs.start is not None:
        raise UsageError("rk45 cannot save checkpoints or continue from them")


class RungeKutta45:
    """A smooth program run in NumPy; raises UsageError for one that is not smooth."""

    def __init__(self, program: Program) -> None:
        self.program = check_smooth(program)

    def run(self, inputs: Inputs, *, checkpoint: int | None = None) -> Trajectories:
        """Return all saved values of all draws.

        A draw whose step shrinks to zero is not finite from there on. Raises UsageError if inputs do not fit, or a
        checkpoint is requested.
        """
        inputs = check_inputs(self.program, inputs)
        check_whole(inputs, checkpoint)
        with np.errstate(all="ignore"):
            values = _AdaptiveRun(self.program, inputs).all()
        bad = tuple(int(d) for d in np.nonzero(~np.isfinite(values).all(axis=(0, 1)))[0])
        return Trajectories(
            names=tuple(o.name for o in self.program.outputs),
            times=saved_times(self.program),
            values=values,
            nonfinite_draws=bad,
        )


class _AdaptiveRun:
    def __init__(self, program: Program, inputs: Inputs) -> None:
        self.program, self.inputs = program, inputs
        self.series = inputs.series if inputs.series is not None else program.series_tables
        self.first = first_series_values(program, inputs)
        self.draws = np.arange(inputs.first_draw, inputs.first_draw + inputs.draws)

    def evaluate(self, time: Array, states: Array) -> list[Values]:
        """Return the value of every node, each draw at its own time."""
        program, values = self.program, list[Values]()
        for node in program.nodes:
            arguments = [values[a] for a in node.arguments]
            match node.operation:
                case "constant":
                    value: Values = np.full(time.shape, node.value)
                case "time":
                    value = time
                case "parameter":
                    value = self.inputs.parameters[node.index]
                case "series":
                    value = look_up(prepare(self.series[node.index]), time)
                case "series_first":
                    value = np.full(time.shape, self.first[node.index])
                case "state":
                    value = states[node.index]
                case "uniform_first":
                    value = uniform(self.inputs.seed, program.streams[node.index], 0, self.draws)
                case _:
                    value = operate(program, node, arguments)
            values.append(value)
        return values

    def rates(self, time: Array, states: Array) -> Array:
        values = self.evaluate(time, states)
        return np.array([values[s.change] for s in self.program.states]).reshape(states.shape)

    def all(self) -> Array:
        """Run all draws and return ``(outputs, saves, draws)``."""
        m, program, spec, draws = _ARITHMETIC, self.program, self.program.time, self.inputs.draws
        saves = saved_times(program)
        result = np.full((len(program.outputs), saves.size, draws), np.nan)
        time, step = np.full(draws, spec.start), np.full(draws, spec.step)
        first = self.evaluate(time, np.zeros((len(program.states), draws)))
        states = np.array([first[s.initial] for s in program.states]).reshape(-1, draws)
        stop = spec.start + spec.steps * spec.step
        slack, least = 1e-9 * spec.step, LEAST_STEP * (stop - spec.start)
        saved = np.zeros(draws, dtype=np.int64)
        self.save(result, saved, np.ones(draws, dtype=bool), time, states)
        rate = self.rates(time, states)
        for _ in range(MOST_STEPS):
            active = time < stop - slack
            if not active.any():
                break
            # All draws try a step together, each of its own length. Draws at the end try a step of length 0, so that
            # every operation stays defined for the whole vector.
            step = m.select(active, m.select(stop - time < step, stop - time, step), 0.0)
            slopes = [rate]
            for weights, share in zip(STAGES[1:], SHARES[1:], strict=True):
                slopes.append(self.rates(time + share * step, moved(states, step, weights, slopes)))
            # The last slope is taken at the new state: it enters the error estimate, and it is the first slope of the
            # next step if this one is accepted ("first same as last").
            new = moved(states, step, END, slopes)
            slopes.append(self.rates(time + step, new))
            total = np.zeros(draws)
            for error in squared_error(m, states, new, step, slopes):
                total = total + error
            size = m.sqrt(total / max(1, len(states)))
            # A draw whose step has shrunk below the least length is lost: it is accepted once more, so that saved times
            # up to here are written, then set to NaN and moved to the end. NaN compares as not within the tolerance.
            within, lost = size <= 1.0, active & (step < least)
            accepted = active & (within | lost)
            # A step may contain several saved times, and a different number in each draw.
            while True:
                at = saves[saved.clip(max=saves.size - 1)]
                due = accepted & (saved < saves.size) & (at <= time + step + slack)
                if not due.any():
                    break
                moving = step > 0.0
                share = m.select(moving, (at - time) / m.select(moving, step, 1.0), 0.0)
                self.save(result, saved, due, at, moved(states, step, weights_between(share), slopes))
            states, rate = m.select(accepted, new, states), m.select(accepted, slopes[-1], rate)
            broken = lost & ~within
            states = m.select(broken, np.nan, states)
            time = m.select(broken, stop, m.select(accepted, time + step, time))
            step = next_step(m, step, size)
        return result

    def save(self, result: Array, saved: Values, due: Values, time: Array, states: Array) -> None:
        """Store the outputs of the draws that are ``due`` at their next saved time."""
        values = self.evaluate(time, states)
        where = np.nonzero(due)[0]
        for i, output in enumerate(self.program.outputs):
            result[i, saved[where], where] = np.broadcast_to(values[output.node], time.shape)[where]
        saved[where] += 1

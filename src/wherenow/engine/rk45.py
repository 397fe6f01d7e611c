"""Runge–Kutta with an error bound, for smooth models.

The method is of Dormand & Prince (1980), "A family of embedded Runge-Kutta formulae".

Each draw takes steps of its own, chosen by its own error, so that its result depends on no other draw. Values at saved
times come from the fourth-order interpolant of Shampine (1986), "Some practical Runge-Kutta formulas"; the coefficients
are those of SciPy's ``RK45``.
"""

from __future__ import annotations

import numpy as np

from wherenow.engine.backend import Array, Inputs, Trajectories, check_inputs, saved_times
from wherenow.engine.evaluate import Values, apply, first_series_values
from wherenow.engine.ir import Program
from wherenow.engine.philox import uniform
from wherenow.engine.tables import look_up, prepare
from wherenow.errors import UsageError

RELATIVE, ABSOLUTE = 1e-8, 1e-10
"""A step's error, by the embedded formula, stays below ABSOLUTE + RELATIVE |state|, root mean square over states."""
MOST_STEPS = 100_000


class RungeKutta45:
    """Runs a smooth program; raises UsageError for one with noise, fixed delays or values kept by steps."""

    def __init__(self, program: Program) -> None:
        jumps = {"uniform": "noise", "past": "a fixed delay", "step": "a count of steps"}
        found = next((jumps[n.operation] for n in program.nodes if n.operation in jumps), None)
        kept = next((s.name for s in program.states if not s.continuous), None)
        if found or kept:
            raise UsageError(f"rk45 is for smooth models; this one has {found or f'a value kept by steps ({kept})'}")
        self.program = program

    def run(self, inputs: Inputs, *, checkpoint: int | None = None) -> Trajectories:
        """All saved values of all draws. A draw whose step shrinks to nothing is not finite from there on.

        Raises UsageError where inputs do not fit, or a checkpoint is asked for.
        """
        inputs = check_inputs(self.program, inputs)
        if checkpoint is not None or inputs.start is not None:
            raise UsageError("rk45 neither saves nor continues from states")
        with np.errstate(all="ignore"):
            values = _Run(self.program, inputs).all()
        bad = tuple(int(d) for d in np.nonzero(~np.isfinite(values).all(axis=(0, 1)))[0])
        return Trajectories(tuple(o.name for o in self.program.outputs), saved_times(self.program), values, bad)


class _Run:
    def __init__(self, program: Program, inputs: Inputs) -> None:
        self.program, self.inputs = program, inputs
        self.series = inputs.series if inputs.series is not None else program.series_tables
        self.first = first_series_values(program, inputs)
        self.draws = np.arange(inputs.first_draw, inputs.first_draw + inputs.draws)

    def evaluate(self, time: Array, states: Array) -> list[Values]:
        """The value of every node, each draw at its own time."""
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
                case "table":
                    value = look_up(prepare(program.tables[node.index]), arguments[0])
                case operation:
                    value = apply(operation, *arguments)
            values.append(value)
        return values

    def rates(self, time: Array, states: Array) -> Array:
        values = self.evaluate(time, states)
        return np.array([values[s.change] for s in self.program.states]).reshape(states.shape)

    def all(self) -> Array:
        """``(outputs, saves, draws)``."""
        from scipy.integrate import RK45

        program, spec, draws = self.program, self.program.time, self.inputs.draws
        saves = saved_times(program)
        result = np.full((len(program.outputs), saves.size, draws), np.nan)
        time, step = np.full(draws, spec.start), np.full(draws, spec.step)
        first = self.evaluate(time, np.zeros((len(program.states), draws)))
        states = np.array([first[s.initial] for s in program.states]).reshape(-1, draws)
        stop = spec.start + spec.steps * spec.step
        saved = np.zeros(draws, dtype=np.int64)
        slack = 1e-9 * spec.step
        self.save(result, saved, np.ones(draws, dtype=bool), time, states)
        rate = self.rates(time, states)
        for _ in range(MOST_STEPS):
            active = time < stop - slack
            if not active.any():
                break
            step = np.where(active, np.minimum(step, stop - time), 0.0)
            slopes = [rate]
            for a, c in zip(RK45.A[1:], RK45.C[1:], strict=True):
                shifted = states + step * sum(w * k for w, k in zip(a, slopes, strict=False))
                slopes.append(self.rates(time + c * step, shifted))
            new = states + step * sum(w * k for w, k in zip(RK45.B, slopes, strict=True))
            slopes.append(self.rates(time + step, new))
            error = step * sum(w * k for w, k in zip(RK45.E, slopes, strict=True))
            scale = ABSOLUTE + RELATIVE * np.maximum(np.abs(states), np.abs(new))
            size = np.sqrt(sum((e * e for e in error / scale), np.zeros(draws)) / max(1, len(states)))
            lost = active & (step < 1e-12 * (stop - spec.start))
            accepted = active & ((size <= 1.0) | lost)
            while (
                due := accepted & (saved < saves.size) & (saves[saved.clip(max=saves.size - 1)] <= time + step + slack)
            ).any():
                at = saves[saved.clip(max=saves.size - 1)]
                share = np.where(step > 0, (at - time) / np.where(step > 0, step, 1.0), 0.0)
                powers = np.cumprod(np.broadcast_to(share, (RK45.P.shape[1], draws)), axis=0)
                # sums in a fixed order: a matrix product depends on how many draws there are
                weights = [sum(p * power for p, power in zip(row, powers, strict=True)) for row in RK45.P]
                between = states + step * sum(w * k for w, k in zip(weights, slopes, strict=True))
                self.save(result, saved, due, at, between)
            states, rate = np.where(accepted, new, states), np.where(accepted, slopes[-1], rate)
            states = np.where(lost & ~(size <= 1.0), np.nan, states)
            time = np.where(lost & ~(size <= 1.0), stop, np.where(accepted, time + step, time))
            # the fourth root, not the fifth: square roots have the same bits for any number of draws
            growth = np.where(size > 0, 0.9 / np.sqrt(np.sqrt(size)), 10.0)
            step = step * np.where(np.isfinite(size), np.clip(growth, 0.2, 10.0), 0.2)
        return result

    def save(self, result: Array, saved: Values, due: Values, time: Array, states: Array) -> None:
        """Stores the outputs of the draws that are ``due`` at their next saved time."""
        values = self.evaluate(time, states)
        where = np.nonzero(due)[0]
        for i, output in enumerate(self.program.outputs):
            result[i, saved[where], where] = np.broadcast_to(values[output.node], time.shape)[where]
        saved[where] += 1

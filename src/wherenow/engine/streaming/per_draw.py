"""Reducers with one number per draw as streaming plans (:mod:`wherenow.engine.streaming.plan`)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from wherenow.engine.backend import Array, Inputs, saved_times
from wherenow.engine.ir import Program
from wherenow.engine.streaming.operations import Operation
from wherenow.engine.streaming.plan import CONCLUDE, GATHER, PREPARE, Begun, PlanBuilder, StreamingPlan
from wherenow.engine.streaming.reducers import LogLikelihood, Observations, WindowReducer
from wherenow.errors import UsageError

_Filling = Callable[[Program, Inputs], Array]
"""The initial content of a register, ``[1 or draws]``."""


@dataclass(frozen=True, eq=False)
class ReducerPlan:
    """The results of several reducers as one plan: initial registers for given inputs, and results."""

    readings: StreamingPlan
    filled: tuple[tuple[int, _Filling], ...]
    found: tuple[Callable[[Array], Array], ...]

    def begun(self, program: Program, inputs: Inputs) -> Begun:
        """Return the initial registers that differ between draws."""
        return {
            register: np.broadcast_to(filling(program, inputs), (inputs.draws,)) for register, filling in self.filled
        }

    def results(self, registers: Array, bad: Array) -> list[Array]:
        """Return each reducer's number per draw; NaN in ``bad`` draws."""
        return [np.where(bad, np.nan, found(registers)) for found in self.found]


def numbers(program: Program, reducers: tuple[WindowReducer | LogLikelihood, ...]) -> ReducerPlan:
    """Make the plan of several reducers; raises UsageError if one does not fit the program."""
    making = _Making(program)
    found = tuple(making.window(r) if isinstance(r, WindowReducer) else making.log_likelihood(r) for r in reducers)
    return ReducerPlan(making.plan.build(), tuple(making.filled), found)


class _Making:
    """A plan under construction."""

    def __init__(self, program: Program) -> None:
        self.program, self.plan = program, PlanBuilder(program)
        self.times = saved_times(program)
        self.filled: list[tuple[int, _Filling]] = []

    def window(self, window: WindowReducer) -> Callable[[Array], Array]:
        inside = (self.times >= window.start - 1e-9) & (self.times <= window.stop + 1e-9)
        if not inside.any():
            raise UsageError(f"no saved time from {window.start:g} to {window.stop:g}")
        steps = [self.plan.steps[save] for save in np.flatnonzero(inside)]
        output = self.plan.output(window.output)
        match window.which:
            case "least" | "greatest":
                extreme = self.plan.extreme(output, steps, window.which == "greatest")
                return lambda registers: registers[extreme]
            case "mean":
                total = self.plan.total(output, steps)
                return lambda registers: registers[total] / len(steps)
            case which:
                raise UsageError(f"a window has least, greatest or mean, not {which!r}")

    def log_likelihood(self, reducer: LogLikelihood) -> Callable[[Array], Array]:
        totals = [self.observations(one) for one in reducer.observations]

        def found(registers: Array) -> Array:
            total = np.zeros(registers.shape[1])
            for register in totals:
                total = total + registers[register]
            # without a density the data are impossible: the logarithm of a non-positive number, or a mean below 0
            return np.where(np.isnan(total), -np.inf, total)

        return found

    def observations(self, observed: Observations) -> int:
        """Return the register of their log-likelihood.

        Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., appendix A.
        """
        if len(observed.times) != len(observed.values):
            raise UsageError(f"{len(observed.times)} times and {len(observed.values)} values of {observed.output}")
        if observed.model not in _CONSTANT:
            raise UsageError(
                f"no observation model {observed.model!r}: normal, lognormal, student or negative_binomial"
            )
        plan, total = self.plan, self.plan.registers(0.0)
        scale, shape = (self.number(value) for value in (observed.scale, observed.shape))
        constant, y = _CONSTANT[observed.model], np.array(observed.values)

        def filling(program: Program, inputs: Inputs) -> Array:
            with np.errstate(all="ignore"):
                given = (_number(program, inputs, value) for value in (observed.scale, observed.shape))
                return np.asarray(np.add.accumulate(constant(y[:, None], *given), axis=0)[-1])

        self.filled.append((total, filling))
        for when, value in zip(observed.times, observed.values, strict=True):
            step, at = self.prediction(observed, when)
            match observed.model:
                case "normal":
                    plan.do(step, CONCLUDE, Operation.NORMAL, total, at, scale, number=value)
                case "lognormal":
                    plan.do(step, PREPARE, Operation.LOGARITHM, at, at, plan.constant(0.0))
                    log = math.log(value) if value > 0 else math.nan
                    plan.do(step, CONCLUDE, Operation.NORMAL, total, at, scale, number=log)
                case "student":
                    plan.do(step, CONCLUDE, Operation.STUDENT, total, at, scale, shape, value)
                case _:
                    plan.do(step, CONCLUDE, Operation.COUNT, total, at, shape, number=value)
        return total

    def prediction(self, observed: Observations, when: float) -> tuple[int, int]:
        """Return the step after which the output at a time is known (linear between saved times), and its register."""
        times, steps = self.times, self.plan.steps
        if when < times[0] - 1e-9 or when > times[-1] + 1e-9:
            raise UsageError(f"{observed.output} is observed outside the run, {times[0]:g} to {times[-1]:g}")
        output, register = self.plan.output(observed.output), self.plan.registers(0.0)
        left = min(max(int(np.searchsorted(times, when, side="right")) - 1, 0), max(0, len(times) - 2))
        right = min(left + 1, len(times) - 1)
        share = min(max((when - times[left]) / (times[right] - times[left]), 0.0), 1.0) if right > left else 0.0
        self.plan.do(steps[left], GATHER, Operation.SCALE, register, output, number=float(1.0 - share))
        if share > 0.0:
            self.plan.do(steps[right], GATHER, Operation.ADD, register, output, number=float(share))
        return steps[right if share > 0.0 else left], register

    def number(self, value: float | str) -> int:
        """Return the register of a number, or of a parameter's value in each draw."""
        if not isinstance(value, str):
            return self.plan.constant(float(value))
        if value not in self.program.parameters:
            raise UsageError(f"the program has no parameter {value!r}")
        register = self.plan.registers(0.0)
        self.filled.append((register, lambda program, inputs: _number(program, inputs, value)))
        return register


def _number(program: Program, inputs: Inputs, value: float | str) -> Array:
    if not isinstance(value, str):
        return np.array([float(value)])
    return np.asarray(inputs.parameters[program.parameters.index(value)])


def _normal(y: Array, scale: Array, _: Array) -> Array:
    return np.asarray(-np.log(scale) - 0.5 * math.log(2 * math.pi) + 0.0 * y)


def _lognormal(y: Array, scale: Array, shape: Array) -> Array:
    return np.where(y > 0, _normal(y, scale, shape) - np.log(y), -np.inf)


def _student(y: Array, scale: Array, freedom: Array) -> Array:
    from scipy.special import gammaln

    constant = gammaln((freedom + 1) / 2) - gammaln(freedom / 2) - 0.5 * np.log(freedom * math.pi) - np.log(scale)
    return np.asarray(constant + 0.0 * y)


def _count(y: Array, _: Array, size: Array) -> Array:
    from scipy.special import gammaln

    return np.where(y >= 0, gammaln(y + size) - gammaln(size) - gammaln(y + 1), -np.inf)


_CONSTANT: dict[str, Callable[[Array, Array, Array], Array]] = {
    "normal": _normal, "lognormal": _lognormal, "student": _student, "negative_binomial": _count
}  # fmt: skip
"""The part of each datum's log density in which the model has no say, ``[datum, 1 or draws]``."""

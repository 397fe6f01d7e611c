"""Observe a run: the model's observation equations as variables, and its values at the data.

A datum is compared with the mean of its observation equation over the observation's span around the datum's date (the
trapezoid rule over saved times), or with the value interpolated at that date.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
import scipy
from numpy.typing import NDArray

from wherenow.case.case_types import Case
from wherenow.case.reading.measures import observation_factor
from wherenow.distributions.families import Array
from wherenow.engine.backend import Inputs, rows_apart, saved_times
from wherenow.engine.ir import Program, indices
from wherenow.engine.lowering.lower import lower
from wherenow.engine.native import Native
from wherenow.engine.native_rk45 import NativeRungeKutta45, native
from wherenow.engine.passes.prune import reached
from wherenow.engine.rk45 import check_smooth
from wherenow.engine.without_noise import quiet
from wherenow.errors import UsageError
from wherenow.language.parser import parse
from wherenow.language.syntax import Binary, Number
from wherenow.model.elaboration.elaborate import elaborate
from wherenow.model.model_types import Equation, Kind, Method, ModelSpec, Variable

_MARK = "observation·"


@dataclass(frozen=True, eq=False, kw_only=True)
class Observer:
    """Runs a model without noise and evaluates its observation equations.

    ``series`` are the observed series in order, ``at[series]`` the requested times. ``noisy`` is the noisy program.
    """

    backend: Native | NativeRungeKutta45  # compiled program without noise
    noisy: Program
    series: tuple[str, ...]
    at: Mapping[str, Array]
    weights: Mapping[str, scipy.sparse.csr_array]  # weights of saved values, ``[datum, save]``, by series
    parameters: Mapping[str, int]  # row of each parameter in the program

    def predict(self, names: tuple[str, ...], values: Array) -> dict[str, Array]:
        """Return the model's value of each series ``[datum, draw]``, for parameters ``values[name, draw]``."""
        ran = self.backend.run(Inputs(self.rows(names, values)))
        return self._at_data(ran.values)

    def predict_from(self, names: tuple[str, ...], values: Array, time: float, seed: int) -> dict[str, Array]:
        """Return the same with the model's noise from ``time`` on, since the future is random."""
        if not isinstance(self.backend, Native):
            return self.predict(names, values)  # a run under an error bound has no noise
        clock = self.backend.program.time
        step = int(np.clip(np.floor((time - clock.start) / clock.step + 1e-9), 0, clock.steps))
        inputs = Inputs(self.rows(names, values), seed=seed)
        before = self.backend.run(inputs, checkpoint=step)
        ahead = Native(self.noisy).run(replace(inputs, start=before.checkpoint))
        values = before.values.copy()
        values[:, values.shape[1] - ahead.values.shape[1] :] = ahead.values
        return self._at_data(values)

    def _at_data(self, saved: Array) -> dict[str, Array]:
        return {s: self.weights[s] @ saved[i] for i, s in enumerate(self.series)}

    def unmoved(self, names: Collection[str]) -> set[str]:
        """Return the series whose model value does not depend on these parameters, as one that the model reads."""
        program = self.backend.program
        free = {self.parameters[name] for name in names if name in self.parameters}
        unmoved = set()
        for name, output in zip(self.series, program.outputs, strict=True):
            used = (program.nodes[n] for n in reached(replace(program, outputs=(output,)))[0])
            read = (i for n in used if n.operation == "parameter" for i in indices(n, program.columns))
            if free.isdisjoint(read):
                unmoved.add(name)
        return unmoved

    def rows(self, names: tuple[str, ...], values: Array) -> NDArray[np.float64]:
        """Return the inputs ``[parameter, draw]`` for ``values[name, draw]``, with defaults for other parameters."""
        program = self.backend.program
        rows = rows_apart(len(program.parameters), values.shape[1])
        rows[:] = np.array(program.defaults)[:, None]
        for name, row in zip(names, values, strict=True):
            if name in self.parameters:
                rows[self.parameters[name]] = row
        return rows


def observer(case: Case, at: Mapping[str, Array], threads: int | None = None) -> Observer:
    """Return an observer of ``case`` at given times of some of its observations.

    Raises
    ------
    UsageError
        For a series without observation equation, or a time outside the run.
    InputError
        If an observation's equation is invalid.
    """
    series = tuple(at)
    for name in series:
        if name not in case.observations:
            raise UsageError(f"'{name}' has no observation equation")
    last = max((float(np.max(t)) + case.observations[s].over / 2 for s, t in at.items() if len(t)), default=0.0)
    model = _shortened(_with_observations(case, series), last)
    noisy = lower(elaborate(model), [_MARK + s for s in series])
    program = check_smooth(noisy) if noisy.time.method is Method.RK45 else quiet(noisy)
    times = saved_times(program)
    weights = {s: averaging(times, np.asarray(t, float), case.observations[s].over, s) for s, t in at.items()}
    rows = {name: i for i, name in enumerate(program.parameters)}
    return Observer(
        backend=native(program, threads=threads),
        noisy=noisy,
        series=series,
        at=dict(at),
        weights=weights,
        parameters=rows,
    )


def data_times(case: Case) -> dict[str, Array]:
    """Return the times of the data within the run, by observed series."""
    time = case.model.time
    within = {name: case.data[name].between(time.start, time.stop) for name in case.observations}
    return {name: series.times for name, series in within.items() if len(series)}


def _with_observations(case: Case, series: tuple[str, ...]) -> ModelSpec:
    """Return the model with its observed quantities, each in the unit of its data."""
    variables = dict(case.model.variables)
    for name in series:
        text, factor = case.observations[name].of, observation_factor(case, name)
        expression = parse(text)
        scaled = expression if factor == 1.0 else Binary("*", expression, Number(factor))
        equation = Equation(expression=scaled, text=text)
        variables[_MARK + name] = Variable(name=_MARK + name, kind=Kind.AUXILIARY, equations=(equation,), text=text)
    return replace(case.model, variables=variables)


def _shortened(model: ModelSpec, last: float) -> ModelSpec:
    """Return the model shortened to ``last``, saved at every step if the span is a month or shorter."""
    time = model.time
    every = time.save_every * time.step
    saves = np.ceil((last - time.start) / every + 1e-9)
    return replace(model, time=replace(time, stop=min(time.stop, time.start + max(saves, 1) * every)))


def averaging(times: Array, at: Array, over: float, name: str) -> scipy.sparse.csr_array:
    """Return the weights ``[datum, save]`` of saved values in a datum's mean over its span, or at its date."""
    slack = 1e-9 * max(1.0, abs(times[-1]))
    if len(at) and (at.min() < times[0] - slack or at.max() > times[-1] + slack):
        raise UsageError(f"'{name}' is needed outside the run, {times[0]:g} to {times[-1]:g}")
    rows = [_mean(times, max(t - over / 2, times[0]), min(t + over / 2, times[-1])) for t in at]
    return scipy.sparse.csr_array(np.array(rows).reshape(len(at), len(times)))


def _mean(times: Array, start: float, stop: float) -> Array:
    """Return the weights of the saved values in the mean over ``[start, stop]``, under linear interpolation."""
    if stop - start < 1e-9:
        return _line(times, start)
    inner = times[(times > start) & (times < stop)]
    knots = np.array([start, *inner, stop])
    lengths = np.diff(knots) / 2
    shares = np.append(lengths, 0.0) + np.append(0.0, lengths)
    lines = np.array([_line(times, k) for k in knots])
    return np.asarray(shares @ lines / (stop - start))


def _line(times: Array, at: float) -> Array:
    """Return the weights of the two saved values around ``at``."""
    weights = np.zeros(len(times))
    at = min(max(at, times[0]), times[-1])
    i = min(int(np.searchsorted(times, at, side="right")) - 1, len(times) - 2) if len(times) > 1 else 0
    share = (at - times[i]) / (times[i + 1] - times[i]) if len(times) > 1 else 0.0
    weights[i] = 1 - share
    if share:
        weights[i + 1] = share
    return weights

"""Reducers over stored trajectories in plain NumPy, against which streaming is tested."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wherenow.engine.backend import Array, Inputs, Trajectories
from wherenow.engine.ir import Program
from wherenow.engine.streaming.per_draw import numbers
from wherenow.engine.streaming.plan import read_trajectories
from wherenow.engine.streaming.reducers import (
    LogLikelihood,
    Moments,
    PerDraw,
    PlanReducer,
    Quantiles,
    Reduced,
    Reducer,
    Summary,
    WindowReducer,
)
from wherenow.errors import UsageError


def from_trajectories(
    program: Program, inputs: Inputs, trajectories: Trajectories, reducers: Sequence[Reducer]
) -> Reduced:
    """Compute the result of :func:`wherenow.engine.streaming.reduce.reduce` from stored trajectories."""
    values = trajectories.values
    draws = values.shape[2]
    good = np.ones(draws, dtype=bool)
    good[list(trajectories.nonfinite_draws)] = False
    kept = values[:, :, good]
    results: list[Summary | Array] = []
    for reducer in reducers:
        match reducer:
            case Moments():
                results.append(Summary(kept.mean(2), kept.var(2), kept.min(2), kept.max(2)))
            case Quantiles(shares):
                results.append(np.asarray(np.quantile(kept, shares, axis=2, method="lower")))
            case _:
                results.append(per_draw(program, inputs, trajectories, reducer))
    return Reduced(trajectories.names, trajectories.times, draws, tuple(results), trajectories.nonfinite_draws)


def per_draw(
    program: Program,
    inputs: Inputs,
    block: Trajectories,
    reducer: PerDraw | WindowReducer | LogLikelihood | PlanReducer,
) -> Array:
    """Compute a per-draw reducer on a block, with NaN in draws that became non-finite."""
    bad = np.zeros(block.values.shape[2], dtype=bool)
    bad[list(block.nonfinite_draws)] = True
    if isinstance(reducer, WindowReducer | LogLikelihood):
        plan = numbers(program, (reducer,))
        registers = read_trajectories(program, block, plan.readings, plan.begun(program, inputs))
        return plan.results(registers, bad)[0]
    with np.errstate(all="ignore"):
        if isinstance(reducer, PlanReducer):
            given = asked(reducer, read_trajectories(program, block, reducer.readings))
        else:
            given = counted(np.asarray(reducer.function(block), dtype=np.float64), reducer.count, len(bad))
    return np.where(bad, np.nan, given)


def asked(reducer: PlanReducer, registers: Array) -> Array:
    """Apply a reducer to registers."""
    return counted(np.asarray(reducer.function(registers), dtype=np.float64), reducer.count, registers.shape[1])


def counted(found: Array, count: int, draws: int) -> Array:
    """Return ``found``; raises UsageError unless it has ``count`` numbers per draw."""
    if found.shape != (count, draws):
        raise UsageError(f"a reducer gave shape {found.shape}, not {(count, draws)}")
    return found

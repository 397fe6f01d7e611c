"""Reducers over trajectories that were kept, in plain NumPy: what streaming is tested against."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wherenow.engine.backend import Array, Inputs, Trajectories
from wherenow.engine.ir import Program
from wherenow.engine.per_draw import numbers
from wherenow.engine.readings import read_trajectories
from wherenow.engine.reducers import (
    LogLikelihood,
    Moments,
    PerDraw,
    Quantiles,
    Reduced,
    Reducer,
    Summary,
    Window,
)
from wherenow.errors import UsageError


def from_trajectories(
    program: Program, inputs: Inputs, trajectories: Trajectories, reducers: Sequence[Reducer]
) -> Reduced:
    """What :func:`wherenow.engine.reduction.reduce` gives, from kept trajectories."""
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


def per_draw(program: Program, inputs: Inputs, block: Trajectories, reducer: PerDraw | Window | LogLikelihood) -> Array:
    """What a per-draw reducer gives for a block, NaN in draws that turned non-finite."""
    bad = np.zeros(block.values.shape[2], dtype=bool)
    bad[list(block.nonfinite_draws)] = True
    if not isinstance(reducer, PerDraw):
        plan = numbers(program, (reducer,))
        registers = read_trajectories(program, block, plan.readings, plan.begun(program, inputs))
        return plan.results(registers, bad)[0]
    with np.errstate(all="ignore"):
        found = np.asarray(reducer.function(block), dtype=np.float64)
    if found.shape != (reducer.count, block.values.shape[2]):
        raise UsageError(f"a reducer gave shape {found.shape}, not {(reducer.count, block.values.shape[2])}")
    return np.where(bad, np.nan, found)

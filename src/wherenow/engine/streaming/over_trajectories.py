"""Reducers over stored trajectories in plain NumPy, against which streaming is tested."""

from __future__ import annotations

import numpy as np

from wherenow.engine.backend import Array, Inputs, Trajectories
from wherenow.engine.ir import Program
from wherenow.engine.streaming.per_draw import numbers
from wherenow.engine.streaming.plan import read_trajectories
from wherenow.engine.streaming.reducers import (
    LogLikelihood,
    PerDraw,
    PlanReducer,
    WindowReducer,
)
from wherenow.errors import UsageError


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

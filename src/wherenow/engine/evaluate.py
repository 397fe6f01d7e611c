"""Evaluation of operations on NumPy arrays, which both backends use for constants and functions of time alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from wherenow.engine.backend import Array, Inputs
from wherenow.engine.elementary import BASIC, ELEMENTARY, NumpyArithmetic
from wherenow.engine.ir import Binding, Node, Program, bindings, heads, unfolded
from wherenow.engine.lookups import look_up, prepare
from wherenow.language.syntax import Table
from wherenow.model.model_types import Method

Values = Any
"""An array of float64 or bool; shapes broadcast."""

_ARITHMETIC = NumpyArithmetic()


def apply(operation: str, *arguments: Values) -> Values:
    """Return the values of a pointwise or elementary operation on arrays that broadcast."""
    if operation in ELEMENTARY:
        arrays = np.broadcast_arrays(*(np.atleast_1d(a) for a in arguments))
        return np.asarray(ELEMENTARY[operation](_ARITHMETIC, *arrays))
    return BASIC[operation](_ARITHMETIC, *arguments)


def operate(program: Program, node: Node, arguments: Sequence[Values]) -> Values:
    """Return the values of an operation of a program that depends on its arguments alone."""
    match node.operation:
        case "table":
            return look_up(prepare(program.tables[node.index]), arguments[0])
        case "inverse":
            return inverse(arguments)
        case "part":
            return arguments[0][node.index]
        case operation:
            return apply(operation, *arguments)


def inverse(parts: Sequence[Values]) -> Array:
    """Return the inverse of the square matrix of ``parts``, ``(n * n, ...)``, row by row like them.

    Gauss–Jordan elimination with partial pivoting: the row with the greatest pivot is swapped up (Golub & Van Loan,
    Matrix Computations, 3.4).
    """
    matrix = np.array(np.broadcast_arrays(*parts), dtype=np.float64)
    n = math.isqrt(len(parts))
    matrix = matrix.reshape(n, n, *matrix.shape[1:])
    identity = np.eye(n).reshape(n, n, *(1,) * (matrix.ndim - 2))
    work = np.concatenate([matrix, np.broadcast_to(identity, matrix.shape)], axis=1)
    for c in range(n):
        for r in range(c + 1, n):
            larger = np.abs(work[c, c]) < np.abs(work[r, c])
            work[[c, r]] = np.where(larger, work[r], work[c]), np.where(larger, work[c], work[r])
        work[c] = work[c] / work[c, c]
        for r in range(n):
            if r != c:
                work[r] = work[r] - work[r, c] * work[c]
    return work[:, n:].reshape(n * n, *matrix.shape[2:])


STAGES: Mapping[Method, tuple[float, ...]] = MappingProxyType(
    {Method.EULER: (0.0,), Method.RK4: (0.0, 0.5, 1.0), Method.RK45: (0.0,)}
)
"""The shares of a step, past its beginning, at which a method evaluates the rates."""


@dataclass(frozen=True, slots=True)
class StepTable:
    """Values of everything bound at most per step, ``rows[node]`` of shape ``(steps + 1, stages)``, with ``series``.

    Rows of an inverse have its elements as a first axis.
    """

    rows: Mapping[int, Values]
    series: tuple[Table, ...]


def step_table(program: Program, inputs: Inputs, known: StepTable | None = None) -> StepTable:
    """Evaluate every constant and every step-bound node at all times at once; every backend reads the result.

    Rows of a ``known`` table that do not depend on a changed series are reused: the same arrays.
    """
    time, count = program.time, np.arange(program.time.steps + 1, dtype=np.float64)[:, None]
    times: Array = time.start + (count + np.array(STAGES[time.method])) * time.step  # (steps + 1, stages)
    steps = np.broadcast_to(count, times.shape)
    series = inputs.series if inputs.series is not None else program.series_tables
    rows: dict[int, Values] = {}
    program, bound = _known_unfolded(program)
    if known is None:
        positions = [i for i, b in enumerate(bound) if b in (Binding.CONSTANT, Binding.STEP)]
    else:
        rows.update(known.rows)
        positions = _depending_on(program, known, {i for i, t in enumerate(series) if t is not known.series[i]})
    with np.errstate(all="ignore"):
        for position in positions:
            node = program.nodes[position]
            match node.operation:
                case "constant":
                    rows[position] = np.full((1, 1), node.value)
                case "time":
                    rows[position] = times
                case "step":
                    rows[position] = steps
                case "series":
                    rows[position] = look_up(prepare(series[node.index]), times)
                case _:
                    rows[position] = operate(program, node, [rows[a] for a in node.arguments])
    numbers = (position for position in positions if program.nodes[position].operation != "inverse")
    rows.update({position: np.broadcast_to(rows[position], times.shape) for position in numbers})
    return StepTable(rows, series)


def _known_unfolded(program: Program) -> tuple[Program, Sequence[Binding]]:
    """Return the program with the arrays of its step table divided into elements, and all bindings."""
    bound = bindings(program)
    over = {p for p, n in heads(program.nodes) if n.length > 1 and bound[p] in (Binding.CONSTANT, Binding.STEP)}
    return (unfolded(program, over) if over else program), bound


def _depending_on(program: Program, known: StepTable, changed: set[int]) -> list[int]:
    """Return the nodes of a step table whose values depend on one of the changed series."""
    dependent: dict[int, None] = {}
    for position in known.rows:
        node = program.nodes[position]
        if (node.operation == "series" and node.index in changed) or any(a in dependent for a in node.arguments):
            dependent[position] = None
    return list(dependent)


def first_series_values(program: Program, inputs: Inputs, numbers: Sequence[int] | None = None) -> Array:
    """Return the value of each series, or of those with these ``numbers``, at the program's start time."""
    series: Sequence[Any] = inputs.series if inputs.series is not None else program.series_tables
    chosen = series if numbers is None else [series[i] for i in numbers]
    start = np.array([program.time.start])
    return np.array([look_up(prepare(table), start)[0] for table in chosen], dtype=np.float64)

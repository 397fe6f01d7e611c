"""``:RAW:`` data: a value at its own times and :NA: at all others (Vensim reference manual, "Data equations")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from wherenow.language.syntax import MISSING, Expression, Table
from wherenow.model.model_types import Equation, TimeSpec, Variable


def with_raw_data(variables: Mapping[str, Variable], time: TimeSpec) -> dict[str, Variable]:
    """Return ``variables`` with raw data as steps: at each step of the run the datum of that time, or :NA:."""
    return {n: replace(v, equations=tuple(_stepped(e, time) for e in v.equations)) for n, v in variables.items()}


def _stepped(equation: Equation, time: TimeSpec) -> Equation:
    table: Expression = equation.expression
    if not isinstance(table, Table) or table.between != "raw":
        return equation
    known = {round((x - time.start) / time.step * 1e6): y for x, y in zip(table.xs, table.ys, strict=True)}
    steps = range(time.steps + 2)
    xs = tuple(time.start + k * time.step for k in steps)
    ys = tuple(known.get(k * 1_000_000, MISSING) for k in steps)
    return replace(equation, expression=Table(xs, ys, "previous", span=table.span))

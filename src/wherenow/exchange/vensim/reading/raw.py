"""``:RAW:`` data: a value at its own times and :NA: at all others (Vensim reference manual, "Data equations")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from wherenow.exchange.vensim.reading.vensim_variables import Entry, get_function
from wherenow.exchange.vensim.vensim_syntax import Assignment
from wherenow.language.syntax import MISSING, Call, Expression, Number, Reference, Table, walk
from wherenow.model.model_types import Equation, TimeSpec, Variable


def with_raw_data(variables: Mapping[str, Variable], time: TimeSpec) -> dict[str, Variable]:
    """Return ``variables`` with raw data as steps: at each step of the run the datum of that time, or :NA:."""
    return {n: replace(v, equations=tuple(_stepped(e, time) for e in v.equations)) for n, v in variables.items()}


def with_gaps(grouped: Mapping[str, list[Entry]]) -> dict[str, list[Entry]]:
    """Return the entries by name; data computed of raw data are :NA: where one of these is, unless they say otherwise.

    Source: Vensim help, "X IF MISSING": without it an expression is not computed if some of its data are missing.
    """
    raw = {n for n, entries in grouped.items() if any(e.left.interpolation == "RAW" for e in entries)}
    while raw:
        further = {n for n, entries in grouped.items() if n not in raw and any(_is_of(e, raw) for e in entries)}
        if not further:
            break
        raw |= further
    return {n: [_with_gaps(e) if _is_of(e, raw) else e for e in entries] for n, entries in grouped.items()}


def _is_of(entry: Entry, raw: set[str]) -> bool:
    made = entry.definition
    if not isinstance(made, Assignment) or not made.of_data or get_function(made):
        return False
    return any(isinstance(n, Reference) and n.name in raw for n in walk(made.expression))


def _with_gaps(entry: Entry) -> Entry:
    made = entry.definition
    assert isinstance(made, Assignment)
    value = made.expression
    if isinstance(value, Call) and value.function == "x_if_missing":
        return entry
    filled = Call("x_if_missing", (value, Number(MISSING)), value.span)
    return replace(entry, definition=replace(made, expression=filled))


def _stepped(equation: Equation, time: TimeSpec) -> Equation:
    table: Expression = equation.expression
    if not isinstance(table, Table) or table.between != "raw":
        return equation
    known = {round((x - time.start) / time.step * 1e6): y for x, y in zip(table.xs, table.ys, strict=True)}
    steps = range(time.steps + 2)
    xs = tuple(time.start + k * time.step for k in steps)
    ys = tuple(known.get(k * 1_000_000, MISSING) for k in steps)
    return replace(equation, expression=Table(xs, ys, "previous", span=table.span))

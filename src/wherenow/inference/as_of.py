"""A case as it was known at a time, without anything later, so that no fit or forecast can use it."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from wherenow.case.case_types import Case, Event
from wherenow.case.dates import written
from wherenow.case.inputs.exogenous import with_events
from wherenow.language.syntax import Table
from wherenow.model.model_types import Equation, Kind, ModelSpec


def known_at(case: Case, time: float) -> Case:
    """Return ``case`` without data, events and exogenous paths after ``time``.

    Paths hold their last known value, as after the last datum of a record. An event at the case's own cut-off, which
    marks the end of the record, moves to ``time``. The model's structure and priors stay, because a case does not say
    what was known of them then. The hash changes, so that nothing stored for the whole case is used.
    """
    events = {e.id: known for e in case.events.values() if (known := _known_event(e, case, time)) is not None}
    model = _cut(case.model, {path.variable for path in case.inputs.values()}, time)
    return replace(
        case,
        hash=hashlib.sha256(f"{case.hash}\nknown at {time!r}".encode()).hexdigest(),
        model=with_events(model, case.inputs, events),
        events=events,
        data={name: series.until(time) for name, series in case.data.items()},
        later={},
        cutoff=time,
        cutoff_date=written(time, case.model.time.unit),
    )


def _known_event(event: Event, case: Case, time: float) -> Event | None:
    if event.time <= time:
        return event
    return replace(event, time=time) if case.cutoff is not None and event.time == case.cutoff else None


def _cut(model: ModelSpec, but: set[str], time: float) -> ModelSpec:
    series = {name: v for name, v in model.variables.items() if v.kind is Kind.SERIES and name not in but}
    cut = {name: replace(v, equations=tuple(_cut_path(q, time) for q in v.equations)) for name, v in series.items()}
    return replace(model, variables={**model.variables, **cut})


def _cut_path(equation: Equation, time: float) -> Equation:
    table = equation.expression
    assert isinstance(table, Table), "a series is a table"
    n = max(1, sum(x <= time for x in table.xs))
    return replace(equation, expression=replace(table, xs=table.xs[:n], ys=table.ys[:n], outside="clamp"))

"""Describe where a chain of causes ends: what events, data and scenarios do to a variable that the model does not
explain.
"""

from __future__ import annotations

from wherenow.case.case_types import Case, Event
from wherenow.model.model_types import Kind

MOST = 3
"""Maximum number of events that are named."""


def origin(case: Case, name: str, label: str, since: float | None, at: float) -> str:
    """Say in a sentence what moves ``name`` from outside the model between two times; empty if the model moves it.

    For a comparison with a scenario (``since`` None), say what moved it at any time up to ``at``.
    """
    variable = case.model.variables[name.partition("[")[0]]
    if variable.kind is Kind.PARAMETER:
        return f"“{label}” is a parameter: nothing in the model moves it."
    if variable.kind is not Kind.SERIES:
        return ""
    begin = case.model.time.start if since is None else since
    moved = _moved(case, name, begin, at)
    if moved:
        return f"“{label}” comes from outside the model, moved by {_listed(moved)}."
    series = case.data.get(case.exogenous.get(variable.name, ""))
    if series is not None and len(series):
        last = series.until(at)
        source = (last if len(last) else series).source[-1]
        return f"“{label}” comes from outside the model: it follows the data series '{series.name}' ({source})."
    return f"“{label}” comes from outside the model, on a path that the case gives."


def _moved(case: Case, name: str, begin: float, end: float) -> list[Event]:
    """Return the events whose effects on an input begin or end in between, the largest first."""
    found: list[tuple[float, Event]] = []
    names = {name, name.partition("[")[0]}
    for event in case.events.values():
        for effect in event.effects:
            if effect.input in names and (begin < event.time <= end or begin < event.time + effect.lasting <= end):
                found.append((abs(effect.amount), event))
    found.sort(key=lambda pair: -pair[0])
    return list({event.id: event for _, event in found}.values())


def _listed(events: list[Event]) -> str:
    said = [f"“{event.event}” ({event.date})" for event in events[:MOST]]
    more = len(events) - MOST
    return ", ".join(said) + (f" and {more} other event{'s' * (more > 1)}" if more > 0 else "")

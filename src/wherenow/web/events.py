"""The events of a case as marks on charts and on the line of time."""

from __future__ import annotations

from functools import lru_cache

from wherenow.case.types import Case, Event
from wherenow.report.charts.fan import Mark
from wherenow.web.view import View

FEW = 14
"""Marks that a chart of a whole run can hold without their covering each other."""
WEIGHT_OF_CLAIM = 4.0
"""An event that a claim is about counts as much as one of this size on the conflict–cooperation scale more."""


def within(case: Case, view: View) -> tuple[Event, ...]:
    """The events in the span that a view shows, in order of time."""
    start = view.start if view.start is not None else case.model.time.start
    stop = view.stop if view.stop is not None else case.model.time.stop
    return tuple(sorted((e for e in case.events.values() if start <= e.time <= stop), key=lambda e: e.time))


def marks_of(case: Case, view: View, most: int = FEW) -> tuple[Mark, ...]:
    """The weightiest events in the span, in order of time and numbered from 1."""
    return _marks(case, view.start, view.stop, most)


@lru_cache(maxsize=64)
def _marks(case: Case, start: float | None, stop: float | None, most: int) -> tuple[Mark, ...]:
    claimed = {claim.event for claim in case.claims.values() if claim.event}
    events = within(case, View(start=start, stop=stop))

    def weight(event: Event) -> float:
        return abs(event.goldstein or 0.0) + (WEIGHT_OF_CLAIM if event.id in claimed else 0.0)

    chosen = sorted(events, key=weight, reverse=True)[:most]
    return tuple(
        Mark(i, event.time, event.date, event.event, event.quality == "recalled")
        for i, event in enumerate(sorted(chosen, key=lambda e: e.time), start=1)
    )

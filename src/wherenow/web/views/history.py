"""What happened: events and a series on one line of time, and the span that every view then shows."""

from __future__ import annotations

from typing import Any

from wherenow.case.types import Case, Event
from wherenow.report import numbers
from wherenow.report.charts.fan import window
from wherenow.report.charts.timeline import Happening, timeline
from wherenow.web.analysis import Analysis
from wherenow.web.events import within
from wherenow.web.view import View

WIDE, NARROW = 1240.0, 440.0


def context(analysis: Analysis, view: View) -> dict[str, Any]:
    """The line of time over the span that a view shows, and its events as a list."""
    case = analysis.case
    name = view.show or analysis.shown[0]
    fan = analysis.fan(View(), name)
    first, last = float(fan.times[0]), float(fan.times[-1])
    start = first if view.start is None else max(first, min(view.start, last))
    stop = last if view.stop is None else max(first, min(view.stop, last))
    if stop <= start:
        start, stop = first, last
    events = within(case, view)
    lanes: dict[str, list[Happening]] = {}
    for event in events:
        lanes.setdefault(_lane(analysis, event), []).append(_happening(event))
    shown = window(fan, start, stop)
    said = f"{len(events)} events from {start:.5g} to {stop:.5g}, above {numbers.human_name(fan.label)}"

    def drawn(width: float) -> Any:
        return timeline(dict(sorted(lanes.items())), shown, "What happened", said, (start, stop), width, case.cutoff)

    return {
        "events": events,
        "scored": scored(case),
        "fan": fan,
        "wide": drawn(WIDE),
        "tall": drawn(NARROW),
        "span": (start, stop),
        "whole": (first, last),
    }


def scored(case: Case) -> bool:
    """Whether the case scores its events on Goldstein's scale."""
    return any(event.goldstein is not None for event in case.events.values())


def table(analysis: Analysis, view: View) -> list[list[Any]]:
    """The events in the span as a table to take away."""
    heads = ["id", "date", "event", "actors", "sector", "tone", "moves", "quality", "source", "evidence"]
    kept = [head for head in heads if head != "tone" or scored(analysis.case)]
    rows: list[list[Any]] = [kept]
    for e in within(analysis.case, view):
        moves = " ".join(dict.fromkeys(effect.input for effect in e.effects))
        tone = "" if e.goldstein is None else e.goldstein
        cells = [e.id, e.date, e.event, e.actors, e.sector, tone, moves, e.quality, e.source, " ".join(e.evidence)]
        rows.append([cell for head, cell in zip(heads, cells, strict=True) if head in kept])
    return rows


def _lane(analysis: Analysis, event: Event) -> str:
    sector = analysis.case.sectors.get(event.sector)
    return (sector.title if sector else "") or numbers.human_name(event.sector or "other")


def _happening(event: Event) -> Happening:
    return Happening(event.time, event.date, event.event, event.goldstein, event.quality == "recalled")

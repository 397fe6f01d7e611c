"""What happened: events and a series on one timeline."""

from __future__ import annotations

from typing import Any

from wherenow.case.case_types import Case, Event
from wherenow.case.dates import iso_date
from wherenow.report.charts.fan import window
from wherenow.report.charts.timeline import timeline
from wherenow.report.wording.labels import actors_in_words, labels, sector_title, series
from wherenow.report.wording.numbers import compact
from wherenow.report.wording.texts import count, isolated, texts
from wherenow.report.wording.times import TimeFormatter
from wherenow.web.app_view import AppView
from wherenow.web.computation.case_analysis import Analysis

WIDE, MIDDLE, NARROW = 1320.0, 760.0, 440.0


def context(analysis: Analysis, view: AppView) -> dict[str, Any]:
    """Return the timeline over the span that a view shows, and its events as a list."""
    case = analysis.case
    name = view.show or analysis.shown[0]
    fan = analysis.fan(AppView(), name)
    first, last = float(fan.times[0]), float(fan.times[-1])
    start = first if view.start is None else max(first, min(view.start, last))
    stop = last if view.stop is None else max(first, min(view.stop, last))
    if stop <= start:
        start, stop = first, last
    events = _within(case, view)
    lanes: dict[str, list[Event]] = {}
    for event in events:
        lanes.setdefault(sector_title(case, event.sector, "other"), []).append(event)
    shown, clock, label = window(fan, start, stop), TimeFormatter(case.model.time.unit, view.language), labels(case)
    own = texts(view.language)
    counted = count(len(events), "event", view.language)
    span = {"start": clock.moment(start), "stop": clock.moment(stop)}
    description = own["history.said"].format(events=counted, label=isolated(label(name), view.language), **span)

    def drawn(width: float) -> Any:
        ordered, title = dict(sorted(lanes.items())), own["view.history"]
        return timeline(ordered, shown, title, description, (start, stop), width, case.cutoff, clock=clock)

    return {
        "events": events,
        "scored": scored(case),
        "who": lambda event: actors_in_words(case, event.actors),
        "lane": lambda event: sector_title(case, event.sector, "other"),
        "lanes": sorted(lanes),
        "fan": fan,
        "name": name,
        "wide": drawn(WIDE),
        "middle": drawn(MIDDLE),
        "tall": drawn(NARROW),
        "span": (_written(clock, start), _written(clock, stop)),
        "dated": clock.dated,
        "unit": clock.unit,
        "series": sorted(series(case).items()),
    }


def scored(case: Case) -> bool:
    """Return whether the case scores its events on Goldstein's scale."""
    return any(event.goldstein is not None for event in case.events.values())


def table(analysis: Analysis, view: AppView) -> list[list[Any]]:
    """Return the events in the span as a table to download."""
    heads = ["id", "date", "event", "actors", "sector", "tone", "moves", "quality", "source", "evidence"]
    columns = [head for head in heads if head != "tone" or scored(analysis.case)]
    rows: list[list[Any]] = [columns]
    for e in _within(analysis.case, view):
        moves = " ".join(dict.fromkeys(effect.input for effect in e.effects))
        tone = "" if e.goldstein is None else e.goldstein
        cells = [e.id, e.date, e.event, e.actors, e.sector, tone, moves, e.quality, e.source, " ".join(e.evidence)]
        rows.append([cell for head, cell in zip(heads, cells, strict=True) if head in columns])
    return rows


def _written(clock: TimeFormatter, time: float) -> str:
    return iso_date(time)[:7] if clock.dated else compact(time)


def _within(case: Case, view: AppView) -> tuple[Event, ...]:
    """List the events in the span that a view shows, in chronological order."""
    start = view.start if view.start is not None else case.model.time.start
    stop = view.stop if view.stop is not None else case.model.time.stop
    return tuple(sorted((e for e in case.events.values() if start <= e.time <= stop), key=lambda e: e.time))

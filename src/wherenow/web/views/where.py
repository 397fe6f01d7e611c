"""Where now? The answer, the fan of a series with levers and scenarios beside it, and scenarios compared."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from markupsafe import Markup

from wherenow.case.types import Lever
from wherenow.outlook.types import Fan
from wherenow.report import numbers
from wherenow.report.charts.fan import SMALL, TALL, WIDE, Mark, Size, fan_chart, window
from wherenow.report.charts.several import several_chart
from wherenow.web.analysis import Analysis
from wherenow.web.events import marks_of
from wherenow.web.view import View

STEPS = 40
"""Positions of a lever's slider, besides its ends."""


def live(analysis: Analysis, view: View, shape: str = "") -> dict[str, Any]:
    """What every movement of a lever changes: the chart, the forecasts, and what to take away.

    ``shape`` is ``wide`` or ``tall`` where only that drawing is wanted.
    """
    name = view.show or analysis.shown[0]
    fan, comparison = analysis.setting(view, name)
    before = analysis.fan(View(), name) if view.changed else None
    chart = _charts(analysis, view, fan, before)
    return {
        "fan": fan,
        "wide": chart(WIDE) if shape != "tall" else Markup(),
        "tall": chart(TALL) if shape != "wide" else Markup(),
        "comparison": comparison,
        "forecasts": comparison.forecasts,
        "export": view.query(show=name),
    }


def others(analysis: Analysis, view: View) -> dict[str, Any]:
    """The other series that the case shows, small."""
    chosen = view.show or analysis.shown[0]
    names = tuple(n for n in analysis.shown if n != chosen)
    before = {f.name: f for f in analysis.fans(View(), names)} if view.changed else {}
    fans = analysis.fans(view, names)
    return {"others": [(f, _charts(analysis, view, f, before.get(f.name))(SMALL)) for f in fans]}


def compared(analysis: Analysis, view: View) -> dict[str, Any]:
    """Scenarios on the same draws, in one chart and one table; nothing where none are compared."""
    if not view.compared:
        return {"compared": None}
    name = view.show or analysis.shown[0]
    views = {_title(analysis, view): view}
    views |= {analysis.case.scenarios[s].title or s: replace(view, scenario=s, levers={}) for s in view.compared}
    fans = {title: cut(analysis.fan(v, name), view) for title, v in views.items()}
    comparisons = {title: analysis.comparison(v) for title, v in views.items()}
    label = numbers.human_name(next(iter(fans.values())).label)
    cutoff = analysis.case.cutoff
    return {
        "compared": comparisons,
        "compared_wide": several_chart(fans, label, cutoff),
        "compared_tall": several_chart(fans, label, cutoff, TALL),
    }


def whole(analysis: Analysis, view: View) -> dict[str, Any]:
    """The page."""
    return {
        **live(analysis, view),
        **others(analysis, view),
        **compared(analysis, view),
        "levers": [
            (lever, view.levers.get(n, lever.default), step(lever)) for n, lever in analysis.case.levers.items()
        ],
        "scenarios": list(analysis.case.scenarios.values()),
        "series": series_by_sector(analysis),
    }


def series_by_sector(analysis: Analysis) -> Mapping[str, list[tuple[str, str]]]:
    """Names and labels of everything that can be shown: first what the case shows, then all by sector."""
    case = analysis.case
    found: dict[str, list[tuple[str, str]]] = {"": []}
    for name in dict.fromkeys(n.partition("[")[0] for n in analysis.shown):
        found[""].append((name, numbers.human_name(case.model.variables[name].label or name)))
    for variable in case.model.variables.values():
        if variable.kind in {"parameter", "lookup"}:
            continue
        sector = case.sectors.get(variable.sector)
        title = sector.title if sector and sector.title else numbers.human_name(variable.sector)
        found.setdefault(title, []).append((variable.name, numbers.human_name(variable.label or variable.name)))
    return found


def step(lever: Lever) -> float:
    """The distance between a slider's positions: round, and such that its rest and both its ends are among them."""
    low, high = lever.range
    rough = (high - low) / STEPS
    power = math.floor(math.log10(rough))
    for size in (m * 10.0**p for p in (power, power - 1, power - 2) for m in (5, 2, 1)):
        if size <= rough and _whole((lever.default - low) / size) and _whole((high - low) / size):
            return size
    return (high - low) / 1000


def _whole(number: float) -> bool:
    return abs(number - round(number)) < 1e-6


def cut(fan: Fan, view: View) -> Fan:
    """The span of time that a view shows."""
    if view.start is None and view.stop is None:
        return fan
    start = view.start if view.start is not None else float(fan.times[0])
    stop = view.stop if view.stop is not None else float(fan.times[-1])
    return window(fan, start, stop)


def _title(analysis: Analysis, view: View) -> str:
    return analysis.comparison(view).title if view.changed else "The case as it is"


def _charts(analysis: Analysis, view: View, fan: Fan, before: Fan | None) -> Callable[[Size], Markup]:
    """Draws a fan, over what it was before, at any size."""
    shown, then = cut(fan, view), cut(before, view) if before is not None else None
    marks: tuple[Mark, ...] = marks_of(analysis.case, view)
    label, cutoff = numbers.human_name(fan.label), analysis.case.cutoff
    return lambda size: fan_chart(shown, label, marks, cutoff, size, then)

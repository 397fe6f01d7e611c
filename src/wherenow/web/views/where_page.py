"""Where now? The findings in a setting, the levers and scenarios that make it, and scenarios compared."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wherenow.case.case_types import Case, Lever
from wherenow.foresight.ingredients.history import lacking
from wherenow.outlook.outlook_types import ForecastChange
from wherenow.report.cards.finding_card import Card
from wherenow.report.charts.outcome_chart import Shown
from wherenow.report.wording.labels import labels
from wherenow.report.wording.texts import texts
from wherenow.report.wording.times import TimeFormatter
from wherenow.web.app_view import AppView
from wherenow.web.computation.case_analysis import Analysis
from wherenow.web.computation.presets import begins, handle_of, lever_words, preset, rest_of, setting_title

STEPS = 40
"""Positions of a lever's slider, besides its ends."""
ALWAYS = 2
"""Number of cards that follow a lever while it moves; the others follow on release."""


def live(analysis: Analysis, view: AppView, shape: str = "") -> dict[str, Any]:
    """Return what every move of a lever changes: the headline and the first cards.

    ``shape`` is ``wide`` or ``tall`` if only that drawing is needed.
    """
    cards = analysis.cards(view, slice(ALWAYS))
    changes = analysis.changes(view)
    known = shape if shape in ("wide", "tall") else ""
    return {
        "cards": cards,
        "courses": () if cards else courses(analysis, view),
        "headline": headline(analysis, view, changes),
        "shape": known,
        "actions": _actions(view),
    }


def courses(analysis: Analysis, view: AppView) -> tuple[Shown, ...]:
    """Return the series that a case without questions shows, under a view's setting."""
    case, label = analysis.case, labels(analysis.case)
    clock = TimeFormatter(case.model.time.unit, view.language)
    base = {fan.name: fan.quantiles for fan in analysis.fans(AppView())}
    return tuple(
        Shown(
            name=fan.name,
            label=label(fan.name),
            unit=fan.unit,
            times=fan.times,
            quantiles=fan.quantiles,
            cutoff=case.cutoff,
            clock=clock,
            before=base[fan.name] if view.changed else None,
            data=fan.data,
        )
        for fan in analysis.fans(view)
    )


def rest(analysis: Analysis, view: AppView) -> dict[str, Any]:
    """Return the other cards."""
    return {"more": analysis.cards(view, slice(ALWAYS, None)), "actions": _actions(view)}


def whole(analysis: Analysis, view: AppView) -> dict[str, Any]:
    """Return the whole page's context."""
    case = analysis.case
    return {
        **live(analysis, view),
        **rest(analysis, view),
        **compared(analysis, view),
        "groups": lever_groups(case, view),
        "scenarios": list(case.scenarios.values()),
        "ahead": [s for s in case.scenarios.values() if begins(case, s.id) >= _now(case)],
        "past": [s for s in case.scenarios.values() if begins(case, s.id) < _now(case)],
        "presets": {
            name: {"values": dict(own.values), "held": sorted(own.held)}
            for name in case.scenarios
            for own in [preset(case, name)]
        },
        "about": analysis.questions[analysis.compared(view)].id if analysis.questions else "",
        "questions": analysis.questions,
        "clock": TimeFormatter(case.model.time.unit, view.language),
    }


def headline(analysis: Analysis, view: AppView, changes: Mapping[str, ForecastChange]) -> dict[str, Any]:
    """Return the setting shown and its findings, always in the same order, so that none moves with the levers."""
    named = setting_title(analysis.case, view.scenario, view.levers)
    return {
        "setting": named or texts(view.language)["where.headline.base"],
        "changes": [c for c in changes.values() if math.isfinite(c.p)],
        "lacking": lacking() if changes else (),
    }


def compared(analysis: Analysis, view: AppView) -> dict[str, Any]:
    """Return settings on the same draws as small multiples; nothing if none are compared."""
    if not view.compared or not analysis.questions:
        return {"compared": None}
    asked = [view, *(replace(view, scenario=s, levers={}) for s in view.compared)]
    return {"compared": [_row(analysis, v) for v in asked]}


def _row(analysis: Analysis, view: AppView) -> dict[str, Any]:
    """Return a compared setting: the future series, its difference from the baseline, and all forecasts."""
    changes = tuple(analysis.changes(view).values())
    place = analysis.compared(view)
    card: Card = analysis.cards(view, slice(place, place + 1))[0]
    future = card.shown
    if future is not None and future.cutoff is not None:
        future = future.part(future.cutoff - future.period, float(future.times[-1]))
    return {
        "title": card.setting or texts(view.language)["card.baseline"],
        "says": card.says,
        "baseline": not view.changed,
        "future": future,
        "difference": analysis.difference(view) if view.changed else None,
        "change": changes[place],
        "changes": changes,
    }


def lever_groups(case: Case, view: AppView) -> dict[str, list[dict[str, Any]]]:
    """Return the levers by group, in order of first appearance.

    ``rest`` is the scenario's value of a lever; ``place`` is the baseline's position on its scale, in per cent.
    """
    rests, own = rest_of(case, view.scenario), preset(case, view.scenario)
    groups: dict[str, list[dict[str, Any]]] = {}
    for name, lever in case.levers.items():
        handle, value = handle_of(case, lever), view.levers.get(name, rests[name])
        slider = {
            "lever": lever,
            "handle": handle,
            "value": value,
            "rest": rests[name],
            "step": step(lever),
            "said": lever_words(case, name, value),
            "about": handle.about or lever.about,
            "baseline": lever_words(case, name, lever.default),
            "place": _place(lever, lever.default),
            "marks": [{"said": said, "place": _place(lever, at)} for at, said in handle.marks.items()],
            "held": name in own.held,
            "moved": value != lever.default,
        }
        groups.setdefault(handle.group, []).append(slider)
    return groups


def step(lever: Lever) -> float:
    """Return a slider's step: a round number such that its initial value and both ends are positions."""
    low, high = lever.range
    rough = (high - low) / STEPS
    power = math.floor(math.log10(rough))
    for size in (m * 10.0**p for p in (power, power - 1, power - 2) for m in (5, 2, 1)):
        if size <= rough and _whole((lever.default - low) / size) and _whole((high - low) / size):
            return size
    return (high - low) / 1000


def _now(case: Case) -> float:
    return case.cutoff - 1e-6 if case.cutoff is not None else -math.inf


def _place(lever: Lever, value: float) -> float:
    low, high = lever.range
    return round(100 * (value - low) / (high - low), 2)


def _whole(number: float) -> bool:
    return abs(number - round(number)) < 1e-6


def _actions(view: AppView) -> str:
    """Return the query for a card's actions in this setting; ``?`` for the baseline."""
    return f"?{replace(view, compared=()).query()}"

"""Why, asked of an analysis: a variable's change taken apart, which loop leads when, and the reasons of all claims."""

from __future__ import annotations

from functools import lru_cache

from wherenow.case.dates import moment
from wherenow.errors import UsageError
from wherenow.explain.loops.shares import NamedLoops, found_loops, named_loops
from wherenow.explain.narrative import Explanation, explain
from wherenow.report.article import quotes
from wherenow.web.analysis import Analysis

TOLD_ON = 100
"""Draws on which a change is taken apart: every step of every variable is kept for them."""
LOOPS_ON = 20


def told(analysis: Analysis, variable: str, at: str = "", since: str = "", against: str = "") -> Explanation:
    """Why ``variable`` at a date is not what it was at another (a year before where none is given), or what it is
    without the scenario ``against``.

    Raises UsageError for dates that are none, a variable or scenario that is not there, or both comparisons at once.
    """
    if since and against:
        raise UsageError("compare with an earlier date or with a scenario, one of the two")
    case = analysis.case
    unit = case.model.time.unit
    when = _moment(at, unit, case.cutoff or case.model.time.stop)
    before = None if against else _moment(since, unit, when - 1)
    return _told(analysis, variable, when, before, against)


@lru_cache(maxsize=32)
def _told(analysis: Analysis, variable: str, at: float, since: float | None, scenario: str) -> Explanation:
    few = analysis.draws.take(0, min(TOLD_ON, len(analysis.draws)))
    return explain(analysis.case, few, variable, at, since, scenario)


@lru_cache(maxsize=2)
def leading(analysis: Analysis) -> NamedLoops:
    """How much of what the case's loops make each makes, and when: of those that it names, or else of those that are
    found. Raises UsageError where there is none.
    """
    members = analysis.draws.take(0, min(LOOPS_ON, len(analysis.draws)))
    return (named_loops if analysis.case.loops else found_loops)(analysis.case, members)


def places(analysis: Analysis, pointers: tuple[str, ...], language: str = "en") -> list[tuple[str, str]]:
    """Pointers into the article, each with where it stands: its sentence where the text is at hand, else its place."""
    return [(q.pointer, f"“{q.text}”" if q.own else q.place) for q in quotes(analysis.case, pointers, "", language)]


def _moment(text: str, unit: str, default: float) -> float:
    try:
        return moment(text, unit) if text else default
    except ValueError as error:
        raise UsageError(str(error)) from None

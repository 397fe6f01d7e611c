"""Explanations in an analysis: the causes of a variable's change, leading loops, and evidence as links."""

from __future__ import annotations

from functools import lru_cache

from wherenow.case.dates import asked_moment
from wherenow.errors import UsageError
from wherenow.explain.loops.loop_shares import NamedLoops, found_loops, named_loops
from wherenow.explain.narrative import Explanation, explain
from wherenow.report.cards.article import quotes
from wherenow.web.computation.case_analysis import Analysis

DRAWS = 100
"""Draws for the decomposition of a change, for which every step of every variable is stored."""
LOOPS_ON = 20


def explanation(analysis: Analysis, variable: str, at: str = "", since: str = "", against: str = "") -> Explanation:
    """Explain a change of ``variable`` between two dates, or its difference from the scenario ``against``.

    By default, the earlier date is a year before. Raises UsageError for an invalid date, an unknown variable or
    scenario, or both comparisons at once.
    """
    if since and against:
        raise UsageError("compare with an earlier date or with a scenario, one of the two")
    case = analysis.case
    unit = case.model.time.unit
    when = asked_moment(at, unit) if at else case.cutoff or case.model.time.stop
    before = None if against else asked_moment(since, unit) if since else when - 1
    return _explanation(analysis, variable, when, before, against)


@lru_cache(maxsize=32)
def _explanation(analysis: Analysis, variable: str, at: float, since: float | None, scenario: str) -> Explanation:
    few = analysis.draws.take(0, min(DRAWS, len(analysis.draws)))
    return explain(analysis.case, few, variable, at, since, scenario)


@lru_cache(maxsize=2)
def leading(analysis: Analysis) -> NamedLoops:
    """Score the loops that the case names, or else those found in the model.

    A score is a loop's share in the behaviour over time. Raises UsageError if there is none.
    """
    members = analysis.draws.take(0, min(LOOPS_ON, len(analysis.draws)))
    return (named_loops if analysis.case.loops else found_loops)(analysis.case, members)


def places(analysis: Analysis, pointers: tuple[str, ...], language: str = "en") -> list[tuple[str, str]]:
    """Return pointers into the article, each with its sentence if the text is available, else its position."""
    return [(q.pointer, f"“{q.text}”" if q.own else q.place) for q in quotes(analysis.case, pointers, "", language)]

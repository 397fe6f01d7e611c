"""Explanations in an analysis: a variable, the causes of its change, leading loops, and what cutting a link does.

The target of a cut link continues to read the source as it was at the cut; all others read its current value.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from wherenow.case.case_types import Case, Scenario
from wherenow.claims.checking.checked_claims import read_claims
from wherenow.claims.evaluation.sources import declared_model, outputs_of
from wherenow.claims.judge import share_of
from wherenow.ensemble.simulate import simulate, system_of
from wherenow.explain.loops.loop_shares import NamedLoops, found_loops, named_loops
from wherenow.explain.narrative import Explanation, asked_dates, explain
from wherenow.model.cuts import without_links
from wherenow.model.graph import Link, links
from wherenow.outlook.case_outlook import prior_text
from wherenow.outlook.comparison import compare
from wherenow.report.cards.article import quotes
from wherenow.web.computation.case_analysis import Analysis

DRAWS = 100
"""Draws for the decomposition of a change, for which every step of every variable is stored."""
LOOPS_ON = 20


def explanation(analysis: Analysis, variable: str, at: str = "", since: str = "", against: str = "") -> Explanation:
    """Explain a change of ``variable`` between two dates, or its difference from the scenario ``against``.

    By default, the earlier date is a year earlier. Raises UsageError for an invalid date, an unknown variable or
    scenario, or both comparisons at once.
    """
    return _explanation(analysis, variable, *asked_dates(analysis.case, at, since, against), against)


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


@lru_cache(maxsize=4)
def links_of(case: Case) -> tuple[Link, ...]:
    """Return every link of the case's model."""
    return links(system_of(case, ()))


def describe(case: Case, name: str) -> dict[str, Any]:
    """Describe the variable ``name`` of a case; equations are pairs of an element, '' for all, and a text."""
    variable = case.model.variables[name]
    return {
        "name": name,
        "label": variable.label,
        "kind": str(variable.kind),
        "sector": variable.sector,
        "unit": variable.unit,
        "about": variable.about,
        "equations": [
            (", ".join(e.subscripts) if e.subscripts != variable.dimensions else "", " ".join(e.text.content.split()))
            for e in variable.equations
        ],
        "evidence": variable.evidence,
        "assumption": variable.assumption,
        "prior": prior_text(case, name),
        "reads": [link.source for link in links_of(case) if link.target == name],
        "read_by": [link.target for link in links_of(case) if link.source == name],
    }


@lru_cache(maxsize=32)
def cut(analysis: Analysis, source: str, target: str, since: float) -> dict[str, Any]:
    """Compare the case with the link from ``source`` to ``target`` cut from ``since`` on, on the same draws.

    Returns the ``comparison`` of the forecasts, and each of the ``claims`` that name the link with the shares of draws
    in which it holds, ``whole`` and with the ``cut``.
    """
    case = analysis.case
    named = [r for r in read_claims(case) if (source, target) in r.claim.mechanism and r.model is not None]
    read = outputs_of([r.model.formula for r in named if r.model], declared_model(case))
    outputs = tuple(dict.fromkeys((*analysis.base.names, *read)))
    whole = analysis.runs("", outputs) if read else analysis.base
    without = replace(case, model=without_links(case.model, [(source, target)], since))
    runs = simulate(without, analysis.draws, None, outputs, analysis.threads)
    described = Scenario(id="cut", title=f"{source} → {target}")
    return {
        "comparison": compare(analysis.headline, whole, runs, described, (), analysis.latent),
        "claims": [
            {
                "id": r.claim.id,
                "says": r.claim.says,
                "whole": share_of(case, r.model, whole),
                "cut": share_of(case, r.model, runs),
            }
            for r in named
            if r.model is not None
        ],
    }

"""Cutting a link: its target continues to read the source as it was at the cut; all others read its current value."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wherenow.case.case_types import Scenario
from wherenow.claims.checking.checked_claims import read_claims
from wherenow.claims.evaluation.proportion import Share
from wherenow.claims.evaluation.sources import declared_model, outputs_of
from wherenow.claims.judge import share_of
from wherenow.ensemble.simulate import simulate
from wherenow.model.cuts import without_links
from wherenow.outlook.comparison import compare
from wherenow.outlook.outlook_types import ScenarioComparison
from wherenow.web.computation.case_analysis import Analysis


@dataclass(frozen=True, slots=True, eq=False)
class ClaimCut:
    """A claim that names the link, and the shares of draws in which it holds with and without the link."""

    id: str
    says: str
    whole: Share
    cut: Share


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """The effect of cutting a link on the forecasts, and on the claims that name the link."""

    comparison: ScenarioComparison
    claims: tuple[ClaimCut, ...]


def cut(analysis: Analysis, source: str, target: str, since: float) -> Cut:
    """Compare the case with the link from ``source`` to ``target`` cut from ``since`` on, on the same draws."""
    case = analysis.case
    named = [r for r in read_claims(case) if (source, target) in r.claim.mechanism and r.model is not None]
    read = outputs_of([r.model.formula for r in named if r.model], declared_model(case))
    outputs = tuple(dict.fromkeys((*analysis.base.names, *read)))
    whole = analysis.runs("", outputs) if read else analysis.base
    without = replace(case, model=without_links(case.model, [(source, target)], since))
    runs = simulate(without, analysis.draws, None, outputs, analysis.threads)
    described = Scenario(id="cut", title=f"{source} → {target}")
    return Cut(
        compare(analysis.headline, whole, runs, described, (), analysis.latent),
        tuple(
            ClaimCut(r.claim.id, r.claim.says, *(share_of(case, r.model, x) for x in (whole, runs)))
            for r in named
            if r.model is not None
        ),
    )

"""Contents of the report page, taken from an outlook: events, sectors of claims, strongest scenarios."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wherenow.claims.findings import Finding
from wherenow.outlook.outlook_types import SHARES, Fan, ForecastChange, Ground, Outlook, ScenarioComparison
from wherenow.report.wording.numbers import compact

APART = 0.05
"""A series is named if fewer simulated data sets than this share are as far off."""
NAMED = 4
"""Names that a tile shows before its details."""
_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A finding and its main sector, '' if its formulas name no variable of the model."""

    finding: Finding
    sector: str


def tiles(outlook: Outlook) -> dict[str, Any]:
    """Return what the tiles show by which a reader judges a model, in the report and in the app."""
    learning = outlook.learning
    return {
        "stands": learning,
        "grounds": {g.name: g for g in (*outlook.evidence, *outlook.assumptions)},
        "record": outlook.record,
        "most": NAMED,
        "apart": [f.series for f in learning.fits if f.p < APART] if learning else [],
    }


def claim_rows(outlook: Outlook) -> tuple[ClaimRow, ...]:
    sectors = {g.name: g.sector for g in (*outlook.assumptions, *outlook.evidence) if g.sector}
    return tuple(ClaimRow(f, _sector(f, sectors)) for f in outlook.findings)


def _sector(finding: Finding, sectors: dict[str, str]) -> str:
    """Return the commonest sector among the variables in a finding's formulas, or else in its mechanism."""
    formulas = " ".join(p.formula for p in (finding.model, finding.data, finding.against) if p is not None)
    links = " ".join(name for link in finding.mechanism for name in link)
    for text in (formulas, links):
        named = Counter(sectors[n] for n in _NAME.findall(text) if n in sectors)
        if named:
            return named.most_common(1)[0][0]
    return ""


def strongest(comparisons: Sequence[ScenarioComparison], n: int = 3) -> tuple[ScenarioComparison, ...]:
    """Return the ``n`` scenarios with the largest detectable change in a forecast."""
    moving = [c for c in comparisons if any(f.discernible for f in c.forecasts)]
    return tuple(sorted(moving, key=lambda c: -abs(largest(c).change))[:n])


def largest(comparison: ScenarioComparison) -> ForecastChange:
    """Return the forecast that a scenario changes most."""
    return max(comparison.forecasts, key=lambda f: (f.discernible, abs(f.change)))


def numbers_of(fan: Fan) -> list[tuple[str, list[str]]]:
    """Return times with a fan's quantiles, as text: the first saved time of each unit of time, at most thirty, and the
    last one.
    """
    whole = [i for i, t in enumerate(fan.times) if abs(t - round(t)) < 1e-6]
    chosen = whole or list(range(len(fan.times)))
    chosen = chosen[:: -(-len(chosen) // 30)]
    if chosen[-1] != len(fan.times) - 1:
        chosen.append(len(fan.times) - 1)
    return [(f"{float(fan.times[i]):.6g}", [compact(float(v)) for v in fan.quantiles[:, i]]) for i in chosen]


def by_sector(grounds: Sequence[Ground]) -> dict[str, tuple[Ground, ...]]:
    """Group grounds by sector, in order of first appearance."""
    found: dict[str, list[Ground]] = {}
    for ground in grounds:
        found.setdefault(ground.sector, []).append(ground)
    return {sector: tuple(members) for sector, members in found.items()}


SHARE_NAMES = tuple("median" if q == 0.5 else f"{100 * q:g}%" for q in SHARES)

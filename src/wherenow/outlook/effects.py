"""What each scenario and counterfactual changes, read from disk where nothing that it depends on has changed.

After an edit of a claim only its own counterfactual is run again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from wherenow import parts
from wherenow.case.case_types import Case, Scenario
from wherenow.case.scenario import plan
from wherenow.case.simulated import simulated_content
from wherenow.claims.checking.checked_claims import CheckedClaim
from wherenow.claims.judge import Expected, counterfactuals_of, expected
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.runs import Ensemble, RunRecord
from wherenow.foresight.ahead import content
from wherenow.foresight.headline import Headline
from wherenow.outlook.comparison import compare
from wherenow.outlook.outlook_types import ScenarioComparison


@dataclass(frozen=True, slots=True)
class ScenarioEffect:
    """What a run shows beside the baseline: for claims that expect something of it, and for the forecasts if it is one
    of the case's scenarios.
    """

    expected: Expected | None
    compared: ScenarioComparison | None

    def within(self, record: RunRecord) -> ScenarioEffect:
        """Return the same effect for a case whose baseline has this record; nothing was run for it."""
        one, other = self.expected, self.compared
        return ScenarioEffect(
            one and replace(one, record=_beside(record, one.record)),
            other and replace(other, record=_beside(record, other.record)),
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Effects:
    """The scenarios of a case and the counterfactuals of its claims, and what their effects depend on.

    ``names`` are those under which effects are stored, ``known`` the effects found there.
    """

    case: Case  # whose effects they are
    first: Headline  # forecasts of the baseline
    readings: tuple[CheckedClaim, ...]  # claims that expect something of a counterfactual
    shown: tuple[str, ...]  # series to compare
    asked: Mapping[str, Scenario]  # scenarios to run, by id
    names: Mapping[str, str]
    known: Mapping[str, ScenarioEffect]

    @classmethod
    def of(
        cls,
        case: Case,
        first: Headline,
        readings: Iterable[CheckedClaim],
        shown: tuple[str, ...],
        draws: Draws,
        engine: str,
    ) -> Effects:
        """Look for stored effects on these draws."""
        asked = {**counterfactuals_of(case), **case.scenarios}
        read = tuple(readings)
        run = parts.content_of(simulated_content(case), draws, engine)
        said = {name: rule.content for name, rule in first.rules.items()}
        forecast = parts.content_of(content(first.basis), said, first.says, first.seed, first.draws, shown)
        names = {
            name: parts.name_of("effect", run, plan(case, scenario), _expectations(read, name),
                          (forecast, scenario.id, scenario.title, scenario.about) if name in case.scenarios else None)
            for name, scenario in asked.items()
        }  # fmt: skip
        known = {name: effect for name, place in names.items() if (effect := parts.stored(place)) is not None}
        return cls(case=case, first=first, readings=read, shown=shown, asked=asked, names=names, known=known)

    def found(self, name: str, runs: Ensemble, other: Ensemble) -> ScenarioEffect:
        """Compute and store the effect of a scenario, from its run and the baseline's."""
        case = self.case
        claimed = expected(case, self.readings, runs, name, other) if name in counterfactuals_of(case) else None
        compared = (
            compare(self.first, runs, other, case.scenarios[name], self.shown) if name in case.scenarios else None
        )
        effect = ScenarioEffect(claimed, compared)
        parts.store(self.names[name], effect)
        return effect


def _expectations(readings: Iterable[CheckedClaim], scenario: str) -> list[tuple[str, str, str]]:
    """Return what claims expect of a counterfactual: claim, formula, and the title under which it is reported."""
    return [
        (r.claim.id, r.claim.against.expect.content, r.claim.against.scenario.title)
        for r in readings
        if r.claim.against is not None and r.claim.against.scenario.id == scenario
    ]


def _beside(baseline: RunRecord, own: RunRecord) -> RunRecord:
    return replace(baseline, scenario=own.scenario, failed_draws=own.failed_draws, failure=own.failure, seconds={})

"""Compare scenarios with the baseline: the same draws run twice, and the difference draw by draw.

Effects of scenarios and counterfactuals are read from disk where nothing that they depend on has changed: after an edit
of a claim only its own counterfactual is run again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from wherenow import parts
from wherenow.case.case_types import Case, Scenario
from wherenow.case.scenario import plan
from wherenow.case.simulated import simulated_content
from wherenow.claims.checking.checked_claims import CheckedClaim
from wherenow.claims.checking.formula_check import Checked
from wherenow.claims.evaluation.robustness import robustness
from wherenow.claims.evaluation.sources import run_signals
from wherenow.claims.judge import Expected, counterfactuals_of, expected
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.runs import Ensemble, RunRecord
from wherenow.foresight.ahead import content
from wherenow.foresight.headline import Headline
from wherenow.outlook.outlook_types import ForecastChange, ScenarioComparison, SeriesChange

Z90 = 1.6448536269514722  # the standard normal distribution's 95% quantile


def compare(
    headline: Headline,
    base: Ensemble,
    other: Ensemble,
    scenario: Scenario,
    shown: tuple[str, ...] = (),
    latent: Mapping[str, Checked] = MappingProxyType({}),
) -> ScenarioComparison:
    """Compute what ``scenario`` changes in the forecasts, and in the shown series at the end of the run.

    ``latent`` are conditions on the model's own quantities, which are compared by the share of runs.
    """
    after = headline.under(base, other)
    changes = tuple(_change(headline, name, held, after[name]) for name, held in headline.truths.items())
    changes += tuple(_own(headline.case, name, checked, base, other) for name, checked in latent.items())
    series = tuple(_ends(base, other, name) for name in shown)
    title = scenario.title or scenario.id
    past = _changes_the_past(headline.case, base, other, shown)
    return ScenarioComparison(
        scenario=scenario.id,
        title=title,
        about=scenario.about,
        forecasts=changes,
        series=series,
        record=other.record,
        past=past,
    )


def _changes_the_past(case: Case, base: Ensemble, other: Ensemble, shown: tuple[str, ...]) -> bool:
    """Return whether some shown series differs before the cut-off, in runs with the same initial values as the
    baseline.
    """
    if case.cutoff is None or len(other.times) != len(base.times):
        return False
    before = base.times < case.cutoff
    return any(not np.array_equal(base[name][before], other[name][before], equal_nan=True) for name in shown)


def _change(headline: Headline, name: str, before: NDArray[np.bool_], after: NDArray[np.bool_]) -> ForecastChange:
    low, high = paired_interval(int((after & ~before).sum()), int((before & ~after).sum()), len(before))
    base, p = (headline.published(name, held) for held in (before, after))
    return ForecastChange(id=name, says=headline.says[name], base=base, p=p, change=p - base, low=low, high=high)


def _own(case: Case, name: str, checked: Checked, base: Ensemble, other: Ensemble) -> ForecastChange:
    """Return the change of a condition on the model's own quantities; undefined if some run has no value."""
    before, after = (robustness(checked, run_signals(case, runs)) for runs in (base, other))
    held, holds = (np.broadcast_to(found.holds, len(base)) for found in (before, after))
    low, high = paired_interval(int((holds & ~held).sum()), int((held & ~holds).sum()), len(held))
    p, then = float(holds.mean()), float(held.mean())
    if not (before.defined.all() and after.defined.all()):
        p = then = low = high = math.nan
    return ForecastChange(id=name, says=case.claims[name].says, base=then, p=p, change=p - then, low=low, high=high)


def paired_interval(gained: int, lost: int, draws: int) -> tuple[float, float]:
    """Return the 90% interval of a difference of two shares on the same draws.

    ``gained`` draws hold only with the change, ``lost`` only without it. Wald's interval after adding half a draw to
    each of the four cells (Agresti & Min 2005, section 3).
    """
    n, b, c = draws + 2, gained + 0.5, lost + 0.5
    middle = (b - c) / n
    half = Z90 * math.sqrt(((b + c) / n - middle**2) / n)
    return max(middle - half, -1.0), min(middle + half, 1.0)


def _ends(base: Ensemble, other: Ensemble, name: str) -> SeriesChange:
    saved = base.saved[base.names.index(name)]
    with np.errstate(invalid="ignore"):  # infinity minus infinity, in draws that failed
        difference = other[name][-1] - base[name][-1]
    finite = difference[np.isfinite(difference)]
    low, median, high = np.quantile(finite, (0.05, 0.5, 0.95)) if finite.size else (math.nan,) * 3
    higher, lower = (float(np.mean(side)) if finite.size else 0.0 for side in (finite > 0, finite < 0))
    label = saved.label or saved.name
    change = {"higher": higher, "lower": lower, "median": float(median), "low": float(low), "high": float(high)}
    return SeriesChange(name=name, label=label, unit=saved.unit, time=float(base.times[-1]), **change)


@dataclass(frozen=True, slots=True)
class ScenarioEffect:
    """The effect of a run: on the claims that expect something of it, and on the forecasts if it is a scenario."""

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

    case: Case  # case that the scenarios belong to
    first: Headline  # baseline forecasts
    readings: tuple[CheckedClaim, ...]  # claims that expect something of a counterfactual
    shown: tuple[str, ...]  # names of the series to compare
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
        rules = {name: rule.content for name, rule in first.rules.items()}
        forecast = parts.content_of(content(first.basis), rules, first.says, first.seed, first.draws, shown)
        names = {}
        for name, scenario in asked.items():
            description = (forecast, scenario.id, scenario.title, scenario.about) if name in case.scenarios else None
            names[name] = parts.name_of("effect", run, plan(case, scenario), _expectations(read, name), description)
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

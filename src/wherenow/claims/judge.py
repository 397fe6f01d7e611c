"""Judge the claims of a case: on its data, on an ensemble, and against counterfactual runs on the same draws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from wherenow.case.case_types import Case, Scenario
from wherenow.claims.checking.checked_claims import CheckedClaim, needed_outputs, read_claims
from wherenow.claims.checking.formula_check import Checked
from wherenow.claims.checking.out_of_run import spans
from wherenow.claims.evaluation.proportion import Share
from wherenow.claims.evaluation.robustness import Robustness, robustness
from wherenow.claims.evaluation.signals import Signals
from wherenow.claims.evaluation.sources import data_signals, run_signals
from wherenow.claims.findings import QUANTILES, Finding, Findings, OnData, OnModel, OnRecord, Word
from wherenow.ensemble.runs import Ensemble, RunRecord
from wherenow.ensemble.together import simulate_together
from wherenow.errors import UsageError


def counterfactuals_of(case: Case) -> dict[str, Scenario]:
    """Return every scenario that a claim is compared with, by id."""
    against = (claim.against for claim in case.claims.values())
    return {a.scenario.id: a.scenario for a in against if a is not None}


@dataclass(frozen=True, slots=True)
class Expected:
    """The results of a counterfactual run for the claims that are compared with it, by the claim's id."""

    scenario: str
    record: RunRecord
    of: Mapping[str, OnModel]


def expected(case: Case, readings: Iterable[CheckedClaim], runs: Ensemble, scenario: str, other: Ensemble) -> Expected:
    """Evaluate the expectations of the claims among ``readings`` that are compared with ``scenario``, on ``runs`` and
    ``other``, its run.

    Raises UsageError if the runs have different draws or did not save what the claims read.
    """
    if other.draws.hash != runs.draws.hash:
        raise UsageError(f"the counterfactual {scenario!r} was run on other draws")
    signals = run_signals(case, runs, other)
    results = {
        r.claim.id: _on_model(r.expect, signals, len(runs), r.claim.against.scenario)
        for r in readings
        if r.expect is not None and r.claim.against is not None and r.claim.against.scenario.id == scenario
    }
    return Expected(scenario, other.record, results)


def judge(case: Case, runs: Ensemble, counterfactuals: Mapping[str, Ensemble] | None = None) -> Findings:
    """Judge every claim of ``case``.

    ``runs`` is the ensemble under test and must have saved :func:`needed_outputs`. ``counterfactuals`` are runs on the
    same draws by scenario id; missing ones are run here, one at a time.

    Raises
    ------
    InputError
        With every problem in the claims' formulas.
    UsageError
        If the runs did not save what the claims read, or a counterfactual has other draws.
    """
    readings, signals = read_claims(case), run_signals(case, runs)
    for reading in readings:
        if reading.model is not None:
            _saved(reading.model, signals)  # report missing series before any counterfactual runs
    others: Iterable[tuple[str, Ensemble]]
    if counterfactuals is None:
        asked, outputs = counterfactuals_of(case), needed_outputs(case)
        record = runs.record
        others = simulate_together(case, runs.draws, asked, outputs, record.threads, record.engine, overwrite=True)
    else:
        others = counterfactuals.items()
    return findings(case, readings, runs, [expected(case, readings, runs, name, other) for name, other in others])


def findings(case: Case, readings: Iterable[CheckedClaim], runs: Ensemble, against: Iterable[Expected]) -> Findings:
    """Return the verdicts on claims from the results of their counterfactuals; arguments and errors are as for
    ``judge``.
    """
    data, expectations = data_signals(case), {e.scenario: e for e in against}
    found = tuple(_finding(case, reading, data, runs, expectations) for reading in readings)
    return Findings(found, runs.record, {name: e.record for name, e in expectations.items()})


def _finding(
    case: Case, reading: CheckedClaim, data: Signals, runs: Ensemble, expectations: Mapping[str, Expected]
) -> Finding:
    claim = reading.claim
    against: OnModel | None = None
    if reading.expect is not None and claim.against is not None:
        scenario = claim.against.scenario.id
        if scenario not in expectations:
            raise UsageError(f"the claim {claim.id!r} needs a run of the scenario {scenario!r}")
        against = expectations[scenario].of[claim.id]
    event = case.events.get(claim.event)
    return Finding(
        id=claim.id,
        kind=claim.kind,
        says=claim.says,
        evidence=claim.evidence,
        event=OnRecord(event.id, event.date, event.event, event.quality) if event else None,
        data=_on_data(reading.data, data) if reading.data else None,
        model=_on_model(reading.model, run_signals(case, runs), len(runs)) if reading.model else None,
        against=against,
        mechanism=claim.mechanism,
        threshold=claim.threshold,
        note=claim.note,
        actor=claim.actor,
    )


def share_of(case: Case, checked: Checked, runs: Ensemble) -> Share:
    """Return the share of the draws of ``runs`` in which a formula on the model holds."""
    return _share(robustness(checked, run_signals(case, runs)), len(runs))


def _share(found: Robustness, draws: int) -> Share:
    undefined = np.isnan(np.broadcast_to(found.values, draws))
    return Share(int(np.broadcast_to(found.holds, draws).sum()), draws, int(undefined.sum()))


def _on_data(checked: Checked, signals: Signals) -> OnData:
    found = robustness(checked, signals)
    formula = str(checked.formula)
    if not found.defined[0]:
        return OnData(Word.NO_DATA, formula, None, None, _reads(checked, signals))
    word = Word.HOLDS if found.holds[0] else Word.FAILS
    return OnData(word, formula, float(found.values[0]), found.unit, _reads(checked, signals))


def _reads(checked: Checked, signals: Signals) -> tuple[str, ...]:
    return tuple(dict.fromkeys(span.words for span in spans(checked, signals.declared.time_unit)))


def _on_model(checked: Checked, signals: Signals, draws: int, scenario: Scenario | None = None) -> OnModel:
    _saved(checked, signals)
    found = robustness(checked, signals)
    values = np.broadcast_to(found.values, draws)
    defined = values[~np.isnan(values)]
    levels: list[float] = list(np.quantile(defined, QUANTILES, method="inverted_cdf")) if defined.size else []
    return OnModel(
        formula=str(checked.formula),
        share=_share(found, draws),
        robustness=dict(zip(QUANTILES, map(float, levels), strict=False)),
        unit=found.unit,
        scenario=scenario.id if scenario else "",
        title=scenario.title if scenario else "",
        reads=_reads(checked, signals),
    )


def _saved(checked: Checked, signals: Signals) -> None:
    missing = [n for s, names in checked.elements.items() for n in names if n not in signals.series[s.run]]
    if missing:
        raise UsageError(f"the runs did not save {', '.join(dict.fromkeys(missing))}, which claims read")

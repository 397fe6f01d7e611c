"""The outlook of a case: one call from the case to everything that its report says."""

from __future__ import annotations

from collections.abc import Callable

from wherenow.case.types import Case, Scenario
from wherenow.claims.check import Checked
from wherenow.claims.findings import Findings
from wherenow.claims.judge import Expected, counterfactuals_of, expected, findings, needed_outputs, read_claims
from wherenow.claims.sources import declared_model, outputs_of
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.runs import Runs
from wherenow.ensemble.simulate import clock
from wherenow.ensemble.together import AS_IT_IS, simulate_together
from wherenow.errors import UsageError, did_you_mean
from wherenow.foresight.words import words
from wherenow.inference.posterior import draws_of
from wherenow.outlook.answer import answer
from wherenow.outlook.comparison import compare, truths
from wherenow.outlook.fans import observed_fans, read_observations, shown_fans, shown_names, to_show
from wherenow.outlook.grounds import data_sources, grounds
from wherenow.outlook.learning import Learning, learning
from wherenow.outlook.types import Comparison, Fan, Forecast, Outlook


def forecast(
    case: Case,
    draws: Draws | int = 1000,
    seed: int = 0,
    design: str = "sobol",
    engine: str = "native",
    threads: int | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Outlook:
    """Run a case, judge its claims, run its scenarios on the same draws, and say where it goes.

    ``draws`` is a number of draws, of the posterior stored beside the case or else of the priors
    (:func:`~wherenow.inference.posterior.draws_of`, with ``seed`` and ``design``), or draws already made.

    Raises
    ------
    InputError
        with every problem in the formulas of the case.
    UsageError
        where the case's outlook names a claim or a variable that is not there, or a forecast has no formula.
    """
    seconds: dict[str, float] = {}
    with clock(seconds, "check"):
        formulas = forecast_formulas(case)
        shown = shown_names(case, to_show(case))
        observations = outputs_of([c.formula for _, c in read_observations(case).values()], declared_model(case))
        outputs = tuple(dict.fromkeys((*needed_outputs(case), *shown, *observations)))
    with clock(seconds, "draw"):
        drawn = draws_of(case, draws, seed, design=design) if isinstance(draws, int) else draws
    counterfactuals = counterfactuals_of(case)
    asked: dict[str, Scenario | None] = {AS_IT_IS: None, **counterfactuals, **case.scenarios}
    together = simulate_together(case, drawn, asked, outputs, threads, engine)
    progress(f"running {len(drawn)} draws")
    _, runs = next(together)
    seconds |= {f"{part} (base)": spent for part, spent in runs.record.seconds.items()}
    readings, before = read_claims(case), truths(case, runs, formulas)
    against: list[Expected] = []
    compared: dict[str, Comparison] = {}
    with clock(seconds, "scenarios, counterfactuals"):
        for name, other in together:
            progress(f"running scenarios and counterfactuals on the same draws, {len(asked) - 1} in all: {name}")
            if name in counterfactuals:
                against.append(expected(case, readings, runs, name, other))
            if name in case.scenarios:
                compared[name] = compare(case, runs, other, case.scenarios[name], formulas, shown, before)
    comparisons = tuple(compared[name] for name in case.scenarios)
    progress("judging claims")
    with clock(seconds, "claims"):
        found = findings(case, readings, runs, against)
    with clock(seconds, "fans"):
        fans, observed = shown_fans(case, runs, shown), observed_fans(case, runs)
    progress("asking what was learned")
    with clock(seconds, "learning"):
        stands_on = learning(case, runs, formulas, threads)
    return _outlook(case, runs, found, formulas, comparisons, fans, observed, stands_on, seconds)


def forecast_formulas(case: Case) -> dict[str, Checked]:
    """The model formula of each claim that the outlook names as a forecast; those of forecasts.yaml are about data."""
    readings = {r.claim.id: r for r in read_claims(case)}
    found: dict[str, Checked] = {}
    for name in case.outlook.forecasts:
        if name in case.predictions and name not in readings:
            continue
        if name not in readings:
            raise UsageError(f"the outlook names a claim {name!r} that is not there", did_you_mean(name, readings))
        model = readings[name].model
        if model is None:
            raise UsageError(f"the forecast {name!r} has no formula on the model")
        found[name] = model
    return found


def _forecast(findings: Findings, name: str, basis: str) -> Forecast:
    finding = findings[name]
    assert finding.model is not None
    p, low, high = finding.model.share.known(f"the forecast '{name}'")
    return Forecast(name, finding.says, p, low, high, words(p), basis,
                    finding.model.formula, finding.evidence, finding.threshold)  # fmt: skip


def _outlook(
    case: Case,
    runs: Runs,
    findings: Findings,
    formulas: dict[str, Checked],
    comparisons: tuple[Comparison, ...],
    fans: tuple[Fan, ...],
    observed: tuple[Fan, ...],
    stands_on: Learning,
    seconds: dict[str, float],
) -> Outlook:
    basis = runs.record.basis
    forecasts = tuple(_forecast(findings, name, basis) for name in formulas)
    assumptions, evidence = grounds(case)
    return Outlook(
        case=case.name,
        title=case.title,
        question=case.question,
        answer=answer(forecasts, comparisons),
        basis=basis,
        cutoff=case.cutoff_date,
        forecasts=forecasts,
        fans=fans,
        observed=observed,
        findings=findings,
        comparisons=comparisons,
        assumptions=assumptions,
        evidence=evidence,
        data=data_sources(case),
        time_unit=case.model.time.unit,
        record=runs.record,
        seconds=seconds,
        learning=stands_on,
    )

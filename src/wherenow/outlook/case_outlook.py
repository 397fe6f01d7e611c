"""The outlook of a case: one call from the case to everything that its report shows."""

from __future__ import annotations

from collections.abc import Mapping

from wherenow.case.case_types import Case, Scenario
from wherenow.claims.checking.checked_claims import needed_outputs, read_claims
from wherenow.claims.checking.formula_check import Checked
from wherenow.claims.evaluation.sources import declared_model, outputs_of
from wherenow.claims.findings import Finding
from wherenow.claims.judge import findings
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.simulate import PartTimer
from wherenow.ensemble.together import AS_IT_IS, simulate_together
from wherenow.errors import UsageError, did_you_mean
from wherenow.execution import HERE, Execution
from wherenow.foresight.headline import Headline, headline
from wherenow.inference.posterior import draws_of
from wherenow.model.model_types import Variable
from wherenow.outlook.answer import answer
from wherenow.outlook.comparison import Effects
from wherenow.outlook.fans import observed_fans, read_observations, shown_fans, shown_names, to_show
from wherenow.outlook.learning import learning
from wherenow.outlook.outlook_types import DataSource, Forecast, Ground, Latent, Outlook


def forecast(
    case: Case,
    draws: Draws | int = 1000,
    seed: int = 0,
    design: str = "sobol",
    engine: str = "native",
    execution: Execution = HERE,
) -> Outlook:
    """Run a case, judge its claims, run its scenarios on the same draws, and forecast.

    ``draws`` is a number of draws, from the posterior stored beside the case or otherwise from the priors
    (:func:`~wherenow.inference.posterior.draws_of`, with ``seed`` and ``design``), or existing draws.

    Raises
    ------
    InputError
        With every problem in the formulas of the case.
    UsageError
        If the case's outlook names an unknown claim or variable, or a forecast has no formula.
    """
    seconds: dict[str, float] = {}
    with PartTimer(seconds, "check"):
        first, rest = headlines(case, seed, execution.threads)
        formulas = latent_formulas(case)
        shown = shown_names(case, to_show(case))
        observations = outputs_of([c.formula for _, c in read_observations(case).values()], declared_model(case))
        outputs = tuple(dict.fromkeys((*needed_outputs(case), *shown, *observations, *first.outputs)))
    with PartTimer(seconds, "draw"):
        drawn = draws_of(case, draws, seed, design=design) if isinstance(draws, int) else draws
    readings = read_claims(case)
    effects = Effects.of(case, first, readings, shown, drawn, engine)
    asked: dict[str, Scenario | None] = {AS_IT_IS: None, **effects.asked}
    together = simulate_together(
        case, drawn, asked, outputs, execution.threads, engine, known=effects.known, overwrite=True
    )
    execution.progress(f"running {len(drawn)} draws")
    _, runs = next(together)
    seconds |= {f"{part} (base)": spent for part, spent in runs.record.seconds.items()}
    execution.progress("forecasting the data that decide")
    with PartTimer(seconds, "forecasts"):
        _ = first.truths, rest.truths
    found_of = {name: effect.within(runs.record) for name, effect in effects.known.items()}
    with PartTimer(seconds, "scenarios, counterfactuals"):
        for name, other in together:
            execution.progress(
                f"running scenarios and counterfactuals on the same draws, {len(asked) - 1} in all: {name}"
            )
            found_of[name] = effects.found(name, runs, other)
    against = [effect.expected for name in effects.asked if (effect := found_of[name]).expected is not None]
    comparisons = tuple(c for name in case.scenarios if (c := found_of[name].compared) is not None)
    execution.progress("judging claims")
    with PartTimer(seconds, "claims"):
        found = findings(case, readings, runs, against)
    with PartTimer(seconds, "fans"):
        fans, observed = shown_fans(case, runs, shown), observed_fans(case, runs)
    execution.progress("summarizing what was learned")
    with PartTimer(seconds, "learning"):
        stands_on = learning(case, runs, formulas, execution.threads)
    basis = runs.record.basis
    latent = tuple(_latent(found[name], basis) for name in formulas)
    forecasts = forecasts_of(first, {item.id: item for item in latent})
    assumptions, evidence = grounds(case)
    return Outlook(
        case=case.name,
        title=case.title,
        question=case.question,
        answer=answer(forecasts, latent, comparisons),
        basis=basis,
        cutoff=case.cutoff_date,
        forecasts=forecasts,
        latent=latent,
        registered=forecasts_of(rest, {}),
        fans=fans,
        observed=observed,
        findings=found,
        comparisons=comparisons,
        assumptions=assumptions,
        evidence=evidence,
        data=data_sources(case),
        time_unit=case.model.time.unit,
        record=runs.record,
        seconds=seconds,
        learning=stands_on,
    )


def headlines(case: Case, seed: int = 0, threads: int | None = None) -> tuple[Headline, Headline]:
    """Return the forecasts of the headline, and those of forecasts.yaml.

    Raises
    ------
    UsageError
        If the case's outlook names an unknown forecast.
    """
    for name in case.outlook.forecasts:
        if name not in case.claims and name not in case.predictions:
            hint = did_you_mean(name, (*case.claims, *case.predictions))
            raise UsageError(f"the outlook names an unknown forecast {name!r}", hint)
    first, rest = case.outlook.forecasts, tuple(case.predictions)
    return headline(case, first, seed=seed, threads=threads), headline(case, rest, seed=seed, threads=threads)


def latent_formulas(case: Case) -> dict[str, Checked]:
    """Return the condition on the model of each claim that the outlook names as a forecast, if it has one."""
    readings = {r.claim.id: r for r in read_claims(case)}
    found = {name: readings[name].model for name in case.outlook.forecasts if name in readings}
    return {name: model for name, model in found.items() if model is not None}


def forecasts_of(asked: Headline, latent: Mapping[str, Latent]) -> tuple[Forecast, ...]:
    """Return the forecasts of a headline, with what the case says about them."""
    return tuple(_forecast(asked, name, latent.get(name)) for name in asked.rules)


def _forecast(asked: Headline, name: str, latent: Latent | None) -> Forecast:
    claim, prediction = asked.case.claims.get(name), asked.case.predictions.get(name)
    source = prediction or claim
    assert source is not None
    return Forecast(
        id=name,
        says=asked.says[name],
        answer=asked.answers[name],
        stands_for=source.says if source.says != asked.says[name] else "",
        by=prediction.by if prediction else "",
        evidence=source.evidence,
        threshold=claim.threshold if claim else "",
        note=source.note,
        latent=latent.share if latent else None,
    )


def _latent(finding: Finding, basis: str) -> Latent:
    assert finding.model is not None
    return Latent(
        id=finding.id,
        says=finding.says,
        formula=finding.model.formula,
        share=finding.model.share,
        basis=basis,
        evidence=finding.evidence,
        threshold=finding.threshold,
    )


def grounds(case: Case) -> tuple[tuple[Ground, ...], tuple[Ground, ...]]:
    """Return variables that rest on an assumption, and those that rest on evidence, in the model's order.

    A variable with both is in both lists; one with neither (data, inputs) is in neither.
    """
    found = [_ground(case, v) for v in case.model.variables.values()]
    return tuple(g for g in found if g.assumption), tuple(g for g in found if g.evidence)


def _ground(case: Case, variable: Variable) -> Ground:
    return Ground(
        name=variable.name,
        label=variable.label or variable.name,
        kind=str(variable.kind),
        sector=variable.sector,
        about=variable.about,
        unit=variable.unit,
        evidence=variable.evidence,
        assumption=variable.assumption,
        prior=prior_text(case, variable.name),
    )


def prior_text(case: Case, name: str) -> str:
    """Return the priors of a variable or its elements as text, each once; '' without any."""
    priors = [str(prior) for own, prior in case.priors.items() if own == name or own.startswith(f"{name}[")]
    return ", ".join(dict.fromkeys(priors))


def data_sources(case: Case) -> tuple[DataSource, ...]:
    """Return each data series with its sources, each named once."""
    return tuple(
        DataSource(
            series=s.name,
            unit=s.unit,
            first=s.dates[0],
            last=s.dates[-1],
            data=len(s),
            recalled=sum(q == "recalled" for q in s.quality),
            sources=tuple(dict.fromkeys(s.source)),
            licences=tuple(dict.fromkeys(s.licence)),
        )
        for s in case.data.values()
        if len(s)
    )

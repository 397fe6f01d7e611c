"""Tests of the evidence: prior predictions against data, claims that cannot fail, and hindsight."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from wherenow.audit.bench import Bench
from wherenow.audit.conditions import conditions
from wherenow.audit.results import AuditFinding, Verdict
from wherenow.case.dates import is_year
from wherenow.ensemble.draws import draw
from wherenow.errors import InputError, Text, UsageError
from wherenow.inference.likelihood.observation_model import data_times, observer

FEW = 0.5
"""A prior whose 98% band holds less than this share of the data is doubtful; one that holds none fails."""
SURE = 0.999
WIDE = 256
"""Draws for the 98% band of predictions, and for claims over the full range of every prior."""
HINDSIGHT = re.compile(
    r"\b(?:in hindsight|with hindsight|as it turned out|we now know|as we know now|in retrospect)\b", re.I
)
_YEAR = re.compile(r"(?<![\d.,-])(?:19|20)\d\d(?![\d,.]\d)")
_LOOKED_UP = re.compile(r"(?:read|accessed|retrieved|looked up|seen|as of)(?: on| in)?\s+$", re.I)


def behavior_reproduction(bench: Bench) -> Iterator[AuditFinding]:
    """Check whether the data lie within the prior predictive distribution, before any fit."""
    case = bench.case
    try:
        at = data_times(case)
        wide = draw(case, WIDE, bench.seed)
        predicted = observer(case, at, threads=1).predict(wide.names, wide.values) if at else {}
    except (InputError, UsageError) as error:
        yield AuditFinding(Verdict.FAILS, f"the model cannot be compared with its data: {error}")
        return
    if not at:
        raise UsageError("no data are compared with the model")
    for name, values in predicted.items():
        series = case.data[name]
        measured = series.values[np.isin(series.times, at[name])]
        low, high = np.nanquantile(values, (0.01, 0.99), axis=1)
        slack = 0.1 * max(float(np.ptp(measured)), 0.1 * float(np.abs(measured).max()))
        share = float(np.mean((measured >= low - slack) & (measured <= high + slack)))
        if share < FEW:
            message = (
                f"the priors predict {low.min():.3g} to {high.max():.3g} for '{name}', and {share:.0%} of the data, "
                f"{measured.min():.3g} to {measured.max():.3g} {series.unit}, lie where they predict them"
            )
            verdict = Verdict.FAILS if share == 0 and len(measured) > 1 else Verdict.WARNS
            yield AuditFinding(verdict, message, name, case.observations[name].of)


def falsifiability(bench: Bench) -> Iterator[AuditFinding]:
    """Check whether every claim on the model could have failed, for some values of the parameters."""
    case = bench.case
    asked = conditions(case, bench.runs.names)
    if not case.priors or not asked:
        raise UsageError("no parameter has a prior" if asked else "no claim is about the model alone")
    wide = draw(case, WIDE, bench.seed)
    spread = []
    for prior, values in zip((case.priors[name] for name in wide.names), wide.values, strict=True):
        low, high = prior.quantile((0.001, 0.999))
        spread.append(low + prior.cdf(values) * (high - low))
    runs = bench.run(replace(wide, values=np.vstack(spread)))
    for condition in asked:
        share = float(np.mean(condition.holds(case, runs)))
        if share >= SURE or share <= 1 - SURE:
            always = "holds" if share >= SURE else "fails"
            message = f"'{condition.id}' {always} for any values of the parameters"
            hint = "no data and no fit can change it: is that intended?"
            yield AuditFinding(Verdict.WARNS, message, condition.id, condition.text, hint)


def hindsight(bench: Bench) -> Iterator[AuditFinding]:
    """Check whether the case mentions anything that was unknown at its cut-off."""
    case = bench.case
    if case.cutoff is None or not is_year(case.model.time.unit):
        raise UsageError("the case has no cut-off in years")
    year = int(case.cutoff)
    for name, text, prose in _prose(bench):
        for match in _YEAR.finditer(prose):
            if int(match.group()) > year and not _LOOKED_UP.search(prose[: match.start()]):
                message = f"the text of '{name}' mentions {match.group()}, after the cut-off {case.cutoff_date}"
                hint = "keep it if it was known then; remove it if it came later"
                yield AuditFinding(Verdict.WARNS, message, name, text, hint)
                break
        if found := HINDSIGHT.search(prose):
            yield AuditFinding(Verdict.FAILS, f"the text of '{name}' says “{found.group()}”", name, text)


def _prose(bench: Bench) -> Iterator[tuple[str, Text, str]]:
    """Collect the texts about mechanisms, events and loops; forecasts may mention the future."""
    case = bench.case
    for variable in case.model.variables.values():
        yield variable.name, variable.text, f"{variable.about} {variable.assumption}"
    for event in case.events.values():
        yield event.id, event.text, f"{event.event} {event.note}"
    for claim in case.claims.values():
        if claim.kind != "forecast":
            yield claim.id, claim.text, f"{claim.note}"
    for loop in case.loops.values():
        yield loop.id, loop.text, loop.about

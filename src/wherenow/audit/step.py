"""Integration error: the effect of halving the time step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from wherenow.audit.bench import Bench, still
from wherenow.audit.conditions import conditions
from wherenow.audit.results import AuditFinding, Verdict
from wherenow.case.case_types import Case
from wherenow.case.checking.oddities import time_constants
from wherenow.ensemble.runs import Array
from wherenow.errors import UsageError
from wherenow.model.model_types import Kind, Method

FORECAST = 0.05
"""Maximum change of a probability."""
STOCK = 0.05
"""Maximum change of a stock, as a share of its range."""


def integration_error(bench: Bench) -> Iterator[AuditFinding]:
    """Halve the step and compare forecasts' probabilities and stocks' paths, on the same draws without noise."""
    case = bench.case
    if case.model.time.method is Method.RK45:
        raise UsageError("the method chooses its steps by their error")
    finer = replace(case, model=replace(case.model, time=replace(case.model.time, step=case.model.time.step / 2)))
    before, after = bench.runs, still(finer).run(bench.draws, "", {}, {})
    cause = _cause(case)
    for condition in conditions(case, before.names):
        one, other = (float(np.mean(condition.holds(case, runs))) for runs in (before, after))
        if abs(one - other) > FORECAST:
            message = f"with half the step the probability of '{condition.id}' goes from {one:.0%} to {other:.0%}"
            yield AuditFinding(Verdict.FAILS, message, condition.id, condition.text, cause)
    stocks = [name for name in before.names if bench.variable(name).kind is Kind.STOCK]
    moved = sorted(((_apart(before[name], after[name]), name) for name in stocks), reverse=True)
    for share, name in moved[:1]:
        if share > STOCK:
            message = f"with half the step '{name}' moves by {share:.0%} of its range"
            verdict = Verdict.WARNS if case.priors else Verdict.FAILS
            yield AuditFinding(verdict, message, name, bench.variable(name).text, cause)


def _apart(one: Array, other: Array) -> float:
    """Return the largest distance of two paths ``[time, draw]`` in ranges of the first path, in the median draw."""
    steps = min(len(one), len(other))
    one, other = one[:steps], other[:steps]
    spread = np.ptp(one, axis=0)
    size = np.maximum(spread, 1e-9 * np.maximum(np.abs(one).max(axis=0), 1e-300))
    with np.errstate(invalid="ignore"):
        distance = np.abs(one - other).max(axis=0) / size
    return float(np.median(np.nan_to_num(distance, nan=np.inf)))


def _cause(case: Case) -> str:
    """Find the shortest time constant, which requires the shortest step."""
    shortest = min(time_constants(case).items(), key=lambda pair: pair[1], default=None)
    if shortest is None:
        return "take a shorter step"
    name, lasts = shortest
    time = case.model.time
    return f"the shortest time constant is '{name}', {lasts:.3g} {time.unit}, and the step is {time.step:.3g}"

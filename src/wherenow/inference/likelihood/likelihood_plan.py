"""The likelihood as a streaming plan: compare data with the model while it runs, at the steps that they cover.

Each datum has a weighted sum of saved values. Once complete, it goes through the series' error: one step of its filter,
or the log density of an independent datum. The results equal those of :meth:`Likelihood.filtered` and
:func:`wherenow.inference.likelihood.density.independent` on stored trajectories.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy
from numpy.typing import NDArray

from wherenow.case.case_types import DataSeries
from wherenow.case.observation import Observation
from wherenow.engine.ir import Program
from wherenow.engine.streaming.plan import CONCLUDE, GATHER, PREPARE, PlanBuilder, StreamingPlan
from wherenow.engine.streaming.plan_operations import Operation
from wherenow.inference.likelihood.discrepancy import Discrepancy
from wherenow.inference.likelihood.measurement_error import ErrorScale, Gaussian

if TYPE_CHECKING:
    from scipy.sparse import csr_array

VARIANCE, MEAN, SPREAD, TOTAL = range(4)
"""The registers of a filter, from its first on."""
LEAST_MEAN = 1e-9
"""Minimum mean of a count: a model at zero makes no datum impossible, only very unlikely."""


@dataclass(frozen=True, eq=False)
class LikelihoodPlan:
    """A plan and the registers of its parts.

    They are the first register of each Gaussian series' filter, that of its discrepancy's time, those of its errors'
    variances with the stated variances, and the log-likelihood of every series, Gaussian ones first.
    """

    readings: StreamingPlan
    filters: tuple[int, ...]
    spans: tuple[int, ...]
    errors: tuple[tuple[tuple[int, float], ...], ...]
    totals: tuple[int, ...]

    def begun(self, discrepancy: Discrepancy) -> dict[int, NDArray[np.float64]]:
        """Return the initial registers, which differ between draws."""
        registers: dict[int, NDArray[np.float64]] = {}
        variance, wider = discrepancy.sizes * discrepancy.sizes, discrepancy.errors * discrepancy.errors
        for row, (first, span) in enumerate(zip(self.filters, self.spans, strict=True)):
            registers[first + VARIANCE] = registers[first + SPREAD] = variance[row]
            registers[span] = discrepancy.spans[row]
            for register, stated in self.errors[row]:
                registers[register] = stated * wider[row]
        return registers


def reading(
    program: Program,
    outputs: Sequence[str],
    weights: Sequence[csr_array],
    gaussians: Sequence[Gaussian],
    others: Sequence[tuple[Observation, DataSeries]],
) -> LikelihoodPlan:
    """Build the plan for series with these outputs and ``weights[series][datum, save]``, Gaussian ones first."""
    plan = PlanBuilder(program)
    filters, spans, errors, totals = [], [], [], []
    for output, weight, g in zip(outputs, weights, gaussians, strict=False):
        constant = 0.0 if g.counts is None else -float(scipy.special.gammaln(g.counts + 1).sum())
        filters.append(plan.registers(0.0, 0.0, 0.0, constant))
        spans.append(plan.registers(1.0))
        totals.append(filters[-1] + TOTAL)
        # counts over a span that are given as rates have the mean of a count
        counted = weight if g.scale.span is None else weight * g.scale.span
        errors.append(_filter(plan, plan.output(output), counted, g, filters[-1], spans[-1]))
    rest = slice(len(gaussians), None)
    for output, weight, (observation, data) in zip(outputs[rest], weights[rest], others, strict=True):
        density = _student if observation.error.name == "student" else _count
        totals.append(density(plan, plan.output(output), weight, observation, data))
    return LikelihoodPlan(plan.build(), tuple(filters), tuple(spans), tuple(errors), tuple(totals))


def _filter(
    plan: PlanBuilder, output: int, weights: csr_array, g: Gaussian, first: int, span: int
) -> tuple[tuple[int, float], ...]:
    """Build the filter of one series; returns the registers of its errors' variances, each with the stated variance."""
    faded: dict[float, int] = {}
    errors: dict[float, int] = {}
    for t, (step, at) in enumerate(_predictions(plan, output, weights)):
        _scaled(plan, step, g.scale, at)
        gap = float(g.gap[t])
        if gap not in faded:  # once per run: the time of the discrepancy belongs to the draw
            faded[gap] = plan.registers(0.0)
            plan.do(step, PREPARE, Operation.FADED, faded[gap], span, number=gap)
        stated = float(g.sd[t] ** 2)
        if stated not in errors:
            errors[stated] = plan.registers(stated)
        step_of, datum = (Operation.FILTER, g.y) if g.counts is None else (Operation.FILTER_COUNT, g.counts)
        plan.do(step, CONCLUDE, step_of, first, at, faded[gap], errors[stated], float(datum[t]))
    return tuple((register, stated) for stated, register in errors.items())


def _scaled(plan: PlanBuilder, step: int, scale: ErrorScale, at: int) -> None:
    """Transform the model's value in the register ``at`` to the scale of the errors."""
    if not (scale.logarithmic or scale.logistic):
        return
    least = plan.constant(scale.floor if scale.span is None else scale.floor * scale.span)
    if scale.span is not None:
        plan.do(step, PREPARE, Operation.LOGARITHM, at, at, least)
    elif scale.logistic:
        plan.do(step, PREPARE, Operation.LOGIT, at, at, least, plan.constant(scale.high), number=-scale.low)
    else:
        plan.do(step, PREPARE, Operation.LOGARITHM, at, at, least, number=-scale.low)


def _student(plan: PlanBuilder, output: int, weights: csr_array, observation: Observation, data: DataSeries) -> int:
    gammaln, (degrees, scale) = scipy.special.gammaln, observation.error.arguments
    scales = scale * data.wideness(observation)
    constant = gammaln((degrees + 1) / 2) - gammaln(degrees / 2) - 0.5 * np.log(degrees * np.pi) - np.log(scales)
    total = plan.registers(float(constant.sum()))
    for t, (step, at) in enumerate(_predictions(plan, output, weights)):
        operands = (at, plan.constant(float(scales[t])), plan.constant(degrees))
        plan.do(step, CONCLUDE, Operation.STUDENT, total, *operands, number=float(data.values[t]))
    return total


def _count(plan: PlanBuilder, output: int, weights: csr_array, observation: Observation, data: DataSeries) -> int:
    gammaln, sizes = scipy.special.gammaln, observation.error.arguments[0] / data.wideness(observation)
    constant = gammaln(data.values + sizes) - gammaln(sizes) - gammaln(data.values + 1)
    total = plan.registers(float(constant.sum()))
    for t, (step, at) in enumerate(_predictions(plan, output, weights)):
        plan.do(step, PREPARE, Operation.GREATER, at, at, plan.constant(LEAST_MEAN))
        size = plan.constant(float(sizes[t]))
        plan.do(step, CONCLUDE, Operation.COUNT, total, at, size, number=float(data.values[t]))
    return total


def _predictions(plan: PlanBuilder, output: int, weights: csr_array) -> list[tuple[int, int]]:
    """Return for each datum the step at which the model's value is complete, and its register.

    Later data reuse registers.
    """
    predictions: list[tuple[int, int]] = []
    busy: list[tuple[int, int]] = []  # each register in use, with the step until which it is used
    for row in range(weights.shape[0]):
        entries = slice(weights.indptr[row], weights.indptr[row + 1])
        order = np.argsort(weights.indices[entries])
        saves, shares = weights.indices[entries][order], weights.data[entries][order]
        steps = [plan.steps[save] for save in saves]
        free = [entry for entry in busy if entry[0] < steps[0]]
        register = free[0][1] if free else plan.registers(0.0)
        busy = [entry for entry in busy if entry[1] != register] + [(steps[-1], register)]
        for k, (step, share) in enumerate(zip(steps, shares, strict=True)):
            operation = Operation.ADD if k else Operation.SCALE
            plan.do(step, GATHER, operation, register, output, number=float(share))
        predictions.append((steps[-1], register))
    return predictions

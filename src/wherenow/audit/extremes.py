"""Extreme conditions: every parameter and every input at its limits, one after the other."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from wherenow.audit.bench import Bench
from wherenow.audit.results import AuditFinding, Verdict
from wherenow.ensemble.draws import Draws, central
from wherenow.ensemble.runs import Ensemble
from wherenow.language.syntax import Table
from wherenow.model.model_types import Kind

TAIL = 1e-3
"""The share of a prior beyond its limits, if it has no range."""
WIDER = 2.0
"""The factor by which a parameter or path without prior or range is multiplied and divided."""
SLACK = 1e-6


def extreme_conditions(bench: Bench) -> Iterator[AuditFinding]:
    """Check that every run stays finite, every amount nonnegative, and every variable within its range."""
    reported: set[tuple[str, str]] = set()
    for name in bench.amounts:
        path = bench.runs.at_centre(name)
        if np.isfinite(path).all() and path.min() < -SLACK * np.abs(path).max():
            reported.add((name, "negative"))
            message = f"'{name}' falls to {path.min():.4g} in the run at central values, and cannot be negative"
            yield AuditFinding(Verdict.FAILS, message, name, bench.variable(name).text)
    for extreme, runs, draw in _runs(bench):
        for finding, kind in _wrong(bench, extreme, runs, draw):
            if (finding.about, kind) not in reported:
                reported.add((finding.about, kind))
                yield finding


def _runs(bench: Bench) -> Iterator[tuple[str, Ensemble, int]]:
    """Run each extreme; return the runs that contain it, and the number of its draw."""
    program, limits = bench.prepared.backend.program, list(_limits(bench))
    if limits:
        names = tuple(dict.fromkeys(name for name, _ in limits))
        centre = dict(zip(program.parameters, program.defaults, strict=True))
        values = np.array([[value if name == own else centre[own] for name, value in limits] for own in names])
        runs = bench.run(Draws(names=names, values=values, seed=bench.seed, design="limits"))
        for number, (name, value) in enumerate(limits):
            yield f"{name} at {value:.4g}", runs, number
    for name, table in zip(program.series, program.series_tables, strict=True):
        for limit, changed in _paths(bench, name, table):
            yield f"{name} at {limit}", bench.run(central(bench.seed), {name: changed}), 0


def _limits(bench: Bench) -> Iterator[tuple[str, float]]:
    """List each parameter with each of its limits: of its range, of its prior's tails, or twice and half its value."""
    program = bench.prepared.backend.program
    for name, value in zip(program.parameters, program.defaults, strict=True):
        plausible = bench.variable(name).range if name.partition("[")[0] in bench.case.model.variables else None
        prior = bench.case.priors.get(name)
        if plausible is not None and all(map(math.isfinite, plausible)):
            ends = plausible
        elif prior is not None:
            ends = (float(prior.quantile(TAIL)), float(prior.quantile(1 - TAIL)))
        else:
            ends = (value / WIDER, value * WIDER)
        yield from ((name, end) for end in dict.fromkeys(ends) if end != value)


def _paths(bench: Bench, name: str, table: Table) -> Iterator[tuple[str, Table]]:
    """Return an input's path at its limits: the range of its levers or its own, else zero and twice the path."""
    levers = [lever for lever in bench.case.levers.values() if lever.input == name and lever.act == "set"]
    plausible = bench.variable(name).range if name.partition("[")[0] in bench.case.model.variables else None
    if levers or (plausible is not None and all(map(math.isfinite, plausible))):
        ends = [end * lever.factor for lever in levers for end in lever.range] or list(plausible or ())
        yield from ((f"{end:.4g}", Table((table.xs[0],), (end,))) for end in dict.fromkeys(ends))
        return
    for limit, times in (("nothing", 0.0), ("twice its values", WIDER)):
        yield limit, replace(table, ys=tuple(times * y for y in table.ys))


def _wrong(bench: Bench, extreme: str, runs: Ensemble, draw: int) -> Iterator[tuple[AuditFinding, str]]:
    base, values = bench.runs, runs.values[:, :, draw]
    for row, name in enumerate(runs.names):
        path, usual = values[row], base.at_centre(name)
        variable = bench.variable(name)
        if not np.isfinite(path).all():
            if np.isfinite(usual).all() and variable.kind is Kind.STOCK:
                message = f"with {extreme} '{name}' is not finite"
                yield AuditFinding(Verdict.FAILS, message, name, variable.text), "finite"
            continue
        size = max(float(np.abs(usual).max()), float(np.abs(path).max()), 1e-300)
        if name in bench.amounts and path.min() < -SLACK * size:
            message = f"with {extreme} '{name}' falls to {path.min():.4g}, and cannot be negative"
            yield AuditFinding(Verdict.FAILS, message, name, variable.text), "negative"
        elif variable.range is not None and variable.kind not in (Kind.PARAMETER, Kind.SERIES):
            low, high = variable.range
            width = high - low if math.isfinite(high - low) else size
            if path.min() < low - 0.01 * width or path.max() > high + 0.01 * width:
                message = f"with {extreme} '{name}' leaves its range: {path.min():.4g} to {path.max():.4g}"
                yield AuditFinding(Verdict.WARNS, message, name, variable.text), "range"

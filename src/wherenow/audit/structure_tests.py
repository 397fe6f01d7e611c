"""Tests of structure: units, conservation, control of outflows, signs of flows, and unlimited growth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from wherenow.audit.bench import Bench, still
from wherenow.audit.results import AuditFinding, Verdict
from wherenow.case.reading.measures import imported
from wherenow.ensemble.draws import central
from wherenow.errors import Severity, UsageError
from wherenow.language.functions import FUNCTIONS
from wherenow.language.syntax import Call, Expression, walk
from wherenow.model.checking.equation_units import check_units
from wherenow.model.elaboration.dependencies import mentioned
from wherenow.model.graph import causal_graph
from wherenow.model.model_types import Kind, ModelSpec, Variable

EXACT = 1e-3
LONGER, RUNAWAY = 2.0, 1e3
"""The factor by which a run is extended, and that by which a stock must then exceed its maximum to be unbounded."""


def dimensional_consistency(bench: Bench) -> Iterator[AuditFinding]:
    """Check that the units on both sides of every equation agree."""
    model = bench.case.model
    if not any(variable.unit for variable in model.variables.values()):
        raise UsageError("no variable has a unit")
    for problem in check_units(model, "open" if imported(model) else "strict"):
        verdict = Verdict.FAILS if problem.severity is Severity.ERROR else Verdict.WARNS
        where = f"{problem.location}: " if problem.location else ""
        yield AuditFinding(verdict, f"{where}{problem.message}", hint=problem.hint)


# -- conservation


def conservation(bench: Bench) -> Iterator[AuditFinding]:
    """Check that an inflow that follows the outflow of another stock of the same kind adds up to the same amount."""
    variables = bench.case.model.variables
    stocks = [v for v in variables.values() if v.kind is Kind.STOCK]
    leaving = {flow: s for s in stocks for flow in s.outflows if not any(flow in o.inflows for o in stocks)}
    arriving = {flow: s for s in stocks for flow in s.inflows if not any(flow in o.outflows for o in stocks)}
    if len(stocks) < 2:
        raise UsageError("there are not two stocks")
    for flow, target in arriving.items():
        sources = [name for name in _mentions(variables[flow]) if name in leaving] if flow in variables else []
        for source in sources:
            origin = leaving[source]
            if origin.name != target.name and origin.unit == target.unit and len(sources) == 1:
                yield from _arrives(bench, flow, source, target)
    for flow in {f for s in stocks for f in s.inflows}:
        twice = [s for s in stocks if flow in s.inflows and s.outflows]
        if len({s.unit for s in twice}) < len(twice):
            names = " and ".join(f"'{s.name}'" for s in twice)
            message = f"the flow '{flow}' fills {names}, so that it counts twice"
            yield AuditFinding(Verdict.FAILS, message, flow, twice[0].text)


def _arrives(bench: Bench, flow: str, source: str, target: Variable) -> Iterator[AuditFinding]:
    """Compare the amounts that left and arrived by the end of the central run."""
    runs = bench.runs
    totals = []
    for name in (source, flow):
        own = [n for n in runs.names if n == name or n.startswith(f"{name}[")]
        totals.append(sum(float(np.trapezoid(runs.at_centre(n), runs.times)) for n in own))
    departed, arrived = totals
    if arrived > departed * (1 + EXACT) and arrived > 0:
        message = f"'{flow}' adds {arrived:.4g} to '{target.name}' but '{source}' removes {departed:.4g}"
        yield AuditFinding(Verdict.FAILS, message, flow, bench.variable(flow).text, "the excess comes from nothing")


def _mentions(variable: Variable) -> set[str]:
    return {name for equation in variable.equations for name in mentioned(equation.expression)}


# -- outflows


def control(bench: Bench) -> Iterator[AuditFinding]:
    """Check that every outflow stops when its stock is empty."""
    variables = bench.case.model.variables
    amounts = {name.partition("[")[0] for name in bench.amounts}
    if not amounts:
        raise UsageError("no stock is an amount that cannot be negative")
    for stock in variables.values():
        if stock.name not in amounts or stock.non_negative:
            continue
        for flow in stock.outflows:
            if flow in variables and not _stops(variables, flow, stock):
                message = f"'{flow}' does not depend on '{stock.name}', so it continues when that is empty"
                hint = "let it depend on the stock, or set non_negative: true"
                yield AuditFinding(Verdict.WARNS, message, flow, variables[flow].text, hint)


def _stops(variables: Mapping[str, Variable], flow: str, stock: Variable) -> bool:
    """Check whether an outflow depends on its stock within the same instant, or is the delayed inflow."""
    seen, stack = set[str](), [flow]
    while stack:
        name = stack.pop()
        if name in seen or name not in variables:
            continue
        seen.add(name)
        variable = variables[name]
        if variable.non_negative:
            return True
        reads = _mentions(variable)
        if stock.name in reads:
            return True
        if name == flow and reads & set(stock.inflows) and any(_delays(e.expression) for e in variable.equations):
            return True
        stack.extend(n for n in reads if n in variables and variables[n].kind in (Kind.FLOW, Kind.AUXILIARY))
    return False


def _delays(expression: Expression) -> bool:
    calls = {node.function for node in walk(expression) if isinstance(node, Call)}
    return any("delay" in function and function in FUNCTIONS for function in calls)


def signs(bench: Bench) -> Iterator[AuditFinding]:
    """Check whether a flow runs backwards at all times."""
    runs, variables = bench.runs, bench.case.model.variables
    stocks = [v for v in variables.values() if v.kind is Kind.STOCK]
    outflows, inflows = {f for s in stocks for f in s.outflows}, {f for s in stocks for f in s.inflows}
    for name in runs.names:
        own = name.partition("[")[0]
        if own not in outflows | inflows:
            continue
        values = runs[name]
        if np.nanmax(values) <= 0 and np.nanmin(values) < 0:
            verdict = Verdict.FAILS if own in outflows else Verdict.WARNS
            way = "an outflow" if own in outflows else "an inflow"
            message = f"'{name}' is {way}, and negative at all times in every draw"
            yield AuditFinding(verdict, message, own, bench.variable(name).text, "is its sign flipped?")


# -- growth


def boundedness(bench: Bench) -> Iterator[AuditFinding]:
    """Check whether a stock grows without bound when the run is extended."""
    case, runs = bench.case, bench.runs
    time = case.model.time
    stop = time.stop + LONGER * (time.stop - time.start)
    longer: ModelSpec = replace(case.model, time=replace(time, stop=stop))
    after = still(replace(case, model=longer)).run(central(bench.seed), "", {}, {})
    for name in runs.names:
        if bench.variable(name).kind is not Kind.STOCK:
            continue
        known, later = np.abs(runs.at_centre(name)), np.abs(after.at_centre(name))
        if not np.isfinite(known).all():
            continue  # another test reports that the run fails
        if not np.isfinite(later).all() or later.max() > RUNAWAY * max(known.max(), 1e-12):
            growing = _loop(bench, name)
            message = f"'{name}' grows without bound if the run is extended to {LONGER + 1:g} times its length"
            hint = f"nothing stops the loop {growing}" if growing else ""
            yield AuditFinding(Verdict.FAILS, message, name, bench.variable(name).text, hint)


def _loop(bench: Bench, name: str) -> str:
    """Find the shortest loop through a stock."""
    import networkx as nx

    graph = causal_graph(bench.system, elements=True)
    if name not in graph:
        return ""
    best: list[str] = []
    for follower in graph.successors(name):
        if nx.has_path(graph, follower, name):
            path = [name, *nx.shortest_path(graph, follower, name)]
            best = path if not best or len(path) < len(best) else best
    return " → ".join(best)

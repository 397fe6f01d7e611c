"""Tests of parameters: divisors that may be zero, and parameters about which the data say nothing."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping

from wherenow.audit.bench import Bench
from wherenow.audit.results import AuditFinding, Verdict
from wherenow.case.case_types import Case
from wherenow.case.checking.references import names_in
from wherenow.case.variants import with_variant
from wherenow.ensemble.simulate import system_of
from wherenow.errors import UsageError
from wherenow.language.syntax import Binary, Call, Expression, Number, Reference, Unary, canonical, walk
from wherenow.model.graph import links
from wherenow.model.system import System

TAIL = 1e-4
MOST = 8
Interval = tuple[float, float]
_OPERATIONS = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def divisors(bench: Bench) -> Iterator[AuditFinding]:
    """Check whether a divisor made of parameters can be zero under their priors."""
    case, reported = bench.case, set[str]()
    for variable in case.model.variables.values():
        for equation in variable.equations:
            for node in walk(equation.expression):
                divisor = _divisor(node) if isinstance(node, Binary | Call) else None
                bounds = None if divisor is None else interval(divisor, case)
                if divisor is None or bounds is None or not bounds[0] <= 0 <= bounds[1] or isinstance(divisor, Number):
                    continue
                names = ", ".join(dict.fromkeys(n.name for n in walk(divisor) if isinstance(n, Reference)))
                if (variable.name + names) not in reported:
                    reported.add(variable.name + names)
                    between = f"may be from {bounds[0]:.3g} to {bounds[1]:.3g}"
                    message = f"'{variable.name}' divides by {names}, which {between}"
                    hint = "give it a range that leaves out 0"
                    yield AuditFinding(Verdict.FAILS, message, variable.name, equation.text, hint)


def _divisor(node: Binary | Call) -> Expression | None:
    if isinstance(node, Binary):
        return node.right if node.operator == "/" else None
    return node.arguments[0] if node.function == "ln" and len(node.arguments) == 1 else None


def interval(node: Expression, case: Case) -> Interval | None:
    """Bound an expression of numbers and parameters; None if it contains anything else."""
    match node:
        case Number(value):
            return value, value
        case Reference(name, ()):
            return _of_parameter(name, case)
        case Unary("-", operand):
            inner = interval(operand, case)
            return None if inner is None else (-inner[1], -inner[0])
        case Binary(symbol, left, right) if symbol in _OPERATIONS:
            a, b = interval(left, case), interval(right, case)
            if a is not None and b is not None:
                ends = [_OPERATIONS[symbol](x, y) for x in a for y in b]
                return min(ends), max(ends)
    return None


def _of_parameter(name: str, case: Case) -> Interval | None:
    if name in case.priors:
        prior = case.priors[name]
        return float(prior.quantile(TAIL)), float(prior.quantile(1 - TAIL))
    variable = case.model.variables.get(name)
    if variable is None or variable.kind != "parameter" or variable.dimensions:
        return None
    return interval(variable.equations[0].expression, case) if variable.equations else None


# -- identifiability from data


def parameter_assessment(bench: Bench) -> Iterator[AuditFinding]:
    """Check whether the data can inform every parameter on which observed or forecast quantities depend."""
    case = bench.case
    if not case.priors:
        raise UsageError("no parameter has a prior")
    if not case.observations:
        raise UsageError("nothing is observed")
    observed = {canonical(name) for o in case.observations.values() for _, name in names_in(o.of.content)}
    informed = set(observed)
    for system in (bench.system, *(system_of(with_variant(case, variant), ()) for variant in case.variants)):
        causes = _causes(system)
        informed |= set().union(*(causes.get(name, set()) for name in observed))
    unknown = dict.fromkeys(name.partition("[")[0] for name in case.priors)
    blind = [n for n in unknown if n not in informed and not case.model.variables[n].assumption]
    if blind:
        listed = ", ".join(blind[:MOST]) + (f" and {len(blind) - MOST} more" if len(blind) > MOST else "")
        message = f"no data can inform {len(blind)} of {len(case.priors)} parameters: {listed}"
        hint = "nothing observed depends on them: fix them, or say why in `assumption`"
        yield AuditFinding(Verdict.WARNS, message, blind[0], case.model.variables[blind[0]].text, hint)


def _causes(system: System) -> Mapping[str, set[str]]:
    """Return everything that each variable depends on, directly or indirectly."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from((link.source, link.target) for link in links(system))
    return {name: nx.ancestors(graph, name) for name in graph}

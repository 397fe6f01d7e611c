"""A link cut: its target goes on seeing the source as it was at the cut, and everything else sees it as it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from wherenow.case.types import Case, Scenario
from wherenow.claims.check import Checked
from wherenow.claims.judge import read_claims
from wherenow.claims.robustness import robustness
from wherenow.claims.share import Share
from wherenow.claims.sources import declared_model, outputs_of, run_signals
from wherenow.ensemble.runs import Runs
from wherenow.ensemble.simulate import simulate
from wherenow.language.syntax import Binary, Call, Conditional, Expression, Number, Reference
from wherenow.model.rewrite import rewrite
from wherenow.model.types import Equation, Kind, Model
from wherenow.outlook.comparison import compare
from wherenow.outlook.fans import shown_fans
from wherenow.outlook.types import Comparison, Fan
from wherenow.web.analysis import Analysis
from wherenow.web.view import View

SEEN = "·seen"
"""What follows a variable's name in the name of what a cut link's target sees of it."""


@dataclass(frozen=True, slots=True, eq=False)
class ClaimCut:
    """A claim that names the link, and the shares of draws in which it holds with the link and without."""

    id: str
    says: str
    whole: Share
    cut: Share


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """What cutting a link changes in the forecasts, in the first series shown, and in the claims that name the link."""

    comparison: Comparison
    before: Fan
    after: Fan
    claims: tuple[ClaimCut, ...]


def cut(analysis: Analysis, source: str, target: str, since: float) -> Cut:
    """The case with the link from ``source`` to ``target`` cut from ``since`` on, on the same draws."""
    case = analysis.case
    named = [r for r in read_claims(case) if (source, target) in r.claim.mechanism and r.model is not None]
    read = outputs_of([r.model.formula for r in named if r.model], declared_model(case))
    outputs = tuple(dict.fromkeys((*analysis.base.names, *read)))
    whole = analysis.runs("", outputs) if read else analysis.base
    runs = simulate(without_link(case, source, target, since), analysis.draws, None, outputs, analysis.threads)
    told = Scenario("cut", f"{source} → {target}")
    first = analysis.shown[0]
    return Cut(
        compare(case, whole, runs, told, analysis.formulas, analysis.shown),
        analysis.fan(View(), first),
        shown_fans(case, runs, (first,))[0],
        tuple(
            ClaimCut(r.claim.id, r.claim.says, *(_share(case, r.model, x) for x in (whole, runs)))
            for r in named
            if r.model is not None
        ),
    )


def without_link(case: Case, source: str, target: str, since: float) -> Case:
    """The case whose ``target`` sees ``source`` frozen from ``since`` on."""
    return replace(case, model=_blinded(case.model, source, target, since))


def _blinded(model: Model, source: str, target: str, since: float) -> Model:
    origin, reader = model.variables[source], model.variables[target]
    itself = Reference(source, tuple(Reference(d) for d in origin.dimensions))
    now = Call("time", ())
    frozen = Call("sample_if_true", (Binary("<", now, Number(since)), itself, itself))
    value = Conditional(Binary(">=", now, Number(since)), frozen, itself)
    seen = replace(
        origin,
        name=source + SEEN,
        kind=Kind.AUXILIARY,
        equations=(Equation(value, origin.dimensions, text=origin.text),),
        inflows=(),
        outflows=(),
        non_negative=False,
    )

    def look(node: Expression) -> Expression:
        return replace(node, name=source + SEEN) if isinstance(node, Reference) and node.name == source else node

    equations = tuple(replace(e, expression=rewrite(e.expression, look)) for e in reader.equations)
    variables = {**model.variables, target: replace(reader, equations=equations), source + SEEN: seen}
    return replace(model, variables=variables)


def _share(case: Case, checked: Checked, runs: Runs) -> Share:
    found = robustness(checked, run_signals(case, runs))
    holds = np.broadcast_to(found.holds, len(runs))
    return Share(int(holds.sum()), len(runs))

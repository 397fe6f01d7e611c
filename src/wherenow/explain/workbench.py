"""One compiled program in which every link can be cut and every counterfactual of the claims can happen.

Cuts and counterfactuals are inputs of the program, so that the claims can be asked again and again on the same draws
without compiling anything: once for each link, each loop, each set of links.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from wherenow.case.scenario import Plan, plan
from wherenow.case.types import Case, Scenario
from wherenow.claims.check import Checked
from wherenow.claims.judge import Reading, needed_outputs, read_claims
from wherenow.claims.robustness import robustness
from wherenow.claims.signals import Declared, Signal, Signals
from wherenow.claims.sources import AGAINST, declared_model
from wherenow.engine.backend import Array, Inputs, Trajectories
from wherenow.engine.ir import Program
from wherenow.engine.lower import lower
from wherenow.engine.native import Native
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.simulate import parameter_rows, series_tables
from wherenow.language.syntax import Number
from wherenow.model.cuts import Pair, switch_of, with_switches
from wherenow.model.elaborate import elaborate
from wherenow.model.graph import causal_graph
from wherenow.model.intervention import intervene
from wherenow.model.types import Equation, Kind, Model, Variable

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Answers:
    """Whether each claim holds in each draw: ``holds[claim, draw]``, and by how much: ``margin[claim, draw]``.

    A claim holds where its formula on the model does and, if it has a counterfactual, what it expects of that too;
    ``margin`` is the least of their robustnesses, each divided by its usual size. ``finite[draw]`` is false where the
    run without counterfactual left the finite numbers: a cut can take away what held a stock, and no claim holds there.
    """

    holds: Mask
    margin: Array
    finite: Mask


@dataclass(frozen=True, slots=True, eq=False)
class Workbench:
    """Answers the claims of ``case`` on ``draws`` under any set of cuts of ``links``.

    ``readings`` are the claims that the model can be asked about, the rows of every answer.
    """

    case: Case
    draws: Draws
    links: tuple[Pair, ...]
    readings: tuple[Reading, ...]
    program: Program
    plans: dict[str, Plan]
    natives: dict[str, Native]
    declared: Declared
    threads: int
    inputs: dict[tuple[str, int], Array] = field(default_factory=dict)

    def each(
        self, sets: Iterable[frozenset[Pair]], draws: int | None = None, expected: bool = True
    ) -> Iterator[Answers]:
        """Answers for each set of cuts, in order, on the first ``draws`` draws.

        Without ``expected`` the counterfactuals are not run, and claims are asked only what they say of the model.
        """
        members = self.draws if draws is None else self.draws.take(0, min(draws, len(self.draws)))
        waiting = iter(sets)
        with ThreadPoolExecutor(self.threads) as pool:
            # a few at a time: each answer needs the trajectories of its runs for as long as it takes
            while batch := list(islice(waiting, 4 * self.threads)):
                yield from pool.map(lambda cuts: self._answers(cuts, members, expected), batch)

    def _answers(self, cuts: frozenset[Pair], members: Draws, expected: bool) -> Answers:
        whole = self._run("", cuts, members)
        here = {"": _signals(whole)}
        count = len(members)
        holds, margin = np.ones((len(self.readings), count), bool), np.full((len(self.readings), count), np.inf)
        for row, reading in enumerate(self.readings):
            if reading.model is not None:
                _meet(reading.model, Signals(self.declared, here), holds[row], margin[row])
        if expected:
            by_plan: dict[str, list[int]] = {}
            for row, reading in enumerate(self.readings):
                if reading.expect is not None and reading.claim.against is not None:
                    by_plan.setdefault(reading.claim.against.scenario.id, []).append(row)
            for scenario, rows in by_plan.items():
                both = {**here, AGAINST: _signals(self._run(scenario, cuts, members))}
                for row in rows:
                    expect = self.readings[row].expect
                    assert expect is not None
                    _meet(expect, Signals(self.declared, both), holds[row], margin[row])
        finite = np.ones(count, bool)
        finite[list(whole.nonfinite_draws)] = False
        return Answers(holds, margin, finite)

    def _run(self, scenario: str, cuts: frozenset[Pair], members: Draws) -> Trajectories:
        rows = self._uncut(scenario, members).copy()
        for link in cuts:
            rows[self.program.parameters.index(switch_of(link))] = 1.0
        return self.natives[scenario].run(Inputs(rows, None, members.seed, members.first))

    def _uncut(self, scenario: str, members: Draws) -> Array:
        """``[parameter, draw]`` of a scenario with nothing cut, made once."""
        key = (scenario, len(members))
        if key not in self.inputs:
            fixed = dict(self.plans[scenario].parameters)
            if scenario:
                fixed[_happens(scenario)] = 1.0
            self.inputs[key] = parameter_rows(self.program.parameters, self.program.defaults, members, fixed)
        return self.inputs[key]


def workbench(
    case: Case,
    draws: Draws,
    links: Iterable[Pair] | None = None,
    since: float | None = None,
    threads: int = 2,
    counterfactuals: bool = True,
) -> Workbench:
    """Prepare ``case`` for cuts of ``links`` (:func:`links_of` where None) from ``since`` on (from the start if None).

    Each link and each counterfactual costs every run a little: ask for those that are to be cut. Without
    ``counterfactuals`` only what claims say of the model can be asked.

    Raises InputError for claims that cannot be read, UsageError for a link that is not there.
    """
    readings = tuple(r for r in read_claims(case) if r.model is not None or r.expect is not None)
    chosen = tuple(links_of(case) if links is None else dict.fromkeys(links))
    asked = (r.claim.against.scenario for r in readings if r.claim.against and counterfactuals)
    scenarios = {scenario.id: scenario for scenario in asked}
    plans = {"": Plan(), **{name: plan(case, scenario) for name, scenario in scenarios.items()}}
    system = elaborate(_prepared(case.model, chosen, scenarios, plans, since))
    program = lower(system, needed_outputs(case))
    natives = {name: _native(program, planned) for name, planned in plans.items()}
    return Workbench(case, draws, chosen, readings, program, plans, natives, declared_model(case), threads)


def links_of(case: Case) -> tuple[Pair, ...]:
    """The links that can matter to a claim: those from which a way leads to something that a claim reads.

    Links from constants and tables are none: what never moves cannot be cut.
    """
    import networkx as nx

    graph = causal_graph(elaborate(case.model))
    read = {name.partition("[")[0] for name in needed_outputs(case)}
    reaching = set(read)
    for name in read & set(graph):
        reaching |= nx.ancestors(graph, name)
    return tuple(sorted((a, b) for a, b in graph.edges if b in reaching))


def _prepared(
    model: Model, links: tuple[Pair, ...], scenarios: dict[str, Scenario], plans: dict[str, Plan], since: float | None
) -> Model:
    """The model with a switch on each link and on each counterfactual's interventions."""
    switched = with_switches(model, links, since)
    happening = {
        _happens(name): Variable(_happens(name), Kind.PARAMETER, (Equation(Number(0.0)),), unit="1")
        for name in scenarios
    }
    ready = replace(switched, variables={**switched.variables, **happening})
    deeds = [replace(i, when=_happens(name)) for name in scenarios for i in plans[name].interventions]
    return intervene(ready, deeds) if deeds else ready


def _happens(scenario: str) -> str:
    return f"{scenario}·happens"


def _native(program: Program, planned: Plan) -> Native:
    """The program with a scenario's series as its own, so that they are tabulated once for all its runs."""
    changed = series_tables(program.series, program.series_tables, planned.series)
    return Native(program if changed is None else replace(program, series_tables=changed), threads=1)


def _signals(ran: Trajectories) -> dict[str, Signal]:
    return {name: Signal(ran.times, values) for name, values in zip(ran.names, ran.values, strict=True)}


def _meet(checked: Checked, signals: Signals, holds: Mask, margin: Array) -> None:
    """What holds and by how much, once this formula too is asked."""
    with np.errstate(all="ignore"):  # a cut can blow a draw up: then the claim does not hold in it
        found = robustness(checked, signals)
    holds &= found.holds
    scale = np.nanmedian(np.abs(found.values)) if np.isfinite(found.values).any() else 1.0
    np.fmin(margin, np.nan_to_num(found.values / (scale or 1.0), nan=-1.0), out=margin)

"""One compiled program in which every link can be cut and every counterfactual of the claims can happen.

Cuts and counterfactuals are inputs of the program, so that the claims can be asked again and again on the same draws
without compiling anything: once for each link, each loop, each set of links. A counterfactual goes on from the run
without it where its first deed is, and no run goes further than claims read (:mod:`wherenow.explain.spans`); claims
that a cut cannot reach are not asked again (:mod:`wherenow.explain.reach`); what claims ask of a run is read while it
runs (:mod:`wherenow.claims.reading`). All this changes no bit of an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from wherenow.case.scenario import Plan, plan
from wherenow.case.types import Case, Scenario
from wherenow.claims.check import Checked
from wherenow.claims.judge import Reading, needed_outputs, read_claims
from wherenow.claims.reading import FormulaPlan, Registers, read_formulas
from wherenow.claims.sources import AGAINST, declared_model
from wherenow.engine.backend import Array, Checkpoint, Inputs
from wherenow.engine.ir import Program
from wherenow.engine.lower import lower
from wherenow.engine.native import Native
from wherenow.engine.readings import Readings
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.simulate import parameter_rows, series_tables
from wherenow.ensemble.together import happens
from wherenow.explain.reach import Reach
from wherenow.explain.spans import end_step, first_step, last_read
from wherenow.model.cuts import NOTHING, Pair, reads, switch_of, with_switches
from wherenow.model.elaborate import elaborate
from wherenow.model.graph import causal_graph
from wherenow.model.intervention import intervene
from wherenow.model.types import Model

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Answers:
    """Whether each claim holds in each draw: ``holds[claim, draw]``, and by how much: ``margin[claim, draw]``.

    A claim holds where its formula on the model does and, if it has a counterfactual, what it expects of that too;
    ``margin`` is the least of their robustnesses, each divided by its usual size; where no draw meets the first, the
    counterfactual is not asked. ``finite[draw]`` is false where the
    run without counterfactual left the finite numbers: a cut can take away what held a stock, and no claim holds there.
    """

    holds: Mask
    margin: Array
    finite: Mask


@dataclass(frozen=True, slots=True)
class Branch:
    """A counterfactual that claims ask for: a run of its own, from step ``first`` until before step ``end``.

    ``rows`` are the readings that it answers, ``touched`` what it interferes with, ``asked`` what is read of it.
    """

    scenario: str
    rows: tuple[int, ...]
    touched: frozenset[str]
    first: int
    end: int
    asked: Readings


@dataclass(frozen=True, slots=True, eq=False)
class Workbench:
    """Answers the claims of ``case`` on ``draws`` under any set of cuts of ``links``.

    ``readings`` are the claims that the model can be asked about, the rows of every answer. ``end`` is the step before
    which a run without counterfactual may stop: claims read nothing after it.
    """

    case: Case
    draws: Draws
    links: tuple[Pair, ...]
    readings: tuple[Reading, ...]
    program: Program
    plans: dict[str, Plan]
    natives: dict[str, Native]
    branches: tuple[Branch, ...]
    end: int
    reach: Reach
    plan: FormulaPlan
    threads: int
    uncut: dict[tuple[str, int], Array] = field(default_factory=dict)
    base: dict[tuple[int, bool], Answers] = field(default_factory=dict)

    def each(
        self, sets: Iterable[frozenset[Pair]], draws: int | None = None, expected: bool = True
    ) -> Iterator[Answers]:
        """Answers for each set of cuts, in order, on the first ``draws`` draws.

        Without ``expected`` the counterfactuals are not run, and claims are asked only what they say of the model.
        What a cut cannot reach is not asked again, and is answered as with nothing cut: the answers are the same.
        """
        members = self.draws if draws is None else self.draws.take(0, min(draws, len(self.draws)))
        self.whole(members, expected)
        waiting = iter(sets)
        with ThreadPoolExecutor(self.threads) as pool:
            # a few at a time: who asks may have had enough of answers
            while batch := list(islice(waiting, 4 * self.threads)):
                yield from pool.map(lambda cuts: self._answers(cuts, members, expected), batch)

    def whole(self, members: Draws, expected: bool = True) -> Answers:
        """The answers with nothing cut, asked once."""
        key = (len(members), expected)
        if key not in self.base:
            rows = frozenset(range(len(self.readings)))
            self.base[key] = self._asked(frozenset(), members, rows, self.branches if expected else ())
        return self.base[key]

    def _answers(self, cuts: frozenset[Pair], members: Draws, expected: bool) -> Answers:
        whole = self.whole(members, expected)
        changed = self.reach.changed_by(cuts)
        rows = {i for i, r in enumerate(self.readings) if r.model and _variables(r.model) & changed}
        branches = []
        for branch in self.branches if expected else ():
            there = self.reach.changed_by(cuts, branch.touched)
            mine = [i for i in branch.rows if i in rows or _variables(self.readings[i].expect) & there]
            if mine:
                branches.append(replace(branch, rows=tuple(mine)))
                rows.update(mine)
        if not rows:
            return whole
        found = self._asked(cuts, members, frozenset(rows), tuple(branches))
        others = [i for i in range(len(self.readings)) if i not in rows]
        found.holds[others], found.margin[others] = whole.holds[others], whole.margin[others]
        return found

    def _asked(
        self, cuts: frozenset[Pair], members: Draws, rows: frozenset[int], branches: tuple[Branch, ...]
    ) -> Answers:
        """Answers of ``rows``, and of their counterfactuals in ``branches``; those of other rows mean nothing."""
        count = len(members)
        here, kept, finite = self._factual(cuts, members, sorted({b.first for b in branches}))
        holds, margin = np.ones((len(self.readings), count), bool), np.full((len(self.readings), count), np.inf)
        for row in rows:
            model = self.readings[row].model
            if model is not None:
                self._meet(model, {"": here}, holds[row], margin[row])
        for branch in branches:
            if not holds[list(branch.rows)].any():
                continue  # no draw is left in which the counterfactual could decide
            there = self._counterfactual(branch, cuts, members, kept.get(branch.first))
            for row in branch.rows:
                expect = self.readings[row].expect
                assert expect is not None
                self._meet(expect, {"": here, AGAINST: there}, holds[row], margin[row])
        return Answers(holds, margin, finite)

    def _factual(
        self, cuts: frozenset[Pair], members: Draws, marks: list[int]
    ) -> tuple[Array, dict[int, tuple[Checkpoint, Array]], Mask]:
        """Registers of the run without counterfactual, its memory and registers at ``marks``, and who stayed finite."""
        native = self.natives[""]
        given = Inputs(self._rows("", cuts, members), None, members.seed, members.first)
        registers: Array | None = None
        kept: dict[int, tuple[Checkpoint, Array]] = {}
        finite = np.ones(len(members), bool)
        for end in (*(mark for mark in marks if 0 < mark < self.end), self.end):
            ran = native.read(
                given, self.plan.readings, begun=registers, checkpoint=end if end in marks else None, end=end
            )
            registers = ran.registers
            finite[list(ran.nonfinite_draws)] = False
            if ran.checkpoint is not None:
                kept[end] = ran.checkpoint, registers
                given = replace(given, start=ran.checkpoint)
        assert registers is not None
        return registers, kept, finite

    def _counterfactual(
        self, branch: Branch, cuts: frozenset[Pair], members: Draws, start: tuple[Checkpoint, Array] | None
    ) -> Array:
        """Registers of a counterfactual, which goes on from the memory and registers where it begins."""
        memory, registers = start or (None, None)
        given = Inputs(self._rows(branch.scenario, cuts, members), None, members.seed, members.first, memory)
        return self.natives[branch.scenario].read(given, branch.asked, begun=registers, end=branch.end).registers

    def _meet(self, checked: Checked, registers: Registers, holds: Mask, margin: Array) -> None:
        """What holds and by how much, once this formula too is asked."""
        with np.errstate(all="ignore"):  # a cut can blow a draw up: then the claim does not hold in it
            found = self.plan.robustness(checked, registers)
        holds &= found.holds
        finite = found.values[np.isfinite(found.values)]
        scale = np.median(np.abs(finite)) if finite.size else 1.0
        np.fmin(margin, np.nan_to_num(found.values / (scale or 1.0), nan=-1.0), out=margin)

    def _rows(self, scenario: str, cuts: frozenset[Pair], members: Draws) -> Array:
        rows = self._uncut(scenario, members).copy()
        for link in cuts:
            rows[self.program.parameters.index(switch_of(link))] = 1.0
        return rows

    def _uncut(self, scenario: str, members: Draws) -> Array:
        """``[parameter, draw]`` of a scenario with nothing cut, made once."""
        key = (scenario, len(members))
        if key not in self.uncut:
            fixed = dict(self.plans[scenario].parameters)
            if self.plans[scenario].interventions:
                fixed[happens(scenario)] = 1.0
            self.uncut[key] = parameter_rows(self.program.parameters, self.program.defaults, members, fixed)
        return self.uncut[key]


def workbench(
    case: Case,
    draws: Draws,
    links: Iterable[Pair] | None = None,
    since: float | None = None,
    threads: int = 2,
    counterfactuals: bool = True,
    neutral: Mapping[str, float] = NOTHING,
) -> Workbench:
    """Prepare ``case`` for cuts of ``links`` (:func:`links_of` where None) from ``since`` on (from the start if None).

    What is cut is seen as it was at the cut, or at its value in ``neutral``. Each link and each counterfactual costs
    every run a little: ask for those that are to be cut. Without ``counterfactuals`` only what claims say of the model
    can be asked.

    Raises InputError for claims that cannot be read, UsageError for a link that is not there.
    """
    readings = tuple(r for r in read_claims(case) if r.model is not None or r.expect is not None)
    chosen = tuple(links_of(case) if links is None else dict.fromkeys(links))
    asked = (r.claim.against.scenario for r in readings if r.claim.against and counterfactuals)
    scenarios = {scenario.id: scenario for scenario in asked}
    plans = {"": Plan(), **{name: plan(case, scenario) for name, scenario in scenarios.items()}}
    system = elaborate(_prepared(case.model, chosen, scenarios, plans, since, neutral))
    program = lower(system, needed_outputs(case))
    base = Native(program, threads=1)
    natives = {name: _native(base, planned) for name, planned in plans.items()}
    declared = declared_model(case)
    read = [c for r in readings for c in (r.model, r.expect) if c is not None]
    formulas = read_formulas(read, program, declared)
    branches = tuple(_branch(name, readings, plans[name], base, natives[name], formulas) for name in scenarios)
    end = end_step(program.time, [last_read(c, declared.events) for c in read])
    reach = Reach(elaborate(case.model))
    return Workbench(case, draws, chosen, readings, program, plans, natives, branches, end, reach, formulas, threads)


def _branch(
    name: str, readings: tuple[Reading, ...], planned: Plan, base: Native, other: Native, formulas: FormulaPlan
) -> Branch:
    mine = {
        i: r.expect
        for i, r in enumerate(readings)
        if r.expect is not None and r.claim.against is not None and r.claim.against.scenario.id == name
    }
    touched = {i.variable for i in planned.interventions}
    touched |= {element.partition("[")[0] for element in (*planned.series, *planned.parameters)}
    end = end_step(base.program.time, [last_read(c, formulas.declared.events) for c in mine.values()])
    first = min(first_step(base, other, planned), end)
    return Branch(name, tuple(mine), frozenset(touched), first, end, formulas.only(mine.values()))


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
    written = case.model.variables
    # a flow out of what cannot fall below zero also sees the flows into it, which its equation does not say
    return tuple(sorted((a, b) for a, b in graph.edges if b in reaching and b in written and reads(written[b], a)))


def _prepared(
    model: Model,
    links: tuple[Pair, ...],
    scenarios: dict[str, Scenario],
    plans: dict[str, Plan],
    since: float | None,
    neutral: Mapping[str, float],
) -> Model:
    """The model with a switch on each link and on each counterfactual's interventions."""
    switched = with_switches(model, links, since, neutral)
    deeds = [replace(i, when=happens(name)) for name in scenarios for i in plans[name].interventions]
    return intervene(switched, deeds) if deeds else switched


def _native(base: Native, planned: Plan) -> Native:
    """The program with a scenario's series as its own, so that they are tabulated once for all its runs."""
    program = base.program
    changed = series_tables(program.series, program.series_tables, planned.series)
    return base if changed is None else Native(replace(program, series_tables=changed), threads=1)


def _variables(checked: Checked | None) -> set[str]:
    """The variables that a formula reads, in any run."""
    return set() if checked is None else {series.name for series in checked.elements}

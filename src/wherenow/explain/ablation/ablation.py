"""One compiled program that can cut every link and run every counterfactual of the claims.

Cuts and counterfactuals are inputs of the program, so that claims are evaluated repeatedly on the same draws without
compiling anything: once for each link, each loop, each set of links. A counterfactual continues from the baseline run
at its first action, and no run goes further than claims read (:mod:`wherenow.explain.ablation.reruns`). Claims that a
cut cannot reach are not evaluated again (:mod:`wherenow.explain.ablation.reachability`). Claims are evaluated during a
run (:mod:`wherenow.claims.evaluation.streaming_plan`). None of this changes a bit of an answer.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from wherenow.case.case_types import Case, Scenario
from wherenow.case.scenario import ScenarioChanges, plan
from wherenow.claims.checking.checked_claims import CheckedClaim, needed_outputs, read_claims
from wherenow.claims.checking.formula_check import Checked
from wherenow.claims.evaluation.sources import AGAINST, declared_model
from wherenow.claims.evaluation.streaming_plan import FormulaPlan, Registers, read_formulas
from wherenow.engine.backend import Array
from wherenow.engine.lowering.lower import lower
from wherenow.engine.native import Native
from wherenow.engine.passes.prune import Narrowed, narrow
from wherenow.engine.streaming.plan import StreamingPlan
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.together import happens
from wherenow.explain.ablation.reachability import Reach
from wherenow.explain.ablation.reruns import (
    CounterfactualRun,
    Rerun,
    ScenarioInputs,
    end_step,
    first_step,
    last_read,
    scenario_inputs,
)
from wherenow.model.cuts import NOTHING, Pair, reads, with_switches
from wherenow.model.elaboration.elaborate import elaborate
from wherenow.model.graph import causal_graph
from wherenow.model.intervention import intervene
from wherenow.model.model_types import ModelSpec, TimeSpec

Mask = NDArray[np.bool_]
BLOCK = 1024
"""Draws run at once; a thread holds their memory."""
THREADS = 2
"""Default number of threads."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Whether each claim holds in each draw: ``holds[claim, draw]``.

    A claim holds if its formula on the model does and, if it has a counterfactual, its expectation of that does too.
    The counterfactual is not run if no draw of a block meets the formula. ``finite[draw]`` is False if the baseline
    run became non-finite: a cut can remove what kept a stock in bounds, and no claim holds there. ``robustness`` is
    that of each evaluated formula, in order, by the number of the claim.
    """

    holds: Mask
    finite: Mask
    robustness: Mapping[int, Sequence[Array]] = field(repr=False)

    def margin(self, claim: int) -> Array:
        """Return the margin by which a claim holds in each draw: the minimum robustness of its formulas, each divided
        by its typical size.

        It is infinite if no formula was evaluated.
        """
        least = np.full(self.holds.shape[1], np.inf)
        for values in self.robustness.get(claim, ()):
            finite = values[np.isfinite(values)]
            scale = np.median(np.abs(finite)) if finite.size else 1.0
            np.fmin(least, np.nan_to_num(values / (scale or 1.0), nan=-1.0, posinf=np.inf), out=least)
        return least


Concerned = tuple[frozenset[int], tuple[CounterfactualRun, ...]]
"""The claims, by row, whose answers a set of cuts can change, and the counterfactuals that they need."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ablation:
    """Evaluates the claims of ``case`` on ``draws`` under any set of cuts of ``links``.

    ``readings`` are the claims with a formula on the model, the rows of every answer. ``ends`` are the steps before
    which their runs may stop, because they read nothing after. Counterfactuals run on ``there``.
    """

    case: Case
    draws: Draws
    links: tuple[Pair, ...]
    readings: tuple[CheckedClaim, ...]
    native: Native  # compiled program with a switch for each link
    there: Native
    narrowed: Narrowed  # program of the counterfactuals, and the original indices of its states
    inputs: dict[str, ScenarioInputs]  # inputs of each run, by scenario id; '' for the baseline
    branches: tuple[CounterfactualRun, ...]  # counterfactual runs that claims need
    ends: tuple[int, ...]
    reach: Reach  # variables that each link can change
    plan: FormulaPlan  # formulas of all claims as one streaming plan
    threads: int  # number of sets of cuts evaluated side by side
    base: list[Answers] = field(default_factory=list)  # answers without cuts; empty until they are computed
    asked: dict[frozenset[int], StreamingPlan] = field(default_factory=dict)  # streaming plan per subset of claims
    here: threading.local = field(default_factory=threading.local)  # reruns of each thread

    def each(self, sets: Iterable[frozenset[Pair]], together: int = 1) -> Iterator[Answers]:
        """Yield the answers for each set of cuts, in order.

        Claims that a cut cannot reach are answered as without cuts, since the answers are the same. ``together`` sets
        are evaluated side by side, to the same bits, which is quicker for few draws.
        """
        _ = self.whole  # compute it before several threads need it
        asked = iter(sets)
        waiting: deque[Future[list[Answers]]] = deque()
        with ThreadPoolExecutor(self.threads) as pool:
            try:
                while row := list(islice(asked, together)):
                    waiting.append(pool.submit(self._answers, row))
                    if len(waiting) > self.threads:
                        yield from waiting.popleft().result()
                while waiting:
                    yield from waiting.popleft().result()
            finally:
                for unneeded in waiting:  # nothing is left to cancel unless the caller stopped early
                    unneeded.cancel()

    @property
    def whole(self) -> Answers:
        """The answers without cuts, computed once."""
        if not self.base:
            self.base[:] = self._asked([frozenset()], [(frozenset(range(len(self.readings))), self.branches)])
        return self.base[0]

    def concerned(self, cuts: frozenset[Pair]) -> Concerned:
        """Return the claims whose answer can differ with ``cuts``, and the counterfactuals that they need."""
        changed = self.reach.changed_by(cuts)
        rows = {i for i, r in enumerate(self.readings) if r.model and not variables_of(r.model).isdisjoint(changed)}
        branches = []
        for branch in self.branches:
            there = self.reach.changed_by(cuts, branch.touched)
            mine = [i for i in branch.rows if i in rows or not variables_of(self.readings[i].expect).isdisjoint(there)]
            if mine:
                branches.append(replace(branch, rows=tuple(mine)))
                rows.update(mine)
        return frozenset(rows), tuple(branches)

    def _answers(self, sets: Sequence[frozenset[Pair]]) -> list[Answers]:
        whole, concerned = self.whole, [self.concerned(cuts) for cuts in sets]
        answers = self._asked(sets, concerned)
        for place, (rows, _) in enumerate(concerned):
            own = answers[place]
            others = [row for row in range(len(self.readings)) if row not in rows]
            own.holds[others] = whole.holds[others]
            answers[place] = replace(own, robustness={**whole.robustness, **own.robustness}) if rows else whole
        return answers

    def _asked(self, sets: Sequence[frozenset[Pair]], concerned: Sequence[Concerned]) -> list[Answers]:
        """Return the answers of each set for the claims that it concerns; those for other claims are meaningless."""
        draws = self.draws
        members = (draws.take(first, min(first + BLOCK, len(draws))) for first in range(0, len(draws), BLOCK))
        blocks = [self._block(sets, block, concerned) for block in members]
        return blocks[0] if len(blocks) == 1 else [_joined(parts) for parts in zip(*blocks, strict=True)]

    def _block(self, sets: Sequence[frozenset[Pair]], members: Draws, concerned: Sequence[Concerned]) -> list[Answers]:
        """Return the same for the draws of one block, with the registers of the sets in one row."""
        count, reruns = len(members), self._reruns(members, len(sets))
        holds = np.ones((len(self.readings), len(sets), count), bool)
        finite = np.ones((len(sets), count), bool)
        robustness: list[dict[int, list[Array]]] = [{} for _ in sets]
        here, there = (np.zeros((len(self.plan.readings), len(sets) * count)) for _ in range(2))

        def meet(row: int, checked: Checked, registers: Registers, places: Iterable[int]) -> None:
            with np.errstate(all="ignore"):  # a cut can make a draw diverge, and the claim then fails in that draw
                met = self.plan.robustness(checked, registers)
            holds[row] &= np.broadcast_to(met.holds, len(sets) * count).reshape(len(sets), count)
            values = np.broadcast_to(met.values, len(sets) * count).reshape(len(sets), count)
            for place in places:
                robustness[place].setdefault(row, []).append(values[place])

        for place, (cuts, (rows, branches)) in enumerate(zip(sets, concerned, strict=True)):
            if rows:
                reruns[place].factual(cuts, self.reads(rows), max(self.ends[row] for row in rows), branches)
                here[:, place * count : (place + 1) * count] = reruns[place].here
                finite[place] = reruns[place].finite
        for row, reading in enumerate(self.readings):
            places = [place for place, (rows, _) in enumerate(concerned) if row in rows]
            if reading.model is not None and places:
                meet(row, reading.model, {"": here}, places)
        for branch in self.branches:
            mine = {
                place: own
                for place, (_, branches) in enumerate(concerned)
                for own in branches
                if own.scenario == branch.scenario
            }
            # skip the counterfactual for a set of cuts if no draw meets the formula on the baseline
            run = [place for place, own in mine.items() if holds[list(own.rows), place].any()]
            for place in run:
                reruns[place].counterfactual(mine[place], self.inputs[branch.scenario])
                there[branch.used, place * count : (place + 1) * count] = reruns[place].there[branch.used]
            for row in sorted({row for own in mine.values() for row in own.rows}):
                asking = [place for place, own in mine.items() if row in own.rows]
                expect = self.readings[row].expect
                assert expect is not None
                if running := [place for place in asking if place in run]:
                    meet(row, expect, {"": here, AGAINST: there}, running)
                for place in asking:
                    if place not in run:
                        robustness[place].setdefault(row, []).append(np.full(count, np.inf))
        return [Answers(holds[:, place], finite[place], robustness[place]) for place in range(len(sets))]

    def reads(self, rows: frozenset[int]) -> StreamingPlan:
        """Return the streaming plan for some of the claims in a run without counterfactual."""
        if rows not in self.asked:
            readings = [self.readings[row] for row in rows]
            self.asked[rows] = self.plan.only([c for r in readings for c in (r.model, r.expect) if c is not None])
        return self.asked[rows]

    def _reruns(self, members: Draws, sets: int) -> list[Rerun]:
        """Return the draws of a block packed once for each of some sets, for the current thread."""
        key = (members.first, len(members))
        if getattr(self.here, "key", None) != key:
            self.here.key, self.here.reruns = key, []
        reruns: list[Rerun] = self.here.reruns
        while len(reruns) < sets:
            reruns.append(Rerun(self.native, self.there, self.narrowed, members, self.plan.readings))
        return reruns


def _joined(blocks: Sequence[Answers]) -> Answers:
    """Return answers on the draws of several blocks, in their order."""
    robustness = {
        row: [np.concatenate(part) for part in zip(*(block.robustness[row] for block in blocks), strict=True)]
        for row in blocks[0].robustness
    }
    holds = np.concatenate([block.holds for block in blocks], axis=1)
    return Answers(holds, np.concatenate([block.finite for block in blocks]), robustness)


def prepare_ablation(
    case: Case,
    draws: Draws,
    links: Iterable[Pair] | None = None,
    since: float | None = None,
    threads: int | None = None,
    neutral: Mapping[str, float] = NOTHING,
) -> Ablation:
    """Prepare ``case`` for cuts of ``links`` (:func:`links_of` if None) from ``since`` on (from the start if None).

    The target of a cut sees the source as it was at the cut, or at its value in ``neutral``. Each link slows every run
    a little, so pass only those that will be cut.

    Raises InputError for claims that cannot be read, and UsageError for a link that does not exist.
    """
    readings = tuple(r for r in read_claims(case) if r.model is not None or r.expect is not None)
    chosen = tuple(links_of(case) if links is None else dict.fromkeys(links))
    asked = (r.claim.against.scenario for r in readings if r.claim.against)
    scenarios = {scenario.id: scenario for scenario in asked}
    plans = {"": ScenarioChanges(), **{name: plan(case, scenario) for name, scenario in scenarios.items()}}
    read = [c for r in readings for c in (r.model, r.expect) if c is not None]
    expects = [r.expect for r in readings if r.expect is not None]
    there = tuple(dict.fromkeys(element for c in expects for names in c.elements.values() for element in names))
    # outputs of counterfactuals come first, so that they have the same registers in both programs
    outputs = tuple(dict.fromkeys([*there, *needed_outputs(case)]))
    program = lower(elaborate(_prepared(case.model, chosen, scenarios, plans, since, neutral)), outputs)
    native, narrowed = Native(program, threads=1), narrow(program, there)
    other = Native(narrowed.program, width=native.width, threads=1) if there else native
    declared = declared_model(case)
    formulas = read_formulas(read, program, declared)
    done = {name: scenario_inputs(other, name, planned) for name, planned in plans.items()}
    branches = tuple(_branch(name, readings, plans[name], done, formulas, program.time) for name in scenarios)
    ends = tuple(
        end_step(program.time, [last_read(c, declared.events) for c in (r.model, r.expect) if c is not None])
        for r in readings
    )
    reach = Reach(elaborate(case.model))
    return Ablation(
        case=case,
        draws=draws,
        links=chosen,
        readings=readings,
        native=native,
        there=other,
        narrowed=narrowed,
        inputs=done,
        branches=branches,
        ends=ends,
        reach=reach,
        plan=formulas,
        threads=threads or THREADS,
    )


def _branch(
    name: str,
    readings: tuple[CheckedClaim, ...],
    planned: ScenarioChanges,
    done: Mapping[str, ScenarioInputs],
    formulas: FormulaPlan,
    time: TimeSpec,
) -> CounterfactualRun:
    mine = {
        i: r.expect
        for i, r in enumerate(readings)
        if r.expect is not None and r.claim.against is not None and r.claim.against.scenario.id == name
    }
    touched = {i.variable for i in planned.interventions}
    touched |= {element.partition("[")[0] for element in (*planned.series, *planned.parameters)}
    end = end_step(time, [last_read(c, formulas.declared.events) for c in mine.values()])
    first = min(first_step(time, planned, done[""].shared, done[name].shared), end)
    asked = formulas.only(mine.values())
    return CounterfactualRun(
        scenario=name,
        rows=tuple(mine),
        touched=frozenset(touched),
        first=first,
        end=end,
        asked=asked,
        used=asked.used(),
    )


def links_of(case: Case) -> tuple[Pair, ...]:
    """Return the links that can matter to a claim: those from which a path leads to something that a claim reads.

    Links from constants and tables are left out: a source that never changes cannot be cut.
    """
    import networkx as nx

    graph = causal_graph(elaborate(case.model))
    read = {name.partition("[")[0] for name in needed_outputs(case)}
    reaching = set(read)
    for name in read & set(graph):
        reaching |= nx.ancestors(graph, name)
    written = case.model.variables
    # an outflow of a non-negative stock also sees the inflows, which its equation does not mention
    return tuple(sorted((a, b) for a, b in graph.edges if b in reaching and b in written and reads(written[b], a)))


def _prepared(
    model: ModelSpec,
    links: tuple[Pair, ...],
    scenarios: dict[str, Scenario],
    plans: dict[str, ScenarioChanges],
    since: float | None,
    neutral: Mapping[str, float],
) -> ModelSpec:
    """Return the model with a switch on each link and on each counterfactual's interventions."""
    switched = with_switches(model, links, since, neutral)
    switches = [replace(i, when=happens(name)) for name in scenarios for i in plans[name].interventions]
    return intervene(switched, switches) if switches else switched


def variables_of(checked: Checked | None) -> set[str]:
    """Return the variables that a formula reads, in any run."""
    return set() if checked is None else {series.name for series in checked.elements}

"""Loops that matter: which feedback loop drives the behaviour, and when.

Link scores, loop scores and their shares follow Schoenberg, Davidsen & Eberlein (2020, System Dynamics Review 36(2),
158-190), with the score of flows into stocks as corrected by Schoenberg, Hayward & Eberlein (2023, 39(2), 140-151):

- the score of x → z is the size of z's change when x alone changes from the last step to this one, relative to z's
  change, with the sign of the one change over the other; 0 if x or z does not change;
- a stock is scored through its net rate, which is the corrected form and does not depend on how flows are divided;
- a loop's score is the product of its links'; its share is that divided by the sizes of all loops that share its stocks
  (its cycle partition, a strongly connected part of the model).

Scores are for scalar elements and computed in every draw. If an equation has memory inside a formula (a smooth of a
sum), its causes cannot be changed one at a time: links into it score 1 if it has one changing cause, otherwise 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from wherenow.engine.backend import Array, Inputs, Trajectories
from wherenow.engine.lowering.lower import lower
from wherenow.engine.native import Native
from wherenow.language.functions import FUNCTIONS, FunctionKind
from wherenow.language.syntax import Call, Expression, Number, Reference, walk
from wherenow.model.cuts import Pair
from wherenow.model.elaboration.dependencies import mentioned
from wherenow.model.graph import causal_graph
from wherenow.model.model_types import Equation, Kind, Variable
from wherenow.model.rewrite import rewrite
from wherenow.model.system import Element, System

PROBE = "·probe"
NOW = "·now"


def all_loops(system: System, most: int = 5_000) -> tuple[tuple[str, ...], ...]:
    """Return the feedback loops between scalar elements, at most ``most``."""
    import networkx as nx

    graph = causal_graph(system, elements=True)
    found = islice(nx.simple_cycles(graph), most)
    return tuple(sorted((turned(cycle) for cycle in found), key=lambda loop: (len(loop), loop)))


class LinkScores:
    """Scores of links: the equations of all targets as one program whose parameters are the elements themselves.

    ``ran`` has every element but tables, saved at every step.
    """

    def __init__(self, system: System, ran: Trajectories, pairs: set[Pair]) -> None:
        self.ran, self.pairs = ran, sorted(pairs)
        self.row = {name: i for i, name in enumerate(ran.names)}
        self.sources = sorted({source for source, _ in pairs})
        targets = [system.elements[name] for name in sorted({target for _, target in pairs})]
        self.opaque = {t.name for t in targets if remembers(t.expression)}
        self.causes = {t.name: [n for n in mentioned(t.expression) if n in self.row] for t in targets}
        probed = [t for t in targets if t.name not in self.opaque]
        self.place = {t.name: i for i, t in enumerate(probed)}
        self.probe = probe(system, probed) if probed else None

    def scores(self, step: int) -> Mapping[Pair, Array]:
        """Return ``[draw]`` by link, for the change from the step before to ``step``."""
        before, now = self.ran.values[:, step - 1], self.ran.values[:, step]
        draws = before.shape[1]
        values = self._probed(before, now, step)
        found: dict[Pair, Array] = {}
        for source, target in self.pairs:
            moved = now[self.row[source]] - before[self.row[source]]
            if target in self.opaque:
                rows = {name: self.row[name] for name in self.causes[target] if name != source}
                others = [name for name, row in rows.items() if not np.array_equal(before[row], now[row])]
                change = now[self.row[target]] - before[self.row[target]]
                alone = change if not others else np.zeros(draws)
            else:
                at = self.place[target]
                last = values[at, 0]
                change = values[at, 1] - last
                alone = values[at, 2 + self.sources.index(source)] - last
            active = (change != 0) & (moved != 0)
            size = np.abs(alone) / np.where(active, np.abs(change), 1.0)
            found[source, target] = np.where(active, size * np.sign(alone) * np.sign(moved), 0.0)
        return found

    def _probed(self, before: Array, now: Array, step: int) -> Array:
        """Return ``[target, case, draw]``: all causes as before, all as now, then each source alone as now."""
        if self.probe is None:
            return np.empty((0, 0, 0))
        names, draws = self.probe.program.parameters, before.shape[1]
        old, new = np.empty((len(names), draws)), np.empty((len(names), draws))
        for i, name in enumerate(names):
            known = name in self.row
            old[i] = before[self.row[name]] if known else self.ran.times[step - 1]
            new[i] = now[self.row[name]] if known else self.ran.times[step]
        members = [old, new]
        for source in self.sources:
            alone = old.copy()
            if source in names:
                i = names.index(source)
                alone[i] = new[i]
            members.append(alone)
        ran = self.probe.run(Inputs(np.hstack(members)))
        return np.nan_to_num(ran.values[:, 0].reshape(len(self.place), len(members), draws))


def _input(element: Element) -> Element:
    if element.kind is Kind.LOOKUP:
        return element
    variable = replace(element.variable, kind=Kind.PARAMETER)
    return replace(element, variable=variable, expression=Number(0.0), initial=None)


def probe(system: System, targets: Sequence[Element]) -> Native:
    """Compile the equations of ``targets`` alone, with their causes and the time (:data:`NOW`) as parameters."""
    clock = Variable(name=NOW, kind=Kind.PARAMETER, equations=(Equation(expression=Number(0.0)),))
    now = Element(names=(NOW,), variable=clock, expression=Number(0.0), equation=clock.equations[0])
    causes = {name: None for target in targets for name in mentioned(target.expression)}
    elements = {NOW: now, **{name: _input(system.elements[name]) for name in causes}}
    for target in targets:
        name = target.name + PROBE
        variable = replace(target.variable, name=name, kind=Kind.AUXILIARY)
        expression = rewrite(target.expression, _with_clock)
        elements[name] = replace(target, names=(name,), variable=variable, expression=expression, initial=None)
    names = tuple(target.name + PROBE for target in targets)
    instant = replace(system.model, time=replace(system.time, stop=system.time.start))
    return Native(lower(System(instant, elements, names, ()), names), threads=1)


def _with_clock(node: Expression) -> Expression:
    """Replace a call for the time by a reference to the parameter :data:`NOW`."""
    return Reference(NOW) if isinstance(node, Call) and node.function == "time" else node


def remembers(expression: Expression) -> bool:
    """Return whether an equation has memory or noise of its own, so that its causes cannot be changed one by one."""
    kinds = (FunctionKind.MEMORY, FunctionKind.NOISE)
    calls = (FUNCTIONS.get(n.function) for n in walk(expression) if isinstance(n, Call))
    return any(row is not None and row.kind in kinds for row in calls)


def pairs_of(loop: tuple[str, ...]) -> list[Pair]:
    """Return the links of a loop, in its order."""
    return list(zip(loop, (*loop[1:], loop[0]), strict=True))


def turned(cycle: list[str]) -> tuple[str, ...]:
    """Rotate a loop so that it starts with the alphabetically first name."""
    start = cycle.index(min(cycle))
    return tuple(cycle[start:] + cycle[:start])


VISITS = 50_000
"""Maximum number of variables visited from one stock at one time."""
LISTED = 200
"""If a model has at most this many loops, all are listed without a search."""


def loops_that_matter(system: System, ran: Trajectories, moments: Iterable[int]) -> tuple[tuple[str, ...], ...]:
    """Return every loop if there are at most :data:`LISTED`, otherwise the strongest at the saved steps ``moments``
    (from 1 on).

    ``ran`` is as for :class:`LinkScores`; loops are searched for in each of its draws.
    """
    every = all_loops(system, most=LISTED + 1)
    if len(every) <= LISTED:
        return every
    import networkx as nx

    graph = causal_graph(system, elements=True)
    parts = [part for part in nx.strongly_connected_components(graph) if len(part) > 1]
    inside = [(a, b) for part in parts for a, b in graph.subgraph(part).edges]
    stocks = [e.name for e in system.elements.values() if e.kind is Kind.STOCK and any(e.name in p for p in parts)]
    prober = LinkScores(system, ran, set(inside))
    found: dict[tuple[str, ...], None] = {}
    for moment in moments:
        scores = prober.scores(moment)
        for draw in range(ran.values.shape[2]):
            found.update(dict.fromkeys(strongest({pair: float(s[draw]) for pair, s in scores.items()}, stocks)))
    return tuple(sorted(found, key=lambda loop: (len(loop), loop)))


def strongest(scores: Mapping[Pair, float], stocks: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Return the loops through ``stocks`` that a search along the strongest links first finds."""
    out: dict[str, list[tuple[float, str]]] = {}
    for (source, target), score in scores.items():
        if score != 0 and np.isfinite(score):
            out.setdefault(source, []).append((abs(score), target))
    for ways in out.values():
        ways.sort(key=lambda way: (-way[0], way[1]))
    found: dict[tuple[str, ...], None] = {}
    for stock in stocks:
        found.update(dict.fromkeys(_through(stock, out)))
    return tuple(found)


def _through(stock: str, out: Mapping[str, list[tuple[float, str]]]) -> Iterable[tuple[str, ...]]:
    best: dict[str, float] = {}
    on_the_way: list[str] = []
    found: list[tuple[str, ...]] = []
    visits = VISITS

    def visit(name: str, score: float) -> None:
        nonlocal visits
        if name in on_the_way:
            if name == stock:
                found.append(turned(on_the_way))
            return
        if score < best.get(name, 0.0) or visits == 0:
            return
        visits -= 1
        best[name] = score
        on_the_way.append(name)
        for size, target in out.get(name, ()):
            visit(target, score * size)
        on_the_way.pop()

    visit(stock, 1.0)
    return found

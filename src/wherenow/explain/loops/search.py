"""Search for the strongest loops when there are too many to list.

Eberlein & Schoenberg (2020), "Finding the Loops That Matter" (arXiv:2006.08425), section 3. At one time, links are
followed from each stock, those with the largest scores first. A path is abandoned at a variable that a stronger path
from the same stock has passed; a path that returns to its stock is a loop. The search finds the strongest loop in
nearly all models of that paper, but not every strong one: it samples loops, and says nothing about those that it does
not find.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from wherenow.engine.backend import Trajectories
from wherenow.explain.loops.link_scores import LinkScores, all_loops, turned
from wherenow.model.cuts import Pair
from wherenow.model.graph import causal_graph
from wherenow.model.model_types import Kind
from wherenow.model.system import System

VISITS = 50_000
"""Maximum number of variables visited from one stock at one time."""
LISTED = 200
"""If a model has at most this many loops, all are listed without a search."""


def loops_that_matter(
    system: System, ran: Trajectories, moments: Iterable[int], draws: int = 3
) -> tuple[tuple[str, ...], ...]:
    """Return every loop if there are at most :data:`LISTED`, otherwise the strongest at the saved steps ``moments``
    (from 1 on).

    ``ran`` is as for :class:`wherenow.explain.loops.link_scores.LinkScores`; loops are searched for in its first
    ``draws`` draws.
    """
    every = all_loops(system, most=LISTED + 1)
    if len(every) <= LISTED:
        return every
    import networkx as nx

    graph = causal_graph(system, elements=True)
    parts = [part for part in nx.strongly_connected_components(graph) if len(part) > 1]
    inside = [(a, b) for part in parts for a, b in graph.subgraph(part).edges]
    stocks = [e.name for e in system.elements.values() if e.kind is Kind.STOCK and any(e.name in p for p in parts)]
    few = Trajectories(names=ran.names, times=ran.times, values=ran.values[:, :, :draws])
    prober = LinkScores(system, few, set(inside))
    found: dict[tuple[str, ...], None] = {}
    for moment in moments:
        scores = prober.scores(moment)
        for draw in range(few.values.shape[2]):
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
    left = VISITS

    def visit(name: str, score: float) -> None:
        nonlocal left
        if name in on_the_way:
            if name == stock:
                found.append(turned(on_the_way))
            return
        if score < best.get(name, 0.0) or left == 0:
            return
        left -= 1
        best[name] = score
        on_the_way.append(name)
        for size, target in out.get(name, ()):
            visit(target, score * size)
        on_the_way.pop()

    visit(stock, 1.0)
    return found

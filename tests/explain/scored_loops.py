"""Scores of whole loops, from those of links, as published (see :mod:`wherenow.explain.loops.link_scores`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import networkx as nx
import numpy as np

from wherenow.engine.backend import Array, Trajectories
from wherenow.explain.loops.link_scores import LinkScores, pairs_of
from wherenow.model.graph import causal_graph
from wherenow.model.system import System

DOMINANT = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class LoopScores:
    """``shares[loop, time, draw]`` from -1 (balancing) to 1 (reinforcing); ``loops`` are element names in order.

    ``partition[loop]`` numbers the strongly connected part of each loop; shares are within that part.
    """

    loops: tuple[tuple[str, ...], ...]
    partition: tuple[int, ...]
    times: Array
    shares: Array

    def dominant(self, time: int) -> tuple[tuple[str, ...], ...]:
        """Return the smallest set of loops that makes at least half of the behaviour of the largest part at
        ``times[time]``, by mean size over draws.
        """
        size = np.abs(self.shares[:, time]).mean(axis=1)
        order = np.argsort(-size, kind="stable")
        reach = np.cumsum(size[order]) >= DOMINANT
        count = int(reach.argmax()) + 1 if reach.any() else 0
        return tuple(self.loops[i] for i in order[:count])


def loop_scores(
    system: System, ran: Trajectories, loops: Iterable[tuple[str, ...]], moments: Iterable[int]
) -> LoopScores:
    """Score ``loops`` at the saved steps ``moments`` (each at least 1) of ``ran``.

    ``ran`` has every element but tables, saved at every step. Shares are among the given loops.
    """
    chosen, steps = tuple(loops), tuple(moments)
    parts = list(nx.strongly_connected_components(causal_graph(system, elements=True)))
    partition = tuple(next(i for i, part in enumerate(parts) if loop[0] in part) for loop in chosen)
    pairs = {pair for loop in chosen for pair in pairs_of(loop)}
    scores = np.empty((len(chosen), len(steps), ran.values.shape[2]))
    prober = LinkScores(system, ran, pairs)
    for column, step in enumerate(steps):
        links = prober.scores(step)
        for row, loop in enumerate(chosen):
            scores[row, column] = np.prod([links[pair] for pair in pairs_of(loop)], axis=0)
    member = np.array(partition)
    shares = np.zeros_like(scores)
    for number in set(partition):
        mine = member == number
        total = np.abs(scores[mine]).sum(axis=0)
        shares[mine] = scores[mine] / np.where(total > 0, total, 1.0)
    return LoopScores(chosen, partition, ran.times[list(steps)], shares)

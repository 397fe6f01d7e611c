"""The loops that a case names, over its ensemble: how much of the behaviour each makes, when, and how sure that is.

A named loop goes from variable to variable; where these are arrays, it is many loops from element to element, and its
score is the sum of theirs. Shares are among the loops that the case names: 1 is all that they make together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from wherenow.case.types import Case
from wherenow.engine.backend import Array, Inputs
from wherenow.engine.lower import lower
from wherenow.engine.native import Native
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.simulate import parameter_rows
from wherenow.errors import UsageError
from wherenow.explain.loops import LinkScores, pairs_of
from wherenow.explain.stages import MARK, staged
from wherenow.model.elaborate import elaborate
from wherenow.model.graph import causal_graph
from wherenow.model.system import System

BLOCK = 32
"""Draws scored at a time: every element at every step is kept for them."""
EVERY = 4
"""Moments scored in a unit of time; a period's share is their mean."""
PATHS = 2_000
"""Element loops of one named loop, at most."""


@dataclass(frozen=True, slots=True, eq=False)
class NamedLoops:
    """``shares[loop, period, draw]``, of the behaviour that the named loops make together: from -1 (all of it, and
    balancing) to 1 (reinforcing), 0 where none of them makes any. A period is the unit of time from ``times`` on.
    """

    loops: tuple[str, ...]
    titles: tuple[str, ...]
    times: Array
    shares: Array
    basis: str

    def range(self, loop: int, period: int) -> tuple[float, float, float]:
        """Mean size of a loop's share, and its 5% and 95% quantiles over draws."""
        size = np.abs(self.shares[loop, period])
        low, high = np.quantile(size, (0.05, 0.95))
        return float(size.mean()), float(low), float(high)

    def leading(self) -> tuple[Leading, ...]:
        """Which loop has the largest mean share when; neighbouring periods with the same are one."""
        size = np.abs(self.shares)
        first = size.mean(axis=2).argmax(axis=0)
        sure = (size.argmax(axis=0) == first[:, None]) & (size.max(axis=0) > 0)
        edges = [0, *(np.flatnonzero(np.diff(first)) + 1), len(first)]
        return tuple(
            Leading(self.loops[first[a]], float(self.times[a]), float(self.times[b - 1]), float(sure[a:b].mean()),
                    float(size[first[a], a:b].mean()))
            for a, b in pairwise(edges)
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        return {
            "basis": self.basis,
            "draws": self.shares.shape[2],
            "loops": [
                {"id": name, "title": title, "periods": [
                    dict(zip(("mean", "low", "high"), self.range(i, k), strict=True), time=float(t))
                    for k, t in enumerate(self.times)]}
                for i, (name, title) in enumerate(zip(self.loops, self.titles, strict=True))
            ],
            "leading": [{"loop": x.loop, "first": x.first, "last": x.last, "draws": x.draws, "share": x.share}
                        for x in self.leading()],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Leading:
    """A loop that leads in the periods from ``first`` to ``last``: in the share ``draws`` of draws (a mean over the
    periods), with a mean share ``share`` of what the named loops make."""

    loop: str
    first: float
    last: float
    draws: float
    share: float


def named_loops(case: Case, draws: Draws) -> NamedLoops:
    """Shares of the loops of ``case`` in every whole unit of time of its run.

    Raises UsageError where the case names no loop, or one that its equations do not close.
    """
    if not case.loops:
        raise UsageError("the case names no loops", "loops.yaml names them")
    time = case.model.time
    system = staged(elaborate(replace(case.model, time=replace(time, save=time.step))))
    loops = {loop.id: element_loops(system, loop.through) for loop in case.loops.values()}
    for name, found in loops.items():
        if not found:
            raise UsageError(f"the loop '{name}' is not closed: nothing leads all the way round")
    program = lower(system)
    native = Native(program, threads=1)
    periods = np.arange(time.start, time.stop - 1 + 1e-9)
    within = np.linspace(0, 1, EVERY, endpoint=False) + 1 / EVERY
    moments = [[round((t + w - time.start) / time.step) for w in within] for t in periods]
    pairs = {pair for found in loops.values() for loop in found for pair in pairs_of(loop)}
    blocks = []
    for first in range(0, len(draws), BLOCK):
        members = draws.take(first, min(first + BLOCK, len(draws)))
        rows = parameter_rows(program.parameters, program.defaults, members, {})
        ran = native.run(Inputs(rows, None, members.seed, members.first))
        prober = LinkScores(system, ran, pairs)
        shares = np.empty((len(loops), len(periods), len(members)))
        for k, steps in enumerate(moments):
            shares[:, k] = np.mean([_shares(prober, list(loops.values()), step) for step in steps], axis=0)
        blocks.append(shares)
    titles = tuple(loop.title for loop in case.loops.values())
    return NamedLoops(tuple(loops), titles, periods, np.concatenate(blocks, axis=2), draws.basis)


def _shares(prober: LinkScores, loops: Sequence[tuple[tuple[str, ...], ...]], step: int) -> Array:
    """``[loop, draw]``"""
    links = prober.scores(step)
    scores = np.array([
        np.sum([np.prod([links[pair] for pair in pairs_of(loop)], axis=0) for loop in found], axis=0) for found in loops
    ])  # fmt: skip
    scores = np.nan_to_num(scores)
    total = np.abs(scores).sum(axis=0)
    return np.asarray(scores / np.where(total > 0, total, 1.0))


def element_loops(system: System, through: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The loops from element to element through the variables ``through`` in their order, and through their stages."""
    graph = causal_graph(system, elements=True)
    elements: dict[str, list[str]] = {}
    for element in system.elements.values():
        elements.setdefault(element.variable.name, []).append(element.name)

    def between(source: str, target: str, passed: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
        """The stages of ``target`` that ways from ``source`` to it pass."""
        if graph.has_edge(source, target):
            yield passed
        for stage in graph.successors(source):
            if stage.startswith(target + MARK) and stage not in passed:
                yield from between(stage, target, (*passed, stage))

    def ways(way: tuple[str, ...], reached: int) -> Iterator[tuple[str, ...]]:
        if reached == len(through):
            for passed in between(way[-1], way[0]):
                yield (*way, *passed)
            return
        for following in elements[through[reached]]:
            for passed in between(way[-1], following):
                yield from ways((*way, *passed, following), reached + 1)

    found: list[tuple[str, ...]] = []
    for first in elements[through[0]]:
        for way in ways((first,), 1):
            found.append(way)
            if len(found) > PATHS:
                raise UsageError(f"the loop through {through[0]} has more than {PATHS} ways from element to element")
    return tuple(found)

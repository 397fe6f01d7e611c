"""The loops that a case names, over its ensemble: the share of the behaviour that each makes, when, and with what
certainty.

A named loop goes from variable to variable. If these are arrays, it stands for many loops from element to element, and
its score is the sum of theirs. Shares are among the loops that the case names: 1 is all that they make together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from wherenow.case.case_types import Case
from wherenow.engine.backend import Array
from wherenow.engine.lowering.lower import lower
from wherenow.engine.native import Native
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.simulate import inputs_of
from wherenow.errors import UsageError
from wherenow.explain.loops.link_scores import LinkScores, pairs_of
from wherenow.language.functions import FUNCTIONS, FunctionKind
from wherenow.language.syntax import Binary, Call, Expression, Number, Reference, walk
from wherenow.model.elaboration.elaborate import elaborate
from wherenow.model.graph import causal_graph
from wherenow.model.model_types import Kind
from wherenow.model.rewrite import rewrite
from wherenow.model.system import Element, System

BLOCK = 32
"""Draws scored at a time: every element at every step is in memory for them."""
EVERY = 4
"""Times scored in a period; its share is their mean."""
PERIODS = 60
"""Maximum number of periods of a run; and times at which the strongest loops are searched for."""
FEW = 3
"""Draws in which the strongest loops are searched for."""
PATHS = 2_000
"""Maximum number of element loops of one named loop."""


@dataclass(frozen=True, slots=True, eq=False)
class NamedLoops:
    """``shares[loop, period, draw]`` of the behaviour that the named loops make together.

    They range from -1 (all of it, balancing) to 1 (reinforcing), and are 0 if none of the loops makes any. Periods
    begin at ``times``.
    """

    loops: tuple[str, ...]
    titles: tuple[str, ...]
    times: Array
    shares: Array
    basis: str

    def range(self, loop: int, period: int) -> tuple[float, float, float]:
        """Return the mean size of a loop's share in a period, and its 5% and 95% quantiles over draws.

        Parameters
        ----------
        loop, period
            positions in ``loops`` and in ``times``.
        """
        size = np.abs(self.shares[loop, period])
        low, high = np.quantile(size, (0.05, 0.95))
        return float(size.mean()), float(low), float(high)

    def leading(self) -> tuple[Leading, ...]:
        """Find the loop with the largest mean share in each period; neighbouring periods with the same loop are merged.

        Examples
        --------
        >>> import wherenow
        >>> len(wherenow.open("teacup.mdl").loops().leading())
        1
        """
        size = np.abs(self.shares)
        first = size.mean(axis=2).argmax(axis=0)
        sure = (size.argmax(axis=0) == first[:, None]) & (size.max(axis=0) > 0)
        edges = [0, *(np.flatnonzero(np.diff(first)) + 1), len(first)]
        spans = []
        for a, b in pairwise(edges):
            draws, share = float(sure[a:b].mean()), float(size[first[a], a:b].mean())
            spans.append(Leading(self.loops[first[a]], float(self.times[a]), float(self.times[b - 1]), draws, share))
        return tuple(spans)

    def to_dict(self) -> dict[str, Any]:
        """Return the loops and their shares as plain JSON types."""

        def period(loop: int, place: int) -> dict[str, float]:
            mean, low, high = self.range(loop, place)
            return {"mean": mean, "low": low, "high": high, "time": float(self.times[place])}

        return {
            "basis": self.basis,
            "draws": self.shares.shape[2],
            "loops": [
                {"id": name, "title": title, "periods": [period(i, k) for k in range(len(self.times))]}
                for i, (name, title) in enumerate(zip(self.loops, self.titles, strict=True))
            ],
            "leading": [asdict(loop) for loop in self.leading()],
        }


@dataclass(frozen=True, slots=True)
class Leading:
    """A loop that leads in the periods from ``first`` to ``last``.

    It leads in the share ``draws`` of draws (a mean over the periods), with a mean share ``share`` of what the named
    loops make.
    """

    loop: str
    first: float
    last: float
    draws: float
    share: float


def named_loops(case: Case, draws: Draws) -> NamedLoops:
    """Compute the shares of the loops of ``case`` in every period of its run: a unit of time, or a sixtieth of a longer
    run.

    Raises UsageError if the case names no loop, or one that its equations do not close.
    """
    if not case.loops:
        raise UsageError("the case names no loops", "loops.yaml names them")
    system = _finely(case)
    loops = {loop.id: element_loops(system, loop.through) for loop in case.loops.values()}
    for name, found in loops.items():
        if not found:
            raise UsageError(f"the loop '{name}' is not closed: no path leads all the way round")
    return _scored(system, draws, loops, tuple(loop.title for loop in case.loops.values()))


def found_loops(case: Case, draws: Draws, most: int = 12) -> NamedLoops:
    """Compute the shares of the loops that matter most, for a case that names none: all if they are few, otherwise the
    strongest.

    Shares are among all loops found. The ``most`` loops with the largest mean share are returned, named L1, L2 … in
    that order. Raises UsageError if there is no loop.
    """
    from wherenow.explain.loops.link_scores import loops_that_matter

    system = _finely(case)
    program = lower(system)
    few = draws.take(0, min(FEW, len(draws)))
    ran = Native(program, threads=1).run(inputs_of(program, few))
    moments = [step for steps in _moments(system)[1] for step in steps]
    loops = loops_that_matter(system, ran, moments[:: -(-len(moments) // PERIODS)])
    if not loops:
        raise UsageError("the model has no feedback loop")
    whole = _scored(system, draws, {str(i): (loop,) for i, loop in enumerate(loops)}, ("",) * len(loops))
    order = np.argsort(-np.abs(whole.shares).mean(axis=(1, 2)), kind="stable")[:most]
    names = tuple(f"L{i + 1}" for i in range(len(order)))
    titles = tuple(" → ".join(loops[i]) for i in order)
    return replace(whole, loops=names, titles=titles, shares=whole.shares[order])


def _finely(case: Case) -> System:
    """Return the case's system with smooths and delays as stocks and every step saved."""
    return staged(elaborate(replace(case.model, time=replace(case.model.time, save=case.model.time.step))))


def _moments(system: System) -> tuple[Array, list[list[int]]]:
    """Return the beginning of each period, and the steps in it at which loops are scored."""
    time = system.time
    length = max(1.0, (time.stop - time.start) / PERIODS)
    periods = np.arange(time.start, time.stop - length + 1e-9, length)
    if not periods.size:  # the run is shorter than one unit of time
        periods, length = np.array([time.start]), time.stop - time.start
    within = length * (np.arange(EVERY) + 1) / EVERY
    return periods, [[max(1, round((t + w - time.start) / time.step)) for w in within] for t in periods]


def _scored(
    system: System, draws: Draws, loops: Mapping[str, Sequence[tuple[str, ...]]], titles: tuple[str, ...]
) -> NamedLoops:
    program = lower(system)
    native = Native(program, threads=1)
    periods, moments = _moments(system)
    pairs = {pair for found in loops.values() for loop in found for pair in pairs_of(loop)}
    blocks = []
    for first in range(0, len(draws), BLOCK):
        members = draws.take(first, min(first + BLOCK, len(draws)))
        ran = native.run(inputs_of(program, members))
        prober = LinkScores(system, ran, pairs)
        shares = np.empty((len(loops), len(periods), len(members)))
        for k, steps in enumerate(moments):
            shares[:, k] = np.mean([_shares(prober, list(loops.values()), step) for step in steps], axis=0)
        blocks.append(shares)
    return NamedLoops(tuple(loops), titles, periods, np.concatenate(blocks, axis=2), draws.basis)


def _shares(prober: LinkScores, loops: Sequence[Sequence[tuple[str, ...]]], step: int) -> Array:
    """Return ``[loop, draw]``."""
    links = prober.scores(step)
    scores = np.array(
        [
            np.sum([np.prod([links[pair] for pair in pairs_of(loop)], axis=0) for loop in found], axis=0)
            for found in loops
        ]
    )
    scores = np.nan_to_num(scores)
    total = np.abs(scores).sum(axis=0)
    return np.asarray(scores / np.where(total > 0, total, 1.0))


def element_loops(system: System, through: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return the loops from element to element through the variables ``through`` in order, and through their stages."""
    graph = causal_graph(system, elements=True)
    elements: dict[str, list[str]] = {}
    for element in system.elements.values():
        elements.setdefault(element.variable.name, []).append(element.name)

    def between(source: str, target: str, passed: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
        """Return the stages of ``target`` on paths from ``source`` to it."""
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
                raise UsageError(f"the loop through {through[0]} has more than {PATHS} paths from element to element")
    return tuple(found)


MARK = "·"
"""The separator between the name of an element and the number of one of its stages."""
_ORDERS = {"smth1": 1, "smth3": 3, "delay1": 1, "delay3": 3}


def staged(system: System) -> System:
    """Return the system with every smooth and delay of first and third order as a chain of stocks."""
    elements: dict[str, Element] = {}
    for element in system.elements.values():
        made = list(_apart(element)) if element.kind in (Kind.AUXILIARY, Kind.FLOW, Kind.STOCK) else [element]
        elements.update((one.name, one) for one in made)
    return System(system.model, elements, system.order, system.initial_order)


def _apart(element: Element) -> Iterator[Element]:
    """Return the stages of an element, and the element that reads them."""
    stages: list[Element] = []

    def look(node: Expression) -> Expression:
        order = _ORDERS.get(FUNCTIONS[node.function].name) if isinstance(node, Call) else None
        if order is None or not isinstance(node, Call) or _noisy(node):
            return node
        source, over, *rest = node.arguments
        initial = rest[0] if rest else source
        smooths = node.function.startswith("smth")
        part = over if order == 1 else Binary("/", over, Number(float(order)))
        into, out = source, source
        for _ in range(order):
            here = Reference(f"{element.name}{MARK}{len(stages) + 1}")
            leaving: Expression = here if smooths else Binary("/", here, part)
            rate = Binary("/", Binary("-", into, here), part) if smooths else Binary("-", into, leaving)
            first = initial if smooths else Binary("*", initial, part)
            variable, equation = replace(element.variable, name=here.name, kind=Kind.STOCK), element.equation
            stage = Element(names=(here.name,), variable=variable, expression=rate, initial=first, equation=equation)
            stages.append(stage)
            into = out = leaving
        return out

    expression = rewrite(element.expression, look)
    yield from stages
    yield replace(element, expression=expression) if stages else element


def _noisy(node: Expression) -> bool:
    kinds = (FUNCTIONS[n.function].kind for n in walk(node) if isinstance(n, Call))
    return any(kind is FunctionKind.NOISE for kind in kinds)

"""Cuts asked of few draws: several sets side by side, so that each formula is evaluated once for all of them.

Of few draws, what claims ask takes longer than the runs, and nearly as long for 16 draws as for 256. Here the registers
of several sets stand in one row, as if their draws were one ensemble's. No bit of an answer differs from that of
:meth:`~wherenow.explain.workbench.Workbench.each`.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wherenow.claims.check import Checked
from wherenow.claims.reading import Registers
from wherenow.claims.sources import AGAINST
from wherenow.explain.rerun import Rerun
from wherenow.explain.workbench import Answers, Mask, Workbench
from wherenow.model.cuts import Pair

Cuts = frozenset[Pair]
COLUMNS = 256
"""Draws that stand in one row, of all sets together."""


def each_of(bench: Workbench, sets: Sequence[Cuts]) -> Iterator[Answers]:
    """Answers for each set of cuts, in order, on the draws of ``bench``; of few draws without robustness."""
    abreast = COLUMNS // len(bench.draws)
    if abreast < 2:
        yield from bench.each(sets)
        return
    whole, here = bench.whole(bench.draws), threading.local()
    used = {branch.scenario: branch.asked.used() for branch in bench.branches}
    waiting: deque[Future[list[Answers]]] = deque()
    with ThreadPoolExecutor(bench.threads) as pool:
        try:
            for first in range(0, len(sets), abreast):
                waiting.append(pool.submit(_together, bench, sets[first : first + abreast], whole, used, here))
                if len(waiting) > bench.threads:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        finally:
            for left in waiting:  # who asks has had enough of answers
                left.cancel()


def _together(
    bench: Workbench, sets: Sequence[Cuts], whole: Answers, used: dict[str, NDArray[Any]], here: threading.local
) -> list[Answers]:
    count, width = len(bench.draws), len(bench.draws) * len(sets)
    concerned = [bench.concerned(cuts) for cuts in sets]
    reruns = _reruns(bench, len(sets), here)
    asked = np.zeros((len(bench.readings), len(sets)), bool)
    holds = np.ones((len(bench.readings), len(sets), count), bool)
    finite = np.broadcast_to(whole.finite, (len(sets), count)).copy()
    factual, other = (np.zeros((len(bench.plan.readings), width)) for _ in range(2))
    for place, (cuts, (rows, branches)) in enumerate(zip(sets, concerned, strict=True)):
        if rows:
            asked[list(rows), place] = True
            rerun = reruns[place]
            rerun.factual(cuts, bench.reads(rows), max(bench.ends[row] for row in rows), branches)
            factual[:, place * count : (place + 1) * count] = rerun.here
            finite[place] = rerun.finite
    for row in np.flatnonzero(asked.any(axis=1)).tolist():
        model = bench.readings[row].model
        if model is not None:
            holds[row] &= _met(bench, model, {"": factual}, holds[row].shape)
    for branch in bench.branches:
        mine = {place: found for place, (_, branches) in enumerate(concerned)
                for found in branches if found.scenario == branch.scenario}  # fmt: skip
        # where no draw is left in which the counterfactual could decide, it is not run
        open_ = [place for place, found in mine.items() if holds[list(found.rows), place].any()]
        for place in open_:
            rerun = reruns[place]
            rerun.counterfactual(mine[place], bench.deeds[branch.scenario])
            read = used[branch.scenario]
            other[read, place * count : (place + 1) * count] = rerun.there[read]
        for row in sorted({row for place in open_ for row in mine[place].rows}):
            expect = bench.readings[row].expect
            assert expect is not None
            holds[row] &= _met(bench, expect, {"": factual, AGAINST: other}, holds[row].shape)
    holds = np.where(asked[:, :, None], holds, whole.holds[:, None, :])
    return [Answers(holds[:, place], finite[place], {}) for place in range(len(sets))]


def _reruns(bench: Workbench, sets: int, here: threading.local) -> list[Rerun]:
    """The draws packed once for each place in a row, for the thread at hand."""
    found: list[Rerun] = here.__dict__.setdefault("reruns", [])
    while len(found) < sets:
        found.append(Rerun(bench.native, bench.there, bench.narrowed, bench.draws, bench.plan.readings))
    return found


def _met(bench: Workbench, checked: Checked, registers: Registers, shape: tuple[int, ...]) -> Mask:
    """Where a formula holds, by set and draw; what it says of a set that does not ask it means nothing."""
    with np.errstate(all="ignore"):  # a cut can blow a draw up: then the claim does not hold in it
        found = bench.plan.robustness(checked, registers)
    return np.broadcast_to(found.holds, (shape[0] * shape[1],)).reshape(shape)

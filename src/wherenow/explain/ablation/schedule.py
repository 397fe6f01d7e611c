"""The anytime schedule: evaluate claims under many sets of cuts, in rounds of increasingly many draws, within a time.

A round evaluates every set on the draws that it has not seen yet. After it, the answers are those of the first draws,
with the bits that evaluating them all at once would give. Programs are compiled once for all rounds.

With few draws, evaluating claims takes longer than simulating, and nearly as long for 16 draws as for 256. So the
registers of several sets are placed in one row, as if their draws were one ensemble's (:func:`batched`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

from wherenow.case.case_types import Case
from wherenow.cluster import each
from wherenow.ensemble.draws import Draws
from wherenow.execution import Execution
from wherenow.explain.ablation.ablation import Ablation, Answers, prepare_ablation
from wherenow.explain.ablation.answer_cache import AnswerCache, Bits, CacheEntry, packed
from wherenow.model.cuts import Pair

Cuts = frozenset[Pair]
COLUMNS = 256
"""Draws in one row, of all sets together."""


def batched(ablation: Ablation, sets: Sequence[Cuts]) -> Iterator[Answers]:
    """Yield answers for each set of cuts, in order, on the draws of ``ablation``."""
    yield from ablation.each(sets, together=max(1, COLUMNS // len(ablation.draws)))


Part = tuple[tuple[Pair, ...], tuple[Cuts, ...], int, int]
"""The links that a program can cut, sets of them, and the first draw and the end of those to evaluate the sets on."""
CHUNK = 96
"""Links with a switch in one program: more slow down every run, fewer need more programs to compile."""
LEAST = 16
"""Draws of the first round within a time limit, and so the minimum. One program with all switches evaluates so few: a
run of it takes half as long again, but the other programs need not be compiled first.
"""
FIRST = 64
"""Draws of the first round without a time limit, after which an interrupt finds answers."""
BESIDE = 16
"""Overhead of a set of cuts, in draws."""
SAVED = 5.0
"""Seconds between writes of the answers."""


@dataclass(slots=True, eq=False, kw_only=True)
class Schedule:
    """Evaluates ``sets`` of cuts of ``case`` on ``draws`` and collects the answers in ``answered``.

    ``since`` and ``neutral`` are as for :func:`~wherenow.explain.ablation.ablation.prepare_ablation`.
    Answers are stored at ``place`` if given.
    """

    case: Case
    draws: Draws
    sets: tuple[Cuts, ...]
    since: float | None
    neutral: Mapping[str, float]
    execution: Execution  # threads or cluster, and the progress callback
    answered: AnswerCache
    place: CacheEntry | None
    programs: dict[tuple[Pair, ...], Ablation] = field(default_factory=dict)  # compiled programs by their links
    compiled: list[float] = field(default_factory=list)  # compilation time of each program, in seconds
    waited: float = 0.0  # total wait for compiled programs, in seconds
    paces: list[tuple[int, float]] = field(default_factory=list)  # draws of each round, and seconds for all sets
    saved: float = field(default_factory=time.monotonic)  # monotonic time of the last write, in seconds
    fresh: bool = False  # whether there are answers since the last write

    @property
    def known(self) -> int:
        """Return the number of first draws on which every set was evaluated."""
        return min(len(self.draws), *(self.answered.count(cuts) for cuts in self.sets))

    def go(self, within: float | None = None) -> None:
        """Evaluate until every set has all draws, or ``within`` seconds are over.

        At least :data:`LEAST` draws (or all, if there are fewer) are always evaluated. A later round begins only if it
        is likely to end in time, and is abandoned if it does not; its answers count in the next call.
        """
        deadline = None if within is None else time.monotonic() + within
        try:
            while (known := self.known) < len(self.draws):
                stop = self._unlimited(known) if deadline is None else self._fitting(known, deadline - time.monotonic())
                if stop is None or not self._round(known, stop, deadline if known else None):
                    return
        finally:
            self._keep()

    def ask(self, sets: Collection[Cuts], stop: int) -> None:
        """Evaluate some of the sets on the draws before ``stop``, with the programs that all of them share."""
        parts = self._parts(grouped(self.sets), frozenset(sets), stop)
        among = sum(len(asked) for _, asked, _, _ in parts)
        try:
            for done in self._answering(parts):
                self.execution.progress(f"cut {done} of {among} mechanisms on {stop} draws")
        finally:
            self._keep()

    def _unlimited(self, known: int) -> int:
        """Return where a round ends without a time limit: the first is a small part of the whole."""
        early = max(FIRST, 4 * known)
        return early if 4 * early <= len(self.draws) and not self.execution.cluster else len(self.draws)

    def _fitting(self, known: int, left: float) -> int | None:
        """Return the end of the longest round likely to take at most ``left`` seconds; None if there is none."""
        if not known:
            return min(LEAST, len(self.draws))
        ends = [LEAST]
        while ends[-1] < len(self.draws):
            ends.append(min(2 * ends[-1], len(self.draws)))
        later = [end for end in ends if end > known]
        if not self.paces:
            return later[0] if left > 0 else None
        fitting = [end for end in later if self._expected(known, end) <= left]
        return fitting[-1] if fitting else None

    def _expected(self, known: int, stop: int) -> float:
        """Estimate the seconds of a round from the last one, its growth so far, and the remaining compilations."""
        draws, seconds = self.paces[-1]
        slope = seconds / draws
        if len(self.paces) > 1 and self.paces[-2][0] != draws:
            before, then = self.paces[-2]
            slope = min(slope, max(0.0, (seconds - then) / (draws - before)))
        missing = [g for g in self._groups(stop - known) if _links(g) not in self.programs]
        programs = max(self.compiled, default=0.0) * len(missing)
        return seconds + max(stop - known - draws, 0) * slope + programs

    def _groups(self, draws: int) -> list[tuple[Cuts, ...]]:
        return [self.sets] if draws <= LEAST else grouped(self.sets)

    def _round(self, known: int, stop: int, deadline: float | None) -> bool:
        """Evaluate all sets on the draws before ``stop``; return False if time ran out first."""
        parts = self._parts(self._groups(stop - known), frozenset(self.sets), stop)
        among = sum(len(asked) for _, asked, _, _ in parts)
        begun, waited = time.monotonic(), self.waited
        self.execution.progress(f"cutting {among} mechanisms on {stop} draws")
        for done in self._answering(parts):
            now = time.monotonic()
            left = self._left(known, stop, (now - begun) / done, among - done)
            if deadline is not None:
                left = min(left, max(0.0, deadline - now))
            self.execution.progress(f"cut {done} of {among} mechanisms on {stop} draws, about {_duration(left)} left")
            if deadline is not None and now > deadline and done < among:
                return False
        spent = time.monotonic() - begun - (self.waited - waited)
        self.paces.append((stop - known, spent * len(self.sets) / max(1, among)))
        return True

    def _parts(self, groups: Sequence[tuple[Cuts, ...]], wanted: frozenset[Cuts], stop: int) -> list[Part]:
        """Return the parts to evaluate so that each ``wanted`` set is answered on the draws before ``stop``."""
        parts = []
        for group in groups:
            sets = [cuts for cuts in group if cuts in wanted]
            for first in sorted({self.answered.count(cuts) for cuts in sets}):
                asked = tuple(cuts for cuts in sets if self.answered.count(cuts) == first)
                if first < stop:
                    parts.append((_links(group), asked, first, stop))
        return parts

    def _answering(self, parts: Sequence[Part]) -> Iterator[int]:
        """Store the answers of each set of each part, and count them."""
        for done, (cuts, bits) in enumerate(self._asked(parts), 1):
            self.answered.add(cuts, bits)
            self.fresh = True
            yield done
            if time.monotonic() > self.saved + SAVED:
                self._keep()

    def _left(self, known: int, stop: int, pace: float, waiting: int) -> float:
        """Estimate the seconds until everything is evaluated, if a set of this round takes ``pace``."""
        later = (len(self.draws) - stop + BESIDE * (stop < len(self.draws))) / (stop - known + BESIDE)
        return pace * (waiting + later * len(self.sets))

    def _asked(self, parts: Sequence[Part]) -> Iterator[tuple[Cuts, Bits]]:
        """Yield the answers of each set of each part."""
        if self.execution.cluster:
            work = partial(_apart, self.case, self.draws, self.since, dict(self.neutral))
            for (_, asked, _, _), found in zip(parts, each(work, parts, self.execution.cluster), strict=True):
                yield from zip(asked, found, strict=True)
            return
        compiler = ThreadPoolExecutor(1)
        try:
            coming = [compiler.submit(self._bench, links) for links, *_ in parts[:1]]
            for number, (_, asked, first, stop) in enumerate(parts):
                begun = time.monotonic()
                ablation = coming.pop().result()
                self.waited += time.monotonic() - begun
                # compile the next program while this one runs
                coming += [compiler.submit(self._bench, links) for links, *_ in parts[number + 1 : number + 2]]
                members = self.draws.take(first, stop)
                for cuts, answers in zip(asked, batched(_on(ablation, members), asked), strict=True):
                    yield cuts, packed(answers)
        finally:
            compiler.shutdown(wait=False, cancel_futures=True)  # after an error, do not wait for a compilation

    def _bench(self, links: tuple[Pair, ...]) -> Ablation:
        if links not in self.programs:
            begun = time.monotonic()
            self.programs[links] = _prepared(
                self.case, self.draws, self.since, self.neutral, self.execution.threads, links
            )
            self.compiled.append(time.monotonic() - begun)
        return self.programs[links]

    def _keep(self) -> None:
        if self.place is not None and self.fresh:
            self.place.keep(self.answered)
        self.saved, self.fresh = time.monotonic(), False


def _prepared(
    case: Case,
    draws: Draws,
    since: float | None,
    neutral: Mapping[str, float],
    threads: int | None,
    links: tuple[Pair, ...],
) -> Ablation:
    mine = {name: value for name, value in neutral.items() if any(name == source for source, _ in links)}
    return prepare_ablation(case, draws, links, since, threads, neutral=mine)


def _on(ablation: Ablation, members: Draws) -> Ablation:
    """Return the same programs for other draws."""
    return replace(ablation, draws=members, base=[], here=threading.local())


def _apart(
    case: Case,
    draws: Draws,
    since: float | None,
    neutral: Mapping[str, float],
    part: Part,
) -> list[Bits]:
    """Evaluate a part on a worker of a cluster."""
    links, asked, first, stop = part
    ablation = _prepared(case, draws.take(first, stop), since, neutral, 1, links)
    return [packed(answers) for answers in batched(ablation, asked)]


def _links(group: Sequence[Cuts]) -> tuple[Pair, ...]:
    return tuple(sorted({link for cuts in group for link in cuts}))


def grouped(sets: Sequence[Cuts]) -> list[tuple[Cuts, ...]]:
    """Group ``sets`` so that each group shares a program.

    Sets of few links form equal groups of at most :data:`CHUNK` switches; sets of many links share one.
    """
    few = [cuts for cuts in sets if len(cuts) <= CHUNK // 8]
    many = tuple(cuts for cuts in sets if len(cuts) > CHUNK // 8)
    links = len({link for cuts in few for link in cuts})
    most = -(-links // max(1, -(-links // CHUNK)))
    groups: list[tuple[Cuts, ...]] = []
    group: list[Cuts] = []
    for cuts in few:
        if group and len(frozenset().union(*group, cuts)) > most:
            groups.append(tuple(group))
            group = []
        group.append(cuts)
    return [*groups, *([tuple(group)] if group else []), *([many] if many else [])]


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"

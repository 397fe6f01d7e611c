"""Stop evaluating a set of cuts when further draws can hardly change its verdicts.

A table over N draws counts, for each claim and each set of cuts, the draws in which the cut breaks the claim and those
in which it makes the claim hold. The first n draws are a sample of these N without replacement. A confidence sequence
(Howard, Ramdas, McAuliffe & Sekhon 2021), whose bounds on both counts are valid at every n at once, allows a look after
every round: if both ends give the same answer, it is that of the whole table. For a finite population, the bounds come
from the ratio of prior to posterior (Waudby-Smith & Ramdas 2020, "Confidence sequences for sampling without
replacement"). The error of the race is divided by the number of bounds (Bonferroni), so that it covers all claims and
sets together.

The bounds assume that the draws are in random order. A posterior's draws are shuffled, and independent draws are
exchangeable. Sobol' points represent the whole better than a random sample does, which makes the bounds conservative.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from wherenow.claims.evaluation.proportion import Share
from wherenow.explain.ablation.ablation import Mask
from wherenow.explain.ablation.answer_cache import AnswerCache
from wherenow.explain.ablation.schedule import Cuts, Schedule
from wherenow.explain.ablation.verdict import SPARES, ClaimChange, carries, clear, lost_part, reason_word

ERROR = 0.01
"""Maximum probability that a race decides anything differently from all draws."""
FIRST = 32
"""Draws of the first round; each later round has twice as many."""
BEARABLE = 0.5
"""If at most this share of the draws stays finite without a mechanism, the mechanism carries the whole model, not a
claim, and has no changes in the table.
"""
NOTHING_CUT: Cuts = frozenset()


@dataclass(frozen=True, slots=True)
class SetDecision:
    """The verdicts of a set of cuts on a claim, each part only if this set needs it."""

    carries: bool
    word: object
    spared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """Tracks which sets of cuts still need draws.

    ``base`` says whether each claim holds in each of all draws; ``clear`` are the claims that hold clearly, since cuts
    decide nothing about others. ``reasons`` are the sets that claims name, by the claim's row; ``everything`` cuts
    every link. ``error`` is that of one bound.
    """

    base: Mask
    clear: tuple[int, ...]
    reasons: Mapping[int, Cuts]
    everything: Cuts
    error: float

    def settled(self, cuts: Cuts, answered: AnswerCache) -> bool:
        """Return whether the evaluated draws settle everything that ``cuts`` decides."""
        asked, draws = answered.count(cuts), self.base.shape[1]
        if asked >= draws:
            return True
        runaway = bounds(int((~answered.finite(cuts, asked)).sum()), asked, draws, self.error)
        left_out = {draws - count <= BEARABLE * draws for count in runaway}
        if len(left_out) > 1:
            return False
        holds = answered.holds(cuts, asked)
        rows = [row for row in self.clear if left_out == {False} or self.reasons.get(row) == cuts]
        return all(self._decided(row, cuts, holds[row]) for row in rows)

    def _decided(self, row: int, cuts: Cuts, holds: Mask) -> bool:
        held, asked = self.base[row], holds.size
        first = held[:asked]
        return _decided(
            lost=int(np.count_nonzero(first & ~holds)),
            won=int(np.count_nonzero(holds & ~first)),
            held=int(np.count_nonzero(first)),
            asked=asked,
            holding=int(np.count_nonzero(held)),
            draws=held.size,
            error=self.error,
            is_reason=self.reasons.get(row) == cuts,
            is_everything=cuts == self.everything,
        )


def race(asking: Schedule, reasons: Mapping[int, Cuts], everything: Cuts, error: float) -> None:
    """Evaluate until every set decides, with probability 1 - ``error``, what all draws would decide."""
    draws, answered = len(asking.draws), asking.answered
    asking.ask([NOTHING_CUT], draws)
    base, lost = answered.holds(NOTHING_CUT, draws), int((~answered.finite(NOTHING_CUT, draws)).sum())
    rows = tuple(row for row, held in enumerate(base) if clear(Share(int(held.sum()), draws, lost)))
    bounds_made = len(asking.sets) * (2 * len(rows) + 1)
    racing = Race(base=base, clear=rows, reasons=reasons, everything=everything, error=error / bounds_made)
    undecided: Sequence[Cuts] = [cuts for cuts in asking.sets if cuts != NOTHING_CUT]
    stop = FIRST
    while undecided:
        asking.ask(undecided, min(stop, draws))
        undecided = [cuts for cuts in undecided if not racing.settled(cuts, answered)]
        stop *= 2


@lru_cache(maxsize=1 << 16)
def bounds(hits: int, asked: int, population: int, error: float) -> tuple[int, int]:
    """Return the minimum and maximum number of hits in a population of which ``asked`` members gave ``hits``.

    For sampling without replacement with a look after every draw, the number is ever outside with a probability of at
    most ``error``. The prior is uniform on 0 … ``population``.
    """
    from scipy.special import betaln, gammaln

    others = population - asked
    more = np.arange(others + 1)
    log_ways = gammaln(others + 1) - gammaln(more + 1) - gammaln(others - more + 1)
    log_posterior = (
        log_ways + betaln(1 + hits + more, 1 + population - hits - more) - betaln(1 + hits, 1 + asked - hits)
    )
    possible = np.flatnonzero(log_posterior > math.log(error) - math.log(population + 1))
    return hits + int(possible[0]), hits + int(possible[-1])


@lru_cache(maxsize=1 << 16)
def _decided(
    *,
    lost: int,
    won: int,
    held: int,
    asked: int,
    holding: int,
    draws: int,
    error: float,
    is_reason: bool,
    is_everything: bool,
) -> bool:
    """Return whether the decision is the same for all counts within their bounds."""

    def decision(change: ClaimChange) -> SetDecision:
        word = reason_word(change) if is_reason else None
        return SetDecision(carries(change), word, is_everything and lost_part(change) < SPARES)

    if held == 0:
        return False
    losses = bounds(lost, held, holding, error)
    gains = bounds(won, asked - held, draws - holding, error)
    ends = {decision(ClaimChange.counted(holding, less, more, draws)) for less in losses for more in gains}
    return ends == {decision(ClaimChange.counted(held, lost, won, asked))}

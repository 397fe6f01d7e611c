"""The uncertainty of an outcome, given that of the inputs: many perturbed tables played at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wherenow.bargaining.positions import SCALE, Array, IssuePositions, table_of, weighted_mean, weighted_median
from wherenow.bargaining.rounds import ROUNDS, moved_on, play_round
from wherenow.case.case_types import Case
from wherenow.errors import UsageError


@dataclass(frozen=True, slots=True)
class Spread:
    """Standard deviations of the inputs, used by :func:`uncertain`.

    ``position`` is a share of the issue's width; ``capability`` and ``salience`` are on the logarithmic scale.
    """

    position: float = 0.1
    capability: float = 0.25
    salience: float = 0.25


@dataclass(frozen=True, slots=True)
class Settlements:
    """Outcomes over perturbed tables, each of shape [draws]; ``settled`` marks those in which nobody moves any more."""

    mean: Array
    median: Array
    settled: NDArray[np.bool_]


def perturb(table: IssuePositions, spread: Spread, draws: int, seed: int) -> IssuePositions:
    """Return the table ``draws`` times with its inputs perturbed at random, arrays of shape [draws, actors].

    Positions move by a normal share of the width and stay on the scale; capability and salience are multiplied by a
    lognormal factor, salience up to 1. The same seed gives the same tables, and the first k of n draws equal k draws.
    """
    generator = np.random.Generator(np.random.Philox(seed))
    shift = generator.standard_normal((draws, 3, len(table.actors)))
    width = table.high - table.low
    return replace(
        table,
        position=np.clip(table.position + spread.position * width * shift[:, 0], table.low, table.high),
        capability=table.capability * np.exp(spread.capability * shift[:, 1]),
        salience=np.minimum(table.salience * np.exp(spread.salience * shift[:, 2]), 1.0),
    )


def uncertain(table: IssuePositions, spread: Spread | None = None, draws: int = 1000, seed: int = 0) -> Settlements:
    """Play ``draws`` perturbed tables: the spread of outcomes shows what uncertain inputs leave uncertain."""
    start = perturb(table, spread or Spread(), draws, seed)
    position, moving = start.position.copy(), np.ones(draws, dtype=bool)
    for _ in range(ROUNDS):
        active = replace(
            start, position=position[moving], capability=start.capability[moving], salience=start.salience[moving]
        )
        after, *_ = play_round(active)
        position[moving] = after
        moving[moving] = moved_on(active.position, after, table)
        if not moving.any():
            break
    end = replace(start, position=position)
    return Settlements(weighted_mean(end), weighted_median(end), ~moving)


def uncertain_lean(case: Case, without: Collection[str] = (), draws: int = 1000, seed: int = 0) -> Array:
    """Return where bargaining over all issues of a case settles, from -1 (all low) to 1 (all high), shape [draws].

    It is the mean over the issues of the settled median, under perturbed inputs (:func:`uncertain`).
    """
    if not case.issues:
        raise UsageError("the case has no issues to bargain over")
    medians = [uncertain(table_of(case, issue, without), draws=draws, seed=seed).median for issue in case.issues]
    low, high = SCALE
    return np.asarray(2.0 * (np.mean(medians, axis=0) - low) / (high - low) - 1.0)

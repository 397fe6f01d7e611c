"""Questions by rule: what one would have asked of each series at an origin, with thresholds that its past suggests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from wherenow.distributions.families import Array
from wherenow.foresight.level import Steps
from wherenow.foresight.record import Record

RANK, MAXIMUM, MINIMUM = "rank", "maximum", "minimum"
_STEPS = (-2.0, -1.0, 0.0, 1.0, 2.0)
_QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question of yes or no about the data of one series after an origin.

    Parameters
    ----------
    series, origin, horizon : what it is about, from when, and the class of horizons.
    kind : ``last``, ``step``, ``quantile``, ``maximum``, ``minimum`` or ``rank``.
    threshold : in the series' unit; of ``rank`` in typical steps.
    rows : the dates that decide it, by their number among the dates forecast.
    other : of ``rank``, the series that moves less if it comes true.
    """

    series: str
    origin: float
    horizon: int
    kind: str
    threshold: float
    rows: tuple[int, ...]
    other: str = ""
    other_row: int = 0

    def holds(self, values: Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether it comes true in ``values[date, draw]`` of its series (a rank is asked of moves instead)."""
        picked = values[list(self.rows)]
        if self.kind == MAXIMUM:
            return np.asarray(picked.max(axis=0) > self.threshold)
        if self.kind == MINIMUM:
            return np.asarray(picked.min(axis=0) < self.threshold)
        return np.asarray(picked[-1] > self.threshold)


def horizon_of(ahead: float, horizons: tuple[float, ...]) -> int:
    """The class of a lead time: the number of the first horizon that is not shorter, at most the last."""
    return min(int(np.searchsorted(np.array(horizons) + 1e-9, ahead)), len(horizons) - 1)


def questions(
    record: Record, moves: Steps, origin: float, dates: Array, horizons: tuple[float, ...]
) -> Iterator[Question]:
    """The questions about one series whose data after ``origin`` lie at ``dates``.

    In each class of horizons the last datum decides: whether it is above the last known value, and above it by -2, -1,
    1 and 2 typical steps, above the 10%, 50% and 90% quantiles of the past; and, with the data up to it, whether the
    maximum and the minimum over the window go a typical step beyond the last value.
    """
    classes = [horizon_of(float(t) - origin, horizons) for t in dates]
    for horizon in sorted(set(classes)):
        row = max(i for i, c in enumerate(classes) if c == horizon)
        step = float(moves.typical(float(dates[row] - record.times[-1])))
        last = float(record.y[-1])
        for k in _STEPS:
            # a threshold exactly at the last value of a count would make ties; half a grid step above it does not
            at = float(record.back(np.array(last + k * step))) + record.grid / 2
            yield Question(
                series=record.name,
                origin=origin,
                horizon=horizon,
                kind="last" if k == 0 else "step",
                threshold=at,
                rows=(row,),
            )
        for q in _QUANTILES:
            at = float(record.back(np.array(np.quantile(record.y, q)))) + record.grid / 2
            yield Question(
                series=record.name, origin=origin, horizon=horizon, kind="quantile", threshold=at, rows=(row,)
            )
        window = tuple(range(row + 1))
        if len(window) > 1:
            for kind, sign in ((MAXIMUM, 1.0), (MINIMUM, -1.0)):
                at = float(record.back(np.array(last + sign * step))) + sign * record.grid / 2
                yield Question(series=record.name, origin=origin, horizon=horizon, kind=kind, threshold=at, rows=window)


def ranks(last: dict[str, tuple[int, int]], origin: float) -> Iterator[Question]:
    """Whether one series moves further than the next, in typical steps: for neighbours with data in the same class.

    ``last`` has, by series, a class of horizons and the number of the datum that decides there.
    """
    names = list(last)
    for a, b in pairwise(names):
        if last[a][0] == last[b][0]:
            yield Question(
                series=a,
                origin=origin,
                horizon=last[a][0],
                kind=RANK,
                threshold=0.0,
                rows=(last[a][1],),
                other=b,
                other_row=last[b][1],
            )

"""Rule-made questions about each series at an origin, with thresholds taken from its past."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from wherenow.distributions.families import Array
from wherenow.foresight.ingredients.level import Steps
from wherenow.foresight.ingredients.record import Record

RANK, MAXIMUM, MINIMUM = "rank", "maximum", "minimum"
_STEPS = (-2.0, -1.0, 0.0, 1.0, 2.0)
_QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A yes-or-no question about the data of one series after an origin.

    Parameters
    ----------
    series, origin, horizon : the series, the origin, and the horizon class.
    kind : ``last``, ``step``, ``quantile``, ``maximum``, ``minimum`` or ``rank``.
    threshold : in the series' unit; for ``rank`` in typical steps.
    rows : the indices of the deciding dates among the forecast dates.
    other : for ``rank``, the series that moves less if the question comes true.
    """

    series: str
    origin: float
    horizon: int
    kind: str
    threshold: float
    rows: tuple[int, ...]
    other: str = ""
    other_row: int = 0  # for ``rank``, the index of the deciding date of ``other``

    def holds(self, values: Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Return whether it comes true in ``values[date, draw]`` of its series (for a rank: of moves)."""
        picked = values[list(self.rows)]
        if self.kind == MAXIMUM:
            return np.asarray(picked.max(axis=0) > self.threshold)
        if self.kind == MINIMUM:
            return np.asarray(picked.min(axis=0) < self.threshold)
        return np.asarray(picked[-1] > self.threshold)


def horizon_of(ahead: float, horizons: tuple[float, ...]) -> int:
    """Return the class of a lead time: the index of the first horizon at least as long, or the last."""
    return min(int(np.searchsorted(np.array(horizons) + 1e-9, ahead)), len(horizons) - 1)


def questions(
    record: Record, moves: Steps, origin: float, dates: Array, horizons: tuple[float, ...]
) -> Iterator[Question]:
    """Make the questions about one series whose data after ``origin`` are at ``dates``.

    In each horizon class the last datum decides whether it exceeds the last known value, that value plus -2, -1, 1 or 2
    typical steps, and the 10%, 50% and 90% quantiles of the past. All data up to it decide whether the maximum and the
    minimum go a typical step beyond the last value.
    """
    classes = [horizon_of(float(t) - origin, horizons) for t in dates]
    for horizon in sorted(set(classes)):
        row = max(i for i, c in enumerate(classes) if c == horizon)
        step = float(moves.typical(float(dates[row] - record.times[-1])))
        last = float(record.y[-1])
        thresholds = [("last" if k == 0 else "step", last + k * step, 1.0) for k in _STEPS]
        thresholds += [("quantile", float(np.quantile(record.y, q)), 1.0) for q in _QUANTILES]
        if row:
            thresholds += [(kind, last + sign * step, sign) for kind, sign in ((MAXIMUM, 1.0), (MINIMUM, -1.0))]
        of: dict[str, Any] = {"series": record.name, "origin": origin, "horizon": horizon}
        for kind, y, sign in thresholds:
            rows = tuple(range(row + 1)) if kind in (MAXIMUM, MINIMUM) else (row,)
            # half a step of the grid keeps the values of a count from being equal to a threshold
            at = float(record.back(np.array(y))) + sign * record.grid / 2
            yield Question(**of, kind=kind, threshold=at, rows=rows)


def ranks(last: dict[str, tuple[int, int]], origin: float) -> Iterator[Question]:
    """Ask whether one series moves further than the next, in typical steps, for neighbours with data in the same class.

    ``last`` holds, by series, a horizon class and the index of the datum that decides there.
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

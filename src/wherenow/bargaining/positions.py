"""Positions of actors on an issue, and the two static answers: the weighted mean and median."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wherenow.case.case_types import Case
from wherenow.errors import UsageError, did_you_mean

Array = NDArray[np.float64]
SCALE = (0.0, 100.0)  # scale of the positions in actors.yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuePositions:
    """The positions of actors on one issue.

    ``position``, ``capability`` and ``salience`` have shape [..., actors]. Positions are between ``low`` and ``high``,
    capability is at least 0, salience between 0 and 1. Raises UsageError if they are not, or if no actor has weight.
    """

    actors: tuple[str, ...]  # names of the actors, in the order of the last axis
    position: Array
    capability: Array
    salience: Array
    low: float
    high: float

    def __post_init__(self) -> None:
        for name in ("position", "capability", "salience"):
            values = np.asarray(getattr(self, name), dtype=np.float64)
            object.__setattr__(self, name, values)
            if values.shape[-1:] != (len(self.actors),):
                raise UsageError(f"{name} has {values.shape[-1:]} values for {len(self.actors)} actors")
        if not self.low < self.high:
            raise UsageError(f"an issue runs from low to high; {self.low} is not below {self.high}")
        self._within("position", self.low, self.high)
        self._within("capability", 0.0, np.inf)
        self._within("salience", 0.0, 1.0)
        if not np.all(np.sum(self.weight, axis=-1) > 0.0):
            raise UsageError("no actor has both capability and salience on this issue")

    def _within(self, name: str, low: float, high: float) -> None:
        values = getattr(self, name)
        outside = ~(np.isfinite(values) & (values >= low) & (values <= high))
        if np.any(outside):
            who = self.actors[int(np.argwhere(outside)[0][-1])]
            raise UsageError(f"the {name} of {who} lies outside {low:g} to {high:g}")

    @property
    def weight(self) -> Array:
        """Capability × salience, shape [..., actors]."""
        return np.asarray(self.capability * self.salience)


def table_of(case: Case, issue: str, without: Collection[str] = ()) -> IssuePositions:
    """Return the table of one issue of a case: every actor with a position on it, on the scale from 0 to 100.

    Actors in ``without`` are left out. Raises :class:`~wherenow.errors.UsageError` if the case has no such issue or
    actor, or no actor has a position on the issue.
    """
    if issue not in case.issues:
        raise UsageError(f"the case has no issue {issue!r}", did_you_mean(issue, case.issues))
    for name in without:
        if name not in case.actors:
            raise UsageError(f"the case has no actor {name!r}", did_you_mean(name, case.actors))
    seated = {name: actor for name, actor in case.actors.items() if name not in without}
    stands = ((name, actor.positions[issue]) for name, actor in seated.items() if issue in actor.positions)
    rows = [(name, stand.position, stand.capability, stand.salience) for name, stand in stands]
    if not rows:
        raise UsageError(f"no actor has a position on {issue!r}")
    return stack(rows, *SCALE)


def stack(rows: Sequence[tuple[str, float, float, float]], low: float, high: float) -> IssuePositions:
    """Build a table from rows of (actor, position, capability, salience)."""
    names = tuple(row[0] for row in rows)
    position, capability, salience = np.array([row[1:] for row in rows], dtype=np.float64).reshape(len(rows), 3).T
    return IssuePositions(actors=names, position=position, capability=capability, salience=salience, low=low, high=high)


def weighted_mean(table: IssuePositions) -> Array:
    """Return the mean position weighted by capability × salience, shape [...]."""
    return np.asarray(np.sum(table.weight * table.position, axis=-1) / np.sum(table.weight, axis=-1))


def weighted_median(table: IssuePositions) -> Array:
    """Return the lowest position at which half of all capability × salience is reached, shape [...].

    If preferences fall off with distance, it beats every other position in a pairwise vote (Black 1948).
    """
    order = np.argsort(table.position, axis=-1, kind="stable")
    weight = np.take_along_axis(np.broadcast_to(table.weight, table.position.shape), order, axis=-1)
    reached = np.cumsum(weight, axis=-1)
    # a share that is below 1/2 only by rounding counts as reached
    half = 0.5 * reached[..., -1:] * (1.0 - 1e-12)
    first = np.argmax(reached >= half, axis=-1)[..., np.newaxis]
    return np.asarray(np.take_along_axis(np.take_along_axis(table.position, order, axis=-1), first, axis=-1)[..., 0])

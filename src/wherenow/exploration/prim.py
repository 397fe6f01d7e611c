"""Find boxes in which hits are frequent: the patient rule induction method, PRIM.

Peeling and pasting follow Friedman & Fisher (1999), "Bump hunting in high-dimensional data"; coverage, density and
quasi-p-values follow Bryant & Lempert (2010), "Thinking inside the box: a participatory, computer-assisted approach to
scenario discovery". A box is found on one half of the points and measured on the other, so that its statistics are not
an artefact of the search. The halves are random, since every second point of a Sobol' design is in one half of a range.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wherenow.distributions.families import Array
from wherenow.errors import UsageError

PEEL = 0.05
"""The share of the points in a box that one peel removes."""
LEAST = 0.05
"""The minimum share of all points that a box may contain."""
DOUBTFUL = 0.05
"""A limit with a greater quasi-p-value could be chance and is dropped."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Box:
    """Limits by name (only those that are limited), with statistics on points that played no part in the search.

    ``density`` is the share of hits among the points inside, ``coverage`` the share of all hits that are inside,
    ``mass`` the share of all points inside, and ``base`` the share of hits among all points.
    """

    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    density: float = 0.0
    coverage: float = 0.0
    mass: float = 0.0
    base: float = 0.0

    def inside(self, names: tuple[str, ...], points: Array) -> Mask:
        """Return which of ``points[name, point]`` are in the box."""
        bounds = np.array(list(self.limits.values())).reshape(-1, 2)
        return _inside(bounds, points[[names.index(name) for name in self.limits]])


def find_box(names: tuple[str, ...], points: Array, hits: Mask, most: int = 4) -> Box:
    """Find the box with the best balance (harmonic mean) of coverage and density, with at most ``most`` limits.

    Parameters
    ----------
    points
        ``[name, point]``: one half is searched, the other measures.
    hits
        Which points are to be found.

    Raises UsageError if there are fewer than 40 points, or fewer than ten hits or misses.
    """
    if len(hits) < 40 or not 10 <= int(hits.sum()) <= len(hits) - 10:
        there = f"there are {len(hits)} with {hits.sum()} hits"
        raise UsageError(f"a box needs 40 points, ten of them hits and ten not; {there}")
    seen, unseen = np.array_split(np.random.default_rng(0).permutation(len(hits)), 2)
    here, sought = points[:, seen], hits[seen]
    best: Array = np.empty((0, 2))
    best_worth = 0.0
    for bounds in _peeled(here, sought):
        simple = _simplified(_pasted(bounds, here, sought), here, sought, most)
        worth = _balance(_inside(simple, here), sought)
        if worth > best_worth + 1e-12:
            best, best_worth = simple, worth
    rows = zip(names, best.tolist(), strict=False)
    limits = {name: (low, high) for name, (low, high) in rows if np.isfinite((low, high)).any()}
    return _measured(Box(limits), names, points[:, unseen], hits[unseen])


def _inside(bounds: Array, points: Array) -> Mask:
    return np.asarray(((bounds[:, :1] <= points) & (points <= bounds[:, 1:])).all(axis=0))


def _balance(inside: Mask, hits: Mask) -> float:
    caught = int((inside & hits).sum())
    return 2 * caught / (int(inside.sum()) + int(hits.sum())) if caught else 0.0


def _peeled(points: Array, hits: Mask) -> list[Array]:
    """Return the nested boxes of a peeling: bounds ``[name, (low, high)]``, infinite where free."""
    bounds = np.tile([-np.inf, np.inf], (len(points), 1))
    boxes = [bounds]
    inside = np.ones(len(hits), bool)
    while (peeled := _best_peel(bounds, points, hits, inside)) is not None:
        bounds = peeled
        inside = _inside(bounds, points)
        boxes.append(bounds)
        if hits[inside].all():
            break
    return boxes


def _best_peel(bounds: Array, points: Array, hits: Mask, inside: Mask) -> Array | None:
    """Return the peel after which hits are densest; None if every peel leaves too few points.

    A peel ends at a point's own value, so that variables with few values lose whole values.
    """
    best, densest = None, -1.0
    within, here = hits[inside], points[:, inside]
    edges = np.quantile(here, (PEEL, 1 - PEEL), axis=1)
    for row, values in enumerate(here):
        for side, edge in enumerate(edges[:, row]):
            remaining = values > edge if side == 0 else values < edge
            n = int(remaining.sum())
            if LEAST * len(hits) <= n < len(values) and (density := float(within[remaining].mean())) > densest:
                densest, best = density, bounds.copy()
                best[row, side] = values[remaining].min() if side == 0 else values[remaining].max()
    return best


def _pasted(bounds: Array, points: Array, hits: Mask) -> Array:
    """Move limits out again, a little at a time, while that makes hits denser."""
    best = bounds
    density = float(hits[_inside(best, points)].mean())
    improved = True
    while improved:
        improved = False
        for row, side in zip(*np.nonzero(np.isfinite(bounds)), strict=True):
            wider = best.copy()
            wider[row, side] = -np.inf if side == 0 else np.inf
            beyond = np.sort(points[row, _inside(wider, points) & ~_inside(best, points)])
            if not len(beyond):
                continue
            step = max(1, round(PEEL * int(_inside(best, points).sum())))
            wider[row, side] = beyond[-min(step, len(beyond))] if side == 0 else beyond[min(step, len(beyond)) - 1]
            denser = float(hits[_inside(wider, points)].mean())
            if denser > density + 1e-12:
                best, density, improved = wider, denser, True
    return best


def _simplified(bounds: Array, points: Array, hits: Mask, most: int) -> Array:
    """Drop limits that could be chance, the most doubtful first, until at most ``most`` parameters are limited."""
    bounds = bounds.copy()
    while True:
        limited = np.flatnonzero(np.isfinite(bounds).any(axis=1))
        doubts = {int(row): _doubt(bounds, int(row), points, hits) for row in limited}
        if not doubts:
            return bounds
        worst = max(doubts, key=doubts.__getitem__)
        if doubts[worst] <= DOUBTFUL and len(doubts) <= most:
            return bounds
        bounds[worst] = (-np.inf, np.inf)


def _doubt(bounds: Array, row: int, points: Array, hits: Mask) -> float:
    """Return the quasi-p-value of a limit: how probable this many hits inside are if the limit makes no difference."""
    from scipy.stats import binom

    freed = bounds.copy()
    freed[row] = (-np.inf, np.inf)
    inside, without = _inside(bounds, points), _inside(freed, points)
    return float(binom.sf(int(hits[inside].sum()) - 1, int(inside.sum()), float(hits[without].mean())))


def _measured(box: Box, names: tuple[str, ...], points: Array, hits: Mask) -> Box:
    inside = box.inside(names, points)
    caught = int((inside & hits).sum())
    density = caught / int(inside.sum()) if inside.any() else 0.0
    coverage = caught / int(hits.sum()) if hits.any() else 0.0
    return Box(box.limits, density, coverage, float(inside.mean()), float(hits.mean()))

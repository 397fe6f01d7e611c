"""The space that samplers move in: every prior, of any family and range, as a standard normal.

A parameter's value is its prior's quantile at Φ(z). Then the prior density of z is standard normal, no move can leave a
range, and a direction that the data do not inform has the same shape for every parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy
from numpy.typing import NDArray

from wherenow.distributions.families import FAMILIES, Array
from wherenow.distributions.prior import Prior

_LEAST = 1e-16
_REACH, _CELLS = 8.2, 8200
GRID = np.linspace(-_REACH, _REACH, _CELLS + 1)
"""Points at which other quantiles are tabulated; linear interpolation errs by about 1e-6 standard deviations."""


@dataclass(frozen=True, eq=False)
class Space:
    """Named parameters with their priors, in order."""

    priors: Mapping[str, Prior]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.priors)

    def __len__(self) -> int:
        return len(self.priors)

    def values(self, z: Array) -> Array:
        """Return parameter values ``[parameter, draw]`` at ``z[parameter, draw]``."""
        out = np.empty_like(z)
        for family, rows in self.normals.items():
            first, second = self.arguments[family]
            out[rows] = first + second * z[rows] if family == "normal" else first * np.exp(second * z[rows])
        places, tables, slopes = self.tables
        if len(places):
            cell, along = cells(z[places])
            cell += np.arange(len(places))[:, None] * tables.shape[1]  # `take` is faster with one index than with two
            along *= slopes.take(cell)
            along += tables.take(cell)
            out[places] = along
        for i, prior in self.discrete.items():
            out[i] = prior.quantile(np.clip(scipy.special.ndtr(z[i]), 0.0, 1 - _LEAST))
        return out

    def z(self, values: Array) -> Array:
        """Return standard normal scores ``[parameter, draw]``, the inverse of :meth:`values`."""
        shares = np.stack([p.cdf(v) for p, v in zip(self.priors.values(), values, strict=True)])
        return np.asarray(scipy.special.ndtri(np.clip(shares, _LEAST, 1 - _LEAST)))

    @cached_property
    def normals(self) -> dict[str, list[int]]:
        """The rows of the families whose quantile is a formula of the normal's, without truncation."""
        rows = {
            f: [i for i, p in enumerate(self.priors.values()) if p.name == f and not _cut(p)]
            for f in ("normal", "lognormal")
        }
        return {f: r for f, r in rows.items() if r}

    @cached_property
    def arguments(self) -> dict[str, Array]:
        """The two arguments of each such family, each ``[row, 1]``."""
        priors = list(self.priors.values())
        return {f: np.array([priors[i].arguments for i in rows]).T[:, :, None] for f, rows in self.normals.items()}

    @cached_property
    def tables(self) -> tuple[NDArray[np.intp], Array, Array]:
        """The rows of other continuous priors, their quantiles ``[row, cell]`` where cells begin, and their rises in
        cells.
        """
        handled = {i for rows in self.normals.values() for i in rows} | set(self.discrete)
        places = [i for i in range(len(self)) if i not in handled]
        priors = list(self.priors.values())
        shares = np.clip(scipy.special.ndtr(GRID), _LEAST, 1 - _LEAST)
        at = np.array([priors[i].quantile(shares) for i in places]).reshape(len(places), len(GRID))
        return np.array(places, np.intp), np.ascontiguousarray(at[:, :-1]), np.diff(at, axis=1)

    @cached_property
    def discrete(self) -> dict[int, Prior]:
        return {i: p for i, p in enumerate(self.priors.values()) if p.name == "discrete"}


def cells(z: Array) -> tuple[NDArray[np.int64], Array]:
    """Return the grid cell of each of ``z`` and the position in it, from 0 to 1."""
    along = np.clip((z + _REACH) * (_CELLS / (2 * _REACH)), 0.0, _CELLS)
    cell = np.minimum(along.astype(np.int64), _CELLS - 1)
    return cell, along - cell


def _cut(prior: Prior) -> bool:
    """Return whether the prior's range truncates its distribution."""
    below, above = FAMILIES[prior.name].cdf(np.array([prior.low, prior.high]), prior.arguments)
    return bool(below > 0.0 or above < 1.0)

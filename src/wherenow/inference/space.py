"""The space that samplers move in: every prior, whatever its family and range, as a standard normal.

A parameter's value is its prior's quantile at Φ(z). Then the prior density of z is the standard normal's, no range can
be left, and a direction about which the data say nothing has the same shape for every parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtr, ndtri

from wherenow.case.families import FAMILIES, Array
from wherenow.case.prior import Prior

_LEAST = 1e-16
GRID = np.linspace(-8.2, 8.2, 8201)
"""Where quantiles of families without a quick formula are tabulated; straight lines between miss by about 1e-6 of a
standard deviation."""


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
        """Parameter values ``[parameter, draw]`` at ``z[parameter, draw]``."""
        out = np.empty_like(z)
        for family, rows in self.normals.items():
            below, above, first, second, low, high = self.arguments[family]
            normal = ndtri(below + ndtr(z[rows]) * (above - below))
            raw = first + second * normal if family == "normal" else first * np.exp(second * normal)
            out[rows] = np.clip(raw, low, high)
        for i, table in self.tables.items():
            out[i] = np.interp(z[i], GRID, table)
        for i, prior in self.discrete.items():
            out[i] = prior.quantile(np.clip(ndtr(z[i]), 0.0, 1 - _LEAST))
        return out

    def z(self, values: Array) -> Array:
        """The inverse of :meth:`values`: standard normal scores ``[parameter, draw]``."""
        shares = np.stack([p.cdf(v) for p, v in zip(self.priors.values(), values, strict=True)])
        found: Array = ndtri(np.clip(shares, _LEAST, 1 - _LEAST))
        return found

    @cached_property
    def normals(self) -> dict[str, list[int]]:
        """Rows of the families whose quantile is a formula of the normal's: all of them at once."""
        rows = {f: [i for i, p in enumerate(self.priors.values()) if p.name == f] for f in ("normal", "lognormal")}
        return {f: r for f, r in rows.items() if r}

    @cached_property
    def arguments(self) -> dict[str, Array]:
        """By family: shares below the range's ends, the two arguments, and the range, each ``[row, 1]``."""
        priors = list(self.priors.values())
        found = {}
        for family, rows in self.normals.items():
            table = []
            for prior in (priors[i] for i in rows):
                below, above = FAMILIES[family].cdf(np.array([prior.low, prior.high]), prior.arguments)
                table.append((below, above, *prior.arguments, prior.low, prior.high))
            found[family] = np.array(table).T[:, :, None]
        return found

    @cached_property
    def tables(self) -> dict[int, Array]:
        known = {i for rows in self.normals.values() for i in rows} | set(self.discrete)
        shares = np.clip(ndtr(GRID), _LEAST, 1 - _LEAST)
        return {i: p.quantile(shares) for i, p in enumerate(self.priors.values()) if i not in known}

    @cached_property
    def discrete(self) -> dict[int, Prior]:
        return {i: p for i, p in enumerate(self.priors.values()) if p.name == "discrete"}


def log_prior(z: Array) -> Array:
    """The standard normal log density of ``z[parameter, draw]``, one value a draw."""
    total: Array = -0.5 * (z * z).sum(axis=0) - 0.5 * len(z) * np.log(2 * np.pi)
    return total

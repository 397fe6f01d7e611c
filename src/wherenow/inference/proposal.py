"""The move that samplers make: preconditioned Crank-Nicolson around a normal approximation of the target.

    z' = m + sqrt(1 - r²) (z - m) + r L w,   w ~ N(0, I),   L Lᵀ = C

The move leaves N(m, C) as it is, so that a proposal is accepted by how the target differs from that normal (Rudolf &
Sprungk 2018, "On a generalization of the preconditioned Crank-Nicolson Metropolis algorithm"). Where data say nothing,
target and approximation are both the prior and every move is accepted, however many such directions there are; random
walks and ensemble moves (stretch, differential evolution) slow down with each of them.

Members are kept in the normal's own coordinates as well, u = L⁻¹ (z - m), in which a proposal is sqrt(1 - r²) u + r w
and the normal's density is that of u: no equation has to be solved for a move, only where the normal is another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wherenow.case.families import Array

LogDensity = Callable[[Array], Array]
"""``[parameter, draw]`` to one number a draw; -inf where impossible."""


@dataclass(frozen=True, eq=False)
class Normal:
    """A normal distribution: ``mean`` and the lower triangular ``root`` of its covariance."""

    mean: Array
    root: Array

    def whitened(self, z: Array) -> Array:
        """Draws in the normal's own coordinates, in which it is standard."""
        white = z - self.mean[:, None]
        for i, row in enumerate(self.root):  # LAPACK's own solver waits for threads far longer than this takes
            white[i] = (white[i] - row[:i] @ white[:i]) / row[i]
        return white

    def at(self, white: Array) -> Array:
        """The inverse of :meth:`whitened`."""
        return self.mean[:, None] + self.root @ white


def fitted(z: Array) -> Normal:
    """The normal with the mean of the draws and their covariance, drawn to the prior's by Ledoit & Wolf (2004).

    Their estimator weighs the sample covariance against a multiple of the identity, which is the shape of the prior
    here, by how much of the sample covariance is chance.
    """
    mean = z.mean(axis=1)
    centred = z - mean[:, None]
    d, n = centred.shape
    sample = centred @ centred.T / n
    level = float(np.trace(sample)) / d
    spread = float(((sample - level * np.eye(d)) ** 2).sum()) / d
    squares = float(((centred * centred).sum(axis=0) ** 2).sum()) / n
    chance = (squares - float((sample * sample).sum())) / n / d
    weight = min(1.0, max(0.0, chance / spread)) if spread > 0 else 1.0
    covariance = (1 - weight) * sample + (weight * level + 1e-10) * np.eye(d)
    return Normal(mean, np.linalg.cholesky(covariance))


@dataclass(frozen=True, eq=False)
class Positions:
    """Where the members of an ensemble are, ``z[parameter, member]``, and the log-likelihood there."""

    z: Array
    log_likelihood: Array


def move(
    at: Positions,
    white: Array,
    around: Normal,
    reach: Array,
    log_likelihood: LogDensity,
    power: float,
    rng: np.random.Generator,
) -> tuple[Positions, Array, NDArray[np.bool_]]:
    """One move of every member by steps of ``reach`` (in (0, 1], one a member).

    ``white`` is where members are in the coordinates of ``around``. Returns where they are then, in both coordinates,
    and which moves were accepted. The target is prior × likelihood**power, the prior being standard normal.
    """
    proposed_white = np.sqrt(1 - reach * reach) * white + reach * rng.standard_normal(at.z.shape)
    proposed = around.at(proposed_white)
    found = log_likelihood(proposed)
    ratio = power * (found - at.log_likelihood) + 0.5 * (
        _squares(at.z) - _squares(proposed) + _squares(proposed_white) - _squares(white)
    )
    accepted = np.asarray(np.log(rng.random(len(ratio))) < ratio)
    moved = Positions(np.where(accepted, proposed, at.z), np.where(accepted, found, at.log_likelihood))
    return moved, np.asarray(np.where(accepted, proposed_white, white)), accepted


def _squares(z: Array) -> Array:
    """The squared length of each draw."""
    found: Array = np.einsum("ij,ij->j", z, z)
    return found

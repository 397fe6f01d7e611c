"""The move that samplers make: preconditioned Crank-Nicolson around a normal approximation of the target.

    z' = m + sqrt(1 - r²) (z - m) + r L w,   w ~ N(0, I),   L Lᵀ = C

The move leaves N(m, C) as it is, so that a proposal is accepted by how the target differs from that normal (Rudolf &
Sprungk 2018, "On a generalization of the preconditioned Crank-Nicolson Metropolis algorithm"). Where data say nothing,
target and approximation are both the prior and every move is accepted, however many such directions there are; random
walks and ensemble moves (stretch, differential evolution) slow down with each of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from wherenow.case.families import Array

LogDensity = Callable[[Array], Array]
"""``[parameter, draw]`` to one number a draw; -inf where impossible."""


@dataclass(frozen=True, eq=False)
class Normal:
    """A normal distribution: ``mean`` and the lower triangular ``root`` of its covariance."""

    mean: Array
    root: Array

    def distance(self, z: Array) -> Array:
        """The squared Mahalanobis distance of each draw."""
        white = solve_triangular(self.root, z - self.mean[:, None], lower=True, check_finite=False)
        total: Array = (white * white).sum(axis=0)
        return total


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
    at: Positions, around: Normal, reach: Array, log_likelihood: LogDensity, power: float, rng: np.random.Generator
) -> tuple[Positions, Array]:
    """One move of every member by steps of ``reach`` (in (0, 1], one a member); also which were accepted.

    The target is prior × likelihood**power, the prior being standard normal.
    """
    noise = around.root @ rng.standard_normal(at.z.shape)
    centred = at.z - around.mean[:, None]
    proposed = around.mean[:, None] + np.sqrt(1 - reach * reach) * centred + reach * noise
    found = log_likelihood(proposed)
    ratio = (
        power * (found - at.log_likelihood)
        - 0.5 * ((proposed * proposed).sum(axis=0) - (at.z * at.z).sum(axis=0))
        + 0.5 * (around.distance(proposed) - around.distance(at.z))
    )
    accepted = np.log(rng.random(len(ratio))) < ratio
    z = np.where(accepted, proposed, at.z)
    return Positions(z, np.where(accepted, found, at.log_likelihood)), accepted

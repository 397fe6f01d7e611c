"""The samplers' move: preconditioned Crank-Nicolson around a normal approximation of the target.

    z' = m + sqrt(1 - r²) (z - m) + r L w,   w ~ N(0, I),   L Lᵀ = C

The move preserves N(m, C), so that a proposal is accepted by how the target differs from that normal (Rudolf & Sprungk
2018, "On a generalization of the preconditioned Crank-Nicolson Metropolis algorithm"). In directions that the data do
not inform, target and approximation are both the prior, and every move is accepted, however many such directions there
are; random walks and ensemble moves (stretch, differential evolution) slow down with each of them.

Members are also stored in the normal's own coordinates, u = L⁻¹ (z - m), in which a proposal is sqrt(1 - r²) u + r w
and the normal's density is that of u: no move needs to solve an equation, only a change of the normal does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wherenow.distributions.families import Array

LogDensity = Callable[[Array], Array]
"""Maps ``[parameter, draw]`` to one number per draw; -inf where impossible."""


@dataclass(frozen=True, eq=False)
class Normal:
    """A normal distribution: ``mean``, a ``root`` of its covariance (root rootᵀ), and the root's ``inverse``."""

    mean: Array
    root: Array
    inverse: Array

    def whitened(self, z: Array) -> Array:
        """Return draws in the normal's own coordinates, in which it is standard."""
        return self.inverse @ (z - self.mean[:, None])

    def at(self, white: Array) -> Array:
        """Return the inverse of :meth:`whitened`."""
        return self.mean[:, None] + self.root @ white


ENOUGH = 1.5
"""From this many distinct draws per dimension on, every spread is estimated separately."""


def fitted(z: Array) -> Normal:
    """Fit a normal with the mean of the draws and their covariance, corrected for sampling noise.

    The directions are those of the sample covariance. The spreads along them are shrunk, because sampling noise makes
    the narrow ones too narrow and the wide ones too wide: separately if there are enough draws (:func:`_one_by_one`),
    otherwise all alike towards the prior's (:func:`_alike`).
    """
    mean = z.mean(axis=1)
    centred = z - mean[:, None]
    spreads, directions = np.linalg.eigh(centred @ centred.T / z.shape[1])
    distinct = np.unique(z[0]).size  # after resampling, siblings are where their parent was
    if distinct > ENOUGH * len(z):
        spreads = _one_by_one(np.maximum(spreads, 1e-10), distinct)
    else:
        spreads = _alike(spreads, centred)
    width = np.sqrt(np.maximum(spreads, 1e-10))
    return Normal(mean, directions * width, (directions / width).T)


def _one_by_one(spreads: Array, draws: int) -> Array:
    """Shrink each eigenvalue (ascending, positive) of a sample covariance separately, given the density of all.

    Analytical nonlinear shrinkage (Ledoit & Wolf 2020, section 4, with their kernel and bandwidth).

    A likelihood that is sharp in few directions leaves these narrow and all others as wide as the prior: one weight for
    all would widen the narrow ones many times over.
    """
    ratio = len(spreads) / draws
    width = draws ** (-1 / 3) * spreads  # the kernel's bandwidth, one per eigenvalue
    x = (spreads[:, None] - spreads) / width
    edge = np.sqrt(5.0)
    density = 0.75 / edge * (np.maximum(1 - x * x / 5, 0.0) / width).mean(axis=1)
    ratio_of_edges = np.maximum(np.abs(edge - x), 1e-12) / np.maximum(np.abs(edge + x), 1e-12)
    transform = -0.3 / np.pi * x + 0.75 / edge / np.pi * (1 - x * x / 5) * np.log(ratio_of_edges)
    hilbert = (transform / width).mean(axis=1)
    shrinkage = (np.pi * ratio * spreads * density) ** 2 + (1 - ratio - np.pi * ratio * spreads * hilbert) ** 2
    return np.asarray(spreads / shrinkage)


def _alike(spreads: Array, centred: Array) -> Array:
    """Shrink eigenvalues towards their mean by the share of noise in the sample covariance (Ledoit & Wolf 2004)."""
    d, n = centred.shape
    level = float(spreads.mean())
    spread = float(((spreads - level) ** 2).mean())
    squares = float(((centred * centred).sum(axis=0) ** 2).sum()) / n
    noise = (squares - float((spreads * spreads).sum())) / n / d
    weight = min(1.0, max(0.0, noise / spread)) if spread > 0 else 1.0
    return np.asarray((1 - weight) * spreads + weight * level)


@dataclass(frozen=True, eq=False)
class Positions:
    """The positions of the members of an ensemble, ``z[parameter, member]``, and the log-likelihood there."""

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
    """Move every member once by steps of ``reach`` (in (0, 1], one per member).

    ``white`` is the members' position in the coordinates of ``around``. Returns the new positions, in both coordinates,
    and which moves were accepted. The target is prior × likelihood**power, the prior being standard normal.
    """
    proposed_white = np.sqrt(1 - reach * reach) * white + reach * rng.standard_normal(at.z.shape)
    proposed = around.at(proposed_white)
    likelihoods = log_likelihood(proposed)
    ratio = power * (likelihoods - at.log_likelihood) + 0.5 * (
        _squares(at.z) - _squares(proposed) + _squares(proposed_white) - _squares(white)
    )
    accepted = np.asarray(np.log(rng.random(len(ratio))) < ratio)
    position = Positions(np.where(accepted, proposed, at.z), np.where(accepted, likelihoods, at.log_likelihood))
    return position, np.asarray(np.where(accepted, proposed_white, white)), accepted


def _squares(z: Array) -> Array:
    """Return the squared length of each draw."""
    return np.asarray(np.einsum("ij,ij->j", z, z))

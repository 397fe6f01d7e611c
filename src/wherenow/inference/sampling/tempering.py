"""Tempering from prior to posterior: sequential Monte Carlo (Del Moral, Doucet & Jasra 2006).

Particles start as draws of the prior. Step by step the likelihood counts more (its power grows from 0 to 1, each time
by as much as leaves half of the particles' weight), particles are resampled by weight, and moved
(:mod:`wherenow.inference.sampling.pcn`) until they have forgotten where they came from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from wherenow.distributions.families import Array
from wherenow.inference.sampling.pcn import LogDensity, Normal, Positions, fitted, move

ACCEPTED = 0.3
"""The acceptance rate that the reach is tuned to."""


@dataclass(frozen=True, eq=False)
class Tempered:
    """Particles at a power of the likelihood: 0 the prior, 1 the posterior.

    ``evidence`` is the log marginal likelihood so far; ``reach`` the length of moves.
    """

    at: Positions
    power: float = 0.0
    evidence: float = 0.0
    reach: float = 0.5


def next_power(log_likelihood: Array, power: float, kept: float = 0.5) -> float:
    """Return the greatest power up to 1 that leaves an effective share ``kept`` of the particles."""

    def share(to: float) -> float:
        weights = (to - power) * log_likelihood
        return float(np.exp(2 * _log_sum(weights) - _log_sum(2 * weights))) / len(log_likelihood)

    if share(1.0) >= kept:
        return 1.0
    low, high = power, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if share(middle) >= kept else (low, middle)
    return low if low > power else high


def _log_sum(logs: Array) -> float:
    """Return the logarithm of a sum of exponentials."""
    greatest = logs.max()
    return float(greatest + np.log(np.exp(logs - greatest).sum()))


def systematic(weights: Array, rng: np.random.Generator) -> Array:
    """Draw indices by weight with systematic resampling: one uniform number places all (Kitagawa 1996)."""
    n = len(weights)
    edges = np.cumsum(weights) / weights.sum()
    return np.minimum(np.searchsorted(edges, (rng.random() + np.arange(n)) / n), n - 1)


def temper(now: Tempered, log_likelihood: LogDensity, moves: int, rng: np.random.Generator) -> Tempered:
    """Take one step of the ladder: a new power, resampling, and ``moves`` moves."""
    finite = np.where(np.isfinite(now.at.log_likelihood), now.at.log_likelihood, -1e300)
    power = next_power(finite, now.power)
    weights = (power - now.power) * finite
    evidence = now.evidence + _log_sum(weights) - float(np.log(len(weights)))
    chosen = systematic(np.exp(weights - weights.max()), rng)
    at = Positions(now.at.z[:, chosen], now.at.log_likelihood[chosen])
    at, reach = forget(at, now.reach, log_likelihood, power, moves, rng)
    return Tempered(at, power, evidence, reach)


def tempered(
    dimensions: int,
    particles: int,
    moves: int,
    log_likelihood: LogDensity,
    rng: np.random.Generator,
    report: Callable[[Tempered], None] = lambda _: None,
) -> Tempered:
    """Run the whole ladder, from the prior to the posterior; ``report`` is called at each step of it."""
    now = from_prior(dimensions, particles, log_likelihood, rng)
    while now.power < 1.0:
        now = temper(now, log_likelihood, moves, rng)
        report(now)
    return now


def forget(
    at: Positions,
    reach: float,
    log_likelihood: LogDensity,
    power: float,
    moves: int,
    rng: np.random.Generator,
    approximation: Normal | None = None,
) -> tuple[Positions, float]:
    """Move every member ``moves`` times, and adapt the reach, and the approximation if none is given."""
    around = approximation or fitted(at.z)
    white = around.whitened(at.z)
    for k in range(moves):
        steps = reaches(reach, at.z.shape[1], rng)
        at, white, accepted = move(at, white, around, steps, log_likelihood, power, rng)
        reach = float(np.clip(reach * np.exp(0.5 * (accepted.mean() - ACCEPTED)), 1e-3, 1.0))
        if approximation is None and k % 10 == 9:
            around = fitted(at.z)
            white = around.whitened(at.z)
    return at, reach


def reaches(reach: float, members: int, rng: np.random.Generator) -> Array:
    """Return a reach for each member, around one: long moves mix, short ones escape corners."""
    return np.minimum(reach * np.exp(0.5 * rng.standard_normal(members)), 1.0)


def from_prior(dimensions: int, particles: int, log_likelihood: LogDensity, rng: np.random.Generator) -> Tempered:
    """Draw particles from the prior."""
    z = rng.standard_normal((dimensions, particles))
    return Tempered(Positions(z, log_likelihood(z)))

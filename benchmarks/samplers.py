"""Samplers on posteriors whose answers are known: ours (tempered runs) against emcee's moves, as many evaluations each.

    python -m benchmarks.samplers            # prints the table of docs/inference.md

All start from draws of the prior, a standard normal, and see nothing but the log-likelihood of many points at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import emcee
import numpy as np
from numpy.typing import NDArray

from wherenow.inference.calibrate import Effort
from wherenow.inference.sampling.diagnostics import convergence
from wherenow.inference.sampling.pcn import fitted
from wherenow.inference.sampling.tempering import forget, from_prior, temper

Array = NDArray[np.float64]
EFFORT = Effort(particles=512, moves=20, round=40)
ROUNDS = 3
CHAINS = 4


@dataclass(frozen=True)
class Target:
    """A posterior with known means and standard deviations: a standard normal prior times this likelihood."""

    name: str
    dimensions: int
    log_likelihood: Callable[[Array], Array]  # one value a draw, at z[parameter, draw]
    mean: Array
    sd: Array


def linear(dimensions: int, data: int, name: str) -> Target:
    """y = A z + e, with A of random directions: the posterior is normal, some directions 20 times narrower."""
    rng = np.random.default_rng(1)
    design = rng.standard_normal((data, dimensions)) / np.sqrt(dimensions)
    y, precision = design @ rng.standard_normal(dimensions), 1 / 0.05**2
    covariance = np.linalg.inv(np.eye(dimensions) + precision * design.T @ design)

    def log_likelihood(z: Array) -> Array:
        missed = y[:, None] - design @ z
        return -0.5 * precision * np.einsum("ij,ij->j", missed, missed)

    return Target(
        name, dimensions, log_likelihood, covariance @ (precision * design.T @ y), np.sqrt(np.diag(covariance))
    )


def banana() -> Target:
    """Ten unknowns, of which two are tied along a parabola; moments of these by quadrature on a fine grid."""

    def bent(a: Array, b: Array) -> Array:
        return -0.5 * ((b - a * a + 1) / 0.1) ** 2 - 0.5 * ((a - 0.5) / 0.8) ** 2

    a, b = np.meshgrid(np.linspace(-6, 6, 2401), np.linspace(-6, 6, 2401), indexing="ij")
    weight = np.exp(bent(a, b) - 0.5 * (a * a + b * b))
    weight /= weight.sum()
    middle = np.array([(weight * a).sum(), (weight * b).sum()])
    sd = np.sqrt([(weight * (a - middle[0]) ** 2).sum(), (weight * (b - middle[1]) ** 2).sum()])
    rest = np.zeros(8), np.ones(8)
    return Target("banana", 10, lambda z: bent(z[0], z[1]), np.r_[middle, rest[0]], np.r_[sd, rest[1]])


def two_modes() -> Target:
    """Ten unknowns; the first is near -2 with weight 0.3 or near 2 with 0.7: weights and widths by conjugacy."""
    width, weights, centres = 0.2, np.array([0.3, 0.7]), np.array([-2.0, 2.0])
    shrink = 1 / (1 + width**2)
    found = weights * np.exp(-0.5 * centres**2 * shrink)
    found = found / found.sum()
    middles, variance = centres * shrink, width**2 * shrink
    mean = float(found @ middles)
    sd = float(np.sqrt(variance + found @ (middles - mean) ** 2))

    def log_likelihood(z: Array) -> Array:
        logs = np.log(weights)[:, None] - 0.5 * ((z[0] - centres[:, None]) / width) ** 2
        return np.logaddexp(logs[0], logs[1])

    return Target("two modes", 10, log_likelihood, np.r_[mean, np.zeros(9)], np.r_[sd, np.ones(9)])


def tempered(target: Target, seed: int) -> tuple[Array, int]:
    """Our sampler with its default effort and a fixed number of rounds: chains ``[parameter, chain, draw]``."""
    rng, counted = np.random.default_rng(seed), 0

    def log_likelihood(z: Array) -> Array:
        nonlocal counted
        counted += z.shape[1]
        return target.log_likelihood(z)

    runs = []
    for _ in range(CHAINS):
        run = from_prior(target.dimensions, EFFORT.particles, log_likelihood, rng)
        while run.power < 1.0:
            run = temper(run, log_likelihood, EFFORT.moves, rng)
        runs.append(run)
    states = [(run.at, run.reach) for run in runs]
    for _ in range(ROUNDS):
        around = fitted(np.concatenate([at.z for at, _ in states], axis=1))
        states = [forget(at, reach, log_likelihood, 1.0, EFFORT.round, rng, around) for at, reach in states]
    return np.stack([at.z for at, _ in states], axis=1), counted


MOVES = {
    "emcee stretch": [(emcee.moves.StretchMove(), 1.0)],
    "emcee DE + snooker": [(emcee.moves.DEMove(), 0.8), (emcee.moves.DESnookerMove(), 0.2)],
}


def walkers(target: Target, moves: str, evaluations: int, seed: int) -> tuple[Array, int]:
    """emcee with as many evaluations: four ensembles, the second half of each kept."""
    n = max(2 * target.dimensions + 2, 64)
    n += n % 2
    steps = max(evaluations // (CHAINS * n), 40)
    chains = []
    for k in range(CHAINS):
        rng = np.random.default_rng(seed + k)

        def log_posterior(rows: Array) -> Array:
            return target.log_likelihood(rows.T) - 0.5 * np.einsum("ij,ij->i", rows, rows)

        sampler = emcee.EnsembleSampler(n, target.dimensions, log_posterior, vectorize=True, moves=MOVES[moves])
        sampler.random_state = np.random.RandomState(seed + k).get_state()
        thin = max(steps // 200, 1)
        sampler.run_mcmc(rng.standard_normal((n, target.dimensions)), steps // thin, thin_by=thin)
        kept = sampler.get_chain(discard=steps // thin // 2)  # [step, walker, parameter]
        chains.append(kept.reshape(-1, target.dimensions).T)
    return np.stack(chains, axis=1), CHAINS * n * steps


def row(target: Target, name: str, chains: Array, evaluations: int, seconds: float) -> str:
    """A line of the table: how far means and spreads are from the truth, in posterior standard deviations."""
    flat = chains.reshape(target.dimensions, -1)
    off = float(np.abs((flat.mean(axis=1) - target.mean) / target.sd).max())
    spread = float(np.abs(flat.std(axis=1) / target.sd - 1).max())
    found = convergence(tuple(map(str, range(target.dimensions))), chains)
    least = min(found.bulk.min(), found.tail.min())
    return (
        f"| {target.name} | {name} | {evaluations / 1e3:,.0f}k | {off:.2f} | {spread:.0%} | {found.rhat.max():.3f} "
        f"| {least:,.0f} | {1e3 * least / evaluations:.2f} | {seconds:.1f} |"
    )


def main() -> None:
    targets = (linear(20, 5, "linear, 20"), banana(), two_modes(), linear(200, 20, "linear, 200"))
    heads = (
        "posterior",
        "sampler",
        "evaluations",
        "worst mean",
        "worst spread",
        "R-hat",
        "least ESS",
        "per 1,000",
        "s",
    )
    print(f"| {' | '.join(heads)} |")
    print("|---|---|---|---|---|---|---|---|---|")
    for target in targets:
        begun = time.perf_counter()
        chains, evaluations = tempered(target, 1)
        print(row(target, "tempered runs", chains, evaluations, time.perf_counter() - begun), flush=True)
        for moves in MOVES:
            begun = time.perf_counter()
            chains, made = walkers(target, moves, evaluations, 1)
            print(row(target, moves, chains, made, time.perf_counter() - begun), flush=True)


if __name__ == "__main__":
    main()

"""Pareto-smoothed importance sampling: reweight draws that saw a datum as if they had not.

Vehtari, Simpson, Gelman, Yao & Gabry 2024, "Pareto smoothed importance sampling"; the tail's shape by Zhang & Stephens
2009, "A new and efficient estimation method for the generalized Pareto distribution". ArviZ has the same, but takes
seconds to import, which would delay an outlook.
"""

from __future__ import annotations

import numpy as np

from wherenow.distributions.families import Array

DOUBTFUL = 0.7
"""A shape above which weights are unreliable: their mean hardly converges with any number of draws."""
_LEAST_TAIL = 5


def smoothed(logs: Array) -> tuple[Array, Array]:
    """Return weights ``[datum, draw]`` that sum to 1 from ``logs[datum, draw]``, and each datum's tail shape.

    The shape is -inf if the ratios hardly differ, so that there is no tail.
    """
    draws = logs.shape[1]
    tail = int(np.ceil(min(0.2 * draws, 3 * np.sqrt(draws))))
    weights = np.empty(logs.shape)
    shapes = np.full(len(logs), -np.inf)
    for row, ratios in enumerate(logs):
        log_weights = ratios - ratios.max()
        order = np.argsort(log_weights, kind="stable")
        threshold, top = log_weights[order[-tail - 1]], order[-tail:]
        excess = np.exp(log_weights[top]) - np.exp(threshold)
        if tail >= _LEAST_TAIL and excess[-1] > 1e-12 and excess[0] > 0:
            shapes[row], scale = _generalised_pareto(excess)
            positions = (np.arange(tail) + 0.5) / tail
            quantiles = _quantile(positions, shapes[row], scale) + np.exp(threshold)
            log_weights[top] = np.minimum(np.log(quantiles), 0.0)
        unnormalised = np.exp(log_weights)
        weights[row] = unnormalised / unnormalised.sum()
    return weights, shapes


def _generalised_pareto(excess: Array) -> tuple[float, float]:
    """Fit shape and scale to ascending positive ``excess``, with the shape shrunk to 1/2 as by ten more data."""
    n = len(excess)
    grid = 30 + int(np.sqrt(n))
    quarter = excess[int(n / 4 + 0.5) - 1]
    theta = 1 / excess[-1] + (1 - np.sqrt(grid / (np.arange(grid) + 0.5))) / (3 * quarter)
    shape = np.log1p(-theta[:, None] * excess).mean(axis=1)
    profile = n * (np.log(-theta / shape) - shape - 1)
    share = np.exp(profile - profile.max())
    middle = float(theta @ share / share.sum())
    fitted_shape = float(np.log1p(-middle * excess).mean())
    return (fitted_shape * n + 5) / (n + 10), -fitted_shape / middle


def _quantile(shares: Array, shape: float, scale: float) -> Array:
    if abs(shape) < 1e-12:
        return np.asarray(-scale * np.log1p(-shares))
    return np.asarray(scale * np.expm1(-shape * np.log1p(-shares)) / shape)

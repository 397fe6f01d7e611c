"""Series, records and evidence to test with."""

from __future__ import annotations

import numpy as np
from tests.foresight.worlds import series

from wherenow.foresight.ingredients.record import Record, record
from wherenow.foresight.pooling.weights import Evidence


def walk_record(n: int, seed: int = 0, step: float = 0.5, noise: float = 0.0, level: float = 20.0) -> Record:
    """A record of ``n`` yearly data of a planted local level."""
    rng = np.random.default_rng(seed)
    y = level + np.cumsum(step * rng.standard_normal(n)) + noise * rng.standard_normal(n)
    return record(series(f"s{seed}", np.arange(n, dtype=float), y))


def plain_record(n: int, seed: int = 0, step: float = 0.5, noise: float = 0.0) -> Record:
    """The same around zero, so that it has no logarithm."""
    return walk_record(n, seed, step, noise, level=0.0)


def evidence(logs: dict[str, float], n: int, origin: float = 0.0) -> list[Evidence]:
    """``n`` forecasts, each from an origin of its own, at which every ingredient had these log densities."""
    return [Evidence(series="a", horizon=0, origin=origin + i, time=origin + i + 1, densities=logs) for i in range(n)]

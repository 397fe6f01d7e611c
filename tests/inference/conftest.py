from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from wherenow.case.case_types import Case
from wherenow.case.observation import ErrorModel
from wherenow.case.reader import read_case
from wherenow.inference.calibrate import Effort


@pytest.fixture(scope="session")
def quick() -> Effort:
    """Enough for a posterior of three parameters."""
    return Effort(runs=4, particles=256, moves=15, round=20, rounds=3, target=1.0)


@pytest.fixture(scope="session")
def line() -> Case:
    """y = height + slope t, nine readings with normal errors of sd 0.5; slope ~ N(0, 1), height ~ N(0, 2²)."""
    return read_case(Path(__file__).parents[1] / "cases" / "line")


@pytest.fixture(scope="session")
def closed_form(line) -> tuple[np.ndarray, np.ndarray]:
    """The posterior mean and covariance of (height, slope)."""
    data = line.data["readings"]
    design = np.stack([np.ones(len(data)), data.times], axis=1)
    precision = design.T @ design / 0.25 + np.diag([1 / 4, 1])
    covariance = np.linalg.inv(precision)
    return covariance @ (design.T @ data.values / 0.25), covariance


@pytest.fixture(scope="session")
def lines(line) -> Callable[..., Case]:
    """Four series of the line, with errors of a standard deviation that need not be the stated one."""

    def made(stated: float, actual: float = 0.5, **changes: object) -> Case:
        rng, names = np.random.default_rng(3), ("one", "two", "three", "four")
        seen, data = line.observations["readings"], line.data["readings"]
        path = 1.5 + 0.4 * data.times
        return replace(
            line,
            observations={n: replace(seen, series=n, error=ErrorModel("normal", (stated,)), **changes) for n in names},
            data={n: replace(data, name=n, values=path + actual * rng.standard_normal(len(data))) for n in names},
        )

    return made

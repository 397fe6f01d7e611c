from pathlib import Path

import numpy as np
import pytest

from wherenow.case.reader import read_case
from wherenow.case.types import Case
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

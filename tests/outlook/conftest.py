from pathlib import Path

import pytest

from wherenow.case.case_types import Case
from wherenow.case.reader import read_case


@pytest.fixture(scope="session")
def line() -> Case:
    """y = height + slope t; slope ~ N(0, 1), height ~ N(0, 2²), and a parameter that does nothing."""
    return read_case(Path(__file__).parents[1] / "cases" / "line")


@pytest.fixture(scope="session")
def town() -> Case:
    return read_case(Path(__file__).parents[1] / "cases" / "town")

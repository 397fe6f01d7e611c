from pathlib import Path

import pytest

from wherenow.case.case_types import Case
from wherenow.case.new import new_case
from wherenow.case.reader import read_case


@pytest.fixture
def lake(tmp_path) -> Path:
    """The folder of the case that `wherenow new` makes, to be spoiled."""
    return new_case(tmp_path / "lake")


@pytest.fixture(scope="session")
def line() -> Case:
    """A straight line seen with errors."""
    return read_case(Path(__file__).parents[1] / "cases" / "line")

from __future__ import annotations

from pathlib import Path

import pytest

from wherenow.case.new import new_case


@pytest.fixture
def lake(tmp_path) -> Path:
    """The folder of the case that `wherenow new` makes, to be spoiled."""
    return new_case(tmp_path / "lake")

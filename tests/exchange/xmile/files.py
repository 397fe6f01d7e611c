"""Small XMILE files, and the numbers that they give."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from wherenow.case.model_files.opening import open_case
from wherenow.ensemble.draws import central
from wherenow.ensemble.simulate import simulate
from wherenow.errors import Diagnostic
from wherenow.exchange.xmile import parse_xmile
from wherenow.model.model_types import ModelSpec

Expected = dict[str, object]
"""Values by element: at the saved times, or one for all of them."""
CORPUS = Path(__file__).parents[4] / "shared" / "test-models"


def xmile(variables: str, head: str = "", tail: str = "", steps: str = "<start>0</start><stop>4</stop>") -> str:
    """A file of one model with these variables; ``head`` stands before it, ``tail`` after it."""
    return f"<xmile><sim_specs>{steps}</sim_specs>{head}<model><variables>{variables}</variables></model>{tail}</xmile>"


def read(content: str) -> ModelSpec:
    return parse_xmile(content, "model.xmile")[0]


def warnings_of(content: str) -> tuple[Diagnostic, ...]:
    return parse_xmile(content, "model.xmile")[1]


def run_file(path: Path) -> Mapping[str, NDArray[np.float64]]:
    """Values by element at the saved times, from the native engine."""
    runs = simulate(open_case(path), central(), threads=1)
    return {saved.name: runs.values[i, :, 0] for i, saved in enumerate(runs.saved)}


def run(content: str, folder: Path) -> Mapping[str, list[float]]:
    path = folder / "model.xmile"
    path.write_text(content, encoding="utf-8")
    return {name: values.tolist() for name, values in run_file(path).items()}


def compare(path: Path, expected: Expected) -> None:
    """Compare the values of a file's variables at its five times."""
    values = {name.lower().replace(" ", "_"): found.tolist() for name, found in run_file(path).items()}
    for name, value in expected.items():
        assert values[name] == pytest.approx(value if isinstance(value, list) else [value] * 5, abs=1e-12), name

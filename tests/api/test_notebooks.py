"""The notebooks in ``docs/notebooks`` run from top to bottom, and show what is stored in them."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
DRAWN_BY_CHANCE = {"fit-and-forecast.ipynb"}
"""What a fit gives to the last digit depends on the processor's own products of matrices."""


def tool() -> Any:
    spec = importlib.util.spec_from_file_location("execute", FOLDER / "execute.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def shown(notebook: nbformat.NotebookNode, words: bool) -> list[list[object]]:
    """What each cell shows: its forms, and its words where ``words``."""
    found = []
    for cell in notebook.cells:
        outputs: list[object] = []
        for output in cell.get("outputs", ()):
            assert output.output_type != "error"
            data = output.get("data", {})
            outputs.append(sorted(kind for kind in data if "vegalite" not in kind))
            if words:
                outputs.append(data.get("text/plain", output.get("text", "")))
        found.append(outputs)
    return found


def test_there_are_four() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        "coming-from-pysd", "fit-and-forecast", "ten-thousand-runs", "which-loop-did-it"
    ]  # fmt: skip


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_what_is_stored(path: Path) -> None:
    stored = nbformat.read(path, as_version=4)
    assert any(cell.get("outputs") for cell in stored.cells)
    words = path.name not in DRAWN_BY_CHANCE
    assert shown(tool().executed(path), words) == shown(stored, words)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_holds_no_path_of_a_machine_and_no_warning(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"/(home|work|tmp|Users)/", text)
    assert '"stderr"' not in text

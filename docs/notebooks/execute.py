"""Run every notebook of this folder, and keep what it shows: ``python docs/notebooks/execute.py``."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent


def executed(path: Path) -> nbformat.NotebookNode:
    """The notebook after a run from top to bottom. Raises CellExecutionError where a cell fails."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(HERE)}}).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # when it was run is nobody's business
    return notebook


if __name__ == "__main__":
    for place in sorted(HERE.glob("*.ipynb")):
        nbformat.write(executed(place), place)
        print(place.name)

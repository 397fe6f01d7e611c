"""Write runs to CSV, NetCDF or Parquet files, by suffix, atomically."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import TextIO

import numpy as np

from wherenow.ensemble.runs import Ensemble, Saved
from wherenow.errors import UsageError
from wherenow.files import atomic_write

BLOCK = 1_000_000
"""Numbers of a table converted to Python objects at a time: these take four times the memory of an array."""
SUFFIXES = (".csv", ".tab", ".nc", ".parquet")


def save_runs(runs: Ensemble, path: str | os.PathLike[str]) -> None:
    """Write trajectories to ``path``.

    A table of a single draw has a column ``Time`` and one per scalar, named as in the model (``Stock[North]``); with
    several draws, a column ``draw`` comes first. NetCDF holds the Dataset of :meth:`Ensemble.to_dataset`, with units.

    Raises UsageError for another suffix, or if the place cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() not in SUFFIXES:
        raise UsageError(f"'{target.name}' has none of the endings {', '.join(SUFFIXES)}")
    with atomic_write(target) as beside:
        _write(runs, beside, target.suffix.lower())


def _write(runs: Ensemble, path: Path, suffix: str) -> None:
    if suffix == ".nc":
        runs.to_dataset().to_netcdf(path, engine="h5netcdf")
    elif suffix == ".parquet":
        import pandas

        try:
            import pyarrow  # noqa: F401 - pandas writes with it
        except ModuleNotFoundError as error:
            raise UsageError(f"a Parquet file needs {error.name}", "pip install 'wherenow[parquet]'") from None
        head, *rest = _columns(runs)
        frame = pandas.DataFrame({head: np.repeat(runs.draws.first + np.arange(len(runs)), len(runs.times))})
        frame["Time"] = np.tile(runs.times, len(runs))
        for name, values in zip(rest[1:], runs.values, strict=True):
            frame[name] = values.T.ravel()
        frame.to_parquet(path)
    else:
        with path.open("w", newline="", encoding="utf-8") as file:
            _write_table(runs, file, "\t" if suffix == ".tab" else ",")


def _columns(runs: Ensemble) -> list[str]:
    return ["draw", "Time", *map(column, runs.saved)]


def column(saved: Saved) -> str:
    """Return the display name of a column: ``Stock[North,Coal]``."""
    inside = f"[{','.join(saved.elements)}]" if saved.elements else ""
    return (saved.label or saved.variable) + inside


def _write_table(runs: Ensemble, file: TextIO, separator: str) -> None:
    writer = csv.writer(file, delimiter=separator)
    one = len(runs) == 1
    writer.writerow(_columns(runs)[1 if one else 0 :])
    some = max(1, BLOCK // (len(runs.saved) + 1))
    for k, first in product(range(len(runs)), range(0, len(runs.times), some)):
        times = slice(first, first + some)
        rows: Iterable[list[float]] = np.column_stack([runs.times[times], runs.values[:, times, k].T]).tolist()
        writer.writerows(rows if one else ([runs.draws.first + k, *row] for row in rows))

"""Figures from after the cut-off, ``later/*.csv``, which resolve forecasts and which no fit may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from wherenow.case.case_types import Case, DataSeries
from wherenow.case.reading.case_file import Settings
from wherenow.case.reading.data import read_data
from wherenow.case.reading.measures import conversion
from wherenow.errors import did_you_mean


def later_files(folder: Path) -> list[Path]:
    return sorted((folder / "later").glob("*.csv"))


def read_later(folder: Path, settings: Settings, data: Mapping[str, DataSeries]) -> dict[str, DataSeries]:
    """Read the later figures of the series in ``data``, by name, each converted to the unit of its series."""
    problems = settings.problems
    files = later_files(folder)
    if files and settings.cutoff is None:
        message = "later/ holds figures from after the cut-off, and the case has none"
        problems.error(message, files[0], "state the cut-off in case.yaml, or move the figures into data/")
        return {}
    figures = read_data(files, settings, later=True)
    later = {}
    for name, series in figures.items():
        if name not in data:
            problems.error(f"there is no series '{name}' in data/", series.text, did_you_mean(name, data))
            continue
        own = data[name].unit
        factor = conversion(series.unit_text, own, f"the later series '{name}'", settings)
        later[name] = replace(series, values=series.values * factor, unit=own)
    return later


def data_with_later(case: Case) -> dict[str, DataSeries]:
    """Return the data of ``case`` with the later figures, to resolve forecasts and for charts, never for a fit."""
    return {n: s.followed_by(case.later[n]) if n in case.later else s for n, s in case.data.items()}


def with_later(case: Case) -> Case:
    """Return ``case`` with its later figures as part of its data; see :func:`data_with_later`."""
    return replace(case, data=data_with_later(case), later={})

"""Small cases for faults and fuzzing, and the least effort that still does every piece of work of a calibration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from wherenow.case.case_types import Case, Prediction
from wherenow.case.reader import read_case
from wherenow.errors import Text
from wherenow.inference.calibrate import Effort

HERE = Path(__file__).parent
LITTLE = Effort(runs=2, particles=64, moves=4, round=4, rounds=2, target=1.0)


def line(folder: Path | None = None) -> Case:
    """A straight line with three parameters and nine readings, as if it stood in ``folder``."""
    case = read_case(HERE.parent / "cases" / "line")
    return case if folder is None else replace(case, folder=folder)


def forecasting() -> Case:
    """The line, known up to 6, with twelve forecasts, half of which its later readings decide."""
    rules = ["at(readings, 9) > 4", "at(readings, 20) > 5"]
    asked = [
        Prediction(id=f"f{k}", says=f"It is {k}.", model=None, resolve=Text(rules[k % 2]), by="12", deadline=12.0)
        for k in range(12)
    ]
    case = line()
    readings = case.data["readings"]
    known = readings.until(6.0)
    columns = ("dates", "times", "values", "source", "licence", "quality", "note")
    later = replace(readings, **{column: getattr(readings, column)[len(known) :] for column in columns})
    return replace(
        case,
        predictions={p.id: p for p in asked},
        data={"readings": known},
        later={"readings": later},
        cutoff=6.0,
        cutoff_date="6",
    )

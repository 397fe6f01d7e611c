"""Refreshing a case's series from public sources: the planned changes, and writing them.

A fetched series has its own files, ``data/NAME.csv`` and, after the cut-off, ``later/NAME.csv``. An unchanged figure
keeps its row, so that each row records when its value was first fetched, and its vintage.
"""

from __future__ import annotations

import csv
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from wherenow.case.case_types import Case
from wherenow.case.checking.check import check_case
from wherenow.case.dates import decimal_year, is_year
from wherenow.case.reading.data import COLUMNS
from wherenow.case.reading.folder import data_files
from wherenow.case.reading.later import later_files
from wherenow.draft.data.data_tables import write_rows
from wherenow.draft.data.public_series import Fetched
from wherenow.errors import Severity, UsageError
from wherenow.files import atomic_write
from wherenow.language.syntax import canonical

LEAST = 0.5
"""Minimum share of the stored figures in an answer: with fewer it was probably truncated. Our choice."""
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FigureChange:
    """A figure that is new (``before`` None), removed (``after`` None) or different, as texts."""

    date: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPlan:
    """The changes from fetching a series. ``files`` has the rows of each file to be written.

    ``held_back`` are figures after the cut-off of a case without ``later/``; ``remarks`` are messages for a person.
    """

    series: str
    changes: tuple[FigureChange, ...]
    files: dict[Path, tuple[Row, ...]]
    held_back: int = 0
    remarks: tuple[str, ...] = ()


def plan(case: Case, name: str, fetched: Fetched, today: str) -> FetchPlan:
    """Plan the changes of ``fetched`` to the series ``name``, without writing anything.

    Raises UsageError if the case's time unit is not the year, another file has rows of the series, no figure is
    before the cut-off, or fewer than half of the stored figures came back.
    """
    if not is_year(case.model.time.unit):
        raise UsageError(f"fetched figures have dates, and {case.name} counts in {case.model.time.unit}")
    folder = case.folder
    own = {part: folder / part / f"{name}.csv" for part in ("data", "later")}
    stored = {part: _rows(path) for part, path in own.items()}
    for path in (*data_files(folder), *later_files(folder)):
        if path not in own.values() and any(canonical(row["series"]) == name for row in _rows(path)):
            raise UsageError(f"{path} holds figures of '{name}' already", "move them out, or fetch under another name")
    before = {row["date"]: row for rows in stored.values() for row in rows}
    unit = case.fetch[name].unit
    note = f"vintage {fetched.vintage or 'not stated'}; fetched {today}"
    parts: dict[str, list[Row]] = {"data": [], "later": []}
    for at, value in fetched.figures.items():
        old, text = before.get(at), f"{value:.12g}"
        row: Row = (name, at, text, unit, fetched.source, fetched.licence, "read", note)
        if old is not None and _same(old["value"], text) and old["unit"] == unit:
            row = tuple(old[column] for column in COLUMNS)
        after = case.cutoff is not None and decimal_year(at) > case.cutoff
        parts["later" if after else "data"].append(row)
    if not parts["data"]:
        raise UsageError(f"'{name}' has no figure up to the cut-off {case.cutoff_date}")
    held_back = 0 if (folder / "later").is_dir() else len(parts["later"])
    if held_back:
        parts["later"] = []
    changes = _changes(before, {row[1]: row for rows in parts.values() for row in rows})
    removed = sum(change.after is None for change in changes)
    if removed > (1 - LEAST) * len(before):
        what = f"only {len(before) - removed} of {len(before)} figures of '{name}' came back"
        raise UsageError(what, f"if that is right, delete {own['data']} and fetch again")
    files = {own[part]: tuple(rows) for part, rows in parts.items() if rows or own[part].exists()} if changes else {}
    remarks = []
    if case.cutoff_date and fetched.vintage > case.cutoff_date:
        later = f"the vintage of {fetched.vintage} is later than the cut-off {case.cutoff_date}"
        remarks.append(f"{later}: earlier figures may have been revised with what was known only then")
    return FetchPlan(series=name, changes=changes, files=files, held_back=held_back, remarks=tuple(remarks))


def write(case: Case, plans: list[FetchPlan]) -> None:
    """Write planned changes, all or nothing. Raises UsageError if they would give the case errors in these files."""
    files = {path: rows for one in plans for path, rows in one.files.items()}
    before = {path: path.read_bytes() if path.exists() else None for path in files}
    try:
        with ExitStack() as stack:
            for path, rows in files.items():
                path.parent.mkdir(exist_ok=True)
                write_rows(stack.enter_context(atomic_write(path)), rows)
        wrong = [d for d in check_case(case.folder) if d.severity is Severity.ERROR]
        written = {str(path) for path in files}
        if problem := next((d for d in wrong if d.location is not None and d.location.file in written), None):
            raise UsageError(f"nothing was written, since the case would have an error: {problem}")
    except BaseException:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                with atomic_write(path) as beside:
                    beside.write_bytes(content)
        raise


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{column: row.get(column) or "" for column in COLUMNS} for row in csv.DictReader(file)]


def _same(one: str, other: str) -> bool:
    try:
        return float(one) == float(other)
    except ValueError:
        return False


def _changes(before: dict[str, dict[str, str]], after: dict[str, Row]) -> tuple[FigureChange, ...]:
    """List the differences; a row that is unchanged is the same in every column."""
    was = {at: tuple(row.values()) for at, row in before.items()}
    value, unit = COLUMNS.index("value"), COLUMNS.index("unit")

    def as_text(row: Row | None) -> str | None:
        return None if row is None else f"{row[value]} {row[unit]}"

    dates = (at for at in sorted({*was, *after}) if was.get(at) != after.get(at))
    return tuple(FigureChange(at, as_text(was.get(at)), as_text(after.get(at))) for at in dates)

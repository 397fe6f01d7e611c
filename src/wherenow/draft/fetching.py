"""Refreshing a case's series from public sources: what would change, and the writing of it.

A fetched series has files of its own, ``data/NAME.csv`` and, after the cut-off, ``later/NAME.csv``. A figure that has
not changed keeps its row, so that each row says when its value was first fetched, and of which vintage.
"""

from __future__ import annotations

import csv
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from wherenow.case.checking.check import check_case
from wherenow.case.dates import decimal_year, is_year
from wherenow.case.reading.data import COLUMNS
from wherenow.case.reading.folder import data_files
from wherenow.case.reading.later import later_files
from wherenow.case.types import Case
from wherenow.draft.figures import write_rows
from wherenow.draft.public_series import Fetched
from wherenow.errors import Severity, UsageError
from wherenow.files import whole
from wherenow.language.syntax import canonical

LEAST = 0.5
"""The share of the figures stored that an answer must still have: with fewer it is more likely cut off. Ours."""
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that is new (``before`` None), gone (``after`` None) or another, as texts."""

    date: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What fetching a series would change. ``files``: the rows of each file that would be written.

    ``held_back``: figures after the cut-off of a case without ``later/``; ``remarks``: what a person should know.
    """

    series: str
    changes: tuple[Change, ...]
    files: dict[Path, tuple[Row, ...]]
    held_back: int = 0
    remarks: tuple[str, ...] = ()


def plan(case: Case, name: str, fetched: Fetched, today: str) -> Plan:
    """What ``fetched`` changes in the series ``name``; nothing is written.

    Raises UsageError where the case does not count in years, another file holds rows of the series, no figure lies
    before the cut-off, or fewer than half of the figures stored came back.
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
        known = before.get(at)
        text = f"{value:.12g}"
        same = known is not None and _same(known["value"], text) and known["unit"] == unit
        row = known if same and known is not None else dict(zip(
            COLUMNS, (name, at, text, unit, fetched.source, fetched.licence, "read", note), strict=True
        ))  # fmt: skip
        after = case.cutoff is not None and decimal_year(at) > case.cutoff
        parts["later" if after else "data"].append(tuple(row[column] for column in COLUMNS))
    if not parts["data"]:
        raise UsageError(f"'{name}' has no figure up to the cut-off {case.cutoff_date}")
    held_back = 0 if (folder / "later").is_dir() else len(parts["later"])
    if held_back:
        parts["later"] = []
    changes = _changes(before, {row[1]: row for rows in parts.values() for row in rows})
    gone = sum(change.after is None for change in changes)
    if gone > (1 - LEAST) * len(before):
        raise UsageError(f"only {len(before) - gone} of {len(before)} figures of '{name}' came back",
                         f"if that is right, delete {own['data']} and fetch again")  # fmt: skip
    files = {own[part]: tuple(rows) for part, rows in parts.items() if rows or own[part].exists()} if changes else {}
    remarks = []
    if case.cutoff_date and fetched.vintage > case.cutoff_date:
        remarks.append(f"the vintage of {fetched.vintage} is later than the cut-off {case.cutoff_date}: earlier "
                       "figures may have been revised with what was known only then")  # fmt: skip
    return Plan(series=name, changes=changes, files=files, held_back=held_back, remarks=tuple(remarks))


def write(case: Case, plans: list[Plan]) -> None:
    """Write what plans change, all or nothing; raises UsageError where the case would have an error in these files."""
    files = {path: rows for one in plans for path, rows in one.files.items()}
    before = {path: path.read_bytes() if path.exists() else None for path in files}
    try:
        with ExitStack() as stack:
            for path, rows in files.items():
                path.parent.mkdir(exist_ok=True)
                write_rows(stack.enter_context(whole(path)), rows)
        wrong = [d for d in check_case(case.folder) if d.severity is Severity.ERROR]
        named = {str(path) for path in files}
        if found := next((d for d in wrong if d.location is not None and d.location.file in named), None):
            raise UsageError(f"nothing is written, since the case would have an error: {found}")
    except BaseException:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                with whole(path) as beside:
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


def _changes(before: dict[str, dict[str, str]], after: dict[str, Row]) -> tuple[Change, ...]:
    """What is not as it was; a row that was kept is the same in every column."""
    was = {at: tuple(row.values()) for at, row in before.items()}
    value, unit = COLUMNS.index("value"), COLUMNS.index("unit")

    def said(row: Row | None) -> str | None:
        return None if row is None else f"{row[value]} {row[unit]}"

    dates = sorted({*was, *after})
    return tuple(Change(at, said(was.get(at)), said(after.get(at))) for at in dates if was.get(at) != after.get(at))

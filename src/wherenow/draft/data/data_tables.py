"""Data for a case: tables read from CSV files and spreadsheets, with a guess at the meaning of their columns.

They are written in the case's long form, one row per figure: series, date, value, unit, source, licence and quality.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from wherenow.case.reading.data import COLUMNS
from wherenow.draft.building.index_model import ascii_name
from wherenow.errors import UsageError
from wherenow.files import atomic_write

LARGEST = 50_000_000
MOST_ROWS = 200_000
_DATE = re.compile(r"\d{4}(?:-\d{1,2}(?:-\d{1,2})?)?")
_DATE_HEADS = frozenset({"date", "year", "month", "time", "period", "day", "quarter"})
_UNIT = re.compile(r"^(?P<name>.*?)\s*[\[(](?P<unit>[^\])]{1,30})[\])]\s*$")


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table as in its file: column heads and rows, all as text."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Column:
    """The guess for a column: a series by its name, in a unit."""

    head: str
    series: str
    unit: str


def read_table(path: Path) -> TextTable:
    """Read the table in a CSV file or the first sheet of a spreadsheet.

    Raises UsageError if the file is missing, too large, or has no table.
    """
    if not path.is_file():
        raise UsageError(f"there is no file {path}")
    if path.stat().st_size > LARGEST:
        raise UsageError(f"{path} is larger than {LARGEST // 1_000_000} MB")
    if path.suffix.lower() in (".xlsx", ".xls", ".ods", ".xlsb"):
        rows = _sheet(path)
    elif path.suffix.lower() in (".csv", ".tsv", ".txt"):
        rows = _delimited(path)
    else:
        raise UsageError(f"{path.name} is not a table that can be read", "name a .csv, .tsv, .xlsx, .xls or .ods file")
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if len(rows) < 2:
        raise UsageError(f"{path} has no table: a header row and rows of figures")
    if len(rows) > MOST_ROWS:
        raise UsageError(f"{path} has more than {MOST_ROWS:,} rows")
    width = len(rows[0])
    return TextTable(tuple(h.strip() for h in rows[0]), tuple((*row, *[""] * width)[:width] for row in rows[1:]))


def _delimited(path: Path) -> list[tuple[str, ...]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 (byte {error.start})", "save it as UTF-8") from None
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:20_000], delimiters=",;\t")
    except csv.Error:
        dialect = csv.excel
    return [tuple(row) for row in csv.reader(io.StringIO(text), dialect)]


def _sheet(path: Path) -> list[tuple[str, ...]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        rows = book.get_sheet_by_index(0).to_python(nrows=MOST_ROWS + 2)
    except (CalamineError, OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as a spreadsheet: {str(error)[:200]}") from None
    return [tuple(_cell(value) for value in row) for row in rows]


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def suggest(table: TextTable) -> tuple[int, tuple[Column, ...]]:
    """Guess which column contains dates, and the series in each column of figures.

    Raises UsageError if no column contains dates, or none figures.
    """
    dates = [i for i, _ in enumerate(table.heads) if _share(r[i] for r in table.rows if r[i]) > 0.9]
    by_head = [i for i in dates if table.heads[i].lower() in _DATE_HEADS]
    columns_found = f"columns: {', '.join(table.heads)}"
    if not dates:
        raise UsageError("no column holds dates such as 2019, 2019-05 or 2019-05-31", columns_found)
    at = (by_head or dates)[0]
    columns = []
    for i, head in enumerate(table.heads):
        cells = [row[i] for row in table.rows if row[i].strip()]
        if i != at and cells and sum(_number(c) is not None for c in cells) > 0.9 * len(cells):
            match = _UNIT.match(head)
            name, unit = (match["name"], match["unit"]) if match else (head, "%" if "percent" in head.lower() else "")
            columns.append(Column(head, ascii_name(name, 60, "series"), unit))
    if not columns:
        raise UsageError("no column holds figures", columns_found)
    return at, tuple(columns)


def _share(cells: Iterable[str]) -> float:
    matches = [bool(_DATE.fullmatch(cell.strip())) and 1000 <= int(cell.strip()[:4]) <= 2200 for cell in cells]
    return sum(matches) / len(matches) if matches else 0.0


def _number(cell: str) -> float | None:
    """Read the figure in a cell; None if there is none. Commas or blanks may separate thousands."""
    text = cell.strip().rstrip("%").replace("\u00a0", "").replace(" ", "")
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def long_form(
    table: TextTable, at: int, columns: Iterable[Column], source: str, licence: str
) -> tuple[list[list[str]], int]:
    """Return the rows in the case's form, and the number of cells without a figure."""
    for column in columns:
        if not column.unit:
            raise UsageError(f"the column {column.head!r} needs a unit", "write 1 if it has none")
    if not source.strip() or not licence.strip():
        raise UsageError("data need a source and a licence", "--source and --licence")
    rows, without_figure = [], 0
    for column in columns:
        i = table.heads.index(column.head)
        for row in table.rows:
            value = _number(row[i])
            if value is None or not _DATE.fullmatch(row[at].strip()):
                without_figure += bool(row[i].strip())
                continue
            rows.append([column.series, _padded(row[at]), f"{value:.12g}", column.unit, source, licence, "read", ""])
    return rows, without_figure


def _padded(text: str) -> str:
    year, *rest = text.strip().split("-")
    return "-".join([year, *(part.zfill(2) for part in rest)])


def write_rows(path: Path, rows: Iterable[Sequence[str]]) -> None:
    """Write the rows of a case's data file under its head."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(COLUMNS)
        out.writerows(rows)


def new_data_file(path: Path, rows: Iterable[Sequence[str]]) -> None:
    """Create a data file of a case atomically. Raises UsageError if it exists."""
    if path.exists():
        raise UsageError(f"{path} exists already", "choose another name with --name")
    path.parent.mkdir(exist_ok=True)
    with atomic_write(path) as beside:
        write_rows(beside, rows)

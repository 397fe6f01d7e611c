"""Cells of spreadsheets and text tables, as GET XLS/DIRECT DATA, LOOKUPS, CONSTANTS and SUBSCRIPT read them.

Vensim reference manual, "GET XLS …" and "GET DIRECT …". A place is a cell (``B5``), a row (``4``), a column (``A``) or
the name of a range in the workbook; a ``*`` after it transposes. Numbers are as read; a blank is None.
"""

from __future__ import annotations

import csv
import io
import math
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

from wherenow.exchange.encodings import decode

Cell = str | float | None
Grid = list[list[Cell]]
LARGEST_FILE = 200_000_000
MOST_CELLS = 10_000_000
MOST_UNPACKED = 500_000_000
"""Maximum number of bytes of an unpacked workbook."""
_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})\*?")
_REFERENCE = re.compile(r"(?:'((?:[^']|'')+)'|([^'!]+))!\$?([A-Z]{1,3})\$?(\d+)(?::\$?([A-Z]{1,3})\$?(\d+))?")
_SPREADSHEETS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")


_THOUSANDS = re.compile(r"\s*[-+]?\d{1,3}(,\d{3})+(\.\d*)?\s*")
_DECIMAL = re.compile(r"\s*[-+]?\d*,\d+(?:[eE][-+]?\d+)?\s*")


@dataclass(frozen=True, slots=True)
class DataBlock:
    """A rectangle of cells, with rows and columns counted from 0 and ends included; open ends are None."""

    row: int
    column: int
    last_row: int | None = None
    last_column: int | None = None

    @property
    def across(self) -> bool:
        """Whether the block is one row of several cells."""
        return self.last_column is not None and self.last_column > self.column and self.last_row == self.row


@dataclass(frozen=True, slots=True)
class DataSheet:
    """A table of cells. ``names`` are the named ranges, in lower case."""

    grid: Grid
    names: dict[str, DataBlock] = field(default_factory=dict)

    def at(self, row: int, column: int) -> Cell:
        """Return the cell, or None outside the table."""
        return self.grid[row][column] if 0 <= row < len(self.grid) and 0 <= column < len(self.grid[row]) else None

    def number(self, row: int, column: int) -> float | None:
        """Return the number in a cell; None if it has none."""
        value = self.at(row, column)
        if isinstance(value, str):
            return number_in(value.replace(",", "") if _THOUSANDS.fullmatch(value) else value)
        return value


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The data files of a model: those beside it, and those that the caller names for references such as ``'?name'``.

    A name that begins with ``/`` refers to a table with data variables.
    """

    place: Path
    given: Mapping[str, Path] = field(default_factory=dict)

    @property
    def tables(self) -> tuple[Path, ...]:
        """The tables with data variables."""
        return tuple(path for name, path in self.given.items() if name.startswith("/"))

    def sheet(self, file: str, tab: str) -> DataSheet:
        """Read the sheet ``tab`` of a workbook, or a text table with the separator ``tab``.

        If ``data.xls`` is missing, ``data.xlsx`` and the like are tried, as in Vensim's own open dialogue.

        Raises
        ------
        ValueError
            if the file or sheet is missing or cannot be read.
        """
        alias = file[1:].strip() if file.startswith("?") else ""
        if alias in self.given:
            return _opened(self.given[alias], tab)
        try:
            return _opened(_find(self.place, file), tab)
        except ValueError as error:
            if not alias:
                raise
            raise ValueError(f"{error}; '{file}' stands for a file: name it with --data {alias}=FILE") from None


def _opened(path: Path, tab: str) -> DataSheet:
    file = path.name
    if path.stat().st_size > LARGEST_FILE:
        raise ValueError(f"'{file}' is larger than {LARGEST_FILE // 1_000_000} MB")
    stamp = path.stat().st_mtime_ns
    if path.suffix.lower() in _SPREADSHEETS:
        return _workbook_sheet(path, tab, stamp)
    return _text_table(path, tab, stamp)


def _find(folder: Path, file: str) -> Path:
    named = Path(file.lstrip("?").replace("\\", "/"))
    path = named if named.is_absolute() else folder / named
    if path.is_file():
        return path
    if path.parent.is_dir():
        candidates = [p for p in sorted(path.parent.iterdir()) if p.is_file()]
        for p in candidates:
            if p.name.lower() == path.name.lower():
                return p
        stems = [p for p in candidates if p.stem.lower() == path.stem.lower()]
        if path.suffix.lower() in (*_SPREADSHEETS, "") and (
            same := [p for p in stems if p.suffix.lower() in _SPREADSHEETS]
        ):
            return same[0]
    raise ValueError(f"no file '{file}'" + ("" if named.is_absolute() else " beside the model"))


@lru_cache(maxsize=8)
def _workbook_sheet(path: Path, tab: str, _stamp: int) -> DataSheet:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                    raise ValueError(f"'{path.name}' unpacks to more than {MOST_UNPACKED // 1_000_000} MB")
        book = CalamineWorkbook.from_path(str(path))
        names = {name.lower(): name for name in book.sheet_names}
        if tab.strip().lower() not in names:
            known = ", ".join(f"'{n}'" for n in book.sheet_names)
            raise ValueError(f"'{path.name}' has no sheet '{tab}', only {known}")
        title = names[tab.strip().lower()]
        sheet = book.get_sheet_by_name(title)
        if sheet.total_height * sheet.total_width > MOST_CELLS:
            raise ValueError(f"'{path.name}' has more than {MOST_CELLS:,} cells in its sheet '{title}'")
        rows = sheet.to_python(skip_empty_area=False)
    except (CalamineError, OSError, zipfile.BadZipFile) as error:
        raise ValueError(f"'{path.name}' cannot be read: {error}") from None
    grid: Grid = [[_cell(value) for value in row] for row in rows]
    return DataSheet(grid, _defined_names(path, title))


@lru_cache(maxsize=8)
def _text_table(path: Path, separator: str, _stamp: int) -> DataSheet:
    text = decode(path.read_bytes()).text
    sign = "\t" if separator in ("\\t", "\t", "tab", "") else separator
    if len(sign) != 1:
        raise ValueError(f"'{separator}' is not a separator of one character")
    try:
        rows = text_rows(text, sign)
    except csv.Error as error:
        raise ValueError(f"'{path.name}' cannot be read: {error}") from None
    return DataSheet([[_cell(value) for value in row] for row in rows])


def text_rows(text: str, separator: str) -> list[list[str]]:
    """Split a text table into cells; between semicolons, as spreadsheets write them, a comma marks decimals."""
    rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    if separator != ";":
        return rows
    return [[cell.replace(",", ".") if _DECIMAL.fullmatch(cell) else cell for cell in row] for row in rows]


def _cell(value: object) -> Cell:
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, (int, float)):
        return float(value)
    text = str(value).strip()
    number = number_in(text)
    return number if number is not None else text or None


def number_in(text: str) -> float | None:
    """Return the finite number that a text is; None for another text, and for words such as ``nan``."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text else None


def _defined_names(path: Path, sheet: str) -> dict[str, DataBlock]:
    """Read the named ranges of ``sheet``; a name of the sheet takes precedence over the workbook's.

    Office Open XML, ECMA-376 part 1, 18.2.5. Names in other formats are not read.
    """
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        return {}
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo("xl/workbook.xml").file_size > MOST_UNPACKED:
                return {}
            root = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, OSError):
        return {}
    space = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
    sheets = [s.get("name", "") for s in root.iter(f"{space}sheet")]
    whole: dict[str, DataBlock] = {}
    local: dict[str, DataBlock] = {}
    for entry in root.iter(f"{space}definedName"):
        found = _REFERENCE.fullmatch((entry.text or "").strip())
        if not found:
            continue
        target = (found[1] or found[2]).replace("''", "'")
        if target.lower() != sheet.lower():
            continue
        block = DataBlock(
            int(found[4]) - 1,
            _column(found[3]),
            int(found[6] or found[4]) - 1,
            _column(found[5] or found[3]),
        )
        scope = entry.get("localSheetId")
        owner = sheets[int(scope)] if scope is not None and scope.isdigit() and int(scope) < len(sheets) else None
        if owner is None:
            whole[entry.get("name", "").lower()] = block
        elif owner.lower() == sheet.lower():
            local[entry.get("name", "").lower()] = block
    return {**whole, **local}


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def place(sheet: DataSheet, text: str) -> DataBlock:
    """Find the cell or named range that ``text`` means.

    Raises
    ------
    ValueError
        if it is neither.
    """
    bare = text.strip().rstrip("*").strip()
    if named := sheet.names.get(bare.lower()):
        return named
    if found := _CELL.fullmatch(bare):
        return DataBlock(int(found[2]) - 1, _column(found[1]))
    raise ValueError(f"'{text}' is neither a cell nor a named range of the sheet")


def constants(sheet: DataSheet, at: str, rows: int, columns: int) -> list[float]:
    """Read ``rows`` × ``columns`` numbers from a cell on, row by row; with ``*`` the table is transposed.

    One dimension (``rows`` 1) runs across, or down with ``*``.
    """
    start, turned = place(sheet, at), at.strip().endswith("*")
    found: list[float] = []
    for i in range(rows):
        for j in range(columns):
            row, column = (start.row + j, start.column + i) if turned else (start.row + i, start.column + j)
            value = sheet.number(row, column)
            if value is None:
                raise ValueError(f"cell {cell_name(row, column)} has no number")
            found.append(value)
    return found


def cell_name(row: int, column: int) -> str:
    """Return ``B5`` for positions counted from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


def series(sheet: DataSheet, axis: str, at: str, index: int) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """Read the points (x, y) of the ``index``-th series, None if it is empty: x along ``axis``, y from cell ``at`` on.

    ``axis`` is a column's letters (points run down, further series are to the right), a row's number (points run
    across, further series are below) or a named range. Points without both numbers are skipped.
    """
    start = place(sheet, at)
    bare = axis.strip()
    if named := sheet.names.get(bare.lower()):
        across, x_line = named.across, named.row if named.across else named.column
        begin = named.column if across else named.row
        end = named.last_column if across else named.last_row
        shift = (start.column if across else start.row) - begin
    elif bare.isdigit():
        across, x_line, begin, end, shift = True, int(bare) - 1, start.column, None, 0
    elif re.fullmatch(r"[A-Za-z]{1,3}", bare):
        across, x_line, begin, end, shift = False, _column(bare), start.row, None, 0
    elif found := _CELL.fullmatch(bare):  # the axis is a cell: its points run down from there
        across, x_line, begin, end = False, _column(found[1]), int(found[2]) - 1, None
        shift = start.row - begin
    else:
        raise ValueError(f"'{axis}' is neither a row, a column nor a named range of the sheet")
    longest = max((len(r) for r in sheet.grid), default=0) if across else len(sheet.grid)
    last = min(longest - 1, end if end is not None else longest - 1)
    points: dict[float, float] = {}
    for k in range(begin, last + 1):
        if across:
            x, y = sheet.number(x_line, k), sheet.number(start.row + index, k + shift)
        else:
            x, y = sheet.number(k, x_line), sheet.number(k + shift, start.column + index)
        if x is not None and y is not None:
            points[x] = y
    if not points:
        return None
    xs = sorted(points)
    return tuple(xs), tuple(points[x] for x in xs)


def subscript_names(sheet: DataSheet, first: str, last: str, prefix: str) -> tuple[str, ...]:
    """Read element names in the block between two cells, across and then down, each with ``prefix`` before it.

    ``last`` may be only a row or a column, or empty: the block then extends to the end of the sheet on the open sides.
    Blank cells are skipped (Vensim help, "GET DIRECT SUBSCRIPT").
    """
    start, bare = place(sheet, first), last.strip().rstrip("*").strip()
    last_row, last_column = start.last_row, start.last_column
    if bare.isdigit():
        last_row = int(bare[:9]) - 1
    elif re.fullmatch(r"[A-Za-z]{1,3}", bare):
        last_column = _column(bare)
    elif bare:
        stop = place(sheet, bare)
        last_row, last_column = stop.row, stop.column
    cells = (
        cell
        for row in sheet.grid[start.row : None if last_row is None else last_row + 1]
        for cell in row[start.column : None if last_column is None else last_column + 1]
    )
    found = tuple(prefix + (f"{c:g}" if isinstance(c, float) else c) for c in cells if c is not None)
    if not found:
        raise ValueError(f"no names at '{first}'")
    return found

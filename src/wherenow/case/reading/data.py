"""Data series: the rows of ``data/*.csv``, each with its date, value, source, licence and quality."""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from wherenow.case.case_types import DataSeries
from wherenow.case.dates import moment, number
from wherenow.case.located_yaml.problems import Problems
from wherenow.case.located_yaml.yaml_reader import read_text
from wherenow.case.reading.case_file import Settings
from wherenow.case.reading.folder import copied
from wherenow.case.reading.measures import conversion
from wherenow.errors import Location, Text, did_you_mean
from wherenow.language.syntax import canonical

COLUMNS = ("series", "date", "value", "unit", "source", "licence", "quality", "note")
_WORDS = ("source", "licence", "quality", "note")
"""The columns that are stored as they are."""
FAR = 20.0
"""Maximum ratio of a value to its neighbours before a warning."""
_FILLED = {
    "source": "say where the figure was read, so that it can be checked",
    "licence": "write facts for a bare figure, else the licence of its source",
    "unit": "write 1 if it is dimensionless",
    "value": "leave unknown values out",
}
QUALITIES = ("read", "recalled")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Datum:
    series: str  # name of the data series
    date: str  # date as written
    time: float  # decimal time, in the case's unit
    value: float  # value in ``unit``
    at: Text  # place of the value in the file
    unit: Text  # unit as written
    source: str  # where it was published
    licence: str  # licence of the source
    quality: str  # ``read`` or ``recalled``
    note: str  # what the source says of the datum


def read_data(files: Iterable[Path], settings: Settings, *, later: bool = False) -> dict[str, DataSeries]:
    """Read all series by canonical name, each in the unit that most of its rows have.

    Dates after the cut-off are errors, and with ``later`` those at or before it.
    """
    problems = settings.problems
    rows: dict[str, list[_Datum]] = {}
    contents: dict[bytes, Path] = {}
    for path in files:
        if first := copied(path, contents, problems.edited):
            problems.error(f"the file is a copy of {first.name}", path, "delete one of them")
            continue
        for datum in _read_file(path, settings, later):
            rows.setdefault(canonical(datum.series), []).append(datum)
    return {name: _series(name, data, settings) for name, data in rows.items()}


def _read_file(path: Path, settings: Settings, later: bool) -> Iterable[_Datum]:
    problems, cutoff = settings.problems, settings.cutoff
    content = read_text(path, problems)
    if content is None:
        return
    lines = content.splitlines()
    rows = csv.reader(lines, strict=True)
    line = 1
    try:
        header = next(rows, [])
        if not _check_header(header, path, problems):
            return
        line = rows.line_num + 1
        if not later and not any(rest.strip() for rest in lines[rows.line_num :]):
            problems.warning("the file has no data", path, "delete it, or write a row")
        for row in rows:
            if row:
                place = _Row(path, line, lines)
                datum = _read_row(dict(zip(header, row, strict=False)), len(row), header, place, settings)
                if datum is not None:
                    if cutoff is not None and (datum.time > cutoff) is not later:
                        problems.error(
                            f"the datum of {datum.date} lies {'no later than' if later else 'after'} "
                            f"the cut-off {settings.cutoff_date}",
                            place.field(header.index("date")),
                            f"put it into {'data' if later else 'later'}/",
                        )
                    yield datum
            line = rows.line_num + 1
    except csv.Error as error:
        hint = "a quotation mark is not closed" if "end of data" in str(error) else ""
        problems.unreadable(f"bad CSV: {error}", Location(str(path), line, 1), hint)


@dataclass(frozen=True, slots=True)
class _Row:
    """The location of a row and of its fields."""

    path: Path
    line: int
    lines: list[str]

    def field(self, index: int) -> Text:
        """Return the location of a field, or of the row's beginning where the field is on a later line."""
        line = self.lines[self.line - 1]
        column, count, quoted = 0, 0, False
        for offset, character in enumerate(line):
            if count == index:
                break
            if character == '"':
                quoted = not quoted
            elif character == "," and not quoted:
                column, count = offset + 1, count + 1
        return Text(line[column:].split(",")[0], str(self.path), self.line, (column if count == index else 0) + 1)


def _check_header(header: list[str], path: Path, problems: Problems) -> bool:
    missing = [c for c in COLUMNS if c not in header]
    columns = ",".join(COLUMNS)
    for name in dict.fromkeys(name for name in header if name and header.count(name) > 1):
        problems.unreadable(f"the column '{name}' appears twice", path, "keep one of them")
        return False
    if len(missing) > 1 and set(COLUMNS) <= {name.strip().lower() for name in header}:
        problems.unreadable("the names of columns have no capitals and no blanks", path, f"write {columns}")
        return False
    years = [name for name in header if re.fullmatch(r"[12]\d{3}", name)]
    if missing and years:
        hint = f"give each value a row of its own: {columns}"
        problems.unreadable(f"the file has a column for each year, as {years[0]}", path, hint)
        return False
    for mark, called in ((";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")):
        if len(header) == 1 and mark in header[0]:
            hint = f"save it with commas between columns and points in decimals: {columns}"
            problems.unreadable(f"the columns are separated by {called}", path, hint)
            return False
    if len(missing) == len(COLUMNS):
        hint = f"write {columns} above the data, and nothing above that"
        problems.unreadable("the first line does not name the columns", path, hint)
        return False
    unknown = [name for name in header if name not in COLUMNS]
    for name in unknown:
        meant = next(iter(get_close_matches(name, missing, 1)), None)
        if meant is not None:
            missing.remove(meant)
            problems.unreadable(f"the column '{name}' must be called '{meant}'", path)
        elif not missing or len(unknown) < len(header):
            what, hint = f"unknown column '{name}'", f"a data file has {columns}"
            if not name:
                what, hint = "a column has no name", "delete the comma at the end of each row"
            problems.error(what, path, hint)
    if missing:
        listed = ", ".join(f"'{name}'" for name in missing)
        one = len(missing) == 1
        message = f"the column{'' if one else 's'} {listed} {'is' if one else 'are'} missing"
        problems.unreadable(message, path, f"a data file has {columns}")
    return all(name in header for name in COLUMNS)


def _read_row(row: dict[str, str], width: int, header: list[str], place: _Row, settings: Settings) -> _Datum | None:
    problems = settings.problems

    def field(name: str) -> Text:
        return place.field(header.index(name))

    if width != len(header):
        hint = "a text with a comma needs double quotes" if width > len(header) else f"a row has {','.join(header)}"
        message = f"the row has {width} {'field' if width == 1 else 'fields'}, not {len(header)}"
        problems.error(message, place.field(0), hint)
        return None
    row = {name: text.strip() for name, text in row.items()}
    for name in ("series", "date", "value", "unit", "source", "licence", "quality"):
        if not row[name]:
            problems.error(f"the datum has no {name}", field(name), _FILLED.get(name, f"fill in the column '{name}'"))
    if row["quality"] and row["quality"] not in QUALITIES:
        message = f"quality is {' or '.join(QUALITIES)}, not {row['quality']!r}"
        problems.error(message, field("quality"), did_you_mean(row["quality"], QUALITIES))
    time = value = math.nan
    if not row["date"] or not row["value"]:
        return None
    try:
        time = moment(row["date"], settings.time.unit)
    except ValueError as error:
        problems.error(str(error), field("date"))
    try:
        value = number(row["value"])
    except ValueError:
        problems.error(f"{row['value']!r} is not a number", field("value"), _meant(row["value"]))
    else:
        if not math.isfinite(value):
            problems.error(f"{row['value']!r} is not a finite number", field("value"), "leave unknown values out")
    if not row["series"] or not (math.isfinite(time) and math.isfinite(value)):
        return None
    return _Datum(
        series=row["series"],
        date=row["date"],
        time=time,
        value=value,
        at=field("value"),
        unit=replace(field("unit"), content=row["unit"]),
        **{column: row[column] for column in _WORDS},
    )


def _meant(value: str) -> str:
    """Return what to write instead of a value that is not a number."""
    if value.strip("-–—.?/").lower() in ("", "na", "n/a", "none", "null", "missing", "nd"):
        return "leave unknown values out"
    if re.fullmatch(r"[-+]?[\d.]+\s*[^\d\s.,'*+~-][^\d]*", value):
        return "write the number alone, and its unit in the column 'unit'"
    return "write digits with a decimal point: 1234.5"


def _series(name: str, data: list[_Datum], settings: Settings) -> DataSeries:
    problems = settings.problems
    seen: dict[float, _Datum] = {}
    unit = Counter(d.unit.content.strip() for d in data).most_common(1)[0][0]
    unit_text = next(d.unit for d in data if d.unit.content.strip() == unit)
    for datum in _in_one_unit(name, data, unit, settings):
        if datum.time in seen:
            where, first = Location(datum.at.file, datum.at.line), seen[datum.time].at.line
            problems.error(f"'{name}' has two values for {datum.date}", where, f"first on line {first}")
        seen.setdefault(datum.time, datum)
    ordered = sorted(seen.values(), key=lambda d: d.time)
    _check_scale(name, ordered, problems)
    return DataSeries(
        name=name,
        dates=tuple(d.date for d in ordered),
        times=_frozen([d.time for d in ordered]),
        values=_frozen([d.value for d in ordered]),
        unit=unit,
        text=Text(name, data[0].at.file, data[0].at.line),
        unit_text=unit_text,
        places=tuple(d.at for d in ordered),
        **{column: tuple(getattr(d, column) for d in ordered) for column in _WORDS},
    )


def _check_scale(name: str, data: list[_Datum], problems: Problems) -> None:
    """Warn of a value that would fit its neighbours if it were at least a hundred times larger or smaller."""
    for i, datum in enumerate(data):
        beside = [abs(d.value) for d in (*data[max(i - 2, 0) : i], *data[i + 1 : i + 3]) if d.value]
        if not datum.value or len(beside) < 2:
            continue
        low, high, value = min(beside), max(beside), abs(datum.value)
        if low / FAR < value < FAR * high:
            continue
        for power in (100, 1000, 1_000_000):
            for scaled, ratio in ((value / power, f"{power:,} times"), (value * power, f"1/{power:,} of")):
                if low / 3 <= scaled <= 3 * high:
                    message = f"{datum.value:g} is about {ratio} the values of '{name}' before and after it"
                    problems.warning(message, datum.at, "is it in another unit?")


def _in_one_unit(name: str, data: list[_Datum], unit: str, settings: Settings) -> Iterator[_Datum]:
    """Return the data with each value in ``unit``."""
    for datum in data:
        if not datum.unit.content:
            continue  # the error is already reported
        factor = conversion(datum.unit, unit, f"this datum of '{name}'", settings)
        yield replace(datum, value=datum.value * factor) if factor != 1.0 else datum


def _frozen(values: list[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    array = np.array(values, dtype=np.float64)
    array.setflags(write=False)
    return array

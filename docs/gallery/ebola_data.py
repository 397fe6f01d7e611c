"""Make the data files of ``cases/ebola-2014`` from a table of the totals that WHO reported.

``python docs/gallery/ebola_data.py country_timeseries.csv`` reads the table of C. Rivers and contributors. It copies
the totals into ``reports/``, which no command reads, and writes the new reports of each week into ``data/`` (up to the
cut-off) and ``later/`` (after it). A week's new reports are the difference of two totals, read between reports along a
straight line, since reports came on no fixed day.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

CASE = Path(__file__).parents[2] / "cases" / "ebola-2014"
CUTOFF = date(2014, 8, 31)
START = date(2014, 6, 1)
COUNTRIES = {"Cases_Liberia": "liberia", "Cases_SierraLeone": "sierra_leone"}
HEADER = ("series", "date", "value", "unit", "source", "licence", "quality", "note")
SOURCE = "WHO situation reports and Disease Outbreak News, compiled by C. Rivers and contributors (cmrivers/ebola)"
LICENCE = "use and derivation with the source named"
RECALLED = {  # totals of WHO's situation reports of 14, 21 and 28 January 2015, which the table does not reach
    "liberia": {date(2015, 1, 11): 8331, date(2015, 1, 18): 8478, date(2015, 1, 25): 8622},
    "sierra_leone": {date(2015, 1, 11): 10124, date(2015, 1, 18): 10340, date(2015, 1, 25): 10518},
}
WITHDRAWN = {date(2014, 10, 27), date(2014, 10, 29)}
"""Totals of Sierra Leone that WHO took back on 2 November, when its total was 579 lower."""

Totals = dict[date, float]


def totals(table: Path) -> dict[str, Totals]:
    """Reported totals by country and day, from 1 June 2014."""
    found: dict[str, Totals] = {country: {} for country in COUNTRIES.values()}
    with table.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            month, day, year = (int(part) for part in row["Date"].split("/"))
            for column, country in COUNTRIES.items():
                if row[column] and date(year, month, day) >= START:
                    found[country][date(year, month, day)] = float(row[column])
    for country, later in RECALLED.items():
        found[country] |= later
    return {country: dict(sorted(of.items())) for country, of in found.items()}


def weekly(of: Totals) -> Totals:
    """New reports in each week that ends on a Sunday, from the week of 8 June; no fewer than none.

    Examples
    --------
    >>> weekly({date(2014, 6, 1): 10, date(2014, 6, 8): 17, date(2014, 6, 22): 27})
    {datetime.date(2014, 6, 8): 7, datetime.date(2014, 6, 15): 5, datetime.date(2014, 6, 22): 5}
    """
    found, end = {}, START + timedelta(days=7)
    while end <= max(of):
        found[end] = max(0, round(_total(of, end)) - round(_total(of, end - timedelta(days=7))))
        end += timedelta(days=7)
    return found


def _total(of: Totals, day: date) -> float:
    """The total on a day, along the line between the reports around it."""
    before, after = max(d for d in of if d <= day), min(d for d in of if d >= day)
    if before == after:
        return of[day]
    return of[before] + (of[after] - of[before]) * ((day - before) / (after - before))


def _rows(series: str, of: Totals, note: str, recalled: Iterable[date]) -> list[tuple[object, ...]]:
    return [
        (series, day.isoformat(), f"{value:g}", "case", SOURCE if day not in recalled else SOURCE.split(",")[0],
         LICENCE if day not in recalled else "facts", "recalled" if day in recalled else "read", note)
        for day, value in of.items()
    ]  # fmt: skip


def made(table: Path) -> dict[str, list[tuple[object, ...]]]:
    """The rows of each file, by its place in the case."""
    found: dict[str, list[tuple[object, ...]]] = {
        "reports/totals.csv": [],
        "data/weekly.csv": [],
        "later/weekly.csv": [],
    }
    for country, of in totals(table).items():
        recalled = set(RECALLED[country])
        found["reports/totals.csv"] += _rows(f"total_{country}", of, "", recalled)
        kept = {day: value for day, value in of.items() if country == "liberia" or day not in WITHDRAWN}
        for row in _rows(f"weekly_{country}", weekly(kept), "week that ends on this day", recalled):
            found["later/weekly.csv" if str(row[1]) > CUTOFF.isoformat() else "data/weekly.csv"].append(row)
    return found


def _write(path: Path, rows: list[tuple[object, ...]]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(rows)


if __name__ == "__main__":
    for name, rows in made(Path(sys.argv[1])).items():
        _write(CASE / name, rows)

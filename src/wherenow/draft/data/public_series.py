"""Series from public sources, by their documented formats: World Bank, DBnomics, Our World in Data.

World Bank: Indicators API v2, a list of a head and of rows. DBnomics: Web API v22, ``series.docs`` with parallel lists
of periods and values. Our World in Data: the chart API, a CSV file with its metadata as JSON.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NoReturn
from urllib.parse import quote, urlsplit

from wherenow.case.case_types import PublicSeries
from wherenow.draft.data.http import RefusedError, exchange, persistently
from wherenow.errors import UsageError

HOMES = {
    "worldbank": "https://api.worldbank.org",
    "dbnomics": "https://api.db.nomics.world",
    "owid": "https://ourworldindata.org",
}
NAMES = {"worldbank": "World Bank", "dbnomics": "DBnomics", "owid": "Our World in Data"}
LICENCES = {"worldbank": "CC BY 4.0", "owid": "CC BY 4.0"}
"""The licence of each source; DBnomics republishes figures of many providers."""
LARGEST = 20_000_000
MOST_FIGURES = 20_000
_PERIOD = re.compile(
    r"(?P<year>\d{4})(?:-?(?:(?P<part>[SQMW])(?P<number>\d{1,2})|(?P<month>\d{2})(?:-(?P<day>\d{2}))?))?"
)
_MONTHS = {"S": 6, "Q": 3, "M": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A series as received: ``figures`` by date, ``vintage`` as the source states it ('' if it states none)."""

    figures: dict[str, float]
    source: str
    licence: str
    vintage: str


def fetch_series(series: PublicSeries, base: str = "", patience: float = 30.0, pause: float = 1.0) -> Fetched:
    """Fetch a series from its source, or from ``base`` instead of the source's own address.

    Raises UsageError if the source does not answer, gives an invalid answer, or has no figures.
    """
    request = _Asked(series, base or HOMES[series.provider], patience, pause)
    readers = {"worldbank": _worldbank, "dbnomics": _dbnomics, "owid": _owid}
    try:
        pairs, vintage, about = readers[series.provider](request)
    except (KeyError, TypeError, ValueError, AttributeError):
        the = "the " if series.provider == "worldbank" else ""
        request.refuse(f"the response does not have the form that {the}{NAMES[series.provider]} documents")
    figures: dict[str, float] = {}
    for period, value in pairs:
        at = _dated(period, series.dated, request)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            request.refuse(f"the figure of {period} is {value!r}")
        if at in figures:
            request.refuse(f"it has two figures for {period}")
        figures[at] = float(value)
    if not figures:
        request.refuse("it has no figures", "check the code, and the entity")
    if len(figures) > MOST_FIGURES:
        request.refuse(f"it has more than {MOST_FIGURES:,} figures")
    origin = ", ".join(part for part in (NAMES[series.provider], series.code, series.entity) if part)
    return Fetched(
        figures=dict(sorted(figures.items())),
        source=f"{origin} ({_plain(about)})" if about else origin,
        licence=series.licence or LICENCES[series.provider],
        vintage=vintage[:10] if re.match(r"\d{4}-\d\d-\d\d", vintage) else "",
    )


def _plain(text: object) -> str:
    """Return a source's text as one line of at most 160 visible characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())[:160]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A series at an address, with its request and its error messages."""

    series: PublicSeries
    base: str
    patience: float
    pause: float

    def refuse(self, why: str, hint: str = "") -> NoReturn:
        raise UsageError(f"{NAMES[self.series.provider]}, {self.series.code}: {why}", hint)

    def text(self, path: str) -> str:
        """Read the text at a path. Server errors, rate limits, and incomplete or slow answers are retried."""
        try:
            answer = persistently(lambda: self._answer(path), self.pause)
        except RefusedError as error:
            self.refuse(f"{urlsplit(self.base).netloc} gave no usable answer: {error}", "try again later")
        return answer.decode("utf-8-sig", "replace")

    def _answer(self, path: str) -> bytes:
        response = exchange(f"{self.base.rstrip('/')}{path}", largest=LARGEST, patience=self.patience)
        if response.status >= 500 or response.status == 429:
            raise RefusedError(f"status {response.status}")
        if response.location:
            self.refuse(f"it moved to {_plain(response.location)}, and no redirect is followed", "change its code")
        if response.status != 200:
            self.refuse(f"{urlsplit(self.base).netloc} answers {response.status}", "check the code")
        if response.kind in ("text/html", "application/xhtml+xml"):
            raise RefusedError("a web page in place of data")
        return response.content

    def json(self, path: str) -> Any:
        try:
            return json.loads(self.text(path))
        except (ValueError, RecursionError):
            self.refuse("the answer is not JSON, or is incomplete")


Pairs = Iterable[tuple[str, Any]]


def _worldbank(asked: _Asked) -> tuple[Pairs, str, str]:
    country, _, indicator = asked.series.code.partition("/")
    tree = asked.json(f"/v2/country/{country}/indicator/{indicator}?format=json&per_page={MOST_FIGURES}")
    if isinstance(tree, list) and len(tree) == 1 and isinstance(tree[0], dict) and tree[0].get("message"):
        message = tree[0]["message"]
        asked.refuse(_plain(message[0].get("value", message) if isinstance(message, list) and message else message))
    head, rows = tree
    if head["pages"] > 1:
        asked.refuse(f"it has more than {MOST_FIGURES:,} figures")
    titles = {row["indicator"]["value"] for row in rows or ()}
    pairs = [(row["date"], row["value"]) for row in rows or ()]
    return pairs, str(head.get("lastupdated") or ""), ", ".join(sorted(titles))


def _dbnomics(asked: _Asked) -> tuple[Pairs, str, str]:
    tree = asked.json(f"/v22/series/{quote(asked.series.code)}?observations=1")
    docs = tree["series"]["docs"]
    if len(docs) != 1:
        asked.refuse(f"the code names {len(docs)} series, not one")
    (doc,) = docs
    pairs = list(zip(doc["period"], doc["value"], strict=True))
    pairs = [(period, None if value == "NA" else value) for period, value in pairs]
    return pairs, str(doc.get("indexed_at") or ""), str(doc.get("series_name") or "")


def _owid(asked: _Asked) -> tuple[Pairs, str, str]:
    path = f"/grapher/{asked.series.code}"
    text = asked.text(f"{path}.csv?csvType=full&useColumnShortNames=true")
    if not text.endswith("\n"):
        asked.refuse("the file ends in the middle of a row; it may be cut off", "try again later")
    rows = csv.DictReader(io.StringIO(text))
    heads = {head.lower(): head for head in rows.fieldnames or ()}
    time = heads.get("year") or heads.get("day") or heads.get("date")
    columns = [h for low, h in heads.items() if h != time and low not in ("entity", "code")]
    column = asked.series.column or (columns[0] if len(columns) == 1 else "")
    if "entity" not in heads or time is None:
        asked.refuse("the response does not have the form that Our World in Data documents")
    if column not in columns:
        what = f"it has no column {column!r}" if column else "it has several columns"
        hint = f"column: {columns[0]}" if len(columns) == 1 else f"columns: {', '.join(columns)[:300]}"
        asked.refuse(what, hint)
    mine = {heads["entity"], heads.get("code", "")}
    pairs = [
        (row[time] or "", _number(row[column]))
        for row in rows
        if asked.series.entity in {row.get(head) for head in mine} and re.match(r"[1-9]\d{3}", row[time] or "")
    ]
    # charts of long runs begin before the year 1000, which a case cannot date
    about = asked.json(f"{path}.metadata.json?useColumnShortNames=true")
    known = about.get("columns") if isinstance(about, dict) else None
    entry = known.get(column) if isinstance(known, dict) else None
    entry = entry if isinstance(entry, dict) else {}
    return pairs, str(entry.get("lastUpdated") or ""), str(entry.get("citationShort") or "")


def _number(cell: str | None) -> float | str | None:
    try:
        return float(cell) if cell else None
    except ValueError:
        return cell


def _dated(period: str, which: str, asked: _Asked) -> str:
    """Return the date of a figure for a day, week, month, quarter, half-year or year."""
    matched = _PERIOD.fullmatch(str(period))
    try:
        if matched is None:
            raise ValueError
        year, part, number = int(matched["year"]), matched["part"], int(matched["number"] or 1)
        if matched["day"]:
            return date(year, int(matched["month"]), int(matched["day"])).isoformat()
        if part == "W":
            monday = date.fromisocalendar(year, number, 1)
            return (monday + timedelta(days={"start": 0, "middle": 3, "end": 6}[which])).isoformat()
        months = 1 if matched["month"] else _MONTHS.get(part, 12)
        first = int(matched["month"]) - 1 if matched["month"] else months * (number - 1)
        if not 0 <= first <= 12 - months:
            raise ValueError
        if which == "end":
            return date(year, first + months, monthrange(year, first + months)[1]).isoformat()
        half, odd = divmod(months if which == "middle" else 0, 2)
        day = 1 + odd * (monthrange(year, first + half + 1)[1] // 2)
        return date(year, first + half + 1, day).isoformat()
    except ValueError:
        asked.refuse(f"{str(period)[:40]!r} is not a period with a date")

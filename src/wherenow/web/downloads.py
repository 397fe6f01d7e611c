"""What a person takes away: images, tables and the report of what is on the screen."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from wherenow.errors import UsageError
from wherenow.outlook.types import SHARES, Fan
from wherenow.report import numbers, render
from wherenow.report.charts.fan import WIDE, fan_chart
from wherenow.report.charts.rows import Row, rows_chart
from wherenow.web.analysis import Analysis
from wherenow.web.events import marks_of
from wherenow.web.pictures import alone
from wherenow.web.turns import Turns
from wherenow.web.view import View, read_view
from wherenow.web.views import argument, history, how, ledger, trust
from wherenow.web.views.where import cut
from wherenow.web.words import teller

OF_REPORT = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
RESOLUTION = 2.0  # pixels of a PNG for each of the drawing


def router(analysis: Analysis, turns: Turns) -> APIRouter:
    """The files of an analysis."""
    found = APIRouter(include_in_schema=False)

    def asked(request: Request) -> tuple[View, str]:
        view = read_view(analysis.case, request.query_params.multi_items())
        return view, view.show or analysis.shown[0]

    @found.get("/take/chart.svg")
    async def image(request: Request) -> Response:
        view, name = asked(request)
        drawn = await turns.do(lambda: standalone(analysis, view, name))
        return _file(drawn, "image/svg+xml", f"{name}.svg")

    @found.get("/take/chart.png")
    async def bitmap(request: Request) -> Response:
        import vl_convert

        view, name = asked(request)
        drawn = await turns.do(lambda: vl_convert.svg_to_png(standalone(analysis, view, name), scale=RESOLUTION))
        return _file(drawn, "image/png", f"{name}.png")

    @found.get("/take/chart.csv")
    async def table(request: Request) -> Response:
        view, name = asked(request)
        fan = await turns.do(lambda: cut(analysis.fan(view, name), view))
        return _csv(f"{name}.csv", fan_rows(fan))

    @found.get("/take/events.csv")
    def events(request: Request) -> Response:
        return _csv("events.csv", history.table(analysis, asked(request)[0]))

    @found.get("/take/events.svg")
    async def line_of_time(request: Request) -> Response:
        view, _ = asked(request)
        drawn = await turns.do(lambda: history.context(analysis, view)["wide"])
        return _file(alone(drawn), "image/svg+xml", "events.svg")

    @found.get("/take/links.csv")
    async def links(request: Request) -> Response:
        rows = await turns.do(lambda: how.table(analysis, dict(request.query_params)))
        return _csv("links.csv", rows)

    @found.get("/take/diagram.svg")
    async def diagram(request: Request) -> Response:
        view, _ = asked(request)
        drawn = await turns.do(lambda: how.drawn(analysis, view, dict(request.query_params)))
        return _file(alone(drawn), "image/svg+xml", "diagram.svg")

    @found.get("/take/trust.csv")
    async def trusted(request: Request) -> Response:
        return _csv("trust.csv", await turns.do(lambda: trust.table(analysis)))

    @found.get("/take/forecasts.csv")
    async def forecasts(request: Request) -> Response:
        return _csv("forecasts.csv", await turns.do(lambda: ledger.table(analysis)))

    @found.get("/take/claims.csv")
    def claims(request: Request) -> Response:
        return _csv("claims.csv", argument.table(analysis.outlook.result()))

    @found.get("/take/{name}.svg")
    async def listed(request: Request, name: Literal["claims", "forecasts", "trust"]) -> Response:
        tell = teller(asked(request)[0].language)
        lists: Mapping[str, tuple[str, Callable[[], list[Row]]]] = {
            "claims": ("view.argument", lambda: argument.picture(analysis.outlook.result())),
            "forecasts": ("view.ledger", lambda: ledger.picture(analysis)),
            "trust": ("trust.influence", lambda: trust.picture(analysis)),
        }
        title, rows = lists[name]
        drawn = await turns.do(lambda: rows_chart(tell(title), rows()))
        return _file(str(drawn), "image/svg+xml", f"{name}.svg")

    @found.get("/take/report.html")
    def report(request: Request) -> Response:
        view, _ = asked(request)
        outlook = analysis.outlook.result()
        if view.changed:
            outlook = replace(outlook, comparisons=(analysis.comparison(view), *outlook.comparisons))
        # the report brings its own style and script, which the app's rules for pages do not allow
        return HTMLResponse(render(outlook), headers={"Content-Security-Policy": OF_REPORT})

    return found


def standalone(analysis: Analysis, view: View, name: str) -> str:
    """A chart as an SVG file with its colours in it."""
    fan = analysis.fan(view, name)
    before = cut(analysis.fan(View(), name), view) if view.changed else None
    label = numbers.human_name(fan.label)
    drawn = fan_chart(cut(fan, view), label, marks_of(analysis.case, view), analysis.case.cutoff, WIDE, before)
    return alone(drawn)


def fan_rows(fan: Fan) -> list[list[Any]]:
    """A fan as a table: time, its quantiles over the draws, and the data in rows of their own."""
    head = ["time", *(f"q{100 * q:g}" for q in SHARES), "datum", "quality", "unit"]
    rows: list[list[Any]] = [head]
    for time, values in zip(fan.times.tolist(), fan.quantiles.T.tolist(), strict=True):
        rows.append([f"{time:.8g}", *(f"{v:.8g}" for v in values), "", "", fan.unit])
    for datum in fan.data:
        rows.append([f"{datum.time:.8g}", *[""] * len(SHARES), f"{datum.value:.8g}", datum.quality, fan.unit])
    return rows


def _csv(name: str, rows: Iterable[Iterable[Any]]) -> Response:
    file = io.StringIO()
    csv.writer(file).writerows([[_harmless(cell) for cell in row] for row in rows])
    return _file(file.getvalue().encode("utf-8"), "text/csv; charset=utf-8", name)


def _harmless(cell: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it."""
    number = isinstance(cell, str) and re.fullmatch(r"-?[\d.]+(e[+-]?\d+)?", cell)
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t" and not number else cell


def _file(content: str | bytes, kind: str, name: str) -> Response:
    if not re.fullmatch(r"[\w.,\[\] -]+", name):
        raise UsageError(f"{name!r} cannot name a file")
    plain = re.sub(r"[^\w.-]+", "_", name)
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{plain}"'})

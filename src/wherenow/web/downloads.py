"""Downloads: images, tables and the report of the current view."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from wherenow.errors import UsageError
from wherenow.outlook.answer import answer_in
from wherenow.report import present, render
from wherenow.report.cards import exports
from wherenow.report.cards.exports import Frame
from wherenow.report.cards.finding_card import Card
from wherenow.report.charts.rows import ChartRow, rows_chart
from wherenow.report.pictures import alone
from wherenow.report.wording.texts import teller
from wherenow.web.app_view import AppView, read_view
from wherenow.web.computation.case_analysis import Analysis
from wherenow.web.serving.security import OF_REPORT
from wherenow.web.serving.work_queue import WorkQueue
from wherenow.web.views import argument_page, brief_page, history_page, how_page, ledger_page, trust_page

TITLES = {
    "events": "view.history",
    "links": "view.how",
    "trust": "trust.influence",
    "forecasts": "view.ledger",
    "claims": "view.argument",
}
RESOLUTION = 2.0  # pixels of the PNG file per pixel of the drawing


def router(analysis: Analysis, turns: WorkQueue) -> APIRouter:
    """Make the routes of an analysis' downloads."""
    routes = APIRouter(include_in_schema=False)

    def asked(request: Request) -> AppView:
        return read_view(analysis.case, request.query_params.multi_items())

    def card(request: Request, name: str) -> tuple[Card, AppView]:
        view = asked(request)
        if name in {q.id for q in analysis.questions}:
            return next(c for c in analysis.cards(view) if c.id == name), view
        return argument_page.claim_card_of(analysis, name, view.language), view

    @routes.get("/take/card/{name}.{kind}")
    async def one(request: Request, name: str, kind: Literal["svg", "png", "csv", "html"]) -> Response:
        return await turns.do(lambda: _card_file(analysis, *card(request, name), kind))

    def brief(request: Request, write: Callable[[Analysis, AppView, list[str]], str]) -> Callable[[], str]:
        return partial(write, analysis, asked(request), request.query_params.getlist("card"))

    @routes.get("/take/brief.html")
    async def one_page(request: Request) -> Response:
        drawn = brief(request, brief_page.alone)
        return _file(await turns.do(drawn), "text/html", "brief.html")

    @routes.get("/take/brief.pdf")
    async def printed(request: Request) -> Response:
        import vl_convert  # slow to import

        drawn = await turns.do(brief(request, brief_page.drawn))
        return _file(vl_convert.svg_to_pdf(drawn), "application/pdf", "brief.pdf")

    def noted(request: Request, name: str) -> tuple[str, list[str]]:
        """Return the title of a list, and the metadata for its file."""
        language = asked(request).language
        tell, frame = teller(language), Frame.of(analysis.case, analysis.draws)
        title = tell(TITLES[name])
        return title, exports.notes(analysis.case, frame, title, tell(f"take.{name}"), language)

    @routes.get("/take/events.svg")
    async def line_of_time(request: Request) -> Response:
        view = asked(request)
        drawn = await turns.do(lambda: history_page.context(analysis, view)["wide"])
        return _file(alone(drawn), "image/svg+xml", "events.svg")

    @routes.get("/take/{name}.csv")
    async def table(request: Request, name: Literal["events", "links", "trust", "forecasts", "claims"]) -> Response:
        view = asked(request)
        tables: Mapping[str, Callable[[], list[list[Any]]]] = {
            "events": lambda: history_page.table(analysis, view),
            "links": lambda: how_page.table(analysis, request.query_params),
            "trust": lambda: trust_page.table(analysis),
            "forecasts": lambda: ledger_page.table(analysis),
            "claims": lambda: argument_page.table(analysis.outlook.result()),
        }
        rows = await turns.do(tables[name])
        return _csv(f"{name}.csv", exports.annotated(rows, noted(request, name)[1]))

    @routes.get("/take/{name}.svg")
    async def listed(request: Request, name: Literal["claims", "forecasts", "trust"]) -> Response:
        lists: Mapping[str, Callable[[], list[ChartRow]]] = {
            "claims": lambda: argument_page.picture(analysis.outlook.result()),
            "forecasts": lambda: ledger_page.picture(analysis),
            "trust": lambda: trust_page.picture(analysis),
        }
        title, metadata = noted(request, name)
        drawn = await turns.do(lambda: rows_chart(title, lists[name](), metadata[1:]))
        return _file(str(drawn), "image/svg+xml", f"{name}.svg")

    @routes.get("/take/report.html")
    def report(request: Request) -> Response:
        view = asked(request)
        outlook, setting = analysis.outlook.result(), ""
        if view.changed:
            comparison = analysis.comparison(view)
            on_data = replace(
                comparison, forecasts=tuple(f for f in comparison.forecasts if f.id not in analysis.latent)
            )
            outlook = replace(outlook, answer=answer_in(on_data), comparisons=(comparison, *outlook.comparisons))
            setting = comparison.title
        presented = present(analysis.case, analysis.cards(view), setting)
        return HTMLResponse(render(outlook, None, presented), headers=OF_REPORT)

    return routes


def _card_file(analysis: Analysis, card: Card, view: AppView, kind: str) -> Response:
    """Write a card as a file of a kind."""
    frame = Frame.of(analysis.case, analysis.draws)
    if kind == "csv":
        return _csv(f"{card.id}.csv", exports.table(card, frame, view.language))
    if kind == "html":
        return _file(exports.page(card, frame, analysis.case, view.language), "text/html", f"{card.id}.html")
    drawn = exports.picture(card, frame, view.language)
    if kind == "svg":
        return _file(drawn, "image/svg+xml", f"{card.id}.svg")
    import vl_convert

    return _file(vl_convert.svg_to_png(drawn, scale=RESOLUTION), "image/png", f"{card.id}.png")


def _csv(name: str, rows: Iterable[Iterable[Any]]) -> Response:
    file = io.StringIO()
    csv.writer(file).writerows([[_harmless(cell) for cell in row] for row in rows])
    return _file(file.getvalue().encode("utf-8"), "text/csv; charset=utf-8", name)


def _harmless(cell: Any) -> Any:
    """Put an apostrophe before text that a spreadsheet would take for a formula."""
    number = isinstance(cell, str) and re.fullmatch(r"-?[\d.]+(e[+-]?\d+)?", cell)
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t")) and not number else cell


def _file(content: str | bytes, kind: str, name: str) -> Response:
    if not re.fullmatch(r"[\w.,\[\] -]+", name):
        raise UsageError(f"{name!r} is not a valid file name")
    plain = re.sub(r"[^\w.-]+", "_", name)
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{plain}"'})

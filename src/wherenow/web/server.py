"""The app as a web server: pages, downloads, the REST API, and the guard in front of them."""

from __future__ import annotations

import contextlib
import gc
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Annotated, Any

from fastapi import FastAPI, Header, Request, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from wherenow.errors import InputError, WherenowError
from wherenow.report.wording.labels import in_words, labels
from wherenow.report.wording.texts import isolated, language_of
from wherenow.web import downloads, pages
from wherenow.web.app_view import AppView, read_view
from wherenow.web.computation.case_analysis import Analysis
from wherenow.web.serving.lever_socket import LeverSockets
from wherenow.web.serving.rest import api
from wherenow.web.serving.security import Guard
from wherenow.web.serving.work_queue import SupersededError, WorkQueue
from wherenow.web.views import argument_page, brief_page, history_page, how_page, ledger_page, trust_page, where_page

FOR_GOOD = "public, max-age=31536000, immutable"
PARTS = {"rest": where_page.rest, "compared": where_page.compared}
"""Parts of the first page that can be requested alone, besides those that a lever changes."""
ASIDE = 2
"""Maximum number of slow jobs at a time: cuts, fits, reasons."""

_log = logging.getLogger(__name__)
Context = Callable[[AppView, QueryParams], dict[str, Any]]
Client = Annotated[str, Header(alias="X-Client", max_length=64)]
Turn = Annotated[int, Header(alias="X-Turn", ge=0)]
Part = Annotated[str, Header(alias="X-Part", max_length=20)]
Shape = Annotated[str, Header(alias="X-Shape", max_length=4)]


def make_app(analysis: Analysis, token: str = "", local: bool = True, at_once: int = 2) -> FastAPI:
    """Make the app of an analysis.

    Parameters
    ----------
    token : if given, every request must carry it.
    local : whether to refuse requests with host names other than this machine's.
    at_once : the number of simultaneous runs; others wait in a queue.
    """

    turns, aside = WorkQueue(at_once, "run"), WorkQueue(ASIDE, "aside")

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        analysis.begin()
        gc.freeze()  # keep the case and its runs out of garbage collection, which would delay a dragged lever
        yield
        for queue in (turns, aside):
            queue.close()
        analysis.close()

    title, schema = f"wherenow: {analysis.case.title}", "/api/openapi.json"
    app = FastAPI(title=title, openapi_url=schema, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.add_middleware(Guard, token=token, local=local)
    app.add_exception_handler(HTTPException, _missing)
    app.add_exception_handler(WherenowError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(SupersededError, lambda *_: Response(status_code=204))
    app.include_router(api(analysis, turns, aside))
    app.include_router(downloads.router(analysis, turns))
    _add_first(app, analysis, turns)
    _add_views(app, analysis, aside)
    return app


def _rendered(analysis: Analysis, name: str, view: AppView, context: Mapping[str, Any], part: str = "") -> str:
    """Render a view, or a part of it, as HTML."""
    shared: dict[str, Any] = {"case": analysis.case, "analysis": analysis, "page": name, "outlook": analysis.finished}
    label, language = labels(analysis.case), view.language
    shared["label"] = lambda name: isolated(label(name), language)
    shared["said"] = lambda text: isolated(in_words(analysis.case, text), language)
    return pages.page(f"{part or name}.html", view, {**shared, **context})


def _answer(name: str, view: AppView, text: str) -> Response:
    return HTMLResponse(text, headers={"Cache-Control": "no-store", "X-Address": view.link(pages.PATHS[name])})


def _add_first(app: FastAPI, analysis: Analysis, turns: WorkQueue) -> None:
    """Add the first page, its parts, and the socket over which levers are dragged."""
    case = analysis.case

    def filled(view: AppView, part: str, shape: str = "") -> str:
        made = PARTS.get(part, where_page.whole)
        context = where_page.live(analysis, view, shape) if part == "live" else made(analysis, view)
        return _rendered(analysis, "where", view, context, part)

    @app.get("/", include_in_schema=False)
    async def where_now(
        request: Request, client: Client = "", turn: Turn = 0, part: Part = "", shape: Shape = ""
    ) -> Response:
        view = read_view(case, request.query_params.multi_items())
        known = part if part in {*PARTS, "live"} else ""
        text = await turns.do(lambda: filled(view, known, shape), client, turn)
        _ = analysis.outlook  # begin the outlook only now, because it would slow the first page down
        return _answer("where", view, text)

    def moved(pairs: list[tuple[str, str]], shape: str) -> tuple[str, str]:
        view = read_view(case, pairs)
        return filled(view, "live", shape), view.link(pages.PATHS["where"])

    drags = LeverSockets(turns, moved)

    @app.websocket("/drag")
    async def drag(socket: WebSocket) -> None:
        await drags.serve(socket)


def _add_views(app: FastAPI, analysis: Analysis, aside: WorkQueue) -> None:
    """Add the other views and their parts. Their work runs in its own queue, so that it delays no dragged lever."""
    case = analysis.case

    def add(path: str, name: str, context: Context, part: str = "", at: str = "") -> None:
        """Add the view ``name``, or a part of it, at ``path``; the browser shows the address of the view ``at``."""

        async def shown(request: Request) -> Response:
            asked = request.query_params
            view = read_view(case, asked.multi_items())
            chosen = "panel" if path == "/how" and request.headers.get("X-Part") == "panel" else part
            text = await aside.do(lambda: _rendered(analysis, name, view, context(view, asked), chosen))
            return _answer(at or name, view, text)

        app.add_api_route(path, shown, include_in_schema=False)

    def loops(view: AppView, _: QueryParams) -> dict[str, Any]:
        if not case.loops:
            raise HTTPException(404)
        return {"findings": how_page.loops_found(analysis, view)}

    def reasons(_: AppView, asked: QueryParams) -> dict[str, Any]:
        return {"why": argument_page.reasons(analysis, asked.get("claim", ""))}

    add("/how", "how", lambda view, asked: how_page.context(analysis, view, asked))
    add("/cut", "how", lambda _, asked: how_page.cut_context(analysis, asked), "cut_live")
    add("/loops", "how", loops, "loops_live")
    add("/argument", "argument", lambda view, asked: argument_page.context(analysis, asked, view.language))
    add("/why", "argument", reasons, "why_live")
    add("/history", "history", lambda view, _: history_page.context(analysis, view))
    add("/trust", "trust", lambda *_: trust_page.context(analysis))
    add("/ledger", "ledger", lambda view, _: ledger_page.context(analysis, view.language))
    add("/brief", "brief", lambda view, asked: brief_page.context(analysis, view, asked.getlist("card")), at="where")

    @app.get("/map.json", include_in_schema=False)
    async def causal_map(request: Request) -> Response:
        view = read_view(case, request.query_params.multi_items())
        return JSONResponse(await aside.do(lambda: how_page.map_data(case, view.language)))

    @app.get("/static/{stamp}/{name}", include_in_schema=False)
    def static(stamp: str, name: str) -> Response:
        asset = pages.assets().get(name)
        if asset is None or stamp != pages.stamp():
            raise HTTPException(404)
        return Response(asset[0], media_type=asset[1], headers={"Cache-Control": FOR_GOOD})


async def _missing(request: Request, error: Exception) -> Response:
    """Answer an unknown address with a page for people or JSON for programs."""
    assert isinstance(error, HTTPException)
    return _refusal(request, {"detail": error.detail}, [error.detail], error.status_code)


async def _refused(request: Request, error: Exception) -> Response:
    """Answer a wrong request with a message."""
    messages = [str(d) for d in error.diagnostics] if isinstance(error, InputError) else [str(error)]
    return _refusal(request, {"error": " ".join(messages)}, messages, 400)


def _refusal(request: Request, answer: dict[str, str], messages: list[str], status: int) -> Response:
    if request.url.path.startswith("/api/"):
        return JSONResponse(answer, status)
    view = AppView(language=language_of(request.query_params.get("lang", "")))
    context = {"messages": messages, "page": "", "case": None, "status": status}
    return HTMLResponse(pages.page("refused.html", view, context), status)


async def _invalid(_: Request, error: Exception) -> Response:
    """Answer an invalid request without quoting it, because it may not even be text."""
    assert isinstance(error, RequestValidationError)
    messages = [f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()[:20]]
    return JSONResponse({"error": " ".join(messages)[:2000].encode("utf-8", "replace").decode()}, status_code=422)

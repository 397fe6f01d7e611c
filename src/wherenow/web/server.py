"""The app as a web server: pages, files to take away, the REST API, and the guard before all of them."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from fastapi import FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response

from wherenow.errors import InputError, WherenowError
from wherenow.web import downloads, pages
from wherenow.web.analysis import Analysis
from wherenow.web.api import api
from wherenow.web.guard import Guard
from wherenow.web.turns import SupersededError, Turns
from wherenow.web.view import View, read_view
from wherenow.web.views import argument, history, how, ledger, trust, where
from wherenow.web.words import languages

FOR_GOOD = "public, max-age=31536000, immutable"
PARTS: dict[str, Callable[[Analysis, View], dict[str, Any]]] = {
    "others": where.others,
    "compared": where.compared,
}
"""Parts of the first page that can be asked for alone."""

_log = logging.getLogger(__name__)
Client = Annotated[str, Header(alias="X-Client", max_length=64)]
Turn = Annotated[int, Header(alias="X-Turn", ge=0)]
Part = Annotated[str, Header(alias="X-Part", max_length=20)]
Shape = Annotated[str, Header(alias="X-Shape", max_length=4)]


def make_app(analysis: Analysis, token: str = "", local: bool = True, at_once: int = 2) -> FastAPI:
    """The app on an analysis.

    Arguments
    ---------
    token
        where there is one, every request must bring it.
    local
        whether only this machine may ask: other host names in a request are then refused.
    at_once
        how many runs go on at a time; others wait for their turn.
    """

    @contextlib.asynccontextmanager
    async def living(_: FastAPI) -> AsyncIterator[None]:
        analysis.begin()
        yield
        analysis.close()

    app = FastAPI(
        title=f"wherenow: {analysis.case.title}", openapi_url="/api/openapi.json", docs_url=None, redoc_url=None,
        lifespan=living,
    )  # fmt: skip
    turns = Turns(at_once)
    app.add_middleware(Guard, token=token, local=local)
    app.add_exception_handler(WherenowError, _refused)
    app.add_exception_handler(RequestValidationError, _misread)
    app.add_exception_handler(SupersededError, lambda *_: Response(status_code=204))
    app.include_router(api(analysis, turns))
    app.include_router(downloads.router(analysis, turns))
    _add_views(app, analysis, turns)
    return app


def _add_views(app: FastAPI, analysis: Analysis, turns: Turns) -> None:
    case = analysis.case

    def view_of(request: Request) -> View:
        return read_view(case, request.query_params.multi_items(), languages())

    def answered(name: str, view: View, context: dict[str, Any], part: str = "") -> Response:
        template = f"{part or name}.html"
        shared = {"case": case, "analysis": analysis, "page": name}
        if analysis.outlook.done():
            shared["outlook"] = analysis.outlook.result()
        text = pages.page(template, view, {"outlook": None, **shared, **context})
        headers = {"Cache-Control": "no-store", "X-Address": view.link(pages.PATHS[name])}
        return HTMLResponse(text, headers=headers)

    @app.get("/", include_in_schema=False)
    def where_now(
        request: Request, client: Client = "", turn: Turn = 0, part: Part = "", shape: Shape = ""
    ) -> Response:
        view = view_of(request)
        with turns.turn(client, turn):
            if part == "answer":
                return answered("where", view, {}, part)
            if part == "live":
                return answered("where", view, where.live(analysis, view, shape), part)
            if part in PARTS:
                return answered("where", view, PARTS[part](analysis, view), part)
            return answered("where", view, where.whole(analysis, view))

    @app.get("/argument", include_in_schema=False)
    def the_argument(request: Request) -> Response:
        view = view_of(request)
        return answered("argument", view, argument.context(analysis, dict(request.query_params)))

    @app.get("/history", include_in_schema=False)
    def what_happened(request: Request) -> Response:
        view = view_of(request)
        return answered("history", view, history.context(analysis, view))

    @app.get("/how", include_in_schema=False)
    def how_it_works(request: Request) -> Response:
        view = view_of(request)
        with turns.turn("", 0):
            return answered("how", view, how.context(analysis, view, dict(request.query_params)))

    @app.get("/trust", include_in_schema=False)
    def can_i_trust_it(request: Request) -> Response:
        view = view_of(request)
        return answered("trust", view, trust.context(analysis, view))

    @app.get("/ledger", include_in_schema=False)
    def the_ledger(request: Request) -> Response:
        view = view_of(request)
        return answered("ledger", view, ledger.context(analysis))

    @app.get("/static/{stamp}/{name}", include_in_schema=False)
    def static(stamp: str, name: str) -> Response:
        made = {"app.css": (pages.style, "text/css"), "app.js": (pages.script, "text/javascript")}.get(name)
        if made is None or stamp != pages.stamp():
            return Response("there is no such file", status_code=404)
        return Response(made[0](), media_type=made[1], headers={"Cache-Control": FOR_GOOD})


async def _refused(request: Request, error: Exception) -> Response:
    """What a person asked for wrongly, told in words."""
    told = [str(d) for d in error.diagnostics] if isinstance(error, InputError) else [str(error)]
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": " ".join(told)}, status_code=400)
    return HTMLResponse(pages.page("refused.html", View(), {"told": told, "page": "", "case": None}), status_code=400)


async def _misread(_: Request, error: Exception) -> Response:
    """What a request got wrong, without giving it back: it need not even be text."""
    assert isinstance(error, RequestValidationError)
    told = [f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()[:20]]
    return JSONResponse({"error": " ".join(told)[:2000].encode("utf-8", "replace").decode()}, status_code=422)

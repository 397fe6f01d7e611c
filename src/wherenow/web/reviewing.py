"""The review of a draft in a browser: the marked text on the left, proposals on the right, a key for each decision."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from wherenow.draft import drafts
from wherenow.draft.building.case_files import title_of, update_case
from wherenow.draft.drafts import Draft, DraftItem
from wherenow.draft.text.marks import in_words, marked, sentence_of
from wherenow.errors import WherenowError
from wherenow.report.page import TEMPLATES, environment
from wherenow.report.wording.texts import date
from wherenow.web.serving.security import OF_REPORT, Guard

HERE = Path(__file__).parent
DRAWS = 400
"""Draws of the first outlook, for which a person waits."""


class ReviewDecision(BaseModel):
    """A person's decision on one proposal."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(max_length=20)
    action: Literal["accept", "reject", "undo", "edit", "merge"]
    changes: dict[str, str | bool] = {}
    into: str = Field(default="", max_length=20)


class MergedNames(BaseModel):
    """Two names of one variable; the first is replaced."""

    model_config = ConfigDict(extra="forbid")
    old: str = Field(max_length=300)
    new: str = Field(max_length=300)


def make_review(folder: Path, by: str, token: str = "") -> FastAPI:
    """Make the app in which the person ``by`` reviews the draft in ``folder``. Every decision is stored at once."""
    app = FastAPI(title="wherenow: review", openapi_url=None, docs_url=None, redoc_url=None)
    app.add_middleware(Guard, token=token, local=True)
    app.add_exception_handler(WherenowError, lambda _, error: JSONResponse({"error": str(error)}, status_code=400))
    lock = threading.Lock()
    report: list[str] = []

    def changed(work: Callable[[Draft], Draft]) -> dict[str, Any]:
        with lock:
            draft = work(drafts.load(folder))
            drafts.save(draft, folder)
        return _state(draft)

    @app.get("/")
    def shown() -> Response:
        return HTMLResponse(_page(folder), headers={"Cache-Control": "no-store"})

    @app.post("/decide")
    def decided(asked: ReviewDecision) -> dict[str, Any]:
        def work(draft: Draft) -> Draft:
            if asked.action == "edit":
                return drafts.edit(draft, asked.id, dict(asked.changes), by)
            if asked.action == "merge":
                return drafts.merge(draft, asked.id, asked.into, by)
            status: Literal["accepted", "rejected", "proposed"]
            status = "accepted" if asked.action == "accept" else "rejected" if asked.action == "reject" else "proposed"
            return drafts.decide(draft, [asked.id], status, by)

        return changed(work)

    @app.post("/same")
    def same(asked: MergedNames) -> dict[str, Any]:
        return changed(lambda draft: drafts.rename_variable(draft, asked.old, asked.new))

    @app.post("/run")
    def run() -> dict[str, Any]:
        with lock:
            _, unchanged = update_case(folder, drafts.load(folder))
            report[:] = [_outlook(folder)]
        return {"address": "/outlook", "left": unchanged}

    @app.get("/outlook")
    def outlook() -> Response:
        if not report:
            return Response("run the case first", status_code=404)
        return HTMLResponse(report[0], headers=OF_REPORT)

    @app.get("/static/{stamp}/{name}")
    def static(stamp: str, name: str) -> Response:
        kinds = {"review.css": "text/css", "review.js": "text/javascript"}
        if name not in kinds or stamp != _stamp():
            return Response("file not found", status_code=404)
        return Response(_static(name), media_type=kinds[name])

    return app


def _outlook(folder: Path) -> str:
    """Render the report of the current case."""
    from wherenow.case.reader import read_case
    from wherenow.inference.posterior import draws_of
    from wherenow.outlook.case_outlook import forecast
    from wherenow.report import present, render

    case = read_case(folder)
    return render(forecast(case, draws_of(case, DRAWS, 0, "prior only")), None, present(case, ()))


def _state(draft: Draft) -> dict[str, Any]:
    """Return what the page shows after each decision."""
    items = {i.id: {"status": i.status, "words": in_words(i), "decided": _decided(i)} for i in draft.items.values()}
    return {"items": items, "similar": drafts.similar_variables(draft)[:10]}


def _decided(item: DraftItem) -> str:
    """Describe who decided on an item, and when; '' if nobody has."""
    into = f", repeats {item.merged}" if item.merged else ""
    return f"{item.status} by {item.decided_by}, {date(item.decided_at[:10])}{into}" if item.decided_by else ""


def _page(folder: Path) -> str:
    draft = drafts.load(folder)
    text = (folder / "article.txt").read_text("utf-8")
    waiting = [i.id for i in drafts.undecided(draft)]
    order = [*waiting, *(name for name in draft.items if name not in set(waiting))]
    template = environment(HERE / "templates", TEMPLATES).get_template("review.html")
    return template.render(
        {
            "title": title_of(text),
            "paragraphs": marked(text, draft),
            "items": [draft.items[name] for name in order],
            "editable": drafts.EDITABLE,
            "in_words": in_words,
            "decided": _decided,
            "sentence_of": sentence_of,
            "stamp": _stamp(),
            "accepted": sum(i.status == "accepted" for i in draft.items.values()),
        }
    )


@cache
def _static(name: str) -> str:
    own = (HERE / "static" / name).read_text("utf-8")
    return (TEMPLATES / "style.css").read_text("utf-8") + own if name == "review.css" else own


@cache
def _stamp() -> str:
    return sha256((_static("review.css") + _static("review.js")).encode()).hexdigest()[:12]

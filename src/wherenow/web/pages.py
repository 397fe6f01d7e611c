"""The app's pages as HTML: whole, or the part of one that a change touches."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from wherenow.report.charts.why import STYLE
from wherenow.report.page import TEMPLATES, environment
from wherenow.web.view import LEVER, View
from wherenow.web.words import direction, languages, teller

HERE = Path(__file__).parent
VIEWS = ("where", "how", "argument", "history", "trust", "ledger")
PATHS: Mapping[str, str] = {name: "/" if name == "where" else f"/{name}" for name in VIEWS}


def page(template: str, view: View, context: Mapping[str, Any]) -> str:
    """A template of this app with what every page needs."""
    return environment(HERE / "templates", TEMPLATES).get_template(template).render(
        {
            "view": view,
            "t": teller(view.language),
            "language": view.language,
            "languages": languages(),
            "direction": direction(view.language),
            "paths": PATHS,
            "lever_prefix": LEVER,
            "stamp": stamp(),
            **context,
        }
    )  # fmt: skip


@cache
def style() -> str:
    """The report's style sheet, the app's own on top of it, and that of pictures which elsewhere bring their own."""
    own = [p.read_text("utf-8") for p in (TEMPLATES / "style.css", HERE / "static" / "app.css")]
    return "\n".join([*own, STYLE.removeprefix("<style>").removesuffix("</style>")])


@cache
def script() -> str:
    return (HERE / "static" / "app.js").read_text("utf-8")


@cache
def stamp() -> str:
    """Changes with style and script, so that browsers may keep both for good."""
    return sha256((style() + script()).encode()).hexdigest()[:12]

"""The app's pages as HTML: whole pages, or the part that a change affects."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from wherenow.report.charts.why_chart import STYLE
from wherenow.report.page import TEMPLATES, environment
from wherenow.report.wording.texts import direction, languages, teller
from wherenow.web.app_view import LEVER, AppView

HERE = Path(__file__).parent
VIEWS = ("where", "how", "argument", "history", "trust", "ledger")
PATHS: Mapping[str, str] = {name: "/" if name == "where" else f"/{name}" for name in VIEWS}


def page(template: str, view: AppView, context: Mapping[str, Any]) -> str:
    """Render a template of this app with the context that every page needs."""
    shared = {
        "view": view,
        "t": teller(view.language),
        "language": view.language,
        "languages": languages(),
        "direction": direction(view.language),
        "paths": PATHS,
        "lever_prefix": LEVER,
        "stamp": stamp(),
    }
    return environment(HERE / "templates", TEMPLATES).get_template(template).render({**shared, **context})


@cache
def style() -> str:
    """Return the report's style sheet, the app's own, and the rules of pictures that embed their style elsewhere."""
    own = [p.read_text("utf-8") for p in (TEMPLATES / "style.css", HERE / "static" / "app.css")]
    return "\n".join([*own, STYLE.removeprefix("<style>").removesuffix("</style>")])


@cache
def script() -> str:
    """Return the app's script and that of charts."""
    own = (HERE / "static" / "app.js", TEMPLATES / "crosshair.js")
    return "\n".join(f"{{\n{p.read_text('utf-8')}\n}}" for p in own)


VENDOR = ("cytoscape.min.js", "dagre.min.js")
"""Libraries of the causal map; their licences lie beside them."""


@cache
def assets() -> Mapping[str, tuple[str, str]]:
    """Return the files that pages load, by name: content and type."""
    own = {"app.css": (style(), "text/css"), "app.js": (script(), "text/javascript")}
    paths = ("map.js", "layout.js", *(f"vendor/{name}" for name in VENDOR))
    more = [HERE / "static" / path for path in paths]
    return {**own, **{path.name: (path.read_text("utf-8"), "text/javascript") for path in more}}


@cache
def stamp() -> str:
    """Return a stamp that changes with style and scripts, so that browsers may cache them forever."""
    return sha256("".join(content for content, _ in assets().values()).encode()).hexdigest()[:12]

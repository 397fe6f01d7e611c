"""Pages of the app in Chromium, which fail on anything that no page may do."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlparse

import uvicorn

from wherenow.web.computation.case_analysis import Analysis
from wherenow.web.server import make_app

DESK = (1366, 768)
PHONE = (390, 844)


@contextmanager
def served(analysis: Analysis) -> Iterator[str]:
    """The address of the app on an analysis, its outlook made."""
    server = uvicorn.Server(uvicorn.Config(make_app(analysis), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
        assert thread.is_alive(), "the app did not start"
    analysis.outlook.result(300)
    yield f"http://localhost:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def opened(chromium, size=DESK, **options) -> Iterator:
    """A page on which a request to another host, an error of a script, or a message of one fails the test."""
    strangers: list[str] = []
    with chromium.new_context(viewport={"width": size[0], "height": size[1]}, **options) as context:
        page = context.new_page()
        page.set_default_timeout(90_000)  # ms; other work may share the machine

        def ask(route) -> None:
            if urlparse(route.request.url).hostname in ("localhost", None):
                route.continue_()
            else:
                strangers.append(route.request.url)
                route.abort()

        page.route("**/*", ask)
        page.on("pageerror", lambda error: strangers.append(str(error)))
        page.on("console", lambda message: strangers.append(message.text) if message.type == "error" else None)
        yield page
        assert strangers == []


def settled(page, action) -> None:
    """Does something that moves the forecasts, and waits until they have moved."""
    page.evaluate("""() => {
        delete document.body.dataset.filled;
        document.querySelector("#live").addEventListener("filled", () => { document.body.dataset.filled = "yes"; });
    }""")
    action()
    page.locator("body[data-filled]").wait_for(state="attached")

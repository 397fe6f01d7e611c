"""Pictures of the app and of the report on the Iraq–US case, in Chromium: ``python docs/images/screenshots.py``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.app import IRAQ, served
from playwright.sync_api import Browser, sync_playwright

from wherenow.case.reader import read_case
from wherenow.inference.posterior import draws_of
from wherenow.outlook.case_outlook import forecast
from wherenow.report import cards_of, present, write_report

HERE = Path(__file__).parent
VIEWS = {
    "where": "/",
    "compared": "/?with=no-bank-controls&with=full-withdrawal-2023",
    "how": "/how",
    "sector": "/how?open=armed_groups",
    "argument": "/argument",
    "claim": "/argument?claim=withdrawal-worsens",
    "history": "/history",
    "trust": "/trust",
    "ledger": "/ledger",
    "brief": "/brief",
}
SHAPES = {
    "light": {"viewport": {"width": 1440, "height": 1150}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1440, "height": 1150}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 1250}, "device_scale_factor": 1.5, "color_scheme": "light"},
}


def main() -> None:
    with served() as (address, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for shape, options in SHAPES.items():
            context = browser.new_context(reduced_motion="reduce", **options)
            page = context.new_page()
            for name, path in VIEWS.items():
                page.goto(address + path, wait_until="load")
                page.wait_for_timeout(400)
                page.screenshot(path=HERE / "app" / f"{name}-{shape}.png")
        report(browser)
        browser.close()


def report(browser: Browser) -> None:
    """The opening of the report."""
    with tempfile.TemporaryDirectory() as folder:
        case = read_case(IRAQ)
        draws = draws_of(case, 1000)
        outlook = forecast(case, draws)
        presented = present(case, cards_of(case, draws, outlook))
        written = write_report(outlook, Path(folder) / "outlook.html", presented=presented)
        page = browser.new_page(viewport={"width": 900, "height": 1320}, device_scale_factor=2)
        page.goto(written.as_uri(), wait_until="networkidle")
        page.screenshot(path=HERE / "outlook.png")


if __name__ == "__main__":
    main()

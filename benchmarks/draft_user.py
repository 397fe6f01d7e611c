"""A scripted user in Chromium: from a text to a first outlook with ten accepted links, by commands and keys.

The user decides at once; what is measured is the time that a person waits. What remains of five minutes is for reading.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Entry, entry

if TYPE_CHECKING:
    from playwright.sync_api import Page

TEXTS = Path(__file__).parents[1] / "tests" / "draft" / "texts"
ARTICLE = TEXTS / "famine" / "article.txt"
LINKS, GOAL = 10, 300.0
COMMAND = (sys.executable, "-m", "wherenow")


def first_outlook() -> Entry:
    """The seconds from the command to the outlook on the screen."""
    from playwright.sync_api import sync_playwright

    quiet = {**os.environ, "BROWSER": "true"}  # the command opens no browser of its own
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        begun = time.perf_counter()
        draft = [*COMMAND, "draft", str(ARTICLE), "--out", "case", "--as-of", "2020-01-01"]
        subprocess.run(draft, cwd=folder, check=True, capture_output=True)
        drafted = time.perf_counter() - begun
        review = subprocess.Popen(
            [*COMMAND, "draft", "review", "case", "--app"], cwd=folder, env=quiet, stderr=subprocess.PIPE, text=True
        )
        try:
            assert review.stderr is not None
            address = re.search(r"http://\S+", review.stderr.readline())
            assert address is not None
            page = browser.new_page()
            page.goto(address[0])
            decisions = accept_links(page, LINKS)
            run_what_is_accepted(page)
            took = time.perf_counter() - begun
        finally:
            review.terminate()
            review.wait()
        browser.close()
    left = (GOAL - took) / decisions
    note = f"{drafted:.1f} s of it for the draft; {decisions} decisions, {left:.0f} s left for each"
    return entry(f"scripted user to a first outlook: {LINKS} links", f"{len(ARTICLE.read_text('utf-8').split())} words",
                 took, below=GOAL, note=note)  # fmt: skip


def accept_links(page: Page, wanted: int) -> int:
    """Accept links and reject all else by keys, until ``wanted`` links are accepted; how many decisions that took."""
    accepted = page.locator('#proposals li[data-kind="links"][data-status="accepted"]')
    decisions = 0
    while accepted.count() < wanted:
        current = page.locator("#proposals li.current")
        name, kind = current.get_attribute("id"), current.get_attribute("data-kind")
        if current.get_attribute("data-status") != "proposed":
            break
        page.keyboard.press("a" if kind == "links" else "r")
        decisions += 1
        page.locator(f'#{name}:not([data-status="proposed"])').wait_for(state="attached")
        page.locator(f"#proposals li.current:not(#{name})").or_(page.locator(f"#{name}.current")).first.wait_for()
    return decisions


def run_what_is_accepted(page: Page) -> None:
    """Press the button, and wait until the outlook is shown."""
    page.get_by_role("button", name="Run the accepted proposals").click()
    page.wait_for_url("**/outlook", timeout=120_000)
    page.locator("#answer").wait_for()

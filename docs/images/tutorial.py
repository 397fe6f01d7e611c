"""Pictures of the tutorial: a review, its outlook, data against priors: ``python docs/images/tutorial.py``."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.draft_user import COMMAND, TEXTS, accept_links, run_what_is_accepted
from playwright.sync_api import sync_playwright

import wherenow

HERE = Path(__file__).parent
WINDOW = {"width": 1280, "height": 800}


def main() -> None:
    wherenow.plot_data(wherenow.open("school-influenza")).save(HERE / "data-plot.svg")
    article = TEXTS / "herring" / "article.txt"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        draft = [*COMMAND, "draft", str(article), "--out", "herring", "--as-of", "2015-11-20"]
        subprocess.run(draft, cwd=folder, check=True)
        review = subprocess.Popen(
            [*COMMAND, "draft", "review", "herring", "--app"], cwd=folder, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "BROWSER": "true", "LOGNAME": "reader"},
        )  # fmt: skip
        try:
            assert review.stderr is not None
            address = re.search(r"http://\S+", review.stderr.readline())
            assert address is not None
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            page = browser.new_page(viewport=WINDOW, color_scheme="light", reduced_motion="reduce")
            page.goto(address[0])
            accept_links(page, 4)
            page.screenshot(path=HERE / "draft-review.png")
            accept_links(page, 10)
            run_what_is_accepted(page)
            page.screenshot(path=HERE / "draft-outlook.png")
            browser.close()
        finally:
            review.terminate()
            review.wait()


if __name__ == "__main__":
    main()

"""Shared by all tests: the search for counterexamples, Chromium for pages, and the benchmarks' code."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).parents[1]))  # some tests use code of the benchmarks

# the same examples in every run, however slow the machine
settings.register_profile("house", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=2000)  # to look further: --hypothesis-profile search
settings.load_profile("house")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Tests of pages are skipped where Chromium is missing."""
    where = shutil.which("chromium")
    if where is None:
        pytest.skip("no Chromium here")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=where, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def nothing_cached(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No command answers from an earlier test, except where a test asks for that with the mark ``cached``."""
    if request.node.get_closest_marker("cached") is None:
        from wherenow import parts, result_cache

        monkeypatch.setattr(result_cache, "fingerprint", lambda folder: None)
        monkeypatch.setattr(parts, "stored", lambda name: None)

"""The page in Chromium: its filter, its accessibility, and how it fits a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from wherenow.report import write_report


@pytest.fixture
def address(outlook, tmp_path) -> str:
    return write_report(outlook, tmp_path / "outlook.html").as_uri()


@pytest.fixture(params=["light", "dark"])
def page(chromium, address, request) -> Iterator:
    with chromium.new_context(color_scheme=request.param, viewport={"width": 1366, "height": 768}) as context:
        page = context.new_page()
        page.goto(address)
        page.locator("details.all-claims > summary").click()
        yield page


def shown(page) -> list[str]:
    return page.eval_on_selector_all("table.claims tbody tr", "rows => rows.filter(r => !r.hidden).map(r => r.id)")


def test_axe_finds_no_violation(page):
    from axe_playwright_python.sync_playwright import Axe

    assert Axe().run(page).response["violations"] == []


def test_choosing_a_verdict_leaves_the_claims_that_have_it(page):
    page.locator("select[name=verdict]").select_option("mixed")
    assert shown(page) == ["claim-dry"]
    assert page.locator("form.filter output").inner_text() == "1 of 4 claims"


def test_text_is_found_in_claims_wherever_it_occurs(page):
    page.get_by_label("Text").fill("nobody ASKED")
    assert shown(page) == ["claim-hope"]


def test_an_emptied_filter_shows_all_again(page):
    page.get_by_label("Text").fill("nothing like it")
    assert shown(page) == []
    page.get_by_label("Text").fill("")
    assert len(shown(page)) == 4


def test_every_control_can_be_reached_by_keyboard(page):
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.name || document.activeElement.tagName"))
    assert {"A", "SUMMARY", "verdict", "sector", "text"} <= reached


@pytest.mark.parametrize("width", [360, 768, 1366])
def test_no_width_needs_scrolling_sideways(chromium, address, width):
    with chromium.new_context(viewport={"width": width, "height": 800}) as context:
        page = context.new_page()
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_printing_opens_the_claims_and_leaves_the_appendix(page):
    claims = page.locator("details.all-claims")
    claims.locator("summary").first.click()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert claims.get_attribute("open") is not None
    assert page.locator("#appendix details[open]").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert claims.get_attribute("open") is None


def test_the_navigation_marks_the_section_that_is_read(page):
    page.locator("#appendix").scroll_into_view_if_needed()
    page.evaluate("scrollTo({ top: document.body.scrollHeight, behavior: 'instant' })")
    page.locator("nav a[aria-current]").wait_for()
    assert page.locator("nav a[aria-current]").count() == 1

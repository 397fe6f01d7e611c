"""The app on the Iraq-US case in Chromium: usable by everyone, at any width, in print and without script."""

from __future__ import annotations

from urllib.parse import urlparse

import pytest
from tests.web.browsing import DESK, PHONE, opened

from wherenow.web.pages import PATHS

WIDTHS = (320, 360, 390, 430, 600, 768, 820, 1024, 1280, 1440, 1920)
FONTS = ("Liberation Sans, Arial", "DejaVu Sans, Verdana")
"""The first has the widths of Arial, the second those of Verdana, the widest that a system brings."""
OTHER_FONTS = """fonts => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`:root { --sans: ${fonts}, sans-serif !important; }`);
    document.adoptedStyleSheets = [sheet];
}"""


VARIANTS = {"light": (DESK, "light", "en"), "dark": (DESK, "dark", "en"), "phone": (PHONE, "light", "en"),
            "arabic": (DESK, "light", "ar"), "all at once": (PHONE, "dark", "ar")}  # fmt: skip
"""Widths, colours and languages of a page. The long check takes each; the short one the first and the last."""
VIEWS = (*PATHS.values(), "/argument?claim=withdrawal-worsens", "/how?open=relations", "/brief",
         "/how?link=trust>reciprocity", "/?with=no-war-on-is")  # fmt: skip


@pytest.mark.parametrize(
    "variant", [pytest.param(v, marks=() if v in ("light", "all at once") else pytest.mark.slow) for v in VARIANTS]
)
@pytest.mark.parametrize("path", VIEWS)
def test_axe_finds_no_violation(chromium, iraq, path, variant):
    from axe_playwright_python.sync_playwright import Axe

    size, scheme, language = VARIANTS[variant]
    for page in opened(chromium, size, color_scheme=scheme):
        page.goto(f"{iraq}{path}{'&' if '?' in path else '?'}lang={language}", wait_until="networkidle")
        found = Axe().run(page).response["violations"]
        assert [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in found] == []


@pytest.mark.parametrize("fonts", FONTS)
@pytest.mark.parametrize(
    "path",
    [
        *PATHS.values(),
        "/how?open=security",
        "/argument?claim=withdrawal-worsens",
        "/?with=no-war-on-is&with=no-bank-controls",
        "/?scenario=no-bank-controls",
        "/brief",
        "/?lang=ar",
        "/how?lang=ar",
    ],
)
def test_no_view_needs_scrolling_sideways_at_any_width(chromium, iraq, path, fonts):
    for page in opened(chromium):
        page.goto(iraq + path)
        page.evaluate(OTHER_FONTS, fonts)
        wider = {}
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            found = page.evaluate("document.documentElement.scrollWidth")
            if found > width:
                wider[width] = found
        assert wider == {}


def test_every_view_is_reached_by_clicking(page, iraq):
    page.goto(iraq)
    for name, path in PATHS.items():
        page.locator(f'nav a[data-view="{path}"]').click()
        assert urlparse(page.url).path == path, name
        assert page.locator("h1").count() == 1


def test_links_to_download_and_to_other_pages_are_wide_enough_for_a_finger(chromium, iraq):
    for page in opened(chromium, PHONE):
        page.goto(iraq)
        boxes = [link.bounding_box() for link in page.locator(".take a:visible, .tools a:visible").all()]
        assert len(boxes) > 3
        assert min(min(box["width"], box["height"]) for box in boxes) >= 24


def test_on_a_phone_a_card_stays_in_sight_while_levers_move(chromium, iraq):
    for page in opened(chromium, (390, 844)):
        page.goto(iraq)
        page.locator("details.group summary").first.click()
        lever = page.get_by_label("Gas capture investment")
        page.locator("details.group", has=lever).locator("summary").first.click()
        lever.evaluate("lever => lever.scrollIntoView({ block: 'end', behavior: 'instant' })")
        page.wait_for_timeout(300)  # sections that come into sight are laid out then
        top = page.locator("article.finding").first.bounding_box()
        assert 0 <= top["y"] < 10
        assert top["y"] + top["height"] < lever.bounding_box()["y"]


def test_printing_hides_the_controls(page, iraq):
    page.goto(iraq)
    page.emulate_media(media="print")
    assert not page.locator("input[type=range] >> visible=true").count()
    assert not page.locator("button >> visible=true").count()
    assert page.locator("article.finding >> visible=true").count() == 5


def test_without_script_a_form_still_runs(chromium, iraq):
    for page in opened(chromium, java_script_enabled=False):
        page.goto(f"{iraq}/?l.troop_level=4")
        assert page.locator("#live path.before >> visible=true").count() >= 2
        assert page.get_by_role("button", name="Run").is_visible()


def test_readers_who_prefer_less_motion_see_none(chromium, iraq):
    for page in opened(chromium, reduced_motion="reduce"):
        page.goto(iraq)
        assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"

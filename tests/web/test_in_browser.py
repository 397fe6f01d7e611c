"""The app on the Iraq-US case in Chromium: every view clicked through, offline, and usable by everyone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlparse

import pytest

from wherenow.web.pages import PATHS

DESK = (1366, 768)
WIDTHS = (320, 360, 390, 430, 600, 768, 820, 1024, 1280, 1440, 1920)
FONTS = ("Liberation Sans, Arial", "DejaVu Sans, Verdana")
"""The first has the widths of Arial, the second those of Verdana, the widest that a system brings."""
OTHER_FONTS = """fonts => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`:root { --sans: ${fonts}, sans-serif !important; }`);
    document.adoptedStyleSheets = [sheet];
}"""


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


@pytest.fixture
def page(chromium) -> Iterator:
    yield from opened(chromium)


def settled(page, action) -> None:
    """Does something that moves the forecasts, and waits until they have moved."""
    page.evaluate("""() => {
        delete document.body.dataset.filled;
        document.querySelector("#live").addEventListener("filled", () => { document.body.dataset.filled = "yes"; });
    }""")
    action()
    page.locator("body[data-filled]").wait_for(state="attached")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [*PATHS.values(), "/argument?claim=withdrawal-worsens", "/how?open=relations",
                                  "/?with=no-war-on-is&lang=ar"])  # fmt: skip
def test_axe_finds_no_violation(chromium, iraq, path, scheme):
    from axe_playwright_python.sync_playwright import Axe

    for page in opened(chromium, color_scheme=scheme):
        page.goto(iraq + path)
        found = Axe().run(page).response["violations"]
        assert [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in found] == []


@pytest.mark.parametrize("fonts", FONTS)
@pytest.mark.parametrize(
    "path",
    [
        *PATHS.values(),
        *("/how?open=security", "/argument?claim=withdrawal-worsens", "/?with=no-war-on-is&with=no-bank-controls"),
        *("/?lang=ar", "/how?lang=ar"),
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


def test_dragging_a_lever_moves_the_fan_and_the_address(page, iraq):
    page.goto(iraq)
    before = page.locator("#live .on-wide path.median").get_attribute("d")
    settled(page, lambda: page.get_by_label("US troops", exact=True).fill("4"))
    assert page.locator("#live .on-wide path.median").get_attribute("d") != before
    assert page.locator("#live .on-wide path.before").count() == 3
    page.wait_for_url(re.compile(r"l\.troop_level=4"))
    assert "4" in page.locator(".lever.moved output").inner_text()


def test_a_lever_moves_by_keyboard(page, iraq):
    page.goto(iraq)
    lever = page.get_by_label("US troops", exact=True)
    lever.focus()
    settled(page, lambda: page.keyboard.press("ArrowRight"))
    page.wait_for_url(re.compile(r"l\.troop_level="))


def test_a_shared_address_shows_the_same(chromium, page, iraq):
    page.goto(iraq)
    settled(page, lambda: page.get_by_label("Response to attacks").fill("1"))
    page.wait_for_url(re.compile("attack_response"))
    shares = page.locator(".forecasts td.strong").all_inner_texts()
    for other in opened(chromium):
        other.goto(page.url)
        assert other.locator(".forecasts td.strong").all_inner_texts() == shares
        assert other.get_by_label("Response to attacks").input_value() == "1"


def test_all_is_put_back_at_once(page, iraq):
    page.goto(f"{iraq}/?l.troop_level=4&scenario=full-withdrawal-2023")
    settled(page, lambda: page.get_by_role("button", name="Put all back").click())
    page.wait_for_url(re.compile(r"/$"))
    assert page.locator("#live path.before").count() == 0


def test_a_scenario_is_chosen_by_its_chip(page, iraq):
    page.goto(iraq)
    settled(page, lambda: page.locator("input[name=scenario][value=full-withdrawal-2023]").check(force=True))
    page.wait_for_url(re.compile("scenario=full-withdrawal-2023"))
    assert "Full withdrawal in 2023" in page.locator("#live figcaption").inner_text()


def test_scenarios_are_compared_and_no_more_than_four(page, iraq):
    page.goto(iraq)
    page.locator("details.compare summary").click()
    for i in range(4):
        page.locator("input[name=with]").nth(i).click(force=True)
    assert page.locator("input[name=with]:checked").count() == 3
    page.locator("#compared table tbody tr").nth(3).wait_for()
    assert page.locator("#compared .on-wide path.also.line").count() == 4


def test_another_series_is_shown(page, iraq):
    page.goto(iraq)
    settled(page, lambda: page.locator("select[name=show]").select_option("extremist_strength"))
    assert page.locator("#live h2").inner_text() == "Extremist strength"
    page.wait_for_url(re.compile("show=extremist_strength"))


def test_a_claim_is_found_and_opened(page, iraq):
    page.goto(f"{iraq}/argument")
    page.get_by_label("Kind").select_option("cause")
    page.wait_for_url(re.compile("kind=cause"))
    rows = page.locator("table.claims tbody tr").count()
    assert 0 < rows < 49
    page.locator("table.claims th a").first.click()
    assert page.locator("svg.curve").count() >= 1


def test_all_claims_are_on_the_board(page, iraq):
    page.goto(f"{iraq}/argument")
    assert page.locator("table.claims tbody tr").count() == 49


def test_a_sector_opens_and_a_link_is_cut(page, iraq):
    page.goto(f"{iraq}/how")
    page.locator("nav.plain a", has_text="The relation").click()
    page.get_by_text("Links as a list").click()
    page.locator(".list a").first.click()
    assert page.locator("aside .equation").count() >= 1
    page.get_by_role("button", name="Cut this link").click()
    page.get_by_text("With the link cut from").wait_for()


def test_a_box_of_the_diagram_leads_to_its_equation(page, iraq):
    page.goto(f"{iraq}/how?open=relations")
    page.locator("a.box-link[aria-label^='Trust.']").click()
    assert "Trust" in page.locator("aside h3").first.inner_text()


def test_a_span_brushed_on_the_line_of_time_is_kept_in_other_views(page, iraq):
    page.goto(f"{iraq}/history")
    box = page.locator("svg.timeline:visible").bounding_box()
    y = box["y"] + box["height"] * 0.6
    page.mouse.move(box["x"] + box["width"] * 0.5, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, y, steps=4)
    page.mouse.up()
    page.wait_for_url(re.compile("from="))
    page.locator('nav a[data-view="/"]').click()
    assert "from=" in page.url


def test_images_and_tables_are_taken_away(page, iraq):
    page.goto(iraq)
    for name, suffix in (("Image (SVG)", ".svg"), ("Image (PNG)", ".png"), ("Numbers (CSV)", ".csv")):
        with page.expect_download() as taken:
            page.get_by_role("link", name=name).click()
        assert taken.value.suggested_filename.endswith(suffix)


def test_the_language_changes_the_direction_and_keeps_the_setting(page, iraq):
    page.goto(f"{iraq}/?l.troop_level=2")
    page.locator("a[data-language=ar]").click()
    assert page.evaluate("document.documentElement.dir") == "rtl"
    assert "l.troop_level=2" in page.url


def test_without_script_a_form_still_runs(chromium, iraq):
    for page in opened(chromium, java_script_enabled=False):
        page.goto(f"{iraq}/?l.troop_level=4")
        assert page.locator("#live .on-wide path.before").count() == 3
        assert page.get_by_role("button", name="Run").is_visible()


def test_whoever_wants_less_motion_sees_none(chromium, iraq):
    for page in opened(chromium, reduced_motion="reduce"):
        page.goto(iraq)
        assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"

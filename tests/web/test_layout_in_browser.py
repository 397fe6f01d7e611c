"""Layout that stays in place, fits its screen and is readable: pages of the Iraq-US case in Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.web.browsing import PHONE, opened, settled

from wherenow.web.pages import PATHS

DESKTOP, TABLET = (1440, 900), (768, 1024)


@pytest.fixture(scope="module")
def page(chromium) -> Iterator:
    """One page for the module."""
    yield from opened(chromium, DESKTOP)


HEIGHT = "document.documentElement.scrollHeight"


@pytest.mark.parametrize("place", ["/trust", "/history"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_view_fits_one_screen_of_a_desktop(page, iraq, place, language):
    page.goto(f"{iraq}{place}?lang={language}")
    assert page.evaluate(HEIGHT) <= DESKTOP[1]


@pytest.mark.parametrize("scenario", ["no-bank-controls", "full-withdrawal-2023"])
def test_choosing_a_scenario_moves_nothing_on_the_page(page, iraq, scenario):
    page.goto(iraq)
    tops = """[...document.querySelectorAll('.headline li, .finding, .legend')].map(
        (one) => one.getBoundingClientRect().top)"""
    before = page.evaluate(tops)
    with page.expect_response(lambda answer: answer.request.headers.get("x-part") == "rest"):
        settled(page, lambda: page.locator(f"input[name=scenario][value={scenario}]").check(force=True))
    page.wait_for_function("() => document.querySelectorAll('#rest .setting strong').length === 3")
    assert page.evaluate(tops) == before
    assert len(before) > 10


def test_a_counterfactual_is_drawn_only_where_it_differs(page, iraq):
    page.goto(f"{iraq}/argument?claim=withdrawal-worsens")
    starts = page.evaluate("""() => {
        const chart = document.querySelector("article.finding .on-wide svg.outcome");
        const begin = (path) => Number(path.getAttribute("d").match(/^M(-?[\\d.]+)/)[1]);
        return [begin(chart.querySelector(".median")), ...[...chart.querySelectorAll(".before")].map(begin)];
    }""")
    assert len(starts) == 4
    assert min(starts[1:]) > starts[0] + 40  # more than a year of the time before the withdrawal


@pytest.mark.parametrize("size", [DESKTOP, (1280, 800), TABLET, PHONE])
@pytest.mark.parametrize("place", [*PATHS.values(), "/brief", "/argument?claim=withdrawal-worsens",
                                   "/?with=no-bank-controls"])  # fmt: skip
def test_text_in_charts_is_neither_too_small_to_read_nor_larger_than_a_title(page, iraq, place, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{iraq}{place}")
    sizes = page.evaluate("""() => {
        for (const box of document.querySelectorAll("details")) box.open = true;
        return [...document.querySelectorAll("main svg text")].filter((text) => text.checkVisibility()).map((text) =>
            [parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a, text.textContent]);
    }""")
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    assert [(round(pixels, 1), text) for pixels, text in sizes if not 8.4 < pixels < 17] == []


def test_the_masthead_is_two_lines_of_a_desktop(page, iraq):
    page.goto(iraq)
    tops = """selector => new Set([...document.querySelectorAll(selector)].map(
        (link) => Math.round(link.getBoundingClientRect().top))).size"""
    assert page.evaluate(tops, ".masthead nav a") == 1
    assert page.evaluate(tops, ".masthead .tools a") == 1


CLIPPED = """() => {
    const found = [];
    const inputs = document.querySelectorAll("a, button, summary, select, input:not([type=hidden]), [tabindex='0']");
    for (const one of inputs) {
        if (!one.checkVisibility() || one.disabled || one.closest(".skip")) continue;
        one.focus({ focusVisible: true });
        const shown = one.matches(".chip input") ? one.nextElementSibling : one;
        const style = getComputedStyle(shown);
        const ring = parseFloat(style.outlineWidth) + parseFloat(style.outlineOffset);
        const box = shown.getBoundingClientRect();
        for (let part = shown.parentElement; part && part !== document.body; part = part.parentElement) {
            if (getComputedStyle(part).overflowX === "visible") continue;
            const frame = part.getBoundingClientRect();
            const over = box.left - ring < frame.left - 1 || box.top - ring < frame.top - 1;
            if (over) found.push(one.outerHTML.slice(0, 90));
        }
    }
    return [inputs.length, found];
}"""


def test_the_ring_of_what_has_the_focus_is_not_clipped(page, iraq):
    page.goto(iraq)
    seen, clipped = page.evaluate(CLIPPED)
    assert seen > 40
    assert clipped == []


def test_an_unknown_address_shows_a_page_that_leads_back(page, iraq):
    assert page.request.get(f"{iraq}/nowhere").status == 404
    page.route("**/nowhere", lambda route: route.fulfill(response=route.fetch(), status=200))  # 404 is a console error
    page.goto(f"{iraq}/nowhere")
    assert page.locator("h1").inner_text() == "There is no such page"
    page.get_by_role("link", name="Back to the first page").click()
    assert page.locator("article.finding").count() == 5


def test_pages_and_scripts_are_sent_compressed(page, iraq):
    kinds: dict[str, str | None] = {}
    page.on("response", lambda answer: kinds.update({answer.url: answer.headers.get("content-encoding")}))
    page.goto(f"{iraq}/how", wait_until="networkidle")
    text = {url: how for url, how in kinds.items() if url.endswith((".js", ".css", "/how", ".json"))}
    assert len(text) >= 5
    assert set(text.values()) == {"gzip"}


def test_a_series_is_found_by_typing_a_part_of_its_name(page, iraq):
    page.goto(f"{iraq}/history")
    field = page.get_by_label("Series", exact=True)
    field.focus()
    page.keyboard.type("Oil produced")  # replaces the present choice, which is selected
    page.keyboard.press("Enter")
    page.wait_for_url("**show=*")
    assert "Oil produced" in page.locator(".line-of-time .meta").inner_text()
    options = page.locator("#all-series option").evaluate_all("all => all.map((one) => one.value)")
    assert len(options) == len(set(options)) > 200


def test_a_missing_series_is_answered_with_what_was_probably_meant(page, iraq):
    text = page.request.get(f"{iraq}/history?show=oil_pric").text()
    assert "did you mean" in text
    assert "oil_price" in text

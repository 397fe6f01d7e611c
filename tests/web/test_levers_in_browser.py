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


PHONE = (390, 844)
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


def test_dragging_a_lever_moves_the_findings_and_the_address(page, iraq):
    page.goto(iraq)
    chart = page.locator("#live svg.outcome path.median >> visible=true").first
    before = chart.get_attribute("d")
    settled(page, lambda: page.get_by_label("US troops", exact=True).fill("4"))
    assert chart.get_attribute("d") != before
    assert page.locator("#live svg.outcome path.before >> visible=true").count() >= 2
    page.wait_for_url(re.compile(r"l\.troop_level=4"))
    assert page.locator(".lever.moved output").inner_text() == "10,000 troops"


def test_a_lever_moves_by_keyboard(page, iraq):
    page.goto(iraq)
    lever = page.get_by_label("US troops", exact=True)
    lever.focus()
    settled(page, lambda: page.keyboard.press("ArrowRight"))
    page.wait_for_url(re.compile(r"l\.troop_level="))


def titles(page) -> list[str]:
    return page.locator("#live article.finding > h2").all_inner_texts()


def test_a_shared_address_shows_the_same(chromium, page, iraq):
    page.goto(iraq)
    settled(page, lambda: page.get_by_label("Response to attacks").fill("1"))
    page.wait_for_url(re.compile("attack_response"))
    page.wait_for_timeout(500)
    said = titles(page)
    for other in opened(chromium):
        other.goto(page.url)
        assert titles(other) == said
        assert other.get_by_label("Response to attacks").input_value() == "1"


def test_all_is_reset_at_once(page, iraq):
    page.goto(f"{iraq}/?l.attack_response=1&scenario=no-bank-controls")
    settled(page, lambda: page.get_by_role("button", name="Reset").click())
    page.wait_for_url(re.compile(r"/$"))
    assert page.locator("#live path.before").count() == 0
    assert page.get_by_label("Strictness of bank controls").input_value() == "0.85"


def test_a_scenario_moves_the_levers_that_it_sets_and_the_headline_follows(page, iraq):
    page.goto(iraq)
    before = titles(page)
    settled(page, lambda: page.locator("input[name=scenario][value=full-withdrawal-2023]").check(force=True))
    page.wait_for_url(re.compile("scenario=full-withdrawal-2023"))
    lever = page.get_by_label("US troops", exact=True)
    assert lever.input_value() == "0"
    assert lever.is_disabled()
    assert "Set by this scenario" in page.locator(".lever:has(#lever-troop_level)").inner_text()
    assert page.locator(".headline strong").inner_text() == "Full withdrawal in 2023."
    assert titles(page) != before


def test_a_lever_can_be_moved_on_top_of_a_scenario(page, iraq):
    page.goto(f"{iraq}/?scenario=no-bank-controls")
    lever = page.get_by_label("Strictness of bank controls")
    assert float(lever.input_value()) < 0.1
    settled(page, lambda: lever.fill("0.85"))  # where the baseline has it
    page.wait_for_url(re.compile(r"scenario=no-bank-controls&l\.control_strictness=0\.85"))


def test_back_and_forward_undo_and_redo(page, iraq):
    page.goto(iraq)
    first = titles(page)
    settled(page, lambda: page.get_by_label("Response to attacks").fill("1"))
    page.wait_for_url(re.compile("attack_response=1"))
    settled(page, lambda: page.locator("input[name=scenario][value=no-bank-controls]").check(force=True))
    page.wait_for_url(re.compile("scenario=no-bank-controls"))
    settled(page, page.go_back)
    assert page.get_by_label("Response to attacks").input_value() == "1"
    assert page.locator("input[name=scenario]:checked").get_attribute("value") == ""
    settled(page, lambda: page.get_by_role("button", name="Undo").click())
    assert page.get_by_label("Response to attacks").input_value() == "0.5"
    assert titles(page) == first
    settled(page, lambda: page.get_by_role("button", name="Redo").click())
    assert page.get_by_label("Response to attacks").input_value() == "1"


def test_a_setting_is_named_saved_and_used_again(page, iraq):
    page.goto(iraq)
    settled(page, lambda: page.get_by_label("Response to attacks").fill("1"))
    page.get_by_label("Name of the setting").fill("Reprisal")
    page.get_by_role("button", name="Save").click()
    page.goto(iraq)
    settled(page, lambda: page.get_by_role("button", name="Reprisal", exact=True).click())
    assert page.get_by_label("Response to attacks").input_value() == "1"


def test_a_chart_tells_its_numbers_under_the_mouse(page, iraq):
    page.goto(iraq)
    chart = page.locator("#live svg.outcome >> visible=true").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.5 * box["height"])
    said = page.locator(".readout").inner_text()
    assert re.match(r"([A-Z][a-z]+ )?20\d\d\n", said)
    assert " – " in said


def test_the_sentence_the_source_and_the_reason_are_one_click_away(page, iraq):
    page.goto(iraq)
    card = page.locator("article.finding").first
    card.locator("summary").first.click()
    for said in ("The article", "Decided by", "Data", "Track record"):
        assert card.get_by_text(said, exact=True).is_visible()
    assert card.locator(".chain button[data-cut]").first.is_visible()


def test_on_a_phone_all_that_a_card_says_is_in_sight_once_it_is_opened(chromium, iraq):
    for page in opened(chromium, PHONE):
        page.goto(iraq)
        card = page.locator("article.finding").first
        card.locator("summary").first.click()
        assert card.evaluate("card => card.scrollHeight - card.clientHeight") <= 1
        card.get_by_role("link", name="PNG").scroll_into_view_if_needed()
        assert card.locator("dl.grounds").bounding_box()["height"] > 100


def test_links_to_download_and_to_other_pages_are_wide_enough_for_a_finger(chromium, iraq):
    for page in opened(chromium, PHONE):
        page.goto(iraq)
        boxes = [link.bounding_box() for link in page.locator(".take a:visible, .tools a:visible").all()]
        assert len(boxes) > 3
        assert min(min(box["width"], box["height"]) for box in boxes) >= 24


def test_the_article_is_paraphrased_as_a_claim_of_it_and_not_as_the_test_on_data(page, iraq):
    page.goto(iraq)
    card = page.locator("article.finding").first
    card.locator("summary").first.click()
    article = card.locator(".grounds div", has=page.get_by_text("The article", exact=True)).inner_text()
    assert "Relations are closer" in article
    assert "November 2025" not in article


def test_a_forecast_has_one_title_on_all_pages(page, iraq):
    page.goto(iraq)
    cards = [heading.rsplit(": ", 1)[0] for heading in page.locator("article.finding h2").all_text_contents()]
    assert len(cards) == 5
    page.goto(f"{iraq}/ledger")
    listed = page.locator("table.ledger tbody th > :first-child").all_text_contents()
    assert [title for title in cards if title not in listed] == []


def test_no_figure_that_was_known_at_the_cutoff_is_drawn_beyond_it(page, iraq):
    page.goto(iraq)
    ends = page.evaluate("""() => [...document.querySelectorAll("article.finding svg.outcome")].map(svg => {
        const now = svg.querySelector(".cutoff").getBBox();
        const known = [...svg.querySelectorAll(".datum:not(.later)")].map(d => d.getBBox());
        return known.length ? Math.max(...known.map(box => box.x + box.width)) - now.x : 0;
    })""")
    assert len(ends) >= 5
    assert max(ends) <= 1


def test_a_link_of_the_reason_is_cut_in_place(page, iraq):
    page.goto(iraq)
    card = page.locator("article.finding").first
    card.locator("summary").first.click()
    card.locator(".chain button[data-cut]").first.click()
    card.locator(".cut-found table").wait_for()
    assert "%" in card.locator(".cut-found").inner_text()
    card.locator(".chain button[data-cut]").first.click()
    assert card.locator(".cut-found").inner_text() == ""


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


def test_scenarios_are_compared_and_no_more_than_four(page, iraq):
    page.goto(iraq)
    page.locator("details.compare summary").click()
    for i in range(4):
        page.locator("input[name=with]").nth(i).click(force=True)
    assert page.locator("input[name=with]:checked").count() == 3
    page.locator("#compared table tbody tr").nth(3).wait_for()
    assert page.locator("#compared figure").count() == 4


def test_what_a_comparison_draws_is_chosen_beside_it(page, iraq):
    page.goto(f"{iraq}/?with=no-bank-controls")
    heading = page.locator("#compared h2").inner_text()
    page.get_by_label("Finding", exact=True).select_option(index=1)
    page.wait_for_url(re.compile("about="))
    page.wait_for_function("was => document.querySelector('#compared h2').innerText !== was", arg=heading)


def test_a_claim_is_found_and_opened_as_a_card(page, iraq):
    page.goto(f"{iraq}/argument")
    page.get_by_label("Verdict").select_option("mixed")
    page.wait_for_url(re.compile("verdict=mixed"))
    assert 0 < page.locator("p.claimed").count() < 49
    page.locator("p.claimed a").first.click()
    assert page.locator("article.finding svg.outcome").count() >= 1


def test_all_claims_are_in_the_article(page, iraq):
    page.goto(f"{iraq}/argument")
    assert page.locator("p.claimed").count() == 49


def test_reasons_appear_at_once_and_sharpen(page, iraq):
    page.goto(f"{iraq}/argument?claim=withdrawal-worsens")
    page.locator("[data-live] strong").first.wait_for()
    assert "draws" in page.locator("[data-live]").inner_text()


def mapped(page, address: str) -> None:
    """Opens the map and waits until it is laid out."""
    page.goto(address)
    page.locator("#map[data-laid]").wait_for(state="attached")


def test_sectors_open_in_place_and_the_map_is_laid_out_at_once(page, iraq):
    mapped(page, f"{iraq}/how")
    shown = int(page.locator("#map").get_attribute("data-shown"))
    page.get_by_role("button", name="Open all sectors").click()
    assert int(page.locator("#map").get_attribute("data-shown")) > 10 * shown
    page.get_by_role("button", name="Close all").click()
    assert int(page.locator("#map").get_attribute("data-shown")) == shown


BEHIND = """() => {
    const graph = document.querySelector("#map")._cyreg.cy;
    const boxes = graph.nodes().filter((node) => !node.isParent());
    const shown = graph.edges().filter((edge) => edge.style("opacity") > 0);
    const found = shown.map((edge) => {
        const turns = edge.segmentPoints() ?? edge.controlPoints() ?? [];
        const points = [edge.sourceEndpoint(), ...turns, edge.targetEndpoint()];
        const others = boxes.filter((node) => !edge.connectedNodes().contains(node));
        const along = points.slice(1).flatMap((to, i) => Array.from({ length: 60 }, (_, k) =>
            ({ x: points[i].x + ((to.x - points[i].x) * k) / 60, y: points[i].y + ((to.y - points[i].y) * k) / 60 })));
        const within = (a, b, size) => Math.abs(a - b) < size / 2 - 1;
        const hit = others.filter((node) => along.some(({ x, y }) =>
            within(x, node.position("x"), node.width()) && within(y, node.position("y"), node.height())));
        return hit.map((node) => `${edge.id()} behind ${node.id()}`);
    }).flat();
    return [shown.length, found];
}"""


@pytest.mark.parametrize("sector", ["security", "armed_groups", "humanitarian", "economy"])
def test_no_link_in_an_open_sector_runs_behind_a_box(page, iraq, sector):
    mapped(page, f"{iraq}/how?open={sector}")
    shown, behind = page.evaluate(BEHIND)
    assert shown > 20
    assert behind == []


def test_links_to_other_sectors_show_when_a_variable_is_pointed_at(page, iraq):
    mapped(page, f"{iraq}/how?variable=trust")
    visible = "document.querySelector('#map')._cyreg.cy.edges('.aside').filter((e) => e.style('opacity') > 0).length"
    assert page.evaluate(visible) > 0
    page.evaluate("document.querySelector('#map')._cyreg.cy.nodes()[0].emit('mouseout')")
    assert page.evaluate(visible) == 0


def test_a_variable_is_found_by_name_and_told(page, iraq):
    mapped(page, f"{iraq}/how")
    page.get_by_label("Find a variable").fill("Trust")
    page.get_by_label("Find a variable").press("Enter")
    page.locator("aside h3", has_text="Trust").first.wait_for()


def test_every_loop_states_a_finding_and_is_shown_on_the_map(page, iraq):
    mapped(page, f"{iraq}/how")
    page.locator(".loop-row").nth(12).wait_for()
    titles = page.locator(".loop-row h3").all_inner_texts()
    assert len(titles) == 13
    assert all(re.search(r"drives the model most|never leads|small part|hardly acts", title) for title in titles)
    page.locator(".loop-row button").first.click()
    assert page.evaluate("document.querySelector('#map')._cyreg.cy.edges('.loop').length") >= 2
    page.get_by_label("Time", exact=True).fill("3")
    assert re.match(r"2006: .+ \(\d+%\)", page.locator("#loop-said").inner_text())


def test_a_link_is_cut_and_its_effect_on_claims_stands_beside_the_map(page, iraq):
    mapped(page, f"{iraq}/how?link=trust>reciprocity")
    page.get_by_role("button", name="Cut this link").click()
    page.get_by_text("With the link from").wait_for()
    assert page.locator("aside table tbody tr").count() >= 5


def test_the_map_has_an_equivalent_list_for_the_keyboard(page, iraq):
    mapped(page, f"{iraq}/how")
    page.locator("section details summary", has_text="Iran").first.click()
    page.locator("ul.map-list a[data-show] >> visible=true").first.press("Enter")
    page.locator("aside h3").first.wait_for()


def test_a_span_brushed_on_the_line_of_time_is_of_that_view_alone(page, iraq):
    page.goto(f"{iraq}/history")
    box = page.locator("svg.timeline:visible").bounding_box()
    y = box["y"] + box["height"] * 0.6
    page.mouse.move(box["x"] + box["width"] * 0.5, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, y, steps=4)
    page.mouse.up()
    page.wait_for_url(re.compile("from="))
    page.locator('nav a[data-view="/"]').click()
    assert "from=" not in page.url


def test_figures_for_a_slide_are_three_clicks_from_a_scenario(page, iraq):
    page.goto(iraq)
    settled(page, lambda: page.locator("input[name=scenario][value=full-withdrawal-2023]").check(force=True))
    for name, suffix in (("PNG", ".png"), ("SVG", ".svg"), ("CSV", ".csv")):
        with page.expect_download() as taken:
            page.locator("article.finding").first.get_by_role("link", name=name).click()
        assert taken.value.suggested_filename.endswith(suffix)
    assert "Full withdrawal in 2023" in taken.value.path().read_text("utf-8")


def test_the_language_changes_the_direction_and_keeps_the_setting(page, iraq):
    page.goto(f"{iraq}/?l.troop_level=2")
    page.locator("a[data-language=ar]").click()
    assert page.evaluate("document.documentElement.dir") == "rtl"
    assert "l.troop_level=2" in page.url


def test_without_script_a_form_still_runs(chromium, iraq):
    for page in opened(chromium, java_script_enabled=False):
        page.goto(f"{iraq}/?l.troop_level=4")
        assert page.locator("#live path.before >> visible=true").count() >= 2
        assert page.get_by_role("button", name="Run").is_visible()


def test_whoever_wants_less_motion_sees_none(chromium, iraq):
    for page in opened(chromium, reduced_motion="reduce"):
        page.goto(iraq)
        assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


EVERY = (*PATHS.values(), "/brief", "/?scenario=full-withdrawal-2023&with=no-bank-controls",
         "/argument?claim=withdrawal-worsens", "/argument?claim=amicable", "/how?open=security", "/how?variable=trust",
         "/how?link=trust>reciprocity&cut=2010")  # fmt: skip
NEVER = {"an identifier": r"\b[a-z]+_[a-z_]+\b", "a decimal date": r"\b(19|20)\d\d\.\d+",
         "raw actors": r"[A-Z]{2,}>[A-Z]{2,}",
         "a sentence pointer": r"\bP\d+S\d+\b", "a wrong plural": r"\b1 (events|draws|claims|years|figures)\b",
         "Monte Carlo error": r"90% interval \d"}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("path", EVERY)
def test_no_page_shows_an_identifier_a_decimal_date_or_raw_actors(page, iraq, path, language):
    page.goto(f"{iraq}{path}{'&' if '?' in path else '?'}lang={language}")
    shown = page.evaluate("""() => {
        for (const box of document.querySelectorAll("details")) box.open = true;
        for (const code of document.querySelectorAll("code, pre, script, style")) code.remove();
        return document.body.innerText;
    }""")
    drawn = " ".join(page.locator("svg text, svg title, svg desc").all_text_contents())
    found = {what: m[0] for what, pattern in NEVER.items() if (m := re.search(pattern, f"{shown} {drawn}"))}
    assert found == {}


ENGLISH = r"""() => {
    for (const box of document.querySelectorAll("details")) box.open = true;
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    const apart = "[dir]:not(html), bdi, code, pre, script, option, svg, datalist, noscript";
    const found = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (node.parentElement.closest(apart)) continue;
        const text = node.textContent.replace(/\u2068[^\u2069]*\u2069/g, "");
        if (/[a-z]{3,}/.test(text)) found.push(text.trim());
    }
    return found;
}"""


@pytest.mark.parametrize("path", [*EVERY, "/?scenario=no-bank-controls"])
def test_in_arabic_only_texts_of_the_case_are_english_and_they_are_set_apart(page, iraq, path):
    page.goto(f"{iraq}{path}{'&' if '?' in path else '?'}lang=ar")
    assert page.evaluate(ENGLISH) == []


def test_in_arabic_rules_units_and_periods_are_arabic(page, iraq):
    page.goto(f"{iraq}/?lang=ar")
    card = page.locator("article.finding").nth(3)
    card.locator("summary").first.click()
    rule = card.locator(".grounds div", has=page.get_by_text("يُحسم بـ", exact=True)).inner_text()
    assert "متوسط" in rule
    assert "في السنة" in rule
    assert "شهران" in card.locator("p.meta").first.inner_text()


def test_in_arabic_the_dates_and_probability_words_are_arabic(page, iraq):
    page.goto(f"{iraq}/?lang=ar")
    said = page.locator(".headline").inner_text()
    assert not re.search("likely|certain|chance", said)
    assert not re.search("January|March|April", page.locator(".levers").inner_text())


def test_the_report_is_small_and_short_before_anything_is_expanded(page, iraq):
    text = page.request.get(f"{iraq}/take/report.html", timeout=120_000).body()
    assert len(text) < 700_000
    page.set_content(text.decode("utf-8"))
    assert page.locator("article.finding").count() >= 5
    assert page.evaluate("document.documentElement.scrollHeight") < 8000

"""Finding cards, claims and the report of the Iraq-US case in Chromium."""

from __future__ import annotations

import re

from tests.web.browsing import PHONE, opened


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


def test_the_report_is_small_and_short_before_anything_is_expanded(page, iraq):
    text = page.request.get(f"{iraq}/take/report.html", timeout=120_000).body()
    assert len(text) < 700_000
    page.set_content(text.decode("utf-8"))
    assert page.locator("article.finding").count() >= 5
    assert page.evaluate("document.documentElement.scrollHeight") < 8000

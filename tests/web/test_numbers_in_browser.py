"""Numbers that several pages of the Iraq-US case show: each is the same everywhere, and drawn at its position."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from tests.web.browsing import opened

SCENARIO = "scenario=full-withdrawal-2023"


@pytest.fixture(scope="module")
def page(chromium) -> Iterator:
    """One page for the module: these tests only read."""
    yield from opened(chromium)


def shares(text: str) -> list[str]:
    return re.findall(r"(?:under |over )?\d+%", text)


def findings(page) -> dict[str, str]:
    """The probability of each finding on the page, by its statement."""
    titles = page.locator("article.finding h2").all_text_contents()
    return {title.rsplit(": ", 1)[0]: shares(title)[-1] for title in titles}


def test_trust_shows_the_backtest_that_the_folder_holds(page, iraq):
    page.goto(f"{iraq}/trust")
    tile = page.locator("section.tile", has=page.get_by_role("heading", name="Track record"))
    assert re.search(r"In backtests, \d+ of \d+ forecasts", tile.inner_text())
    assert "No backtest is stored" not in tile.inner_text()


@pytest.mark.parametrize("place", ["/ledger", "/"])
def test_a_probability_lies_on_its_strip_where_its_number_says(page, iraq, place):
    page.goto(f"{iraq}{place}")
    found = page.evaluate("""() => [...document.querySelectorAll("tr, li")].map((row) => {
        const strip = row.querySelector("svg.strip");
        const said = row.querySelector("b, .strong")?.textContent.match(/^(\\d+)%/);
        if (!strip || !said) return null;
        const ranges = [...strip.querySelectorAll("rect")].map((range) => range.getBoundingClientRect());
        const [low, high] = [Math.min(...ranges.map((r) => r.left)), Math.max(...ranges.map((r) => r.right))];
        const dot = strip.querySelector(".share").getBoundingClientRect();
        return [Number(said[1]) / 100, ((dot.left + dot.right) / 2 - low) / (high - low)];
    }).filter(Boolean)""")
    assert len(found) >= 5
    assert max(abs(said - drawn) for said, drawn in found) < 0.02


def test_the_report_of_a_setting_gives_the_numbers_of_its_cards(page, iraq):
    page.goto(iraq)
    baseline = findings(page)
    page.goto(f"{iraq}/?{SCENARIO}")
    cards = findings(page)
    page.goto(f"{iraq}/take/report.html?{SCENARIO}")
    titles = page.locator("#answer article h3").all_text_contents()
    assert {title.rsplit(": ", 1)[0]: shares(title)[-1] for title in titles} == cards != baseline
    answer = shares(page.locator("#answer p.answer").first.text_content())
    assert set(answer) <= set(cards.values())
    assert "Full withdrawal in 2023" in page.locator("#answer .basis").first.inner_text()


def test_a_card_draws_the_series_that_its_rule_reads(page, iraq):
    page.goto(iraq)
    for card in page.locator("article.finding").all():
        label = card.locator(".head .meta bdi").first.text_content()
        decided = card.locator(".grounds div", has=page.get_by_text("Decided by", exact=True)).text_content()
        assert label.lower() in decided.lower()
        assert "no data measure" not in card.locator(".head .meta").first.text_content()


def test_the_articles_publisher_and_date_are_on_the_card_in_the_article_and_in_a_file(page, iraq):
    page.goto(iraq)
    card = page.locator("article.finding").first
    said = card.locator(".grounds div", has=page.get_by_text("The article", exact=True)).text_content()
    for text in (said, page.request.get(f"{iraq}/take/card/amicable.svg").text()):
        assert "Italian Institute for International Political Studies" in text
        assert "17 March 2023" in text
    page.goto(f"{iraq}/argument")
    assert "Italian Institute for International Political Studies" in page.locator("p.lead").inner_text()


def test_coverage_is_one_figure_which_is_the_sum_of_the_series(page, iraq):
    page.goto(f"{iraq}/trust")
    tile = page.locator("section.tile", has=page.get_by_role("heading", name="Coverage"))
    inside, data = map(int, re.findall(r"\d+", tile.locator(".figure").inner_text()))
    rows = tile.locator("tbody tr").evaluate_all(
        "rows => rows.map((row) => [...row.cells].slice(1, 3).map((cell) => cell.textContent))"
    )
    scored = [(int(n), int(k)) for n, k in rows if k.isdigit()]  # a series that the model only reads has no fit
    assert len(scored) > 20
    assert [sum(column) for column in zip(*scored, strict=True)] == [data, inside]


def test_a_card_and_the_table_of_fits_give_one_coverage(page, iraq):
    page.goto(f"{iraq}/trust")
    rows = page.evaluate("""() => Object.fromEntries([...document.querySelectorAll(
        '[aria-labelledby="fit-title"] tbody tr')].map((row) => [...row.cells].slice(0, 3).map((c) => c.textContent))
        .map(([label, data, inside]) => [label, `${inside} of ${data}`]))""")
    page.goto(iraq)
    card = page.locator("article.finding").nth(3)
    label = card.locator(".head .meta bdi").first.text_content()
    said = card.locator(".grounds div", has=page.get_by_text("Fit", exact=True)).text_content()
    assert rows[label] in said


def test_a_forecast_has_one_probability_on_cards_in_the_ledger_and_in_the_report(page, iraq):
    page.goto(iraq)
    cards = findings(page)
    page.goto(f"{iraq}/ledger")
    listed = page.evaluate("""() => Object.fromEntries([...document.querySelectorAll("table.ledger tbody tr")].map(
        (row) => [row.cells[0].firstElementChild.textContent, row.querySelector(".strong").textContent]))""")
    assert {title: listed[title] for title in cards} == cards
    page.goto(f"{iraq}/take/report.html")
    titles = page.locator("#answer article h3").all_text_contents()
    assert {title.rsplit(": ", 1)[0]: shares(title)[-1] for title in titles} == cards


def test_the_report_and_the_history_list_the_same_events(page, iraq):
    page.goto(f"{iraq}/history")
    shown = page.locator("#happened tbody th bdi, #happened tbody th").evaluate_all(
        "rows => rows.map((row) => row.firstChild.textContent.trim())"
    )
    page.goto(f"{iraq}/take/report.html")
    assert page.locator("#events tbody th").all_text_contents() == shown
    assert len(shown) == 156


def test_every_mark_on_the_line_of_time_is_an_event_of_the_list(page, iraq):
    page.goto(f"{iraq}/history")
    marks = page.locator(".line-of-time > div:visible .happening title").all_text_contents()
    rows = page.locator("#happened tbody tr").evaluate_all(
        "rows => rows.map((row) => `${row.cells[0].textContent}: ${row.cells[1].firstChild.textContent.trim()}`)"
    )
    assert sorted(marks) == sorted(rows)


@pytest.mark.parametrize("place", ["/", "/history", "/take/report.html"])
def test_no_mark_of_a_chart_is_a_number_without_a_key(page, iraq, place):
    page.goto(f"{iraq}{place}")
    assert page.locator("svg .event, svg text.number").count() == 0

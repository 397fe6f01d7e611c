"""What pages of the app on the Iraq-US case say, in English and in Arabic."""

from __future__ import annotations

import re

import pytest

from wherenow.web.pages import PATHS


def test_the_language_changes_the_direction_and_keeps_the_setting(page, iraq):
    page.goto(f"{iraq}/?l.troop_level=2")
    page.locator("a[data-language=ar]").click()
    assert page.evaluate("document.documentElement.dir") == "rtl"
    assert "l.troop_level=2" in page.url


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
def test_in_arabic_only_texts_of_the_case_are_english_and_isolated(page, iraq, path):
    page.goto(f"{iraq}{path}{'&' if '?' in path else '?'}lang=ar")
    assert page.evaluate(ENGLISH) == []


def test_in_arabic_the_name_that_the_map_points_at_is_isolated(page, iraq):
    page.goto(f"{iraq}/how?variable=trust&lang=ar")
    page.locator("#map-said:not(:empty)").wait_for()
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

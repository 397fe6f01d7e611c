"""Files of cards, claims and lists, as a browser downloads them: each says what it shows."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

import pytest
from tests.web.browsing import opened


@pytest.fixture(scope="module")
def page(chromium) -> Iterator:
    """One page for the module: these tests only read."""
    yield from opened(chromium)


def taken(page, link) -> bytes:
    with page.expect_download() as download:
        link.click()
    return download.value.path().read_bytes()


def drawn(svg: bytes) -> tuple[str, tuple[float, float]]:
    """The text of a drawing, and its size."""
    text = svg.decode("utf-8")
    _, _, width, height = map(float, re.search(r'viewBox="([^"]+)"', text)[1].split())
    return " ".join(re.findall(r">([^<>]+)<", text)), (width, height)


def test_the_picture_of_a_claim_is_of_that_claim_alone(page, iraq):
    page.goto(f"{iraq}/argument?claim=withdrawal-worsens")
    title = page.locator("article.finding h2").inner_text()
    text, _ = drawn(taken(page, page.get_by_role("link", name="SVG")))
    assert title.split(":")[0] in " ".join(text.split())
    assert "Relations grow more amicable" not in text


def test_a_bitmap_shows_all_that_the_drawing_shows(page, iraq):
    page.goto(f"{iraq}/?scenario=full-withdrawal-2023")
    card = page.locator("article.finding").nth(3)
    text, (width, height) = drawn(taken(page, card.get_by_role("link", name="SVG")))
    words = " ".join(text.split())
    said = (
        "Attacks on US sites",
        "attacks a year",
        "Setting: Full withdrawal in 2023",
        "baseline",
        "licence",
        "wherenow",
    )
    assert [part for part in said if part not in words] == []
    png = taken(page, card.get_by_role("link", name="PNG"))
    assert struct.unpack(">II", png[16:24]) == (round(2 * width), round(2 * height))


def test_numbers_of_a_card_have_its_title_setting_source_and_licence(page, iraq):
    page.goto(f"{iraq}/?scenario=full-withdrawal-2023")
    rows = taken(page, page.locator("article.finding").nth(3).get_by_role("link", name="CSV")).decode("utf-8")
    notes = [row for row in rows.splitlines() if row.lstrip('"').startswith("#")]
    for part in ("Fewer than 52 attacks", "Setting: Full withdrawal in 2023", "Data: ", "licence", "The article: "):
        assert any(part in note for note in notes), part


def test_a_page_of_findings_is_one_pdf_without_a_dialog(page, iraq):
    page.goto(f"{iraq}/brief")
    assert taken(page, page.get_by_role("link", name="Download (PDF)")).startswith(b"%PDF-")

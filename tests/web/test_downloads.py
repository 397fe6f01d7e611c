"""What can be downloaded from the app: cards, tables, pictures, the one-page brief and the report."""

from __future__ import annotations

import csv
import io
import re
from xml.etree import ElementTree

import pytest
from lxml import html
from tests.web.html_pages import page, said

from wherenow.report.wording.texts import languages, share
from wherenow.web.app_view import read_view
from wherenow.web.pages import PATHS

CARD = "/take/card/lake-recovers"


def test_a_picture_of_a_card_says_what_it_shows_and_where_it_comes_from(client, lake):
    answer = client.get(f"{CARD}.svg?l.rationing=0.6")
    drawing = ElementTree.fromstring(answer.text)
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    assert "var(--" not in answer.text
    assert answer.headers["content-disposition"] == 'attachment; filename="lake-recovers.svg"'
    text = " ".join(drawing.itertext())
    parts = (
        "Without a new drought",
        "hm³",
        "Setting: Water allowed: 0.6",
        "Data",
        "licence",
        "The lake above the town",
    )
    assert [part for part in (*parts, lake.case.hash[:8]) if part not in text] == []


def test_a_bitmap_of_a_card_is_a_png(client):
    assert client.get(f"{CARD}.png").content.startswith(b"\x89PNG")


def test_numbers_of_a_card_say_what_they_are(client):
    rows = list(csv.reader(io.StringIO(client.get(f"{CARD}.csv").text)))
    told = [row[0] for row in rows if row[0].startswith("#")]
    assert any("Setting: Baseline" in line for line in told)
    head = next(row for row in rows if not row[0].startswith("#"))
    assert head[:4] == ["time", "q5", "q25", "q50"]
    assert {len(row) for row in rows} == {len(head)}


def test_numbers_of_a_card_are_dated_as_people_write_dates(client):
    rows = list(csv.reader(io.StringIO(client.get(f"{CARD}.csv").text)))
    times = [row[0] for row in rows if not row[0].startswith("#")][1:]
    assert times
    assert [time for time in times if not re.fullmatch(r"\d{4}-\d\d-\d\d", time)] == []


def test_a_card_is_embedded_as_one_file(client):
    text = client.get(f"{CARD}.html").text
    found = html.document_fromstring(text)
    assert not [a for a in found.xpath("//@src | //link/@href") if not a.startswith("data:")]
    assert "Without a new drought" in said(found.xpath("//h1")[0])


def test_a_claim_is_taken_away_as_a_card_too(client):
    assert client.get("/take/card/drought-empties-lake.svg").status_code == 200
    assert client.get("/take/card/nothing.svg").status_code == 400


def test_one_page_has_what_we_know_what_it_rests_on_and_what_would_change_it(client):
    found = page(client, "/brief")
    assert [said(h) for h in found.xpath("//section/h2")] == [
        "What we know",
        "What it rests on",
        "What would change it",
    ]
    assert found.xpath("//article[contains(@class, 'finding')]")
    files = [client.get(link) for link in found.xpath("//a[contains(@href, '/take/brief')]/@href")]
    assert [file.headers["content-type"].partition(";")[0] for file in files] == ["application/pdf", "text/html"]
    assert "<style>" in files[1].text


@pytest.mark.parametrize("language", languages())
def test_the_pdf_of_one_page_is_one_a4_page_that_says_the_same(client, lake, language):
    from pypdf import PdfReader

    pages = PdfReader(io.BytesIO(client.get(f"/take/brief.pdf?lang={language}").content)).pages
    assert [(round(p.mediabox.width), round(p.mediabox.height)) for p in pages] == [(596, 842)]
    if language == "en":
        text = " ".join(pages[0].extract_text().split())
        assert all(part in text for part in (lake.case.title, "What would change it", lake.case.hash[:8]))


@pytest.mark.parametrize("address", [*PATHS.values(), "/how?open=town", "/argument?claim=lake-recovers"])
def test_every_view_gives_numbers_to_take_away_that_say_what_they_are(client, lake, address):
    links = page(client, address).xpath("//main//p[@class='take']//a/@href")
    numbers = [link for link in links if ".csv" in link]
    assert numbers
    for link in numbers:
        rows = list(csv.reader(io.StringIO(client.get(link).text)))
        notes = [row[0] for row in rows if row[0].startswith("# ")]
        assert len(rows) > 1 + len(notes) or address == "/ledger"  # the lake's case forecasts nothing
        assert {len(row) for row in rows} == {len(rows[0])}
        told = " ".join(notes)
        parts = ("The lake above the town", "Setting: ", "licence: ", lake.case.hash[:8])
        assert [part for part in parts if part not in told] == []


@pytest.mark.parametrize("address", ["/", "/argument", "/history", "/trust", "/ledger"])
def test_every_view_gives_an_image_to_take_away(client, address):
    links = page(client, address).xpath("//main//p[@class='take']//a/@href")
    images = [link for link in links if ".svg" in link]
    assert images
    for link in images:
        assert ElementTree.fromstring(client.get(link).text).tag == "{http://www.w3.org/2000/svg}svg"


def test_pages_in_arabic_give_images_too(client):
    assert client.get("/take/trust.svg?lang=ar").status_code == 200


def test_an_image_of_claims_has_a_line_for_each(client, lake):
    words = set(ElementTree.fromstring(client.get("/take/claims.svg").text).itertext())
    assert any(lake.case.hash[:8] in word for word in words)
    assert {finding.says for finding in lake.outlook.result().findings.findings if len(finding.says) < 90} <= words


@pytest.mark.parametrize("address", ["/take/events.svg"])
def test_a_drawing_taken_away_has_its_colours_in_it(client, address):
    text = client.get(address).text
    assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
    assert "var(--" not in text


def test_claims_are_a_table_that_no_spreadsheet_takes_for_formulas(client, lake):
    rows = list(csv.reader(io.StringIO(client.get("/take/claims.csv").text)))
    assert sum(not row[0].startswith("# ") for row in rows) == 1 + len(lake.case.claims)
    assert not any(cell[:1] in ("=", "+", "@") for row in rows for cell in row)
    assert "'" not in {cell for row in rows for cell in row}  # an empty cell stays empty


def test_the_report_takes_the_setting_in(client):
    found = html.document_fromstring(client.get("/take/report.html?l.rationing=0.6").text)
    assert any("Water allowed: 0.6" in said(h) for h in found.xpath("//*[@id='changes']//h3 | //*[@id='changes']//th"))


def test_headline_cards_and_title_of_the_report_are_of_the_setting(client, lake):
    query = "l.rationing=0.6"
    found = html.document_fromstring(client.get(f"/take/report.html?{query}").text)
    view = read_view(lake.case, [("l.rationing", "0.6")])
    changes = [c for c in lake.changes(view).values() if c.id not in lake.latent]
    answer = " ".join(said(p) for p in found.xpath("//*[@id='answer']/p[@class='answer']"))
    baseline = " ".join(lake.outlook.result().answer)
    assert changes
    assert all(share(c.p) in answer for c in changes)
    assert answer != baseline
    titles = [said(h) for h in found.xpath("//*[@id='answer']//article//h3")]
    assert titles == [card.title for card in lake.cards(view)]
    assert "Water allowed: 0.6" in said(found.xpath("//title")[0])
    assert "Water allowed: 0.6" in said(found.xpath("//*[@id='answer']/p[@class='basis']")[0])

"""Every view as HTML, without a browser."""

from __future__ import annotations

import csv
import io
from xml.etree import ElementTree

import pytest
from lxml import html

from wherenow.web.pages import PATHS
from wherenow.web.words import FOLDER, languages, texts


def page(client, address: str) -> html.HtmlElement:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return html.document_fromstring(answer.text)


def said(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


@pytest.mark.parametrize("path", PATHS.values())
def test_every_view_has_one_heading_and_marks_itself_in_the_navigation(client, path):
    found = page(client, path)
    assert len(found.xpath("//h1")) == 1
    assert [a.get("data-view") for a in found.xpath("//nav//a[@aria-current='page']")] == [path]


@pytest.mark.parametrize("path", PATHS.values())
def test_links_to_other_views_keep_the_setting(client, path):
    found = page(client, f"{path}?l.rationing=0.7&scenario=no-drought")
    for link in found.xpath("//nav//a[@data-view]/@href"):
        assert link.endswith("?l.rationing=0.7&scenario=no-drought")


def test_the_first_page_opens_with_the_answer(client, lake):
    answer = page(client, "/").xpath("//*[@class='answer']")
    assert [said(p) for p in answer] == list(lake.outlook.result().answer)


def test_a_lever_moves_the_forecast_and_leaves_the_outline_of_before(client):
    found = page(client, "/?l.rationing=0.5")
    assert found.xpath("//path[contains(@class, 'before')]")
    assert not page(client, "/").xpath("//*[@id='live']//path[contains(@class, 'before')]")


def test_a_part_is_the_part_of_the_page(client):
    part = client.get("/?l.rationing=0.5", headers={"X-Part": "live"})
    whole = page(client, "/?l.rationing=0.5").xpath("//*[@id='live']")[0]
    assert said(html.fragment_fromstring(part.text, create_parent="div")) == said(whole)
    assert part.headers["x-address"] == "/?l.rationing=0.5"


def test_scenarios_are_compared_on_one_chart_and_in_one_table(client):
    found = page(client, "/?with=no-drought&with=new-drought").xpath("//*[@id='compared']")[0]
    rows = [said(th) for th in found.xpath(".//tbody//th")]
    assert rows == ["The case as it is", "The rains do not fail", "A second drought"]
    assert len(found.xpath(".//*[@class='on-wide']//path[contains(@class, 'also line')]")) == 3


def test_what_is_asked_wrongly_is_told_on_a_page(client):
    answer = client.get("/?scenario=<script>alert(1)</script>")
    assert answer.status_code == 400
    found = html.document_fromstring(answer.text)
    assert "there is no scenario" in said(found)
    assert all(script.get("src") for script in found.xpath("//script"))


@pytest.mark.parametrize("key", ["verdict", "kind", "paragraph", "text"])
def test_the_board_shows_the_claims_that_fit(client, lake, key):
    finding = next(iter(lake.outlook.result().findings))
    wanted = {"verdict": str(finding.word), "kind": finding.kind, "paragraph": finding.evidence[0][:2],
              "text": finding.says[:20]}[key]  # fmt: skip
    shown = [said(a) for a in page(client, f"/argument?{key}={wanted}").xpath("//table[@class='claims']//th/a")]
    assert finding.says in shown
    assert len(shown) <= len(lake.case.claims)


def test_a_filter_that_no_claim_fits_says_so(client):
    assert "No claim fits" in said(page(client, "/argument?text=nothinglikeit"))


def test_every_claim_can_be_opened(client, lake):
    for claim in lake.case.claims.values():
        found = page(client, f"/argument?claim={claim.id}")
        assert said(found.xpath("//h2")[0]) == claim.says


def test_a_claim_on_the_model_shows_by_how_much_it_holds(client):
    found = page(client, "/argument?claim=lake-recovers")
    assert found.xpath("//svg[contains(@class, 'curve')]")


def test_the_line_of_time_has_every_event_in_the_span(client, lake):
    found = page(client, "/history")
    assert len(found.xpath("//tbody/tr")) == len(lake.case.events)
    assert len(page(client, "/history?from=2019").xpath("//tbody/tr")) == 0


def test_a_sector_opens_into_its_variables(client, lake):
    found = page(client, "/how?open=town")
    variables = [v for v in lake.case.model.variables.values() if v.sector == "town"]
    drawn = {a.get("aria-label").split(".")[0] for a in found.xpath("//a[contains(@class, 'box-link')]")}
    moving = [v for v in variables if v.kind not in ("parameter", "lookup")]
    assert {v.name.replace("_", " ").capitalize() for v in moving} <= drawn


def test_a_link_shows_the_equation_that_it_enters(client):
    found = page(client, "/how?link=filling>saving")
    assert "greatest_saving * effect_of_filling(filling)" in said(found.xpath("//aside")[0])


def test_links_are_coloured_by_sign(client):
    found = page(client, "/how?open=town&at=2010")
    arrows = {a.get("aria-label"): a for a in found.xpath("//a[contains(@class, 'arrow-link')]")}
    assert arrows["wanted use → change of habit"].xpath(".//path[@class='link positive']")
    assert arrows["saving → wanted use"].xpath(".//path[@class='link negative']")


def test_cutting_a_link_tells_what_it_changes(client):
    found = said(page(client, "/how?link=filling>saving&cut=2005"))
    assert "With the link cut from 2005" in found


def test_a_variable_says_why_it_is_where_it_is(client):
    found = page(client, "/how?variable=water&why=1&when=2013-01").xpath("//section[@class='reasoned']")[0]
    assert "From January 2012 to January 2013" in said(found)
    assert found.xpath(".//*[name()='svg']")
    assert not found.xpath(".//*[name()='style']")


def test_a_change_that_cannot_be_taken_apart_is_told_beside_the_question(client):
    found = page(client, "/how?variable=water&why=1&when=never").xpath("//section[@class='reasoned']")[0]
    assert "never" in said(found)


def test_the_first_page_leads_to_why(client):
    leads = page(client, "/?scenario=no-drought").xpath("//a[contains(@href, 'why=1')]/@href")
    assert leads
    assert "against=no-drought" in leads[0]
    assert page(client, leads[0]).xpath("//section[@class='reasoned']//*[name()='svg']")


@pytest.mark.parametrize("address", ["/how?link=a>b", "/how?open=moon", "/how?variable=moon", "/how?open=town&at=x"])
def test_a_place_in_the_diagram_that_is_not_there_is_told(client, address):
    assert client.get(address).status_code == 400


def test_trust_ranks_the_unknowns_and_lists_the_assumptions(client):
    found = page(client, "/trust")
    assert found.xpath("//table//svg[contains(@class, 'influence')]")
    assert "Prior" in said(found)


def test_the_ledger_lists_open_forecasts(client, lake):
    assert len(page(client, "/ledger").xpath("//tbody/tr")) == len(lake.case.predictions)


def test_an_image_stands_alone(client):
    answer = client.get("/take/chart.svg?l.rationing=0.6")
    drawing = ElementTree.fromstring(answer.text)
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    assert "var(--" not in answer.text
    assert answer.headers["content-disposition"] == 'attachment; filename="water.svg"'


def test_a_bitmap_is_a_png(client):
    assert client.get("/take/chart.png").content.startswith(b"\x89PNG")


def test_numbers_are_a_table_with_time_and_quantiles(client):
    rows = list(csv.reader(io.StringIO(client.get("/take/chart.csv?show=water").text)))
    assert rows[0][:4] == ["time", "q5", "q25", "q50"]
    assert float(rows[1][0]) == 2000
    assert all(len(row) == len(rows[0]) for row in rows)


@pytest.mark.parametrize("address", [*PATHS.values(), "/how?open=town", "/argument?claim=lake-recovers"])
def test_every_view_gives_numbers_to_take_away_and_goes_into_the_report(client, address):
    links = page(client, address).xpath("//main//p[@class='take']//a/@href")
    numbers = [link for link in links if ".csv" in link]
    assert numbers
    for link in numbers:
        rows = list(csv.reader(io.StringIO(client.get(link).text)))
        assert len(rows) > 1 or address == "/ledger"  # the lake's case forecasts nothing
        assert {len(row) for row in rows} == {len(rows[0])}
    assert any(link.startswith("/take/report.html") for link in links)


@pytest.mark.parametrize("address", ["/", "/how", "/argument", "/history", "/trust", "/ledger"])
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
    assert {finding.says for finding in lake.outlook.result().findings.findings if len(finding.says) < 90} <= words


@pytest.mark.parametrize("address", ["/take/events.svg", "/take/diagram.svg", "/take/diagram.svg?open=town"])
def test_a_drawing_taken_away_has_its_colours_in_it(client, address):
    text = client.get(address).text
    assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
    assert "var(--" not in text


def test_claims_are_a_table_that_no_spreadsheet_takes_for_formulas(client, lake):
    rows = list(csv.reader(io.StringIO(client.get("/take/claims.csv").text)))
    assert len(rows) == 1 + len(lake.case.claims)
    assert not any(cell[:1] in ("=", "+", "@") for row in rows for cell in row)


def test_the_report_takes_the_setting_in(client):
    found = html.document_fromstring(client.get("/take/report.html?l.rationing=0.6").text)
    assert any("Water allowed 0.6" in said(h) for h in found.xpath("//*[@id='changes']//h3 | //*[@id='changes']//th"))


@pytest.mark.parametrize("language", languages())
def test_a_language_has_every_text_with_the_same_places_for_values(language):
    english, own = texts("en"), texts(language)
    assert set(own) == set(english)
    for key, text in own.items():
        assert sorted(_places(text)) == sorted(_places(english[key])), key


def _places(text: str) -> list[str]:
    import string

    return [name for _, name, _, _ in string.Formatter().parse(text) if name]


def test_arabic_is_whole_and_runs_from_right_to_left(client):
    from ruamel.yaml import YAML

    assert set(YAML(typ="safe").load(FOLDER / "ar.yaml")) == set(texts("en"))
    assert page(client, "/?lang=ar").get("dir") == "rtl"


def test_pages_say_nothing_of_where_the_case_lies(client, lake):
    for path in PATHS.values():
        assert str(lake.case.folder) not in client.get(path).text
    assert str(lake.case.folder) not in client.get("/api/case").text

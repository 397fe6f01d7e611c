"""Every view as HTML, without a browser."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import html
from starlette.testclient import TestClient
from tests.web.html_pages import page, said

from wherenow.case.case_types import Scenario
from wherenow.case.checking.coverage import coverage
from wherenow.errors import Text
from wherenow.report.cards.article import text_of
from wherenow.report.charts.outcome_chart import WIDE, outcome_chart
from wherenow.report.wording.labels import moving
from wherenow.web.app_view import AppView
from wherenow.web.computation.case_analysis import Analysis
from wherenow.web.computation.presets import preset, rest_of
from wherenow.web.pages import PATHS
from wherenow.web.server import make_app
from wherenow.web.views.how_page import map_data, map_sectors


@pytest.mark.parametrize("path", PATHS.values())
def test_every_view_has_one_heading_and_marks_itself_in_the_navigation(client, path):
    found = page(client, path)
    assert len(found.xpath("//h1")) == 1
    assert [a.get("data-view") for a in found.xpath("//nav//a[@aria-current='page']")] == [path]


def test_the_outlook_begins_after_the_first_page_which_it_would_slow_down(lake, monkeypatch):
    begun = []
    monkeypatch.setattr("wherenow.web.computation.case_analysis.forecast", lambda *_, **__: begun.append(1))
    analysis = Analysis(lake.case, lake.draws)
    with TestClient(make_app(analysis), base_url="http://localhost") as client:
        assert (analysis.finished, begun) == (None, [])
        page(client, "/")
        analysis.outlook.result(10)
    assert begun == [1]


@pytest.mark.parametrize("path", PATHS.values())
def test_links_to_other_views_keep_the_setting(client, path):
    found = page(client, f"{path}?l.rationing=0.7&scenario=no-drought")
    for link in found.xpath("//nav//a[@data-view]/@href"):
        assert link.endswith("?l.rationing=0.7&scenario=no-drought")


def test_the_first_page_states_each_finding_with_its_probability(client, lake):
    titles = [said(h) for h in page(client, "/").xpath("//article[contains(@class, 'finding')]//h2")]
    says = [q.says for q in lake.questions]
    assert [t.startswith(s) for t, s in zip(titles, says, strict=True)] == [True] * len(says)
    assert all("%" in title for title in titles)


def test_the_headline_is_of_the_setting_that_is_shown(client):
    base, moved = (said(page(client, a).xpath("//*[@class='headline']")[0]) for a in ("/", "/?scenario=new-drought"))
    assert base.startswith("Baseline.")
    assert moved.startswith("A second drought.")
    assert base.partition(".")[2] != moved.partition(".")[2]


def test_the_headline_says_what_history_lacks_and_how_to_install_it(client, monkeypatch):
    monkeypatch.setattr("wherenow.foresight.ingredients.history.find_spec", lambda _: None)
    found = said(page(client, "/").xpath("//*[@class='headline']")[0])
    assert found.endswith("Forecasts from history lack ETS and ARIMA, which pip install 'wherenow[inference]' adds.")


def test_a_card_has_the_sentence_the_rule_the_data_and_the_record(client):
    card = page(client, "/").xpath("//article[contains(@class, 'finding')]")[0]
    grounds = {said(row.xpath("./dt")[0]): said(row.xpath("./dd")[0]) for row in card.xpath(".//dl/div")}
    assert {"The article", "Decided by", "Data", "Track record"} <= set(grounds)
    assert card.xpath(".//ol[@class='chain']//button[@data-cut]")


def test_a_scenario_moves_the_levers_that_it_sets(client, lake):
    case = replace(lake.case, scenarios={"save": Scenario(id="save", title="Save", do={"allowance": Text("0.7")})})
    assert preset(case, "save").values == {"rationing": 0.7}
    assert rest_of(case, "save")["rationing"] == 0.7


def test_a_lever_that_a_scenario_moves_over_time_is_marked_as_held(lake):
    moved = Scenario(id="save", title="Save", do={"allowance": Text("path(2016: 1, 2018: 0.6)")})
    assert preset(replace(lake.case, scenarios={"save": moved}), "save").held == {"rationing"}


def test_a_lever_moves_the_forecast_and_leaves_the_outline_of_before(client):
    found = page(client, "/?l.rationing=0.5")
    assert found.xpath("//path[contains(@class, 'before')]")
    assert not page(client, "/").xpath("//*[@id='live']//path[contains(@class, 'before')]")


def test_a_part_is_the_part_of_the_page(client):
    part = client.get("/?l.rationing=0.5", headers={"X-Part": "live"})
    whole = page(client, "/?l.rationing=0.5").xpath("//*[@id='live']")[0]
    assert said(html.fragment_fromstring(part.text, create_parent="div")) == said(whole)
    assert part.headers["x-address"] == "/?l.rationing=0.5"


def test_scenarios_are_compared_as_small_multiples_and_in_one_table(client):
    found = page(client, "/?with=no-drought&with=new-drought").xpath("//*[@id='compared']")[0]
    rows = [said(th) for th in found.xpath(".//tbody//th")]
    assert rows == ["Baseline", "The rains do not fail", "A second drought"]
    charts = [len(figure.xpath(".//*[name()='svg']")) for figure in found.xpath(".//figure")]
    assert charts == [1, 2, 2]  # what is to come, and of scenarios the difference from the baseline


def test_an_address_that_leads_nowhere_gets_a_page(client):
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "There is no such page" in said(html.document_fromstring(answer.text))
    assert client.get("/api/nowhere").json()["detail"]


@pytest.mark.parametrize("address", ["/", "/history", "/map.json"])
def test_answers_are_compressed(client, address):
    assert client.get(address, headers={"Accept-Encoding": "gzip"}).headers["content-encoding"] == "gzip"


def test_an_invalid_request_is_reported_on_a_page(client):
    answer = client.get("/?scenario=<script>alert(1)</script>")
    assert answer.status_code == 400
    found = html.document_fromstring(answer.text)
    assert "there is no scenario" in said(found)
    assert all(script.get("src") for script in found.xpath("//script"))


@pytest.mark.parametrize("key", ["verdict", "text"])
def test_the_article_shows_the_claims_that_fit(client, lake, key):
    finding = next(iter(lake.outlook.result().findings))
    wanted = {"verdict": str(finding.word), "text": finding.says[:20]}[key]
    shown = [said(a) for a in page(client, f"/argument?{key}={wanted}").xpath("//p[contains(@class, 'claimed')]/a")]
    assert finding.says in shown
    assert len(shown) <= len(lake.case.claims)


def test_the_article_is_quoted_where_its_text_is_in_the_folder(client, lake):
    found = page(client, "/argument")
    quoted = [said(p) for p in found.xpath("//p[@class='quoted']")]
    assert " ".join(quoted) == " ".join(text_of(lake.case).split("\n\n", 1)[1].split())


def test_sentences_that_no_claim_uses_are_visible(client, lake):
    used = {p for claim in lake.case.claims.values() for p in claim.evidence[:1]}
    unused = [p for p in lake.case.source.sentences if p not in used and not p.startswith("P0")]
    assert len(page(client, "/argument").xpath("//li[contains(@class, 'unused')]")) == len(unused)


def test_sentences_that_nothing_rests_on_are_listed_below_the_article(client, lake):
    (found,) = page(client, "/argument").xpath("//details[summary[contains(., 'Nothing in the case cites')]]")
    assert found.get("open") is None
    idle = [c for c in coverage(lake.case) if not c.used_by]
    assert len(found.xpath(".//li")) == len(idle) > 0


def test_a_filter_that_no_claim_fits_says_so(client):
    assert "No claims match" in said(page(client, "/argument?text=nothinglikeit"))


def test_every_claim_can_be_opened(client, lake):
    for claim in lake.case.claims.values():
        found = page(client, f"/argument?claim={claim.id}")
        assert said(found.xpath("//h2")[0]).startswith(claim.says)


def test_a_claim_on_the_model_shows_the_series_that_decides_it(client):
    found = page(client, "/argument?claim=lake-recovers")
    assert found.xpath("//*[name()='svg'][contains(@class, 'outcome')]")
    assert "Water" in said(found.xpath("//article//p[@class='meta']")[0])


def test_the_line_of_time_has_every_event_in_the_span(client, lake):
    found = page(client, "/history")
    assert len(found.xpath("//tbody/tr")) == len(lake.case.events)
    assert len(page(client, "/history?from=2019").xpath("//tbody/tr")) == 0


def test_the_map_has_every_variable_that_moves_and_every_link_with_its_sign(client, lake):
    found = client.get("/map.json").json()
    moving = {n for n, v in lake.case.model.variables.items() if v.kind not in ("parameter", "lookup")}
    assert {v["id"] for v in found["variables"]} == moving
    links = {(n["source"], n["target"]): n for n in found["links"]}
    assert links["wanted_use", "change_of_habit"]["sign"] == "+"
    assert links["saving", "wanted_use"]["sign"] == "−"
    assert {loop["id"] for loop in found["loops"]} == set(lake.case.loops)


def test_a_link_into_a_stock_acts_with_a_delay(client, lake):
    links = {(n["source"], n["target"]): n["delay"] for n in client.get("/map.json").json()["links"]}
    stocks = {n for n, v in lake.case.model.variables.items() if v.kind == "stock"}
    assert all(delay for (_, target), delay in links.items() if target in stocks)
    assert not links["saving", "wanted_use"]


def test_the_list_beside_the_map_says_the_same(client):
    found = client.get("/map.json").json()
    listed = page(client, "/how").xpath("//ul[@class='map-list']/li/a[1]/@data-show")
    assert sorted(listed) == sorted(v["id"] for v in found["variables"])


def test_a_link_shows_the_equation_that_it_enters(client):
    found = page(client, "/how?link=filling>saving")
    assert "greatest_saving * effect_of_filling(filling)" in said(found.xpath("//aside")[0])


def test_cutting_a_link_tells_what_it_changes(client):
    found = said(page(client, "/how?link=filling>saving&cut=2005"))
    assert "With the link from Filling to Saving cut from January 2005 on" in found


def test_a_link_of_a_chain_is_cut_in_place(client):
    answer = client.get("/cut?link=filling>saving")
    assert answer.status_code == 200
    assert "%" in said(html.fragment_fromstring(answer.text, create_parent="div"))


def test_a_variable_says_why_it_is_where_it_is(client):
    found = page(client, "/how?variable=water&why=1&when=2013-01").xpath("//section[@class='reasoned']")[0]
    assert "From January 2012 to January 2013" in said(found)
    assert found.xpath(".//*[name()='svg']")
    assert not found.xpath(".//*[name()='style']")


def test_a_change_that_cannot_be_decomposed_is_reported_beside_the_question(client):
    found = page(client, "/how?variable=water&why=1&when=never").xpath("//section[@class='reasoned']")[0]
    assert "never" in said(found)


@pytest.mark.parametrize("address", ["link=a>b", "open=moon", "variable=moon", "link=filling>saving&cut=x"])
def test_a_missing_place_in_the_diagram_is_reported(client, address):
    assert client.get(f"/how?{address}").status_code == 400


def test_trust_ranks_the_parameters_and_lists_the_assumptions(client, lake):
    found = page(client, "/trust")
    titles = [said(h) for h in found.xpath("//section[@class='tile']/h2")]
    assert titles == ["Track record", "Coverage", "What the answer depends on", "What the data did not narrow down",
                      "What is assumed", "Is the model sane?", "How it was made"]  # fmt: skip
    assumed = found.xpath("//*[@id='assumed']//tbody/tr")
    assert len(assumed) == len(lake.outlook.result().assumptions)


def test_the_ledger_lists_open_forecasts(client, lake):
    assert len(page(client, "/ledger").xpath("//tbody/tr")) == len(lake.case.predictions)


def test_a_comparison_draws_the_finding_that_is_chosen(client, lake):
    address = "/?with=new-drought&about="
    first, other = (lake.questions[i].id for i in (0, 1))
    headings = [said(page(client, address + name).xpath("//*[@id='compared']/h2")[0]) for name in (first, other)]
    assert headings == [f"Compared: {q.says}" for q in lake.questions[:2]]
    assert client.get(f"{address}nothing").status_code == 400


def test_a_break_in_a_series_is_drawn_where_its_definition_changes(lake):
    shown = next(card.shown for card in lake.cards(AppView()) if card.shown)
    at = float(shown.times[len(shown.times) // 2])
    plain, broken = (str(outcome_chart(replace(shown, breaks=b), WIDE, "")) for b in ((), (at, 1900.0)))
    assert "break" not in plain
    assert broken.count('class="break"') == 1
    assert f"definition changes: {shown.clock.moment(at)}" in broken


def test_a_sector_too_large_to_be_drawn_at_once_comes_in_parts(lake, monkeypatch):
    monkeypatch.setattr("wherenow.web.views.how_page.LARGE", 3)
    drawn, whole = map_sectors(lake.case), moving(lake.case)
    assert len(drawn) > len({v.sector for v in lake.case.model.variables.values()})
    assert sorted(name for own in drawn.values() for name in own) == sorted(whole)
    assert all(sector["label"] for sector in map_data(lake.case)["sectors"])


def test_pages_say_nothing_of_where_the_case_lies(client, lake):
    for path in PATHS.values():
        assert str(lake.case.folder) not in client.get(path).text
    assert str(lake.case.folder) not in client.get("/api/case").text

"""What the page says, and that it needs nothing but itself."""

from __future__ import annotations

import itertools
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html

from wherenow.errors import UsageError
from wherenow.outlook.outlook_types import Outlook
from wherenow.report import render, write_report
from wherenow.report.cards.article import place


def page_of(outlook: Outlook) -> html.HtmlElement:
    return html.document_fromstring(render(outlook))


def text_of(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def select(element: html.HtmlElement, selectors: str) -> list[html.HtmlElement]:
    """Elements below ``element``, in the page's order, by CSS selectors of tags, classes, ids, attributes and ``>``."""
    paths = []
    for selector in selectors.split(","):
        path, axis = ".", "//"
        for step in selector.split():
            if step == ">":
                axis = "/"
                continue
            tag = re.match(r"[\w-]*", step)[0] or "*"
            path += f"{axis}{tag}"
            path += "".join(f"[@id='{i}']" for i in re.findall(r"#([\w-]+)", step))
            path += "".join(f"[contains(concat(' ',@class,' '),' {c} ')]" for c in re.findall(r"\.([\w-]+)", step))
            path += "".join(f"[@{a}]" for a in re.findall(r"\[(\w+)\]", step))
            axis = "//"
        paths.append(path)
    return element.xpath(" | ".join(paths))


@pytest.fixture
def page(outlook: Outlook) -> html.HtmlElement:
    return page_of(outlook)


def test_it_opens_with_the_answer_in_two_sentences(page):
    first = select(page, "main section")[0]
    assert [text_of(p) for p in select(first, "p.answer")] == ["It probably does.", "Rain would change it."]
    assert select(first, "p, table, figure")[0].get("class") == "answer"


def test_a_prior_is_plainly_labelled_prior_only(page):
    assert text_of(select(page, ".basis")[0]).startswith("Prior only.")


def test_a_posterior_is_not_labelled_prior_only(outlook):
    fitted = replace(outlook, basis="posterior")
    assert "prior only" not in text_of(select(page_of(fitted), "#answer")[0]).lower()


def test_each_forecast_shows_the_model_and_the_history_alone_and_the_track_record(page):
    said = text_of(select(page, "#answer ul.said li")[0])
    assert said.startswith("The lake fills: very likely, 90%; model alone 95% (40% of the pool), history alone 80%")
    assert "of 41 questions given 90–100%, 38 came true" in said


def test_forecasts_of_unmeasured_quantities_are_listed_separately(page):
    assert "The lake is calm" not in text_of(select(page, "#answer ul.said")[0])
    assert "never scored" in text_of(select(page, "#answer details")[0])


def test_a_forecast_without_a_value_shows_no_probability(outlook):
    nothing = replace(outlook.forecasts[0].answer, p=None, words="", undefined=0.2, track=None)
    page = page_of(replace(outlook, forecasts=(replace(outlook.forecasts[0], answer=nothing),)))
    assert "no value in 20% of runs" in text_of(select(page, "#answer ul.said li")[0])


def test_every_claim_is_there_once_with_its_pointers(outlook, claims_of_the_article):
    findings = replace(outlook.findings, findings=claims_of_the_article)
    page = page_of(replace(outlook, findings=findings))
    rows = select(page, "table.claims tbody tr")
    assert [r.get("id") for r in rows] == [f"claim-{f.id}" for f in claims_of_the_article]
    assert len(rows) == 49
    for row, finding in zip(rows, claims_of_the_article, strict=True):
        assert " ".join(finding.says.split()) in text_of(row)
        assert all(place(pointer) in text_of(row) for pointer in finding.evidence)


def test_a_claim_shows_its_verdict_on_data_on_the_model_and_against_a_counterfactual(page):
    cells = [text_of(c) for c in select(page, "#claim-dry td")]
    assert cells[0] == "mixed holds on counterfactual, fails on model"
    assert cells[1] == "not tested"
    assert "fails" in cells[2]
    assert "1% of draws" in cells[2]
    assert "holds" in cells[3]
    assert "98% of draws" in cells[3]


def test_a_claim_on_data_says_by_how_much_in_its_unit(page):
    assert "holds with 0.25 meters to spare" in text_of(select(page, "#claim-dam-built td")[1])


def test_a_claim_that_cannot_be_tested_says_why(page):
    assert "Nobody asked them." in text_of(select(page, "#claim-hope")[0])


def test_claims_can_be_filtered_by_verdict_sector_and_text(page):
    form = select(page, "form.filter")[0]
    assert [e.get("name") for e in select(form, "select, input")] == ["verdict", "sector", "text"]
    row = select(page, "#claim-lake-fills")[0]
    assert (row.get("data-verdict"), row.get("data-sector")) == ("holds", "lake")


def test_without_script_all_claims_show_and_the_filter_does_not(page):
    assert select(page, "form.filter")[0].get("hidden") is not None
    assert not select(page, "table.claims tr[hidden]")


def test_the_three_scenarios_that_move_a_forecast_most_come_first(page):
    assert [text_of(h) for h in select(page, "#changes .card h3")] == ["Drought", "Dam", "Flood"]


def test_all_scenarios_are_in_the_table(page):
    assert len(select(page, "#changes table.wide tbody tr")) == 1 + 5


def test_recalled_data_are_marked_as_unverified(page):
    assert "1 recalled, unverified" in text_of(select(page, "#appendix table.sources tbody tr")[0])


def test_data_have_source_and_licence(page):
    row = text_of(select(page, "#appendix table.sources tbody tr")[0])
    assert "Water office" in row
    assert "CC0" in row


def test_assumptions_are_separate_from_evidence_with_their_reasons(page):
    assumed, known = select(page, "#appendix > details")[1:3]
    assert "Nobody measured it" in text_of(assumed)
    assert "paragraph 1, sentence 1" in text_of(known)
    assert "Nobody measured it" not in text_of(known)


@pytest.mark.parametrize("said", ["c" * 64, "seed 7", "200", "native", "wherenow 0.1.0", "run (base) 1.2 s"])
def test_the_page_says_how_it_was_made(page, said):
    assert said in text_of(select(page, "#made")[0])


def test_names_of_a_case_cannot_inject_markup(outlook):
    evil = "<script>alert(1)</script><img src=x onerror='x'>\"'&"
    findings = replace(outlook.findings, findings=(replace(outlook.findings.findings[1], says=evil, id="x"),))
    fan = replace(outlook.fans[0], label=evil, unit=evil)
    ground = replace(outlook.evidence[0], sector=evil, about=evil, label=evil)
    comparison = replace(outlook.comparisons[0], title=evil, about=evil)
    page = page_of(
        replace(outlook, title=evil, question=evil, answer=(evil, evil), findings=findings, fans=(fan,),
                evidence=(ground,), comparisons=(comparison,), case=evil)
    )  # fmt: skip
    assert len(select(page, "script")) == 1
    assert not select(page, "img")
    assert not page.xpath("//@onerror")
    assert select(page, "h1")[0].text_content() == evil


def test_the_page_asks_no_other_machine_for_anything(outlook):
    text = render(outlook)
    page = html.document_fromstring(text)
    for attribute in page.xpath("//@src | //@href | //@action | //@poster | //@srcset"):
        assert attribute.startswith(("#", "data:"))
    assert not re.search(r"url\(|@import|https?://|fetch\(|import\(|XMLHttp|WebSocket", text)


def test_the_same_outlook_gives_the_same_page(outlook):
    assert render(outlook) == render(outlook)


def test_every_drawing_has_a_title_and_a_description_or_is_hidden_from_screen_readers(page):
    for drawing in select(page, "svg"):
        if drawing.get("aria-hidden") == "true":
            continue
        assert drawing.get("role") == "img"
        assert drawing.xpath("*[local-name()='title']")[0].text
        assert drawing.xpath("*[local-name()='desc']")[0].text


def test_every_figure_has_a_caption(page):
    for figure in select(page, "figure"):
        assert text_of(select(figure, "figcaption")[0])


def test_every_table_has_a_caption_and_every_header_a_scope(page):
    for table in select(page, "table"):
        assert text_of(select(table, "caption")[0])
    for header in select(page, "th"):
        assert header.get("scope") in {"row", "col"}


def test_headings_descend_without_a_gap(page):
    levels = [int(h.tag[1]) for h in select(page, "h1, h2, h3, h4")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_no_two_elements_share_an_id_and_every_inner_link_leads_somewhere(page):
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {a[1:] for a in page.xpath("//a/@href") if a.startswith("#")} <= set(ids)


def test_an_outlook_without_forecasts_data_scenarios_or_cutoff_still_makes_a_page(outlook):
    bare = replace(outlook, forecasts=(), fans=(), observed=(), comparisons=(), data=(), assumptions=(), evidence=(),
                   cutoff="", findings=replace(outlook.findings, findings=()))  # fmt: skip
    page = page_of(bare)
    assert "names no scenarios" in text_of(page)
    assert not select(page, "figure")


def test_the_file_is_written_whole_and_alone(outlook, tmp_path):
    target = write_report(outlook, tmp_path / "outlook.html")
    assert target.read_text("utf-8") == render(outlook)
    assert [p.name for p in tmp_path.iterdir()] == ["outlook.html"]


def test_others_may_read_the_file(outlook, tmp_path):
    assert write_report(outlook, tmp_path / "outlook.html").stat().st_mode & 0o777 == 0o644


def test_a_failed_write_leaves_the_old_report(outlook, tmp_path, monkeypatch):
    target = tmp_path / "outlook.html"
    target.write_text("old")

    def fail(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(UsageError, match="no space"):
        write_report(outlook, target)
    assert [p.name for p in tmp_path.iterdir()] == ["outlook.html"]
    assert target.read_text() == "old"


def test_a_missing_folder_is_named(outlook, tmp_path):
    with pytest.raises(UsageError, match="cannot write"):
        write_report(outlook, Path(tmp_path) / "nowhere" / "outlook.html")

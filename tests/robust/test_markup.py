"""Markup in the texts of a case shows as text: in the app, in the report, in charts and on the site."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from wherenow.case.case_types import Case
from wherenow.case.new import TEMPLATE
from wherenow.case.reader import read_case
from wherenow.ensemble.draws import draw
from wherenow.outlook.case_outlook import forecast
from wherenow.report import render
from wherenow.report.site import write_site
from wherenow.web.computation.case_analysis import Analysis
from wherenow.web.server import make_app

MARK = "</script></style></title><evil onload='x()'>&\"'{{ 7 * 191 }}<!--"
PROSE = {"title", "question", "about", "label", "says", "note", "event", "assumption", "source", "licence", "author",
         "publisher", "url", "cut", "actors"}  # fmt: skip


def marked(value: Any, name: str = "") -> Any:
    """A case with the mark after each of its texts that is for people."""
    if isinstance(value, str):
        return value + MARK if name in PROSE and value else value
    if isinstance(value, tuple):
        return tuple(marked(v, name) for v in value)
    if isinstance(value, dict):
        return {k: marked(v, name) for k, v in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: marked(getattr(value, f.name), f.name) for f in fields(value) if f.init})
    return value


@pytest.fixture(scope="module")
def case() -> Case:
    made: Case = marked(read_case(TEMPLATE))
    assert MARK in made.title
    return made


@pytest.fixture(scope="module")
def client(case: Case) -> Iterator[TestClient]:
    analysis = Analysis(case, draw(case, 16), 1)
    with TestClient(make_app(analysis), base_url="http://localhost") as client:
        analysis.outlook.result(120)
        yield client


class Tags(HTMLParser):
    """The names of all tags and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen |= {tag, *(name for name, _ in attrs)}


def escaped(page: str) -> None:
    tags = Tags()
    tags.feed(page)
    assert "evil" not in tags.seen
    assert "onload" not in tags.seen
    assert "1337" not in page, "a text was taken for a template"
    assert "evil" in page, "the text is not here at all"


@pytest.mark.parametrize("path", ["/", "/argument", "/history", "/how", "/trust", "/ledger", "/brief",
                                  "/take/report.html", "/?scenario=new-drought&l.rationing=0.5",
                                  "/take/card/lake-recovers.svg"])  # fmt: skip
def test_the_app_shows_markup_as_text(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    escaped(answer.text)


def test_the_report_shows_markup_as_text(case: Case) -> None:
    escaped(render(forecast(case, draw(case, 16), engine="reference")))


def test_the_site_shows_markup_as_text(case: Case, tmp_path: Path) -> None:
    for page in write_site(case, tmp_path / "site").glob("*.html"):
        escaped(page.read_text("utf-8"))


def test_a_message_about_an_address_shows_markup_as_text(client: TestClient) -> None:
    escaped(client.get("/", params={"scenario": "<evil onload=x()>"}).text)


def test_every_kind_of_text_is_marked(case: Case) -> None:
    marks: Mapping[str, Any] = {
        "lever": case.levers["rationing"].label,
        "claim": case.claims["lake-recovers"].says,
        "event": case.events["drought-2010"].event,
        "unit": case.model.variables["water"].about,
    }
    assert all(MARK in text for text in marks.values())

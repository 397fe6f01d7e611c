"""The app on cases that are not Iraq-US: one that counts days, one of some months, and a bare Vensim model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.web.browsing import opened, served

from wherenow.api.converting import convert
from wherenow.case.reader import read_case
from wherenow.inference.posterior import draws_of
from wherenow.web.computation.case_analysis import Analysis
from wherenow.web.pages import PATHS

CASES = Path(__file__).parents[2] / "cases"
VENSIM = Path(__file__).parents[1] / "data" / "test-models" / "Lotka_Volterra.mdl"


@pytest.fixture(scope="module")
def page(chromium) -> Iterator:
    """One page for the module: these tests only read."""
    yield from opened(chromium)


def app(folder: Path) -> Iterator[str]:
    case = read_case(folder)
    with served(Analysis(case, draws_of(case, 32))) as address:
        yield address


@pytest.fixture(scope="module")
def school() -> Iterator[str]:
    yield from app(CASES / "school-influenza")


@pytest.fixture(scope="module")
def ebola() -> Iterator[str]:
    yield from app(CASES / "ebola-2014")


@pytest.fixture(scope="module")
def foxes(tmp_path_factory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("vensim") / "foxes"
    convert(VENSIM, folder)
    yield from app(folder)


def shown(page, address: str) -> str:
    """All the text of a page, in folds and drawings too."""
    page.goto(address)
    return page.evaluate("""() => {
        for (const box of document.querySelectorAll("details")) box.open = true;
        for (const code of document.querySelectorAll("code, pre, script, style")) code.remove();
        const drawn = [...document.querySelectorAll("svg text, svg title, svg desc")].map((text) => text.textContent);
        const asked = [...document.querySelectorAll("input")].map((input) => input.value);
        return [document.body.innerText, ...drawn, ...asked].join(" | ");
    }""")


@pytest.mark.parametrize("place", [*PATHS.values(), "/brief"])
@pytest.mark.parametrize("case", ["school", "ebola"])
def test_no_page_shows_a_time_as_a_decimal_year(page, request, case, place):
    text = shown(page, request.getfixturevalue(case) + place)
    assert re.search(r"\b(19|20)\d\d\.\d", text) is None


@pytest.mark.parametrize("place", ["/", "/history", "/how"])
def test_times_of_a_case_that_counts_days_are_days(page, school, place):
    text = shown(page, school + place)
    assert re.search(r"\bday \d+", text)
    assert re.search(r"\bon from \d|from \d+ on\b|\b(January|March) \d+", text) is None


def test_axes_of_some_months_have_months(page, ebola):
    page.goto(f"{ebola}/history")
    ticks = page.locator(".line-of-time > div:visible .axis ~ .tick").all_text_contents()
    times = [tick for tick in ticks if re.fullmatch(r"[A-Z][a-z]{2}( 2014)?|2015", tick)]
    assert {"Aug", "2015"} <= set(times)
    assert len(times) == len(set(times))  # a month has one tick
    page.goto(ebola)
    assert "2015" in page.locator("article.finding").first.locator("svg:visible .tick").all_text_contents()


def test_no_page_of_another_case_speaks_of_iraq(page, school):
    for place in (*PATHS.values(), "/brief"):
        text = shown(page, school + place) + page.content()
        assert re.search("Iraq|Iran|troops|ISPI", text) is None, place


def test_a_card_of_a_forecast_shows_the_data_before_it(page, school):
    page.goto(school)
    chart = page.locator("article.finding").first.locator("svg.outcome:visible")
    assert chart.locator(".datum").count() >= 5
    assert chart.locator(".cutoff").count() == 1


def test_a_bare_model_opens_with_its_stocks_and_its_name(page, foxes):
    text = shown(page, foxes)
    assert "Lotka Volterra" in text
    assert page.locator("article.finding h2").all_text_contents() == ["Predators", "Prey"]
    assert page.locator("article.finding svg path.median >> visible=true").count() == 2


@pytest.mark.parametrize("place", [*PATHS.values(), "/brief", "/take/report.html"])
def test_every_page_of_a_bare_model_opens(page, foxes, place):
    assert page.goto(foxes + place).status == 200
    assert page.locator("h1").inner_text().strip()

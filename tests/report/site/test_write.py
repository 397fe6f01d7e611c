"""The site of a case: whole, linked, offline, and the case's own."""

import html
import re
from pathlib import Path

import pytest

from wherenow.case.model_files.opening import open_case
from wherenow.case.new import new_case
from wherenow.case.reader import read_case
from wherenow.errors import UsageError
from wherenow.report.site import write_site

TESTS = Path(__file__).parents[2]
IRAQ = TESTS.parent / "cases" / "iraq-us"


@pytest.fixture(scope="module")
def iraq(tmp_path_factory) -> Path:
    return write_site(read_case(IRAQ), tmp_path_factory.mktemp("sites") / "iraq")


@pytest.fixture
def lake(tmp_path) -> Path:
    return new_case(tmp_path / "lake")


def pages(site: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in sorted(site.glob("*.html"))}


def test_there_is_a_page_for_each_sector_and_for_all_together(iraq):
    sectors = {path.stem for path in (IRAQ / "model").glob("*.yaml")}
    found = set(pages(iraq)) - {"index.html", "data.html", "evidence.html"}
    assert found == {f"sector-{s.replace('_', '-')}.html" for s in sectors}


def test_every_variable_is_reported_once_with_its_words_and_reason(iraq):
    text = "".join(pages(iraq).values())
    plain = html.unescape(text)
    for variable in read_case(IRAQ).model.variables.values():
        assert text.count(f'<article id="{variable.name}"') == 1
        assert variable.about in plain
        assert variable.assumption in plain


def test_every_link_leads_somewhere(iraq):
    found = pages(iraq)
    ids = {name: set(re.findall(r'\bid="([^"]+)"', text)) for name, text in found.items()}
    links = {(name, href) for name, text in found.items() for href in re.findall(r'href="([^"]+)"', text)}
    for name, href in links - {(n, "data:,") for n in found}:
        page, _, place = html.unescape(href).partition("#")
        page = page or name
        assert page == "style.css" or page in found, (name, href)
        assert not place or place in ids[page], (name, href)


def test_no_id_stands_twice_on_a_page(iraq):
    for name, text in pages(iraq).items():
        ids = re.findall(r'\bid="([^"]+)"', text)
        assert len(ids) == len(set(ids)), name


def test_nothing_is_asked_of_another_machine_and_nothing_runs(iraq):
    for path in iraq.iterdir():
        text = path.read_text("utf-8")
        assert "<script" not in text
        assert not re.search(r"(?:src|href|url\()\W*(?:https?:)?//", text), path.name


def test_the_same_case_gives_the_same_bytes(lake, tmp_path):
    first = write_site(read_case(lake), tmp_path / "a")
    second = write_site(read_case(lake), tmp_path / "b")
    assert {p.name: p.read_bytes() for p in first.iterdir()} == {p.name: p.read_bytes() for p in second.iterdir()}


def test_an_earlier_site_is_replaced_as_a_whole(lake, tmp_path):
    site = write_site(read_case(IRAQ), tmp_path / "site")
    write_site(read_case(lake), site)
    assert {"sector-lake.html", "sector-town.html"} == {n for n in pages(site) if n.startswith("sector")}
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_folder_that_holds_anything_else_is_left_alone(lake):
    with pytest.raises(UsageError, match="exists already"):
        write_site(read_case(lake), lake)


def test_what_a_case_says_is_text_and_never_markup(lake, tmp_path):
    path = lake / "model" / "lake.yaml"
    path.write_text(path.read_text().replace("about: Water in the lake.", "about: <b onclick='x()'>Water</b>"))
    site = write_site(read_case(lake), tmp_path / "site")
    assert "<b onclick" not in "".join(pages(site).values())
    assert "&lt;b onclick" in pages(site)["sector-lake.html"]


def test_a_model_file_of_another_tool_has_a_site_too(tmp_path):
    case = open_case(TESTS / "data" / "test-models" / "Lotka_Volterra.mdl")
    site = write_site(case, tmp_path / "site")
    assert "<mi>prey births</mi>" in "".join(pages(site).values()).replace(' class="name"', "")


@pytest.mark.parametrize(
    ("page", "scheme"),
    [("index.html", "light"), ("sector-security.html", "dark"), ("data.html", "light"), ("evidence.html", "dark")],
)
def test_a_page_is_accessible(chromium, iraq, page, scheme):
    from axe_playwright_python.sync_playwright import Axe

    context = chromium.new_context(color_scheme=scheme)
    shown = context.new_page()
    shown.goto((iraq / page).as_uri())
    found = Axe().run(shown)
    assert found.violations_count == 0, found.generate_report()
    context.close()


@pytest.mark.parametrize("page", ["index.html", "sector-economy.html", "data.html", "evidence.html"])
def test_a_page_is_no_wider_than_a_telephone(chromium, iraq, page):
    shown = chromium.new_page(viewport={"width": 390, "height": 800})
    shown.goto((iraq / page).as_uri())
    assert shown.evaluate("document.documentElement.scrollWidth") <= 390
    shown.close()

"""The review in a browser, by keys alone, from a draft to a first outlook."""

import socket
import threading
import time
from pathlib import Path

import pytest

pytest.importorskip("spacy")
pytest.importorskip("fastapi")
from benchmarks.draft_user import accept_links, run_what_is_accepted
from fastapi.testclient import TestClient

from wherenow.case.editing.sentences import read_article
from wherenow.draft.building.case_files import About, new_case
from wherenow.draft.drafts import begin, load
from wherenow.draft.proposals import LinkProposal
from wherenow.draft.readers.embedded import read
from wherenow.draft.text.marks import marked
from wherenow.web.reviewing import make_review
from wherenow.web.serving.listener import server

ARTICLE = Path(__file__).parent / "texts" / "herring" / "article.txt"


@pytest.fixture(scope="module")
def proposals():
    return read(ARTICLE.read_text("utf-8"))


@pytest.fixture
def folder(tmp_path, proposals):
    text = ARTICLE.read_text("utf-8")
    article = read_article(text)
    about = About(name="herring", title="How the herring went", article=article)
    new_case(tmp_path / "herring", text, about, begin(proposals, article.sha256, "2015-11-20"))
    return tmp_path / "herring"


@pytest.fixture
def client(folder):
    return TestClient(make_review(folder, "me"), base_url="http://localhost")


def test_the_marked_text_is_the_text(folder):
    text = (folder / "article.txt").read_text("utf-8")
    whole = [s for paragraph in marked(text, load(folder)) for s in paragraph]
    spans = read_article(text).sentences
    assert ["".join(p.words for p in s.segments) for s in whole] == [text[s.start : s.end] for s in spans]


def test_a_decision_is_stored_at_once_with_who_made_it(client, folder):
    answer = client.post("/decide", json={"id": "L1", "action": "accept"})
    assert answer.json()["items"]["L1"]["status"] == "accepted"
    assert load(folder).items["L1"].decided_by == "me"


@pytest.mark.parametrize(
    "asked",
    [
        {"id": "L99", "action": "accept"},
        {"id": "L1", "action": "edit", "changes": {"sign": "up"}},
        {"id": "L1", "action": "merge", "into": "C1"},
    ],
)
def test_a_wrong_decision_is_refused_in_words(client, asked):
    answer = client.post("/decide", json=asked)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_another_site_cannot_decide(client, folder):
    answer = client.post("/decide", json={"id": "L1", "action": "accept"}, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403
    assert load(folder).items["L1"].status == "proposed"


def test_markup_in_a_text_is_shown_as_text(tmp_path, proposals):
    text = "<script>alert(1)</script> rules\n\nRain <b>fills</b> the lake.\n"
    article = read_article(text)
    new_case(
        tmp_path / "x",
        text,
        About(name="x", title="x", article=article),
        begin(read(text), article.sha256, "2020-01-01"),
    )
    page = TestClient(make_review(tmp_path / "x", "me"), base_url="http://localhost").get("/").text
    assert "<script>alert" not in page
    assert "<b>fills" not in page


@pytest.fixture
def page(folder, chromium):
    """The review, open in a browser."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    running = server(make_review(folder, "me"))
    thread = threading.Thread(target=lambda: running.run(sockets=[listening]), daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.05)
    page = chromium.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_default_timeout(120_000)
    page.goto(f"http://localhost:{listening.getsockname()[1]}/")
    yield page
    page.close()
    running.should_exit = True
    thread.join(10)
    assert errors == []


def current(page):
    return page.locator("#proposals li.current").get_attribute("id")


def becomes(page, name, status):
    page.locator(f'#{name}[data-status="{status}"]').wait_for(state="attached")


def test_every_decision_can_be_made_by_keys_alone(folder, page):
    first = current(page)
    page.keyboard.press("a")
    becomes(page, first, "accepted")
    page.locator(f"#proposals li.current:not(#{first})").wait_for()
    second = current(page)
    page.keyboard.press("r")
    becomes(page, second, "rejected")
    page.locator(f"#proposals li.current:not(#{second})").wait_for()
    third = current(page)
    page.keyboard.press("p")
    assert current(page) == second
    page.keyboard.press("u")
    becomes(page, second, "proposed")
    page.keyboard.press("n")
    assert current(page) == third
    page.keyboard.press("e")
    page.keyboard.press("Escape")
    assert page.locator(f"#{third} form").is_hidden()
    page.keyboard.press("e")
    page.keyboard.press("Control+a")
    page.keyboard.type("Nobody asked")
    page.keyboard.press("Enter")
    becomes(page, third, "accepted")
    page.on("dialog", lambda dialog: dialog.accept(first))
    page.keyboard.press("p")
    assert current(page) == third
    page.keyboard.press("p")
    page.keyboard.press("m")
    becomes(page, second, "rejected")
    items = load(folder).items
    assert (items[third].proposal.says, items[third].edited) == ("Nobody asked", True)
    assert items[second].merged == first


def test_the_page_has_no_fault_that_a_screen_reader_would_meet(page):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    assert [v["id"] for v in axe.run(page).response["violations"]] == []


def test_ten_links_accepted_by_keys_make_a_first_outlook(folder, page):
    accept_links(page, 10)
    assert len(load(folder).accepted(LinkProposal)) >= 10
    run_what_is_accepted(page)
    assert "How the herring went" in page.content()
    assert "These claims hold for any strengths" in page.content()

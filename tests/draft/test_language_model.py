"""A language model as the reader, against a local stub that misbehaves in every way."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from typer.testing import CliRunner

from wherenow.cli import app
from wherenow.draft.data.http import ATTEMPTS
from wherenow.draft.readers.language_model import Address, address_of, read
from wherenow.draft.readers.resuming import StoredAnswers, beside
from wherenow.errors import UsageError

TEXT = "The lake\n\nDrought lowers the lake. In May 2020 the dam of Acme Water broke, and 40 percent was lost.\n"
# fmt: off
GOOD = {
    "variables": ["drought", "level of the lake"],
    "claims": [
        {"kind": "cause", "sentence": "P1S1", "says": "Low", "quote": "Drought lowers the lake", "confidence": 0.9},
    ],
    "links": [
        {
            "cause": "drought",
            "effect": "level of the lake",
            "sign": "-",
            "negated": False,
            "hedged": False,
            "sentence": "P1S1",
            "cause_quote": "Drought",
            "effect_quote": "the lake",
            "confidence": 0.9,
        }
    ],
    "events": [{"date": "2020-05", "sentence": "P1S2", "what": "It broke", "quote": "In May 2020", "confidence": 1}],
    "actors": [{"name": "Acme Water", "aliases": ["Acme"], "sentence": "P1S2", "confidence": 1}],
    "quantities": [{"value": 40, "unit": "%", "sentence": "P1S2", "quote": "40 percent", "confidence": 1}],
}
# fmt: on


def said(content, finish="stop", **message):
    return 200, json.dumps(
        {"choices": [{"message": {"content": content, **message}, "finish_reason": finish}]}
    ).encode()


def changed(part, **fields):
    return said(json.dumps({**GOOD, part: [{**GOOD[part][0], **fields}]}))


class Stub:
    """A server that gives its answers in turn, the last one again and again, and keeps what it was asked."""

    def __init__(self, *answers):
        self.answers, self.asked, self.headers = list(answers), [], []
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                stub.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                stub.headers.append(dict(self.headers))
                answer = stub.answers.pop(0) if len(stub.answers) > 1 else stub.answers[0]
                status, body, *more = answer() if callable(answer) else answer
                self.send_response(status)
                for name, value in more:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self):
        return Address(model="m", url=f"http://127.0.0.1:{self.server.server_port}", patience=2, pause=0)


@pytest.fixture
def stub():
    made = []

    def make(*answers):
        made.append(Stub(*answers))
        return made[-1]

    yield make
    for one in made:
        one.server.shutdown()
        one.server.server_close()


def slow():
    time.sleep(4)
    return said("{}")


def test_supported_claims_are_proposed_with_their_offsets(stub):
    found = read(TEXT, stub(said(json.dumps(GOOD))).address)
    (link,) = found.links
    assert TEXT[link.cause_start : link.cause_end] == "Drought"
    assert TEXT[link.effect_start : link.effect_end] == "the lake"
    assert found.claims[0].links == (0,)
    assert [e.date for e in found.events] == ["2020-05"]
    assert found.actors[0].aliases == ("Acme",)
    assert found.quantities[0].value == 40
    assert found.dropped == {}
    assert found.reader == "openai:m"


def test_the_question_has_the_schema_and_the_sentences_by_name(stub):
    one = stub(said(json.dumps(GOOD)))
    read(TEXT, one.address)
    (asked,) = one.asked
    assert asked["response_format"]["type"] == "json_schema"
    assert "P1S1: Drought lowers the lake." in asked["messages"][1]["content"]


NOT_PLAIN = "whose words are not one line of plain text with at most 400 characters"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (changed("links", cause_quote="Rain"), "links whose words are not in the text"),
        (changed("links", sentence="P9S9"), "links whose words are not in the text"),
        (changed("links", sentence=["P1S1"]), "links whose words are not in the text"),
        (changed("links", cause="rain"), "links of variables that were not proposed"),
        (changed("links", effect="drought"), "links of a variable with itself"),
        (changed("links", sign="up"), "links whose sign is neither + nor -"),
        (changed("links", cause="../../etc/passwd"), "links whose name is not made of plain words"),
        (changed("claims", says="<img src=x onerror=alert(1)>"), f"claims {NOT_PLAIN}"),
        (changed("claims", says="x" * 5000), f"claims {NOT_PLAIN}"),
        (changed("claims", kind="rumour"), "claims whose kind is not one of event, state, cause, stance, forecast"),
        (changed("events", date="2020-13"), "events whose date is not a valid year, month or day such as 2018-10-04"),
        (changed("events", quote="In June 2020"), "events whose words are not in the text"),
        (changed("actors", name="/tmp/evil"), "actors whose name is not made of plain words"),
        (changed("actors", name="Nobody Corp"), "actors whose words are not in the text"),
        (changed("quantities", value=True), "quantities whose value is not a number of magnitude below 1e30"),
        (changed("quantities", value="40"), "quantities whose value is not a number of magnitude below 1e30"),
        (said(json.dumps({**GOOD, "links": ["drought"]})), "links that are not JSON objects"),
    ],
)
def test_unsupported_claims_are_dropped_and_counted(stub, answer, reason):
    found = read(TEXT, stub(answer).address)
    assert found.dropped == {reason: 1}


def test_links_with_both_signs_are_dropped(stub):
    both = [GOOD["links"][0], {**GOOD["links"][0], "sign": "+"}]
    found = read(TEXT, stub(said(json.dumps({**GOOD, "links": both}))).address)
    assert found.links == ()
    assert found.dropped == {"links stated with both signs": 2}


BAD = {
    "no JSON": said("Certainly! Here is what I found:"),
    "cut off": said('{"claims": [{"kind":', finish="length"),
    "half": said('{"claims": [{"kind":'),
    "refused": said(None, refusal="I cannot help with that"),
    "a list": said("[]"),
    "nothing asked for": said("{}"),
    "no content": said(None),
    "no choices": (200, b'{"choices": []}'),
    "no answer at all": (200, b""),
    "deep": said("[" * 100_000),
    "a failing server": (500, b"oops"),
    "too many requests": (429, b""),
    "a redirect elsewhere": (307, b"", ("Location", "http://203.0.113.1/")),
    "without end": (200, b"x" * 1_500_000),
    "slow": slow,
}


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD)
def test_a_bad_answer_is_asked_for_again(stub, answer):
    one = stub(answer, said(json.dumps(GOOD)))
    assert len(read(TEXT, one.address).links) == 1
    assert len(one.asked) == 2


@pytest.mark.parametrize("answer", [a for n, a in BAD.items() if n != "slow"], ids=[n for n in BAD if n != "slow"])
def test_bad_answers_only_are_reported_after_a_few_attempts(stub, answer):
    one = stub(answer)
    with pytest.raises(UsageError, match="gave no usable answer"):
        read(TEXT, one.address)
    assert len(one.asked) == ATTEMPTS


def test_parts_without_an_answer_are_counted_beside_the_others(stub):
    long = TEXT + "\n" + "\n\n".join("Nothing follows from this. " * 60 for _ in range(4))
    answers = [said(json.dumps(GOOD)), *[(500, b"")] * ATTEMPTS]
    found = read(long, stub(*answers).address)
    assert len(found.links) == 1
    assert sum(found.dropped.values()) >= 1
    assert "parts of the text without an answer (status 500)" in found.dropped


LONG = TEXT + "\n" + "\n\n".join("Nothing follows from this. " * 200 for _ in range(3))
"""A text of three parts, of which the last two say nothing."""
EMPTY = said('{"links": []}')


def stopped(one, path, after):
    """Read, and press Ctrl-C once the given number of parts is answered."""

    def progress(done, of):
        if done == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(LONG, one.address, progress, StoredAnswers(path))


def test_a_reading_that_was_stopped_asks_for_the_other_parts_only(stub, tmp_path):
    one = stub(said(json.dumps(GOOD)), EMPTY)
    stopped(one, tmp_path / "answers.json", after=2)
    found = read(LONG, one.address, answers=StoredAnswers(tmp_path / "answers.json"))
    assert len(one.asked) == 3
    assert found == read(LONG, stub(said(json.dumps(GOOD)), EMPTY).address)


def test_an_answer_is_used_for_its_own_question_only(stub, tmp_path):
    one = stub(said(json.dumps(GOOD)), EMPTY)
    stopped(one, tmp_path / "answers.json", after=2)
    other = Address(model="another", url=one.address.url, patience=2, pause=0)
    read(LONG, other, answers=StoredAnswers(tmp_path / "answers.json"))
    assert len(one.asked) == 2 + 3


@pytest.mark.parametrize("content", ["{", "[]", "\x00", "[" * 100_000])
def test_damaged_answers_are_asked_for_again(stub, tmp_path, content):
    (tmp_path / "answers.json").write_text(content)
    one = stub(said(json.dumps(GOOD)))
    assert len(read(TEXT, one.address, answers=StoredAnswers(tmp_path / "answers.json")).links) == 1
    assert len(one.asked) == 1


def test_a_stored_answer_is_checked_against_the_text_again(stub, tmp_path):
    path = tmp_path / "answers.json"
    one = stub(said(json.dumps(GOOD)))
    read(TEXT, one.address, answers=StoredAnswers(path))
    path.write_text(json.dumps(dict.fromkeys(json.loads(path.read_text()), "no JSON any more")))
    assert len(read(TEXT, one.address, answers=StoredAnswers(path)).links) == 1
    assert len(one.asked) == 2


def test_the_command_says_that_it_goes_on_and_leaves_nothing_beside_the_case(stub, tmp_path):
    (tmp_path / "article.txt").write_text(LONG)
    one = stub(said(json.dumps(GOOD)), EMPTY)
    stopped(one, beside(tmp_path / "lake"), after=2)
    words = ["draft", str(tmp_path / "article.txt"), "--out", str(tmp_path / "lake"), "--as-of", "2020-06-01"]
    done = CliRunner().invoke(app, [*words, "--reader", "openai:m", "--url", one.address.url])
    assert done.exit_code == 0, done.output
    assert "continuing: 2 parts of the text answered before" in done.output
    assert len(one.asked) == 3
    assert sorted(p.name for p in tmp_path.iterdir()) == ["article.txt", "lake"]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refused_key_or_model_is_reported_at_once(stub, status):
    one = stub((status, b""))
    with pytest.raises(UsageError, match=str(status)):
        read(TEXT, one.address)
    assert len(one.asked) == 1


def test_an_address_where_nobody_listens_is_reported():
    with pytest.raises(UsageError, match="no connection"):
        read(TEXT, Address(model="m", url="http://127.0.0.1:9", patience=2, pause=0))


def test_the_key_comes_from_the_environment_and_goes_to_the_address_only(stub, monkeypatch):
    monkeypatch.setenv("WHERENOW_API_KEY", "secret")
    one = stub(said(json.dumps(GOOD)))
    read(TEXT, address_of("openai:m", one.address.url))
    assert one.headers[0]["Authorization"] == "Bearer secret"
    assert "secret" not in json.dumps(one.asked)


@pytest.mark.parametrize(
    ("reader", "url", "says"),
    [
        ("openai:m", "", "needs an address"),
        ("openai:", "http://x/v1", "no reader"),
        ("magic", "http://x/v1", "no reader"),
        ("openai:m", "file:///etc/passwd", "is not an address"),
        ("openai:m", "http://user:key@x/v1", "is not an address"),
    ],
)
def test_a_text_is_sent_nowhere_without_a_proper_address(reader, url, says):
    with pytest.raises(UsageError, match=says):
        address_of(reader, url)

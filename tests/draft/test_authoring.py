"""An assistant builds a case: it may propose, a person accepts, and nothing outside the folder changes."""

import asyncio

import pytest

from wherenow.case.checking.check import check_case
from wherenow.draft.building.authoring import Author
from wherenow.draft.drafts import decide, load, save
from wherenow.errors import UsageError

TEXT = "The lake\n\nDrought lowers the lake. A low lake makes people save.\n"
PROPOSED = {
    "variables": ["drought", "level of the lake"],
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
}


@pytest.fixture
def author(tmp_path):
    made = Author(tmp_path / "lake")
    made.start(TEXT, "2023-06-28")
    return made


def test_a_text_becomes_a_case_whose_sentences_have_names(author):
    assert author.sentences() == {
        "P0S1": "The lake",
        "P1S1": "Drought lowers the lake.",
        "P1S2": "A low lake makes people save.",
    }


def test_proposals_are_kept_undecided_and_those_without_their_words_are_dropped(author):
    invented = {**PROPOSED["links"][0], "cause_quote": "Rain"}
    answer = author.propose({**PROPOSED, "links": [*PROPOSED["links"], invented]})
    assert answer == {"added": ["L1"], "dropped": {"links whose words are not in the text": 1}}
    assert author.proposals("proposed")["L1"]["by"] == "assistant"


def test_only_a_person_accepts(author):
    author.propose(PROPOSED)
    with pytest.raises(UsageError, match="a person decides this"):
        author.decide(["L1"], accept=True)
    assert author.decide(["L1"], accept=False) == {"accepted": [], "left as changed by hand": []}


def test_an_assistant_does_not_undo_what_a_person_decided(author):
    author.propose(PROPOSED)
    save(decide(load(author.folder), ["L1"], "accepted", "me"), author.folder)
    with pytest.raises(UsageError, match="a person decides this"):
        author.decide(["L1"], accept=False)


def test_a_trusted_assistant_accepts_and_the_case_records_it(tmp_path):
    author = Author(tmp_path / "lake", trusted=True)
    author.start(TEXT, "2023-06-28")
    author.propose(PROPOSED)
    assert author.decide(["L1"], accept=True)["accepted"] == ["L1"]
    assert load(author.folder).items["L1"].decided_by == "assistant, trusted"
    assert author.check() == {"problems": []}
    assert {found["verdict"] for found in author.run(50).values()} >= {"holds"}
    assert check_case(author.folder) == ()


def test_a_link_that_leads_outside_the_folder_stops_the_author(author, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (author.folder / "data").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="leads outside"):
        author.propose(PROPOSED)


@pytest.mark.parametrize("text", ["", "   \n", "word " * 100_000])
def test_a_text_without_sentences_or_without_end_is_refused(tmp_path, text):
    with pytest.raises(UsageError):
        Author(tmp_path / "case").start(text, "2023-06-28")
    assert not (tmp_path / "case").exists()


def test_the_server_offers_these_operations_and_tells_errors_in_words(tmp_path):
    pytest.importorskip("mcp")
    from wherenow.web.assistants.case_server import make_author

    server = make_author(Author(tmp_path / "lake"))
    tools = {tool.name for tool in asyncio.run(server.list_tools())}
    assert tools == {"start", "sentences", "propose", "proposals", "accept", "reject", "check", "run"}

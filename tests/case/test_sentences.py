"""The position of each sentence of an article."""

import csv
import hashlib
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from wherenow.case.checking.check import check_case
from wherenow.case.editing.sentences import as_csv, read_article
from wherenow.case.new import new_case
from wherenow.commands.authoring import sentences_command as command

CASES = Path(__file__).parents[2] / "cases"
TEMPLATE = Path(__file__).parents[2] / "src" / "wherenow" / "case" / "template"


def texts(content: str) -> dict[str, str]:
    return {s.id: content[s.start : s.end] for s in read_article(content).sentences}


def test_paragraphs_count_from_the_title_and_sentences_from_one():
    assert texts("A title\n\nOne here. Two there.\n\nThree?") == {
        "P0S1": "A title",
        "P1S1": "One here.",
        "P1S2": "Two there.",
        "P2S1": "Three?",
    }


@pytest.mark.parametrize(
    ("paragraph", "count"),
    [
        ("The U.S. Army left. It came back.", 2),
        ("Mr. Smith said so. Dr. Jones did not.", 2),
        ("She lives in the U.S. The rest do not.", 2),
        ("So do I. Had it gone, we would know.", 2),
        ("He is older than I. Nobody minds.", 2),
        ("Is that so? No. Nobody says it.", 3),
        ("They live at No. 10 Downing Street.", 1),
        ("J. I. Smith wrote it. I. Newton did not.", 2),
        ("We need a plan B. It should be ready.", 2),
        ("It grew by 3.5 percent. Then it fell.", 2),
        ("Why? Because! So it is.", 3),
        ("“It is over.” Nobody believed it.", 2),
        ("He left (in 2011). She stayed.", 2),
        ("It began\nin winter. It ended\nin spring.", 2),
        ("so it goes. and on it goes.", 1),
    ],
)
def test_a_full_stop_ends_a_sentence_only_before_a_new_one(paragraph, count):
    assert len(read_article(paragraph).sentences) == count


@given(st.text(st.sampled_from('Ab .!?\n"”)1é'), max_size=80))
def test_sentences_are_in_order_contain_every_letter_and_match_their_hash(content):
    article = read_article(content)
    assert article.length == len(content)
    at = 0
    for sentence in article.sentences:
        assert at <= sentence.start < sentence.end
        assert content[at : sentence.start].strip() == ""
        assert content[sentence.start : sentence.end].strip() == content[sentence.start : sentence.end]
        assert sentence.sha256 == hashlib.sha256(content[sentence.start : sentence.end].encode()).hexdigest()
        at = sentence.end
    assert content[at:].strip() == ""


@pytest.mark.parametrize("folder", [TEMPLATE, CASES / "school-influenza"], ids=["template", "school-influenza"])
def test_the_sentences_of_our_cases_are_those_of_their_articles(folder):
    article = read_article((folder / "article.txt").read_text("utf-8"))
    assert as_csv(article.sentences) == (folder / "sentences.csv").read_text("utf-8")


def sentences(*words: object):
    app = typer.Typer()
    app.command()(command.sentences)
    return CliRunner().invoke(app, [str(word) for word in words])


def test_the_command_lists_them_and_writes_the_case_s_file(tmp_path):
    (tmp_path / "a.txt").write_text("Title.\n\nOne. Two.")
    result = sentences(tmp_path / "a.txt", "--out", tmp_path / "sentences.csv")
    assert result.exit_code == 0
    assert "P1S2    Two." in result.stdout
    assert "length: 17" in result.stderr
    with (tmp_path / "sentences.csv").open(newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == ["P0S1", "P1S1", "P1S2"]


def test_an_article_that_is_missing_is_reported(tmp_path):
    result = sentences(tmp_path / "none.txt")
    assert result.exit_code == 2
    assert "none.txt:1:1: error: the file cannot be read" in result.stderr


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_of_another_machine_change_neither_hashes_nor_places(tmp_path, end):
    folder = new_case(tmp_path / "lake")
    for file in folder.rglob("*.*"):
        file.write_bytes(file.read_bytes().replace(b"\n", end.encode()))
    assert check_case(folder) == ()

"""Pointers into an article."""

import pytest

from wherenow.case.case_types import Sentence
from wherenow.case.checking.check import check_case
from wherenow.case.new import new_case
from wherenow.case.reader import read_case
from wherenow.case.reading.evidence import pointed

NAMES = ("P0S1", "P1S1", "P1S2", "P1S3", "P2S1", "P2S2", "P10S1")
SENTENCES = {name: Sentence(name, i, i + 1, "0" * 64) for i, name in enumerate(NAMES)}


@pytest.mark.parametrize(
    ("pointer", "names"),
    [
        ("P1S2", ("P1S2",)),
        ("P1", ("P1S1", "P1S2", "P1S3")),
        ("P10", ("P10S1",)),
        ("P1S2-P2S1", ("P1S2", "P1S3", "P2S1")),
        ("P1-P2", ("P1S1", "P1S2", "P1S3", "P2S1", "P2S2")),
        ("P1S3-P2", ("P1S3", "P2S1", "P2S2")),
        ("P3", ()),
        ("P1S4", ()),
        ("P2S1-P1S1", ()),
        ("page 1", ()),
    ],
)
def test_a_pointer_is_a_sentence_a_paragraph_or_a_range(pointer, names):
    assert pointed(pointer, SENTENCES) == names


def test_missing_sentences_are_reported_once(tmp_path):
    folder = new_case(tmp_path / "lake")
    settings = folder / "case.yaml"
    settings.write_text(settings.read_text("utf-8").replace("  sentences: sentences.csv\n", ""), "utf-8")
    (told,) = check_case(folder)
    assert "case.yaml names no sentences" in told.message
    assert "wherenow sentences" in told.hint


def test_an_address_of_the_article_found_later_leaves_the_case_what_it_was(tmp_path):
    folder = new_case(tmp_path / "lake")
    before = read_case(folder)
    (folder / "display.yaml").write_text("article: https://example.org/lake\n", encoding="utf-8")
    after = read_case(folder)
    assert after.source.url == "https://example.org/lake"
    assert after.hash == before.hash

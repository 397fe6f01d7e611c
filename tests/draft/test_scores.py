"""How much of the annotations of people the embedded reader finds."""

import pytest

pytest.importorskip("spacy")
from benchmarks.draft import BARS
from benchmarks.draft_scores import annotation, folders, score

from wherenow.draft.readers.embedded import read

FOLDERS = folders()


@pytest.fixture(scope="module", params=FOLDERS, ids=[f.name for f in FOLDERS])
def scored(request):
    found = read((request.param / "article.txt").read_text("utf-8")).as_tree()
    return score(found, annotation(request.param))


@pytest.mark.parametrize("kind", BARS)
def test_recall_and_precision_reach_their_bars(scored, kind):
    if kind not in scored:
        pytest.skip("people marked only claims in this text")
    precision, recall = BARS[kind]
    assert scored[kind].precision >= precision, scored[kind]
    assert scored[kind].recall >= recall, scored[kind]


def test_the_reader_finds_the_same_again():
    text = (FOLDERS[0] / "article.txt").read_text("utf-8")
    assert read(text) == read(text)


@pytest.mark.parametrize("folder", FOLDERS, ids=[f.name for f in FOLDERS])
def test_every_offset_lies_in_the_sentence_or_before_it_and_holds_words(folder):
    text = (folder / "article.txt").read_text("utf-8")
    found = read(text)
    for link in found.links:
        assert text[link.cause_start : link.cause_end].strip()
        assert text[link.effect_start : link.effect_end].strip()
        assert link.cause_end <= link.effect_start or link.effect_end <= link.cause_start
    for item in (*found.claims, *found.events, *found.actors, *found.quantities):
        assert text[item.start : item.end].strip()

"""The embedded reader on invented worlds, where only grammar states what causes what."""

import pytest

pytest.importorskip("spacy")
from benchmarks.draft_worlds import DOWN, SHAPES, UP, world

from wherenow.draft.readers.embedded import read

SEEDS = range(5)


def links(text):
    return {(link.cause, link.effect, link.sign) for link in read(text).links if not link.negated}


@pytest.mark.parametrize("capitals", [True, False], ids=["sentences", "lower case, run on"])
def test_links_of_24_invented_worlds_are_found_with_their_signs(capitals):
    wanted = found = extra = 0
    for number in range(len(SHAPES)):
        for seed in SEEDS:
            made = world(number, seed, capitals)
            got = links(made.text)
            wanted += len(made.links)
            found += len(made.links & got)
            extra += len(got - made.links)
    assert len(SHAPES) == 24
    assert found >= 0.95 * wanted, f"{found} of {wanted}"
    assert extra <= 0.05 * wanted, f"{extra} that nobody stated, beside {wanted}"


def test_every_world_has_the_loops_of_its_shape():
    five = world(22, 0, True)
    assert len(five.links) >= 20
    assert len(world(0, 0, True).links) == 1


@pytest.mark.parametrize("sign", ["+", "-"])
@pytest.mark.parametrize("wordings", [UP, DOWN], ids=["up", "down"])
def test_nearly_every_wording_is_read(wordings, sign):
    read_right = [
        w
        for w in wordings[sign]
        if links(w.format(a="frumbles", b="woddles").capitalize() + ".") == {("frumbles", "woddles", sign)}
    ]
    assert len(read_right) >= len(wordings[sign]) - 1, set(wordings[sign]) - set(read_right)

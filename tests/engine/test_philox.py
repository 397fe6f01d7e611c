"""Known answers are those of Random123's kat_vectors (D. E. Shaw Research) for philox4x32, 10 rounds."""

import numpy as np
import pytest

from wherenow.engine.philox import philox, stream_number, uniform

KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_philox_gives_the_known_answers(counter, key, answer):
    words = philox(tuple(np.array([c], dtype=np.uint64) for c in counter), key)
    assert tuple(int(w[0]) for w in words) == answer


def test_uniform_numbers_stay_inside_the_open_interval_and_have_its_moments():
    numbers = uniform(7, "noise", 3, np.arange(200_000))
    assert numbers.min() > 0
    assert numbers.max() < 1
    assert abs(numbers.mean() - 0.5) < 4 / np.sqrt(12 * numbers.size)
    assert abs(numbers.var() - 1 / 12) < 1e-3


def test_a_draw_has_the_same_number_in_any_batch():
    whole = uniform(1, "a", 5, np.arange(100))
    assert np.array_equal(whole[40:60], uniform(1, "a", 5, np.arange(40, 60)))


@pytest.mark.parametrize(
    "other", [(2, "a", 5, 0), (1, "b", 5, 0), (1, "a", 6, 0), (1, "a", 5, 1 << 32), (1 + (1 << 32), "a", 5, 0)]
)
def test_seed_stream_step_and_all_bits_of_the_draw_matter(other):
    seed, stream, step, first = other
    draws = np.arange(8)
    assert not np.any(uniform(1, "a", 5, draws) == uniform(seed, stream, step, draws + first))


def test_streams_of_different_names_differ():
    assert stream_number("a") != stream_number("b")


def test_an_even_step_and_the_next_share_a_block_and_no_number():
    draws = np.arange(2000)
    numbers = [uniform(1, "a", step, draws) for step in range(4)]
    words = philox((np.full(2000, 1, np.uint64), draws.astype(np.uint64), np.zeros(2000, np.uint64),
                    np.full(2000, stream_number("a"), np.uint64)), (1, 0))  # fmt: skip
    for step, (low, high) in ((2, words[:2]), (3, words[2:])):
        assert np.array_equal(np.floor(numbers[step] * 2**32), high.astype(float)), step
        assert np.array_equal(np.floor(numbers[step] * 2**52 % 2**20), (low >> np.uint64(12)).astype(float)), step
    for other in (0, 1, 3):
        assert abs(np.corrcoef(numbers[2], numbers[other])[0, 1]) < 4 / np.sqrt(2000)

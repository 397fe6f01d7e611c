"""Broken XMILE files give a model or a diagnostic, never anything else."""

from __future__ import annotations

import random
import resource
import signal
from collections.abc import Iterator
from types import FrameType

import pytest
from tests.exchange.xmile.files import CORPUS

from wherenow.errors import InputError
from wherenow.exchange.xmile import parse_xmile
from wherenow.exchange.xmile.markup import decode
from wherenow.model.elaborate import examine

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not here")
SECONDS = 5
MEMORY = 1 << 20  # KiB


def mutated(data: bytes, luck: random.Random) -> bytes:
    """Bytes flipped, lines cut, doubled and swapped, words swapped."""
    for _ in range(luck.randint(1, 6)):
        match luck.randrange(5):
            case 0:
                place = luck.randrange(max(1, len(data)))
                data = data[:place] + bytes([luck.randrange(256)]) + data[place + 1 :]
            case 1:
                lines = data.splitlines(keepends=True)
                first = luck.randrange(max(1, len(lines)))
                data = b"".join(lines[:first] + lines[first + luck.randint(1, 5) :])
            case 2:
                lines = data.splitlines(keepends=True)
                if len(lines) > 1:
                    a, b = (luck.randrange(len(lines)) for _ in range(2))
                    lines[a], lines[b] = lines[b], lines[a]
                data = b"".join(lines)
            case 3:
                words = data.split(b" ")
                if len(words) > 1:
                    a, b = (luck.randrange(len(words)) for _ in range(2))
                    words[a], words[b] = words[b], words[a]
                data = b" ".join(words)
            case _:
                place = luck.randrange(max(1, len(data)))
                data = data[:place] + luck.choice([b"<", b">", b"&", b"(", b"]", b'"', b"1e999", b"{"]) + data[place:]
    return data


def attempts(first: int, count: int) -> Iterator[tuple[int, bytes]]:
    files = [f.read_bytes() for f in sorted(CORPUS.glob("*/*/*")) if f.suffix in (".xmile", ".stmx")]
    for seed in range(first, first + count):
        luck = random.Random(seed)
        yield seed, mutated(luck.choice(files), luck)


def late(number: int, frame: FrameType | None) -> None:
    raise TimeoutError


def look_at(first: int, count: int) -> None:
    before = signal.signal(signal.SIGALRM, late)
    try:
        for seed, data in attempts(first, count):
            signal.alarm(SECONDS)
            told = True
            try:
                model, _ = parse_xmile(decode(data, "fuzz.xmile"), "fuzz.xmile")
                examine(model)
            except InputError as wrong:
                told = bool(wrong.diagnostics)
            except Exception as wrong:
                raise AssertionError(f"seed {seed}: {wrong!r}") from wrong
            finally:
                signal.alarm(0)
            assert told, seed
    finally:
        signal.signal(signal.SIGALRM, before)


def test_two_hundred_broken_files_give_a_model_or_a_diagnostic() -> None:
    look_at(0, 200)


@pytest.mark.slow
def test_ten_thousand_broken_files_give_a_model_or_a_diagnostic_in_less_than_a_gibibyte() -> None:
    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    look_at(200, 10_000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start < MEMORY

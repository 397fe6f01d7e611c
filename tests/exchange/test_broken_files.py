"""Broken model files give a result or a diagnostic: never a traceback, five seconds, or a gibibyte."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def failures(kind: str, first: int, count: int) -> list[str]:
    """The seeds that fared badly, with what happened; a process that ended early names its last."""
    words = [sys.executable, "-m", "tests.exchange.mutations", kind, str(first), str(count)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    found = [line for line in lines if line.partition(" ")[2]]
    if done.returncode:
        found.append(f"{lines[-1] if lines else 'the start'}: exit status {done.returncode}, {done.stderr[-500:]}")
    return found


@pytest.mark.parametrize("kind", ["mdl", "xmile"])
def test_three_hundred_broken_files_give_a_result_or_a_diagnostic(kind: str) -> None:
    assert failures(kind, 0, 300) == []


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 10_000, 1_000))
@pytest.mark.parametrize("kind", ["mdl", "xmile"])
def test_ten_thousand_broken_files_give_a_result_or_a_diagnostic(kind: str, first: int) -> None:
    assert failures(kind, 300 + first, 1_000) == []

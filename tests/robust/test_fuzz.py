"""Any input gives a result or a located diagnostic: no traceback, no hang, no memory exhaustion, no code execution."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.robust.figures import SHARE, note
from tests.robust.targets import TARGETS

ROOT = Path(__file__).parents[2]
SHARD = 1000


def fuzzed(name: str, first: int, count: int) -> dict[str, Any]:
    """What a process of its own says of ``count`` attempts."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.robust.fuzz", name, str(first), str(count)],
        capture_output=True, text=True, cwd=ROOT, timeout=3000,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    lines = done.stdout.split("\n")
    assert done.returncode == 0, f"attempt {lines[-2:]} ended the process: {done.returncode}\n{done.stderr[-2000:]}"
    found: dict[str, Any] = json.loads(lines[-2])
    return found


def look_at(name: str, first: int, count: int) -> None:
    found = fuzzed(name, first, count)
    assert found["wrong"] == []
    assert found["inputs"] == count


@pytest.mark.parametrize("name", TARGETS)
def test_broken_input_gives_a_result_or_a_diagnostic(name: str) -> None:
    look_at(name, 0, TARGETS[name][1])


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_much_more_broken_input_gives_a_result_or_a_diagnostic(name: str) -> None:
    quick, long = TARGETS[name][1], round(TARGETS[name][2] * SHARE)
    results = grown = 0
    for first in range(quick, quick + long, SHARD):
        count = min(SHARD, quick + long - first)
        found = fuzzed(name, first, count)
        assert found["wrong"] == []
        assert found["inputs"] == count
        results, grown = results + found["results"], max(grown, found["grown"])
    note(f"fuzz-{name}", target=name, inputs=long, results=results, grown=grown)


def test_two_thousand_inputs_are_tried_in_every_run_of_the_tests_and_a_hundred_thousand_when_validated() -> None:
    assert sum(quick for _, quick, _ in TARGETS.values()) >= 2_000
    assert sum(quick + long for _, quick, long in TARGETS.values()) >= 100_000

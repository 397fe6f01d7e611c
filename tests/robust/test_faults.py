"""Killed, out of space, without permission to write, or several at once: files on disk are complete, old or new."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.robust.figures import SHARE, note

ROOT = Path(__file__).parents[2]
WORKS = ("calibrate", "backtest", "ledger", "report", "cache", "save")


def found(kills: int, seed: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.robust.faults", str(kills), str(seed)],
        capture_output=True, text=True, cwd=ROOT, timeout=3000,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


@pytest.fixture(scope="module")
def faults() -> dict[str, Any]:
    return found(2, 0)


@pytest.mark.parametrize("work", WORKS)
def test_killed_work_leaves_what_is_whole_and_goes_on_to_the_same_bits(faults: dict[str, Any], work: str) -> None:
    assert faults[f"{work} killed"]["kills"] == 2


@pytest.mark.parametrize("work", ["calibrate", "backtest", "ledger", "report", "save"])
@pytest.mark.parametrize("fault", ["on a full disk", "in a read-only folder"])
def test_work_that_cannot_write_says_so_and_leaves_the_old(faults: dict[str, Any], work: str, fault: str) -> None:
    came = faults[f"{work} {fault}"]
    assert came["same"], came["left"]
    assert came["refused"]


@pytest.mark.parametrize("work", ["ledger", "cache", "report", "calibrate"])
def test_four_processes_on_one_file_do_not_meet(faults: dict[str, Any], work: str) -> None:
    assert faults[f"{work} by four at once"] == {"statuses": [0, 0, 0, 0], "same": True}


@pytest.mark.slow
def test_two_hundred_kills_leave_what_is_whole() -> None:
    came = found(round(36 * SHARE), 1)
    kills = [came[f"{work} killed"] for work in WORKS]
    note("kills", kills=sum(k["kills"] for k in kills), in_time=sum(k["in_time"] for k in kills), works=list(WORKS))
    assert sum(k["kills"] for k in kills) >= 200 * SHARE
    assert sum(k["in_time"] for k in kills) > 60 * SHARE

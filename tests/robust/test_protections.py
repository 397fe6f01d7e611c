"""Each protection is needed: without it, its test fails. Checked by every `make validate`."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.robust.figures import note
from tests.robust.protections import PROTECTIONS

ROOT = Path(__file__).parents[2]
SECONDS = 60
"""Of processor time: what takes more hangs. The clock on the wall has ten times that, for waits and busy machines."""
MEMORY = 4 << 30


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


def outcome(name: str, place: Path) -> str:
    """``fails``, ``hangs``, or what else came of a protection's test in a copy without it."""
    protection = PROTECTIONS[name]
    for part in ("src", "tests", "cases"):
        shutil.copytree(ROOT / part, place / part, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    shutil.copy(ROOT / "pyproject.toml", place)
    spoiled = place / "src" / "wherenow" / protection.file
    content = spoiled.read_text("utf-8")
    assert protection.protecting in content
    spoiled.write_text(content.replace(protection.protecting, protection.instead, 1), "utf-8")
    path, *rest = protection.test.split(" ")
    words = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "not slow", f"tests/{path}", *rest]
    here = {**os.environ, "PYTHONPATH": f"{place / 'src'}{os.pathsep}{place}", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            words, cwd=place, capture_output=True, text=True, timeout=10 * SECONDS, env=here, preexec_fn=limited
        )
    except subprocess.TimeoutExpired:
        return "hangs"
    if done.returncode < 0:
        return "hangs"  # ended by a limit on time or memory
    failed = done.returncode == 1 and "FAILED tests/" in done.stdout
    return "fails" if failed else f"{done.returncode}: {done.stdout[-2000:]}{done.stderr[-1000:]}"


@pytest.mark.slow
@pytest.mark.parametrize("name", PROTECTIONS)
def test_without_its_protection_a_promises_test_fails(name: str, tmp_path: Path) -> None:
    assert outcome(name, tmp_path) in (("fails", "hangs") if PROTECTIONS[name].hangs else ("fails",))
    note(f"protections/{name.replace(' ', '-')}")


@pytest.mark.parametrize("name", PROTECTIONS)
def test_each_protection_stands_where_it_is_looked_for(name: str) -> None:
    protection = PROTECTIONS[name]
    assert protection.protecting in (ROOT / "src" / "wherenow" / protection.file).read_text("utf-8")
    file, *selection = protection.test.split(" ")
    assert all(word in (ROOT / "tests" / file).read_text("utf-8") for word in selection if word != "-k")

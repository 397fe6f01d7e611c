"""Each protection is needed: without it, the test that stands for it fails. Seen anew in every `make validate`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LIMITS, WEB = "robust/test_limits.py -k", "robust/test_web.py -k"
ROOT = Path(__file__).parents[2]
PROTECTIONS = {
    "tags": ("case/yaml_reader.py", "        if tag:", "        if False:", f"{LIMITS} tag"),
    "aliases": ("case/yaml_reader.py", '"AliasEvent"', '"NoEvent"', "case/test_broken.py -k aliases"),
    "nesting": ("case/yaml_reader.py", "DEEPEST = 60", "DEEPEST = 10**9", "case/test_broken.py -k nesting"),
    "size": ("case/yaml_reader.py", "LARGEST_FILE = 2_0", "LARGEST_FILE = 2_0_0", "case/test_broken.py -k megabytes"),
    "plain files": ("case/yaml_reader.py", "if not path.is_file():", "if False:", f"{LIMITS} pipe"),
    "large hash": ("case/folder.py", "if not path.is_file() or", "if False and", f"{LIMITS} any_size"),
    "powers": ("language/units.py", "(wrong := _outsized(plain)) is not None", "False", f"{LIMITS} reckoned"),
    "attributes": ("language/units.py", "private = ", "private = False and ", f"{LIMITS} attribute"),
    "levels": ("claims/formula.py", "except RecursionError:", "except KeyError:", f"{LIMITS} too_deep"),
    "article": ("case/sentences.py", "(?<![.!?])[.!?]++", "[.!?]+", f"{LIMITS} article"),
    "state": ("inference/calibrate.py", "if inflated(path):", "if False:", f"{LIMITS} packed_state"),
    "draws": ("ensemble/draws.py", "if inflated(Path(path)):", "if False:", f"{LIMITS} packed_draws"),
    "workbook": ("exchange/external_data.py", "> MOST_UNPACKED:\n     ", "< 0:\n     ",
                 f"{LIMITS} workbook"),
    "seal": ("inference/posterior.py", "intact = sealed(path)", "intact = True", "robust/test_stored.py -k damaged"),
    "chain": ("outlook/ledger.py", "before != previous or digest != _hash", "False and digest != _hash",
              "outlook/test_ledger.py -k tampering"),
    "transaction": ("outlook/ledger.py", 'ledger.execute("BEGIN IMMEDIATE")', 'ledger.execute("SELECT 1")',
                    "outlook/test_ledger.py -k half_way"),
    "part": ("files.py", "beside = target.with_name(f", "beside = target if True else target.with_name(f",
             "test_files.py -k old_file"),
    "sync": ("files.py", "os.fsync(file.fileno())", "pass", f"{LIMITS} reaches"),
    "kernel": ("engine/disk.py", "digest() != content[:_DIGEST]", "digest() == b''",
               "engine/test_cache.py -k broken_file"),
    "host": ("web/guard.py", "not in LOCAL:", "is None:", "web/test_guard.py -k names_of_this_machine"),
    "token": ("web/guard.py", "self.token and not self._known", "False and not self._known",
              "web/test_guard.py -k token"),
    "length": ("web/guard.py", "_length(headers) > LARGEST_BODY", "False", "web/test_guard.py -k large_body"),
    "other sites": ("web/guard.py", "elif _from_elsewhere(", "elif False and _from_elsewhere(",
                    f"{WEB} another"),
    "slow body": ("web/guard.py", "_hurried(receive)", "receive", f"{WEB} does_not_come_is_given_up"),
    "slow head": ("web/listening.py", "self.transport.close()", "pass", f"{WEB} head"),
    "connections": ("web/listening.py", "limit_concurrency=MOST_CONNECTIONS,", "",
                    f"{WEB} more_connections"),
    "escaping": ("report/page.py", "autoescape=True", "autoescape=False", "robust/test_markup.py -k report"),
}  # fmt: skip
"""By name: the file, what protects, what takes its place, and the test that must then fail (or never end)."""


@pytest.mark.slow
@pytest.mark.parametrize("name", PROTECTIONS)
def test_without_its_protection_a_promises_test_fails(name: str, tmp_path: Path) -> None:
    file, protecting, instead, test = PROTECTIONS[name]
    for part in ("src", "tests", "cases"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    spoiled = tmp_path / "src" / "wherenow" / file
    content = spoiled.read_text("utf-8")
    assert protecting in content
    spoiled.write_text(content.replace(protecting, instead, 1), "utf-8")
    path, *rest = test.split(" ")
    words = [sys.executable, "-m", "pytest", "-q", "-x", f"tests/{path}", *rest]
    try:
        done = subprocess.run(
            words, cwd=tmp_path, capture_output=True, text=True, timeout=60, env=environment(tmp_path)
        )
    except subprocess.TimeoutExpired:
        return  # it hangs, which is what was protected from
    assert done.returncode not in (0, 5), done.stdout[-2000:]


def environment(root: Path) -> dict[str, str]:
    """So that the copy is what is imported, and may hold 4 GiB of memory at most."""
    import os

    return {**os.environ, "PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}", "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.mark.parametrize("name", PROTECTIONS)
def test_each_protection_stands_where_it_is_looked_for(name: str) -> None:
    file, protecting, _, test = PROTECTIONS[name]
    assert protecting in (ROOT / "src" / "wherenow" / file).read_text("utf-8")
    assert (ROOT / "tests" / test.split(" ")[0]).is_file()

"""A command's result is cached until something that it depends on changes, and is never stale or damaged."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wherenow import cache_store, result_cache

pytestmark = pytest.mark.cached

FILES = (
    "case.yaml", "claims.yaml", "model/lake.yaml", "model/.hidden.yaml", "data/lake.csv", "sentences.csv",
    "article.txt", "posterior.nc", "ledger.sqlite", "backtest.json", "later/2024/more.csv",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a file of every kind that commands read, and a place of its own for what is kept."""
    monkeypatch.setenv("WHERENOW_CACHE", str(tmp_path / "cache"))
    place = tmp_path / "case"
    for name in FILES:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(f"content of {name}")
    return place


class Making:
    """A function that counts how often it is called."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self):
        self.times += 1
        return {"times": self.times, "pair": (1.5, None)}


@pytest.fixture
def make():
    return Making()


def test_the_same_question_of_the_same_files_is_computed_once(folder, make):
    first = result_cache.cached("a", folder, make, draws=8)
    assert first == {"times": 1, "pair": [1.5, None]}
    assert result_cache.cached("a", folder, make, draws=8) == first


@pytest.mark.parametrize(("question", "asked"), [("b", {"draws": 8}), ("a", {"draws": 9}), ("a", {"draws": "8"})])
def test_another_question_or_argument_has_a_result_of_its_own(folder, make, question, asked):
    result_cache.cached("a", folder, make, draws=8)
    assert result_cache.cached(question, folder, make, **asked)["times"] == 2


@pytest.mark.parametrize("name", FILES)
def test_a_changed_byte_in_any_file_recomputes_the_result_regardless_of_its_date(folder, make, name):
    result_cache.cached("a", folder, make)
    path = folder / name
    dates = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    path.write_text(path.read_text().replace("content", "kontent"))
    os.utime(path, ns=dates)
    assert result_cache.cached("a", folder, make)["times"] == 2


def removed(folder):
    (folder / "sentences.csv").unlink()


def added(folder):
    (folder / "model" / "more.yaml").write_text("")


def renamed(folder):
    (folder / "claims.yaml").rename(folder / "claimz.yaml")


def swapped(folder):
    one, other = folder / "claims.yaml", folder / "case.yaml"
    contents = one.read_bytes(), other.read_bytes()
    other.write_bytes(contents[0])
    one.write_bytes(contents[1])


def moved_from_one_file_to_the_next(folder):
    (folder / "case.yaml").write_text("content of ")
    (folder / "claims.yaml").write_text("case.yamlcontent of claims.yaml")


def made_a_folder(folder):
    (folder / "sentences.csv").unlink()
    (folder / "sentences.csv").mkdir()


@pytest.mark.parametrize("change", [removed, added, renamed, swapped, moved_from_one_file_to_the_next, made_a_folder])
def test_added_removed_or_swapped_files_recompute_the_result(folder, make, change):
    result_cache.cached("a", folder, make)
    change(folder)
    assert result_cache.cached("a", folder, make)["times"] == 2


def test_an_unchanged_file_may_have_any_date_and_the_clock_may_go_back(folder, make, monkeypatch):
    result_cache.cached("a", folder, make)
    os.utime(folder / "case.yaml", (0, 2**33))
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert result_cache.cached("a", folder, make)["times"] == 1


def test_what_commands_write_into_the_folder_changes_nothing(folder, make):
    result_cache.cached("a", folder, make)
    (folder / "outlook.html").write_text("<p>")
    assert result_cache.cached("a", folder, make)["times"] == 1


def test_a_result_is_not_cached_if_a_file_changes_meanwhile(folder, make):
    def slow():
        (folder / "claims.yaml").write_text("edited meanwhile")
        return make()

    result_cache.cached("a", folder, slow)
    assert not list(folder.parent.glob("cache/*"))


def test_a_failure_is_not_cached(folder, make):
    def fail():
        raise ValueError

    with pytest.raises(ValueError):
        result_cache.cached("a", folder, fail)
    assert result_cache.cached("a", folder, make)["times"] == 1


@pytest.mark.parametrize(
    "harm", [lambda c: b"", lambda c: c[:-3], lambda c: c[:20] + bytes([c[20] ^ 1]) + c[21:], lambda c: c[:-1] + b" "]
)
def test_a_damaged_result_is_recomputed(folder, make, harm):
    result_cache.cached("a", folder, make)
    (path,) = (folder.parent / "cache").iterdir()
    path.write_bytes(harm(path.read_bytes()))
    assert result_cache.cached("a", folder, make)["times"] == 2
    assert result_cache.cached("a", folder, make)["times"] == 2


def test_a_result_of_another_version_of_the_code_is_not_used(folder, make, tmp_path, monkeypatch):
    package = tmp_path / "package"
    (package / "room").mkdir(parents=True)
    (package / "room" / "code.py").write_text("x = 1")
    (package / "room" / "grammar.lark").write_text("start:")
    monkeypatch.setattr(cache_store, "__file__", str(package / "cache_store.py"))
    monkeypatch.setattr(cache_store, "version_of", cache_store.version_of.__wrapped__)
    result_cache.cached("a", folder, make)
    for times, (name, content) in enumerate([("code.py", "x = 2"), ("grammar.lark", "start: A"), ("new.py", "")], 2):
        (package / "room" / name).write_text(content)
        assert result_cache.cached("a", folder, make)["times"] == times
    (package / "room" / "code.pyc").write_text("compiled")
    assert result_cache.cached("a", folder, make)["times"] == times


def test_another_version_of_a_library_is_another_result(folder, make, monkeypatch):
    result_cache.cached("a", folder, make)
    monkeypatch.setattr(result_cache, "machine", lambda: ("numpy 99",))
    assert result_cache.cached("a", folder, make)["times"] == 2


def test_a_full_disk_costs_no_more_than_the_time_to_compute_again(folder, make, monkeypatch):
    def full(self, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert [result_cache.cached("a", folder, make)["times"] for _ in range(2)] == [1, 2]
    assert not list(folder.parent.glob("cache/*"))


def test_a_folder_that_cannot_be_written_to_is_no_error(folder, make, monkeypatch):
    (folder.parent / "taken").write_text("a file where the folder would be")
    monkeypatch.setenv("WHERENOW_CACHE", str(folder.parent / "taken"))
    assert result_cache.cached("a", folder, make)["times"] == 1


def test_a_folder_of_more_files_than_a_case_has_is_not_hashed(folder, make, monkeypatch):
    monkeypatch.setattr(result_cache, "MOST_FILES", 3)
    assert [result_cache.cached("a", folder, make)["times"] for _ in range(2)] == [1, 2]


def test_a_cycle_of_file_links_ends_and_nothing_is_cached(folder, make):
    (folder / "again").symlink_to(folder, target_is_directory=True)
    assert [result_cache.cached("a", folder, make)["times"] for _ in range(2)] == [1, 2]


def test_a_file_deeper_than_those_of_a_case_is_not_overlooked(folder, make):
    deep = folder / "a" / "b" / "c" / "d" / "e"
    deep.mkdir(parents=True)
    (deep / "data.csv").write_text("1")
    result_cache.cached("a", folder, make)
    (deep / "data.csv").write_text("2")
    assert result_cache.cached("a", folder, make)["times"] == 2


def test_a_result_without_a_folder_is_computed_each_time(folder, make):
    assert [result_cache.cached("a", folder / "case.yaml", make)["times"] for _ in range(2)] == [1, 2]


TWO = """
import json, sys, time
from pathlib import Path
from wherenow.result_cache import cached
def make():
    time.sleep(0.3)  # so that the other one is at it too
    return {"numbers": list(range(200_000))}
assert cached("a", Path(sys.argv[1]), make) == {"numbers": list(range(200_000))}
"""


def test_two_processes_that_make_the_same_at_once_both_have_it_and_leave_one_whole_entry(folder):
    both = [subprocess.Popen([sys.executable, "-c", TWO, str(folder)]) for _ in range(2)]
    assert [one.wait(60) for one in both] == [0, 0]
    (path,) = (folder.parent / "cache").iterdir()
    body = cache_store.entry(path.name)
    assert body is not None
    assert json.loads(body)["numbers"][-1] == 199_999

"""The cache on disk stays within its limit, and returns only what was written."""

import os

import pytest

from wherenow import cache_store


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("WHERENOW_CACHE", str(tmp_path))
    return tmp_path


def test_an_entry_is_what_was_stored_under_its_name(place):
    cache_store.keep("a.program", b"content")
    assert cache_store.entry("a.program") == b"content"
    assert cache_store.entry("b.program") is None


@pytest.mark.parametrize("harm", [lambda c: c[:-1], lambda c: b"", lambda c: c[:40] + b"x" + c[41:], lambda c: c + c])
def test_an_entry_that_differs_from_what_was_written_is_ignored(place, harm):
    cache_store.keep("a.program", b"some content of it")
    path = place / "a.program"
    path.write_bytes(harm(path.read_bytes()))
    assert cache_store.entry("a.program") is None


def test_past_the_bound_what_was_not_used_for_longest_goes_and_nothing_of_others(place, monkeypatch):
    monkeypatch.setattr(cache_store, "MOST", 1000)
    (place / "model.xmile").write_bytes(b"x" * 5000)
    for i in range(4):
        cache_store.keep(f"{i}.kernel", bytes(200))
        os.utime(place / f"{i}.kernel", (i, i))
    cache_store.entry("0.kernel")  # used again
    cache_store.keep("4.program", bytes(200))
    assert sorted(p.name for p in place.iterdir()) == ["0.kernel", "3.kernel", "4.program", "model.xmile"]


def test_another_version_of_the_source_has_another_name():
    assert cache_store.version_of("engine") != cache_store.version_of("engine", "model")
    assert cache_store.key_of("a", "b") != cache_store.key_of("ab")


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_the_cache_folder_is_readable_by_its_owner_only(tmp_path, monkeypatch):
    monkeypatch.setenv("WHERENOW_CACHE", str(tmp_path / "new"))
    cache_store.keep("a.program", b"content")
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0

"""A part is read from disk only for the values from which it was computed, and reading it cannot execute anything."""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherenow import cache_store, parts
from wherenow.case.reader import read_case
from wherenow.errors import Text

pytestmark = pytest.mark.cached

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("WHERENOW_CACHE", str(tmp_path))
    return tmp_path


@given(a=VALUES, b=VALUES)
def test_two_values_have_one_hash_only_if_they_are_written_alike(a, b):
    assert (parts.content_of(a) == parts.content_of(b)) == (repr(a) == repr(b))


@given(values=st.lists(st.floats(allow_nan=False), min_size=1, max_size=4), place=st.integers(0, 3))
def test_the_last_bit_of_an_array_counts(values, place):
    array = np.array(values)
    other = array.copy()
    other[place % len(values)] = np.nextafter(other[place % len(values)], 0.0)
    assert (parts.content_of(array) == parts.content_of(other)) == (array.tobytes() == other.tobytes())


def test_how_a_value_was_made_does_not_count():
    text = "".join(["some ", "text"])
    assert parts.content_of((text, text), Text(text)) == parts.content_of(("some text", "some " + "text"), Text(text))


def test_everything_in_a_case_counts():
    case = read_case("school-influenza")
    assert parts.content_of(case) == parts.content_of(read_case("school-influenza"))
    claim = case.claims["brought-in"]
    other = replace(case, claims={**case.claims, claim.id: replace(claim, says="No boy brought it")})
    assert parts.content_of(case) != parts.content_of(other)


def test_a_value_that_is_not_data_is_refused():
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        parts.content_of(lambda: 1)


def test_a_part_is_computed_once_for_each_set_of_values():
    made = []

    def make():
        made.append(1)
        return {"values": np.arange(3.0), "of": Text("a"), "n": len(made)}

    first = parts.part("q", make, 1, "a")
    again = parts.part("q", make, 1, "a")
    assert len(made) == 1
    assert again["values"].tobytes() == first["values"].tobytes()
    assert again["of"] == first["of"]
    assert [parts.part(*asked)["n"] for asked in (("q", make, 2, "a"), ("other", make, 1, "a"))] == [2, 3]


def test_a_damaged_part_and_one_of_another_version_are_computed_again(place, monkeypatch):
    assert parts.part("q", lambda: [1], 1) == [1]
    for file in place.iterdir():
        file.write_bytes(file.read_bytes()[:-1] + b"?")
    assert parts.part("q", lambda: [2], 1) == [2]
    monkeypatch.setattr(cache_store, "version_of", lambda *packages: "another")
    assert parts.part("q", lambda: [3], 1) == [3]


@dataclass
class Foreign:
    """Not one of wherenow's classes; when read it would call what it names."""

    def __reduce__(self):
        return (os.getcwd, ())


def test_a_part_of_one_package_outlives_changes_of_the_others(monkeypatch):
    versions = {(): "all", ("foresight",): "foresight"}
    monkeypatch.setattr(cache_store, "version_of", lambda *packages: versions[packages])
    assert parts.part("mean", lambda: 1.0, packages=("foresight",)) == 1.0
    versions[()] = "all, changed"
    assert parts.part("mean", lambda: 2.0, packages=("foresight",)) == 1.0
    versions["foresight",] = "foresight, changed"
    assert parts.part("mean", lambda: 2.0, packages=("foresight",)) == 2.0


@pytest.mark.parametrize("named", [os.getcwd, eval, np.load, np.ufunc, Foreign(), cache_store.keep, Path])
def test_a_part_that_names_a_function_or_a_foreign_class_is_not_read(named):
    name = parts.name_of("q", 1)
    cache_store.keep(name, pickle.dumps(named))
    assert parts.stored(name) is None
    assert parts.part("q", lambda: "computed", 1) == "computed"


def test_a_part_does_not_reach_what_our_modules_import():
    name = parts.name_of("q", 1)
    cache_store.keep(name, b"\x80\x04\x8c\x0dwherenow.disk\x8c\x04Path\x93.")
    assert parts.stored(name) is None
    cache_store.keep(name, b"\x80\x04\x8c\x0dwherenow.disk\x8c\x09os.system\x93.")
    assert parts.stored(name) is None


def test_a_part_larger_than_allowed_is_not_stored(place, monkeypatch):
    monkeypatch.setattr(parts, "MOST", 100)
    assert len(parts.part("q", lambda: np.zeros(100), 1)) == 100
    assert list(place.iterdir()) == []

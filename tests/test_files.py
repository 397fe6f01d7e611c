"""Files that are complete at any moment."""

from pathlib import Path

import pytest

from wherenow.errors import UsageError
from wherenow.files import atomic_write


def test_files_exist_once_the_block_has_ended(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "a.txt") as beside:
        beside.write_text("new")
        assert not (tmp_path / "a.txt").exists()
    assert (tmp_path / "a.txt").read_text() == "new"


def half_written(path: Path) -> None:
    with atomic_write(path) as beside:
        beside.write_text("half")
        raise KeyError


def test_the_old_file_stays_and_nothing_is_left_beside_it_where_writing_fails(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(KeyError):
        half_written(tmp_path / "a.txt")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.txt", "old")]


def test_two_that_write_one_file_at_once_do_not_meet(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "a.txt") as first, atomic_write(tmp_path / "a.txt") as second:
        first.write_text("first")
        second.write_text("second")
    assert (tmp_path / "a.txt").read_text() == "first"  # whose block ended last


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match=r"cannot write .*no-folder"),
        atomic_write(tmp_path / "no-folder" / "a") as beside,
    ):
        beside.write_text("lost")


def test_a_file_has_the_access_that_the_process_gives_new_files(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "a.txt") as beside:
        beside.write_text("x")
    (tmp_path / "b.txt").write_text("x")
    assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "b.txt").stat().st_mode

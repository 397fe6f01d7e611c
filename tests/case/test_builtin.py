from pathlib import Path

import wherenow
from wherenow.case.builtin import located


def test_a_case_that_came_with_wherenow_is_found_by_its_name_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert wherenow.open("iraq-us").name == "iraq-us"


def test_a_folder_of_that_name_comes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "iraq-us").mkdir()
    assert located("iraq-us") == Path("iraq-us")


def test_an_unknown_name_stays_as_it_is():
    assert located("nowhere") == Path("nowhere")

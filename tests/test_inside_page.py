"""The page on how it works inside says what the code does."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "how-it-works-inside.md"


def test_every_example_gives_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert (failed, tried > 20) == (0, True)


def test_every_module_that_it_names_is_there() -> None:
    source = PAGE.parents[1] / "src" / "wherenow"
    drawing = (PAGE.parent / "images" / "inside.svg").read_text("utf-8")
    named = {
        word for text in (PAGE.read_text("utf-8"), drawing) for word in re.findall(r"(?:[a-z_]+/)+[a-z_]+\.py", text)
    }
    assert {name for name in named if not (source / name).exists()} == set()

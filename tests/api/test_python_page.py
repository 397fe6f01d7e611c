"""``docs/python.md``: its examples run from top to bottom."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import wherenow

PAGE = (Path(__file__).parents[2] / "docs" / "python.md").read_text(encoding="utf-8")


def test_every_example_runs_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(code, "python.md", "exec"), names)
    assert {path.name for path in tmp_path.iterdir()} == {
        "epidemic-too.mdl", "epidemic.xmile", "rewritten.mdl", "epidemic", "from-xmile"
    }  # fmt: skip
    assert names["world"].game.time == 1  # type: ignore[attr-defined]


def test_the_environment_is_one_that_gymnasium_accepts() -> None:
    from gymnasium.utils.env_checker import check_env

    code = re.search(r"```python\n(import gymnasium.*?)```", PAGE, re.DOTALL)
    assert code is not None
    names: dict[str, object] = {"m": wherenow.open("epidemic.mdl")}
    exec(compile(code[1], "python.md", "exec"), names)
    check_env(names["world"], skip_render_check=True)  # type: ignore[arg-type]


def test_the_page_names_every_function() -> None:
    functions = [name for name in wherenow.__all__ if name[0].islower()]
    assert [name for name in functions if f"`{name}`" not in PAGE and f"wherenow.{name}" not in PAGE] == ["read_draws"]

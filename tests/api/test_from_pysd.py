"""The page "From PySD in five minutes", run from top to bottom: each pair of calls gives the same numbers."""

from __future__ import annotations

import re
import shutil
import sys
import warnings
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wherenow.api.opened import EXAMPLES
from wherenow.language.syntax import canonical

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "from-pysd.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
RESULTS = ("stocks", "ends", "causes")


def columns(result: Any) -> dict[str, np.ndarray]:
    """A table of PySD or a Dataset of ours, by canonical name."""
    if isinstance(result, list):
        return {"": np.array(result)}
    if not hasattr(result, "data_vars"):
        return {canonical(name): np.asarray(result[name], float) for name in result.columns}
    found = {}
    for name, values in result.data_vars.items():
        axes = [values[d].to_numpy() for d in values.dims if d != "time"]
        elements = [f"[{','.join(map(str, e))}]" for e in product(*axes)] if axes else [""]
        table = values.transpose("time", ...).to_numpy().reshape(len(values.time), -1)
        found.update({f"{name}{element}": column for element, column in zip(elements, table.T, strict=True)})
    return found


def pairs(here: Path) -> Iterator[tuple[str, dict[str, np.ndarray], dict[str, np.ndarray]]]:
    """The page typed line by line; what PySD gave and what we gave, wherever both have given a new result."""
    names: dict[str, Any] = {}
    waiting = None
    for code in BLOCKS:
        theirs = is_theirs(code)
        exec(compile(code, "from-pysd.md", "exec"), names)
        made = [line.partition(" = ")[0] for line in code.splitlines()][-1]
        if theirs and made in RESULTS:
            waiting = columns(names[made])
        elif not theirs and made in ("run", "ends", "causes") and waiting is not None:
            yield code, waiting, columns(names[made])
            waiting = None


def is_theirs(code: str) -> bool:
    return "model." in code or "pysd" in code


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(EXAMPLES / "teacup.mdl", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_pair_of_calls_gives_the_same_numbers(here: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = list(pairs(here))
    assert len(found) == 16
    for code, theirs, ours in found:
        shared = sorted(set(theirs) & set(ours))
        assert shared, code
        for name in shared:
            if ours[name].dtype.kind == "U":
                assert ours[name].tolist() == theirs[name].tolist()
                continue
            np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-9, err_msg=code)


def test_the_tables_of_variables_name_the_same_variables(here: Path) -> None:
    import pysd

    import wherenow

    theirs = {canonical(name) for name in pysd.read_vensim("teacup.mdl").doc["Real Name"]}
    assert set(wherenow.open("teacup.mdl").variables.index) <= theirs


def test_our_half_runs_without_pysd_in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "pysd", None)
    names: dict[str, Any] = {}
    for code in BLOCKS:
        if not is_theirs(code):
            exec(compile(code, "from-pysd.md", "exec"), names)
    assert (tmp_path / "teacup.nc").is_file()
    assert len(names["runs"]) == 10_000

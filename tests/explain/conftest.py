"""Small models with a planted mechanism, against which explanations can be checked."""

from collections.abc import Callable
from pathlib import Path

import pytest

from wherenow.case.case_types import Case
from wherenow.case.reader import read_case

HEAD = """schema: 1
name: planted
title: Planted
question: What did it?
about: A model whose mechanism is known.
time: { start: 2000-01, stop: 2010-01, unit: year, step: 1/12, save: 1/12, method: euler }
cutoff: 2008-01-01
"""


@pytest.fixture(scope="session")
def planted(tmp_path_factory) -> Callable[..., Case]:
    """Makes a case of equations (``name: kind: text`` as ``{"x": "auxiliary: 2 * y"}``) and one claim, ``it``.

    A name may say its sector, ``town.x``; others are in one sector. ``loops`` are those of ``loops.yaml``.
    """

    def make(equations: dict[str, str], claim: dict[str, object], loops: str = "") -> Case:
        folder: Path = tmp_path_factory.mktemp("planted")
        (folder / "model").mkdir()
        (folder / "case.yaml").write_text(HEAD)
        sectors: dict[str, list[str]] = {}
        for place, text in equations.items():
            sector, _, name = place.rpartition(".")
            lines = sectors.setdefault(sector or "all", ["sector: { title: All, about: Everything. }"])
            lines += [f"{name}:", f"  {text}", "  unit: 1", f"  about: {name}.", "  assumption: Planted."]
        for sector, lines in sectors.items():
            lines[0] = f"sector: {{ title: {sector.title()}, about: Everything. }}"
            (folder / "model" / f"{sector}.yaml").write_text("\n".join(lines) + "\n")
        said = {"kind": "cause", "says": "It", "note": "Planted.", **claim}
        body = "\n".join(f"  {key}: {value}" for key, value in said.items())
        (folder / "claims.yaml").write_text(f"it:\n{body}\n")
        if loops:
            (folder / "loops.yaml").write_text(loops)
        return read_case(folder)

    return make

"""Files of earlier versions are read unchanged, and a recorded run can be repeated with the same bits."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.robust.cases import LITTLE, line

from wherenow.case.case_types import Case
from wherenow.case.reader import read_case
from wherenow.case.scenario import scenario_of
from wherenow.engine import noise
from wherenow.ensemble.draws import draw
from wherenow.ensemble.simulate import simulate
from wherenow.errors import InputError
from wherenow.foresight.ledger import entries
from wherenow.inference.calibrate import calibrate
from wherenow.inference.posterior import FORMAT, read_posterior

STORED = Path(__file__).with_name("stored")
LAKE = Path(__file__).parents[1] / "case" / "schema_1"


@pytest.mark.parametrize("form", range(1, FORMAT + 1))
def test_a_posterior_of_each_format_is_read(form: int) -> None:
    found = read_posterior(STORED / f"posterior-{form}.nc")
    assert len(found) == 128
    assert set(line().priors) <= set(found.names)
    assert found.record["case"] == "line"


def test_a_posterior_of_a_later_format_is_refused_by_name(tmp_path: Path) -> None:
    import h5py

    path = tmp_path / "posterior.nc"
    shutil.copy(STORED / "posterior-1.nc", path)
    with h5py.File(path, "r+") as file:
        record = json.loads(file.attrs["wherenow"])
        file.attrs["wherenow"] = json.dumps({**record, "format": FORMAT + 1})
    with pytest.raises(InputError, match="newer wherenow"):
        read_posterior(path)


@pytest.mark.parametrize("harm", ["one bit", "cut short", "its seal lost"])
def test_a_damaged_posterior_is_refused(tmp_path: Path, harm: str) -> None:
    content = bytearray((STORED / f"posterior-{FORMAT}.nc").read_bytes())
    if harm == "one bit":
        content[len(content) // 2] ^= 1
    path = tmp_path / "posterior.nc"
    path.write_bytes(content[: {"one bit": len(content), "cut short": -500, "its seal lost": -81}[harm]])
    with pytest.raises(InputError, match=r"damaged|it is truncated"):
        read_posterior(path)


def test_a_ledger_of_the_first_version_is_read(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    shutil.copy(STORED / "ledger-1.sqlite", path)
    found = entries(path)
    assert len(found) == 12
    assert sum(e.outcome is not None for e in found) == 6


def recorded(name: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((STORED / name).read_text("utf-8"))
    return record


def bits(case: Case, record: dict[str, Any]) -> str:
    scenario = scenario_of(case, record["scenario"] or None)
    runs = simulate(case, draw(case, record["draws"], record["seed"]), scenario, engine=record["engine"])
    assert (runs.record.case_hash, runs.record.draws_hash) == (record["case_hash"], record["draws_hash"])
    return hashlib.sha256(runs.values.tobytes()).hexdigest()


def test_a_recorded_run_made_again_has_the_same_bits() -> None:
    record = recorded("run-1.json")
    assert bits(read_case(LAKE), record) == record["values"]


def test_a_recorded_run_with_noise_of_this_version_made_again_has_the_same_bits() -> None:
    """Where this fails for want of a file or for other bits, the noise has changed: raise ``noise.VERSION``."""
    record = recorded(f"walk-{noise.VERSION}.json")
    assert bits(read_case(STORED / "walk"), record) == record["values"]


def test_a_posterior_says_where_its_noise_was_of_another_version() -> None:
    found = read_posterior(STORED / f"posterior-{FORMAT}.nc")
    now, before = ({**found.record, "noise": noise.VERSION - back} for back in (0, 1))
    assert replace(found, record=now).remark == ""
    assert f"noise of version {noise.VERSION - 1}; this engine's" in replace(found, record=before).remark


def test_a_calibration_is_not_gone_on_with_under_noise_of_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    effort, state = replace(LITTLE, rounds=1), tmp_path / "state.npz"
    assert calibrate(line(), 1, effort, state_file=state).record["noise"] == noise.VERSION
    monkeypatch.setattr(noise, "VERSION", noise.VERSION + 1)
    with pytest.raises(InputError, match="another"):
        calibrate(line(), 1, effort, state_file=state, resume=True)

"""What was stored by earlier versions is read as it was, and a record can be run again to the same bits."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from tests.robust.cases import forecasting, line

from wherenow.case.reader import read_case
from wherenow.ensemble.draws import draw
from wherenow.ensemble.simulate import simulate
from wherenow.errors import InputError
from wherenow.inference.posterior import FORMAT, read_posterior
from wherenow.outlook.ledger import entries
from wherenow.outlook.predictions import probabilities

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
    with pytest.raises(InputError, match=r"damaged|end is missing"):
        read_posterior(path)


def test_a_ledger_of_the_first_version_is_read(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    shutil.copy(STORED / "ledger-1.sqlite", path)
    found = entries(path)
    assert len(found) == 12
    assert sum(e.outcome is not None for e in found) == 6


def test_a_recorded_forecast_made_again_has_the_same_probability_to_the_bit(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    shutil.copy(STORED / "ledger-1.sqlite", path)
    case = forecasting()
    draws = draw(case, 64)
    again = {p.prediction.id: p.share.share for p in probabilities(case, draws, threads=1)}
    for entry in entries(path):
        assert (entry.case_hash, entry.draws_hash) == (case.hash, draws.hash)
        assert again[entry.id] == entry.p


def test_a_recorded_run_made_again_has_the_same_bits() -> None:
    record = json.loads((STORED / "run-1.json").read_text("utf-8"))
    case = read_case(LAKE)
    runs = simulate(case, draw(case, record["draws"], record["seed"]), record["scenario"], engine=record["engine"])
    assert (runs.record.case_hash, runs.record.draws_hash) == (record["case_hash"], record["draws_hash"])
    assert hashlib.sha256(runs.values.tobytes()).hexdigest() == record["values"]

"""Trajectories written to a Zarr store."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import xarray

from wherenow.case.reader import read_case
from wherenow.ensemble import stream
from wherenow.ensemble.draws import draw
from wherenow.ensemble.simulate import simulate
from wherenow.ensemble.stream import stream_runs
from wherenow.errors import UsageError
from wherenow.execution import Execution
from wherenow.inference.posterior import draws_from

DRAWS = 150


@pytest.fixture(scope="module")
def town():
    return read_case(Path(__file__).parents[1] / "cases" / "town")


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(stream, "SHARD", 32)


def draws_at(case, seed=5):
    return partial(draws_from, case, seed, "best")


def test_a_store_has_the_bits_of_runs_in_memory(town, tmp_path):
    stream_runs(town, draws_at(town), DRAWS, tmp_path / "runs.zarr", ("population",))
    kept = simulate(town, draw(town, DRAWS, 5), None, ("population",))
    found = xarray.open_zarr(tmp_path / "runs.zarr", consolidated=False)
    assert found["time"].values == pytest.approx(kept.times)
    (name,) = (n for n in found.data_vars if n.lower() == "population")
    assert np.array_equal(found[name].values.T, kept.values[0])
    assert found[name].dims == ("draw", "time")


def count_of(progress: str) -> int:
    """The draws done, of "96 of 1,000 draws"."""
    return int(progress.split()[0].replace(",", ""))


def test_an_interrupted_store_continues(town, tmp_path):
    def stop(progress: str) -> None:
        if count_of(progress) > 60:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stream_runs(town, draws_at(town), DRAWS, tmp_path / "runs.zarr", execution=Execution(progress=stop))
    seen = []
    stream_runs(town, draws_at(town), DRAWS, tmp_path / "runs.zarr", execution=Execution(progress=seen.append))
    assert count_of(seen[0]) == 96  # the two shards that were there are not run again
    stream_runs(town, draws_at(town), DRAWS, tmp_path / "whole.zarr")
    ours, theirs = (xarray.open_zarr(tmp_path / n, consolidated=False) for n in ("runs.zarr", "whole.zarr"))
    assert ours.identical(theirs)


def test_a_store_of_another_ensemble_is_refused(town, tmp_path):
    stream_runs(town, draws_at(town), 40, tmp_path / "runs.zarr")
    with pytest.raises(UsageError, match="another ensemble"):
        stream_runs(town, draws_at(town, seed=6), 40, tmp_path / "runs.zarr")


def test_a_place_that_is_no_store_is_refused(town, tmp_path):
    (tmp_path / "runs.zarr").write_text("no store")
    with pytest.raises(UsageError, match="not a Zarr store"):
        stream_runs(town, draws_at(town), 40, tmp_path / "runs.zarr")

"""Work on a cluster: the same bits as on one machine, whichever process dies."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import xarray
from tests.robust import clusters
from tests.robust.cases import LITTLE, line

from wherenow.case.case_types import Case
from wherenow.case.reader import read_case
from wherenow.cluster import LOCAL, each, local
from wherenow.ensemble import stream, summary
from wherenow.ensemble.stream import stream_runs
from wherenow.ensemble.summary import summarize
from wherenow.errors import UsageError
from wherenow.execution import Execution
from wherenow.foresight.trials.trial import trial
from wherenow.inference.posterior import draws_from

DRAWS = 640


@pytest.fixture(scope="module")
def walk() -> Case:
    return read_case(Path(__file__).with_name("stored") / "walk")


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summary, "SHARD", 32)
    monkeypatch.setattr(stream, "SHARD", 32)


def test_a_backtest_on_a_cluster_has_the_bits_of_one_machine() -> None:
    here, there = (
        trial(line(), (5.0, 7.0), (2.0,), effort=LITTLE, execution=Execution(threads=1, cluster=where), draws=50)
        for where in ("", LOCAL)
    )
    assert [(d.evidence, d.scores) for d in here.data] == [(d.evidence, d.scores) for d in there.data]


def test_noise_of_a_draw_does_not_depend_on_the_shard_it_is_in(walk: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    draws_at = partial(draws_from, walk, 5, "best")
    small = summarize(walk, draws_at, DRAWS)
    monkeypatch.setattr(summary, "SHARD", DRAWS)
    whole = summarize(walk, draws_at, DRAWS)
    assert np.array_equal(small.least, whole.least)
    assert np.array_equal(small.greatest, whole.greatest)


def test_a_part_whose_workers_die_more_often_than_dask_allows_is_done_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dask
    import distributed  # noqa: F401 - before settings for it: those set earlier take all of its own with them

    monkeypatch.syspath_prepend(Path(__file__).parents[2])  # so that workers find the work
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}), local(2) as cluster:
        found = list(each(partial(clusters.fatal, 2, tmp_path), [2, 3], cluster.scheduler_address))
    assert found == [4, 9]
    assert [(tmp_path / key).read_text() for key in ("2", "3")] == ["xx", "xx"]


def test_an_ensemble_goes_on_where_the_scheduler_was_killed(walk: Case, tmp_path: Path) -> None:
    draws_at = partial(draws_from, walk, 5, "best")
    with clusters.cluster() as (address, scheduler):
        stream_runs(walk, draws_at, DRAWS, tmp_path / "there.zarr", execution=Execution(cluster=address))

        def lose(progress: str) -> None:
            if progress.startswith("96 "):
                clusters.kill(scheduler)

        with pytest.raises(UsageError, match="the cluster was lost"):
            summarize(
                walk, draws_at, DRAWS, execution=Execution(cluster=address, progress=lose), kept=tmp_path / "kept"
            )
    assert 3 <= len(list((tmp_path / "kept").iterdir())) < DRAWS // 32
    assert summarize(walk, draws_at, DRAWS, kept=tmp_path / "kept").hash == summarize(walk, draws_at, DRAWS).hash
    stream_runs(walk, draws_at, DRAWS, tmp_path / "here.zarr")
    here, there = (xarray.open_zarr(tmp_path / f"{name}.zarr", consolidated=False) for name in ("here", "there"))
    assert here.identical(there)


def test_shards_of_another_version_of_noise_are_refused(
    walk: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws_at = partial(draws_from, walk, 5, "best")
    summarize(walk, draws_at, 64, kept=tmp_path / "kept")
    stream_runs(walk, draws_at, 64, tmp_path / "runs.zarr")
    monkeypatch.setattr(summary.noise, "VERSION", summary.noise.VERSION + 1)
    with pytest.raises(UsageError, match="another ensemble"):
        summarize(walk, draws_at, 64, kept=tmp_path / "kept")
    with pytest.raises(UsageError, match="another ensemble"):
        stream_runs(walk, draws_at, 64, tmp_path / "runs.zarr")

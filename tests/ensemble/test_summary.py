"""Summaries of ensembles too large to store."""

import logging
import os
import signal
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from distributed import LocalCluster

from wherenow.case.reader import read_case
from wherenow.cluster import LOCAL
from wherenow.ensemble import summary as summaries
from wherenow.ensemble.draws import draw
from wherenow.ensemble.simulate import simulate
from wherenow.ensemble.summary import summarize
from wherenow.errors import UsageError
from wherenow.execution import Execution
from wherenow.inference.posterior import draws_from

DRAWS = 1000


@pytest.fixture(scope="module")
def town():
    return read_case(Path(__file__).parents[1] / "cases" / "town")


@pytest.fixture
def small_shards(monkeypatch):
    monkeypatch.setattr(summaries, "SHARD", 64)


def draws_at(case, seed=5):
    return partial(draws_from, case, seed, "best")


def test_the_summary_equals_that_of_stored_trajectories(town, small_shards):
    found = summarize(town, draws_at(town), DRAWS)
    values = simulate(town, draw(town, DRAWS, 5)).values
    assert found.mean == pytest.approx(values.mean(axis=2), rel=1e-12)
    assert found.variance == pytest.approx(values.var(axis=2), rel=1e-9, abs=1e-12)
    assert np.array_equal(found.least, values.min(axis=2))
    assert np.array_equal(found.greatest, values.max(axis=2))
    assert found.draws == DRAWS
    assert found.lost == 0


def test_a_part_of_an_ensemble_has_the_draws_of_the_whole(town):
    whole, part = draw(town, 300, 5), draw(town, 100, 5, first=150)
    assert np.array_equal(part.values, whole.values[:, 150:250])
    assert part.first == 150


def test_a_cluster_gives_the_same_bits(town, small_shards):
    here = summarize(town, draws_at(town), DRAWS, execution=Execution(threads=2))
    assert summarize(town, draws_at(town), DRAWS, execution=Execution(cluster=LOCAL)).hash == here.hash


def count_of(progress: str) -> int:
    """The draws done, of "96 of 1,000 draws"."""
    return int(progress.split()[0].replace(",", ""))


def test_workers_that_die_change_no_bit(town, small_shards):
    here = summarize(town, draws_at(town), 3000)
    quiet = {"dashboard_address": None, "silence_logs": logging.CRITICAL}
    killed = []
    with LocalCluster(n_workers=2, threads_per_worker=1, **quiet) as cluster:

        def kill(progress: str) -> None:
            done = count_of(progress)
            if done // 64 in (5, 20, 35):  # shards are under way on both workers
                nanny = list(cluster.workers.values())[len(killed) % 2]
                if nanny.process is not None and nanny.process.process is not None:
                    os.kill(nanny.process.process.pid, signal.SIGKILL)
                    killed.append(done)

        found = summarize(
            town, draws_at(town), 3000, execution=Execution(cluster=cluster.scheduler_address, progress=kill)
        )
    assert killed
    assert found.hash == here.hash


def test_stored_results_are_not_recomputed_and_have_the_same_bits(town, small_shards, tmp_path):
    def stop(progress: str) -> None:
        if count_of(progress) > 300:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        summarize(town, draws_at(town), DRAWS, kept=tmp_path, execution=Execution(progress=stop))
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert len(kept) == 5
    assert summarize(town, draws_at(town), DRAWS, kept=tmp_path).hash == summarize(town, draws_at(town), DRAWS).hash
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


def test_a_damaged_shard_is_made_again(town, small_shards, tmp_path):
    first = summarize(town, draws_at(town), 200, kept=tmp_path)
    damaged = next(iter(tmp_path.iterdir()))
    damaged.write_bytes(damaged.read_bytes()[:-20])
    assert summarize(town, draws_at(town), 200, kept=tmp_path).hash == first.hash


def test_shards_of_another_ensemble_are_refused(town, small_shards, tmp_path):
    summarize(town, draws_at(town), 200, kept=tmp_path)
    with pytest.raises(UsageError, match="another ensemble"):
        summarize(town, draws_at(town, seed=6), 200, kept=tmp_path)

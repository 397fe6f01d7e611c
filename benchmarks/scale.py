"""A large ensemble of the Iraq–US case on a local Dask cluster of two workers, against two threads of one process."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.measure import Entry, entry, pin
from wherenow.case.reader import read_case
from wherenow.cluster import local
from wherenow.ensemble.summary import EnsembleSummary, summarize
from wherenow.execution import Execution
from wherenow.inference.posterior import draws_from

CASE = Path(__file__).parents[1] / "cases" / "iraq-us"
DRAWS = 10_000_000
EVERY = 10.0
"""Seconds between deaths of workers."""


def scale() -> Iterator[Entry]:
    """Overhead without losses, then the time with a worker killed every ten seconds."""
    pin(2)
    case = read_case(CASE)
    draws_at = partial(draws_from, case, 1, "best")
    shown = tuple(case.outlook.show)

    def taken(draws: int, cluster: str = "") -> tuple[EnsembleSummary, float]:
        begun = time.perf_counter()
        found = summarize(case, draws_at, draws, shown, execution=Execution(threads=2, cluster=cluster))
        return found, time.perf_counter() - begun

    with local(2) as cluster:
        address = cluster.scheduler_address
        taken(1000)
        taken(2 * 16_384, address)  # workers load the case and the kernel once
        alone, seconds = taken(DRAWS)
        theirs, distributed = taken(DRAWS, address)
        same = "same bits" if theirs.hash == alone.hash else "OTHER BITS"
        size = f"{DRAWS:,} draws, {len(alone.saved)} series at {len(alone.times)} times"
        yield entry("Iraq–US on two workers, against two threads", size, distributed, seconds, at_least=0.9, note=same)
        stop, killed = threading.Event(), list[float]()

        def kill() -> None:
            while not stop.wait(EVERY):
                nanny = list(cluster.workers.values())[len(killed) % 2]
                if nanny.process is not None and nanny.process.process is not None:
                    os.kill(nanny.process.process.pid, signal.SIGKILL)
                    killed.append(time.perf_counter())

        killer = threading.Thread(target=kill)
        killer.start()
        survived, wounded = taken(DRAWS, address)
        stop.set()
        killer.join()
    same = "same bits" if survived.hash == alone.hash else "OTHER BITS"
    yield entry("the same, a worker killed every 10 s", size, wounded, seconds, note=f"{len(killed)} killed; {same}")

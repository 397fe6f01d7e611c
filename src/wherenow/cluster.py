"""Map work over this process or a Dask cluster, to the same bits.

Work is a pure function of a key (for an ensemble, the number of a shard's first draw). Results arrive in the order of
the keys, whatever the number of workers, and even if workers die: Dask repeats the work of a dead worker.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar, cast

from wherenow.errors import UsageError

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")
LOCAL = "local"
"""The name of a cluster on this machine with one process per core."""
AHEAD = 3
"""Tasks in flight for each worker, so that none waits; more would only fill memory with results."""
AGAIN = 50
"""Maximum number of resubmissions of a task that Dask abandoned because several workers died."""
_SETTINGS = {
    # Dask makes the allocator return each freed array at once, which costs our workers 17,000 page faults per shard
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 1 << 28,
    "distributed.worker.profile.enabled": False,
}
"""Settings of workers that we start ourselves."""


def each(work: Callable[[Key], Result], keys: Sequence[Key], cluster: str = "") -> Iterator[Result]:
    """Yield the result of ``work`` for each of ``keys``, in order.

    ``cluster`` is empty for this process, :data:`LOCAL`, or the address of a Dask scheduler whose workers have wherenow
    installed. On a cluster, ``work`` and its results must be picklable, and both sides trust them: do not use a cluster
    that strangers can reach.

    Raises
    ------
    UsageError
        If no scheduler answers, the cluster is lost, or dask is not installed.
    """
    if not cluster:
        yield from map(work, keys)
        return
    with _client(cluster) as client:
        yield from _gathered(client, work, keys)


def _gathered(client: Client, work: Callable[[Key], Result], keys: Sequence[Key]) -> Iterator[Result]:
    from asyncio import CancelledError

    from distributed import KilledWorker
    from distributed.comm.core import CommClosedError

    # a plugin reaches each worker once, including those that join or restart later; scattered data would be lost
    # with the workers that hold them, and work sent with each task would all pass through the scheduler
    parcel = pickle.dumps(work)
    name = f"wherenow-{hashlib.sha256(parcel).hexdigest()}"
    waiting = iter(keys)

    def submit(key: Key) -> tuple[Key, Any]:
        return key, client.submit(_done, name, key, pure=False)

    def result(key: Key, future: Any) -> Result:
        for _ in range(AGAIN):
            try:
                return cast(Result, future.result())
            except KilledWorker:
                _, future = submit(key)
        raise UsageError(f"every worker that took up part {key} of the work died")

    try:
        client.register_plugin(_delivery(name, parcel), name)
        workers = max(1, len(client.scheduler_info()["workers"]))
        under_way = deque(submit(key) for key in islice(waiting, AHEAD * workers))
        while under_way:
            key, future = under_way.popleft()
            value = result(key, future)
            under_way.extend(submit(key) for key in islice(waiting, 1))
            yield value
        client.unregister_worker_plugin(name)  # type: ignore[no-untyped-call]
    except (CommClosedError, CancelledError, TimeoutError, OSError) as error:
        reason = str(error) or type(error).__name__
        hint = "start it again; stored shards are not computed again"
        raise UsageError(f"the cluster was lost: {reason}", hint) from None


_KEPT: OrderedDict[str, Callable[[Any], object]] = OrderedDict()
"""A worker's own copies of recent works, newest last, so that it compiles a model once."""


def _delivery(name: str, parcel: bytes) -> Any:
    """Return the plugin that brings work to a worker when it is registered or when the worker starts."""
    from distributed import WorkerPlugin

    class Delivery(WorkerPlugin):
        def setup(self, worker: object) -> None:
            _keep(name, parcel)  # by reference: a function pickled by value has its own globals

    return Delivery()


def _keep(name: str, parcel: bytes) -> None:
    if name not in _KEPT:
        _KEPT[name] = pickle.loads(parcel)
    while len(_KEPT) > 2:
        _KEPT.popitem(last=False)


def _done(name: str, key: Hashable) -> object:
    return _KEPT[name](key)


@contextmanager
def local(workers: int) -> Iterator[LocalCluster]:
    """Run a cluster of single-threaded processes on this machine, and stop it at the end of the block."""
    import dask
    from distributed import LocalCluster

    with (
        dask.config.set(_SETTINGS),
        LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL
        ) as started,
    ):
        yield started


@contextmanager
def _client(cluster: str) -> Iterator[Client]:
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        raise UsageError(f"a cluster needs {error.name}", "pip install 'wherenow[distributed]'") from None
    if cluster == LOCAL:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        with local(cores) as own, Client(own) as client:  # type: ignore[no-untyped-call]
            yield client
        return
    try:
        client = Client(cluster, timeout="10s")  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TimeoutError) as error:
        raise UsageError(f"no Dask scheduler answers at {cluster}: {error}") from None
    with client:
        yield client

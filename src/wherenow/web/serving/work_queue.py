"""A work queue that runs only the newest waiting job of each client, and a cache that computes a value once."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")
CLIENTS = 4096
"""Maximum number of remembered clients; the least recent are dropped first."""


class SupersededError(Exception):
    """A newer request of the same client has arrived."""


class WorkQueue:
    """A queue that runs ``at_once`` jobs at a time, each in its own thread; waiting jobs occupy no thread.

    Reusing a few threads also keeps memory use steady, because each has its own allocation arena.
    """

    def __init__(self, at_once: int, name: str = "turn") -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix=name)
        self._newest: OrderedDict[str, int] = OrderedDict()
        self._guard = threading.Lock()

    async def do(self, work: Callable[[], T], client: str = "", number: int = 0) -> T:
        """Return the result of ``work`` once its turn comes.

        ``number`` increases over a client's requests; a client without a name is never superseded. Raises
        SupersededError, without doing the work, if a newer request of the client arrives while this one waits.
        """
        if client:
            self._note(client, number)

        def newest() -> T:
            if client and self._newest.get(client, number) > number:
                raise SupersededError
            return work()

        return await asyncio.get_running_loop().run_in_executor(self._threads, newest)

    def close(self) -> None:
        """Cancel the jobs that have not begun."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _note(self, client: str, number: int) -> None:
        with self._guard:
            self._newest[client] = max(number, self._newest.get(client, number))
            self._newest.move_to_end(client)
            while len(self._newest) > CLIENTS:
                self._newest.popitem(last=False)


K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SingleFlight(Generic[K, V]):
    """At most ``most`` values by key; those in ``always`` stay, and the least recently used are evicted first."""

    def __init__(self, most: int, always: frozenset[K] = frozenset()) -> None:
        self._most, self._always = most, always
        self._values: OrderedDict[K, Future[V]] = OrderedDict()
        self._guard = threading.Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K, make: Callable[[], V]) -> V:
        """Return the value of ``key``, computing it if necessary; concurrent callers wait for it.

        An exception from ``make`` reaches every waiting caller and is not cached.
        """
        with self._guard:
            future = self._values.get(key)
            mine = future is None
            if future is None:
                future = self._values[key] = Future()
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                del self._values[next(k for k in self._values if k not in self._always)]
        if mine:
            try:
                future.set_result(make())
            except BaseException as error:
                with self._guard:
                    self._values.pop(key, None)
                future.set_exception(error)
        return future.result()

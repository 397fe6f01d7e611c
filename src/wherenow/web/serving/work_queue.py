"""A work queue that runs a few jobs at a time, in order, and of each client's waiting jobs only the newest."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

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

"""A work queue: a few pieces at a time, in order; of one person's pieces only the newest is worth doing."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
CLIENTS = 4096
"""Clients remembered; those not heard of for longest are forgotten first."""


class SupersededError(Exception):
    """A newer request of the same client has come."""


class Turns:
    """Does ``at_once`` pieces of work at a time, each in a thread of its own; what waits occupies none.

    Few threads, always the same, also keep memory steady: each has an arena of its own to allocate from.
    """

    def __init__(self, at_once: int, name: str = "turn") -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix=name)
        self._newest: OrderedDict[str, int] = OrderedDict()
        self._guard = threading.Lock()

    async def do(self, work: Callable[[], T], client: str = "", number: int = 0) -> T:
        """What ``work`` returns, as soon as it is its turn.

        ``number`` ascends over a client's requests; a client without a name is never superseded. Raises SupersededError
        where a newer request of the client came while this one waited: then the work is not done.
        """
        if client:
            self._note(client, number)

        def newest() -> T:
            if client and self._newest.get(client, number) > number:
                raise SupersededError
            return work()

        return await asyncio.get_running_loop().run_in_executor(self._threads, newest)

    def close(self) -> None:
        """Gives up what has not begun."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _note(self, client: str, number: int) -> None:
        with self._guard:
            self._newest[client] = max(number, self._newest.get(client, number))
            self._newest.move_to_end(client)
            while len(self._newest) > CLIENTS:
                self._newest.popitem(last=False)

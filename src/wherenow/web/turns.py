"""Dropping work that has been superseded: of one person's requests only the newest is worth doing."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

CLIENTS = 4096
"""Clients remembered; those not heard of for longest are forgotten first."""


class SupersededError(Exception):
    """A newer request of the same client has come."""


class Turns:
    """Lets ``at_once`` pieces of work run at a time, and drops those that a newer one of the same client replaces."""

    def __init__(self, at_once: int) -> None:
        self._places = threading.BoundedSemaphore(at_once)
        self._newest: OrderedDict[str, int] = OrderedDict()
        self._guard = threading.Lock()

    @contextmanager
    def turn(self, client: str, number: int) -> Iterator[None]:
        """A place to work in, as soon as one is free.

        ``number`` ascends over a client's requests; a client without a name is never superseded. Raises SupersededError
        where a newer request of the client came while this one waited.
        """
        if client:
            self._note(client, number)
        with self._places:
            if client and self._newest.get(client, number) > number:
                raise SupersededError
            yield

    def _note(self, client: str, number: int) -> None:
        with self._guard:
            self._newest[client] = max(number, self._newest.get(client, number))
            self._newest.move_to_end(client)
            while len(self._newest) > CLIENTS:
                self._newest.popitem(last=False)

"""A single-flight cache: each value is computed once, even for simultaneous requests."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

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

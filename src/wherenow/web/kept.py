"""What is made once, however many ask for it at the same time, and kept while it is among the last used."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """At most ``most`` values by key, those in ``always`` for good; the least recently used are given up first."""

    def __init__(self, most: int, always: frozenset[K] = frozenset()) -> None:
        self._most, self._always = most, always
        self._values: OrderedDict[K, Future[V]] = OrderedDict()
        self._guard = threading.Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K, make: Callable[[], V]) -> V:
        """The value of ``key``, made here where nobody has made it; who asks meanwhile waits for it.

        What ``make`` raises reaches everyone who waits, and is not kept.
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

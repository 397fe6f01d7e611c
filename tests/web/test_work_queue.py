"""A work queue: of one client's requests only the newest is executed, and waiting jobs occupy no thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from wherenow.web.serving.work_queue import CLIENTS, SupersededError, WorkQueue


def alone(work: Coroutine[Any, Any, Any]) -> Any:
    """Runs a coroutine in a thread of its own: browser tests leave an event loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result(20)


def test_work_that_waited_while_a_newer_one_came_is_dropped():
    async def asking() -> list[Any]:
        turns, held = WorkQueue(1), threading.Event()
        first = asyncio.create_task(turns.do(lambda: held.wait(10), "other", 1))
        asked = [asyncio.create_task(turns.do(lambda n=n: n, "me", n)) for n in (1, 2, 3)]
        await asyncio.sleep(0)  # all have asked
        held.set()
        return await asyncio.gather(first, *asked, return_exceptions=True)

    _, one, two, three = alone(asking())
    assert isinstance(one, SupersededError)
    assert isinstance(two, SupersededError)
    assert three == 3


def test_work_of_another_client_is_not_dropped():
    async def asking() -> list[str]:
        turns = WorkQueue(1)
        return [await turns.do(lambda: "a", "a", 5), await turns.do(lambda: "b", "b", 1)]

    assert alone(asking()) == ["a", "b"]


def test_a_client_without_a_name_is_never_superseded():
    async def asking() -> list[int]:
        turns = WorkQueue(1)
        return [await turns.do(lambda n=n: n, "", n) for n in (5, 1)]

    assert alone(asking()) == [5, 1]


def test_an_old_number_is_dropped_even_without_waiting():
    async def asking() -> None:
        turns = WorkQueue(1)
        await turns.do(lambda: None, "a", 5)
        await turns.do(lambda: None, "a", 4)

    with pytest.raises(SupersededError):
        alone(asking())


def test_the_number_of_simultaneous_pieces_and_threads_is_limited():
    async def asking() -> tuple[set[int], int]:
        turns, together, names = WorkQueue(2), [0, 0], set()
        guard = threading.Lock()

        def work() -> None:
            with guard:
                together[0] += 1
                together[1] = max(together)
                names.add(threading.get_ident())
            threading.Event().wait(0.005)
            with guard:
                together[0] -= 1

        await asyncio.gather(*(turns.do(work) for _ in range(40)))
        return names, together[1]

    names, most = alone(asking())
    assert len(names) <= 2
    assert most <= 2


def test_an_error_reaches_only_the_client_that_caused_it():
    async def asking() -> list[Any]:
        turns = WorkQueue(1)
        return await asyncio.gather(turns.do(lambda: 1 / 0), turns.do(lambda: "well"), return_exceptions=True)

    wrong, well = alone(asking())
    assert isinstance(wrong, ZeroDivisionError)
    assert well == "well"


def test_clients_do_not_pile_up():
    async def asking() -> int:
        turns = WorkQueue(1)
        await asyncio.gather(*(turns.do(lambda: None, str(i), 1) for i in range(CLIENTS + 50)))
        return len(turns._newest)

    assert alone(asking()) == CLIENTS

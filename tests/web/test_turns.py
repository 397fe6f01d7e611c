"""Of one person's requests only the newest is worth doing."""

from __future__ import annotations

import threading

import pytest

from wherenow.web.turns import CLIENTS, SupersededError, Turns


def test_work_that_waited_while_a_newer_one_came_is_dropped():
    turns = Turns(1)
    dropped: list[int] = []
    held, waiting = threading.Event(), threading.Event()

    def occupy() -> None:
        with turns.turn("other", 1):
            waiting.set()
            held.wait(10)

    def ask(number: int) -> None:
        try:
            with turns.turn("me", number):
                pass
        except SupersededError:
            dropped.append(number)

    first = threading.Thread(target=occupy)
    first.start()
    waiting.wait(10)
    asking = [threading.Thread(target=ask, args=(n,)) for n in (1, 2, 3)]
    for thread in asking:
        thread.start()
    while turns._newest.get("me") != 3:
        pass
    held.set()
    for thread in (first, *asking):
        thread.join(10)
    assert sorted(dropped) == [1, 2]


def test_work_of_another_client_is_not_dropped():
    turns = Turns(1)
    with turns.turn("a", 5):
        pass
    with turns.turn("b", 1):
        pass


def test_a_client_without_a_name_is_never_superseded():
    turns = Turns(1)
    for number in (5, 1):
        with turns.turn("", number):
            pass


def test_an_old_number_is_dropped_even_without_waiting():
    turns = Turns(1)
    with turns.turn("a", 5):
        pass
    with pytest.raises(SupersededError), turns.turn("a", 4):
        pass


def test_clients_do_not_pile_up():
    turns = Turns(1)
    for i in range(CLIENTS + 50):
        with turns.turn(str(i), 1):
            pass
    assert len(turns._newest) == CLIENTS

"""Values that are computed once for all callers, and evicted when unused for long."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from wherenow.web.serving.work_queue import SingleFlight


def test_simultaneous_requests_compute_a_value_once():
    kept: SingleFlight[str, int] = SingleFlight(4)
    made: list[int] = []
    together = threading.Barrier(8)

    def make() -> int:
        made.append(1)
        threading.Event().wait(0.02)
        return 7

    def ask() -> int:
        together.wait(10)
        return kept.get("a", make)

    with ThreadPoolExecutor(8) as pool:
        assert [f.result() for f in [pool.submit(ask) for _ in range(8)]] == [7] * 8
    assert len(made) == 1


def test_the_least_recently_used_is_given_up_first():
    kept: SingleFlight[str, str] = SingleFlight(2)
    made: list[str] = []

    def ask(key: str) -> None:
        kept.get(key, lambda: made.append(key) or key)  # type: ignore[func-returns-value]

    for key in ("a", "b", "a", "c", "a", "b"):
        ask(key)
    assert made == ["a", "b", "c", "b"]
    assert len(kept) == 2


def test_pinned_entries_are_not_evicted():
    kept: SingleFlight[str, str] = SingleFlight(2, frozenset({"home"}))
    for key in ("home", "a", "b", "c"):
        kept.get(key, lambda key=key: key)
    assert kept.get("home", lambda: "made again") == "home"


def test_a_failed_computation_is_tried_again():
    kept: SingleFlight[str, int] = SingleFlight(2)
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 // 0)
    assert kept.get("a", lambda: 2) == 2

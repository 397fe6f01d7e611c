"""The reasons of a claim on the first draws are shown while more are evaluated."""

from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import pytest

from wherenow.errors import UsageError
from wherenow.web.computation.case_analysis import Analysis
from wherenow.web.views.argument_page import reasons

CLAIM = "lake-recovers"


class Held(ThreadPoolExecutor):
    """A line that does what it is given when told to, so that a test sees what was there before."""

    def __init__(self) -> None:
        super().__init__(1)
        self.waiting: list = []

    def submit(self, work, *args):
        future: Future = Future()
        self.waiting.append((partial(work, *args), future))
        return future

    def go(self) -> None:
        for work, future in self.waiting:
            try:
                future.set_result(work())
            except Exception as error:
                future.set_exception(error)


@pytest.fixture
def asked(lake) -> Analysis:
    """An analysis whose reasons wait to be asked."""
    analysis = Analysis(lake.case, lake.draws)
    analysis.asking = Held()
    return analysis


def test_before_anything_is_known_it_says_that_it_is_made(asked):
    assert reasons(asked, CLAIM)["state"] == "making"


def test_the_first_draws_are_shown_while_more_are_asked_and_then_all(asked, monkeypatch):
    seen = []
    messages = asked.background.messages

    def told(*work):
        for message in messages(*work):
            yield message
            seen.append(reasons(asked, CLAIM))

    monkeypatch.setattr(asked.background, "messages", told)
    reasons(asked, CLAIM)
    asked.asking.go()
    draws = [found["draws"] for found in seen if found["state"] == "made"]
    assert draws[0] == 16
    assert all(found["making"] for found in seen)
    last = reasons(asked, CLAIM)
    assert (last["state"], last["draws"], last["making"]) == ("made", 64, False)


def test_only_the_claim_that_is_looked_at_is_asked(asked):
    reasons(asked, CLAIM)
    asked.asking.go()
    assert [row.claim for row in asked.why(CLAIM).so_far] == [CLAIM]


def test_a_result_that_cannot_be_computed_is_reported(asked):
    asked.background.close()
    reasons(asked, CLAIM)
    asked.asking.go()
    assert reasons(asked, CLAIM)["state"] == "failed"


def test_an_unknown_claim_is_named(asked):
    with pytest.raises(UsageError, match="there is no claim 'lake-recover': did you mean 'lake-recovers'"):
        asked.why("lake-recover")

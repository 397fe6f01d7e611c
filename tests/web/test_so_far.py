"""A claim asked why shows the reasons of the first draws while more are asked."""

from concurrent.futures import Future

import pytest

from wherenow.explain.ablation.mechanisms import Tabulation
from wherenow.web.analysis import Analysis
from wherenow.web.views.argument import reasons

CLAIM = "lake-recovers"


@pytest.fixture
def asked(lake):
    """An analysis whose table is under way."""
    analysis = Analysis(lake.case, lake.draws)
    analysis.__dict__["table"] = Future()
    return analysis


def test_before_anything_is_known_it_says_that_it_is_made(asked):
    assert reasons(asked, CLAIM)["state"] == "making"


def test_the_first_draws_are_shown_while_more_are_asked_and_then_all(asked):
    making = asked._tabulation = Tabulation(asked.case, asked.draws, threads=1)
    making.go(within=0)
    first = reasons(asked, CLAIM)
    assert (first["state"], first["draws"], first["making"]) == ("made", 16, True)
    making.go()
    asked.table.set_result(making.table())
    last = reasons(asked, CLAIM)
    assert (last["state"], last["draws"], last["making"]) == ("made", 64, False)


def test_what_could_not_be_made_is_said(asked):
    asked.table.set_exception(ValueError())
    assert reasons(asked, CLAIM)["state"] == "failed"

"""The state in an address, and that it round-trips."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherenow.case.new import TEMPLATE
from wherenow.case.reader import read_case
from wherenow.errors import UsageError
from wherenow.web.app_view import AppView, read_view

LAKE = read_case(TEMPLATE)


def read(query: str) -> AppView:
    return read_view(LAKE, parse_qsl(query))


@given(
    st.builds(
        AppView,
        levers=st.sampled_from([{}, {"rationing": 0.5}, {"rationing": 0.75}]),
        scenario=st.sampled_from(["", *LAKE.scenarios]),
        compared=st.sampled_from([(), tuple(LAKE.scenarios)]),
        show=st.sampled_from(["", "water", "saving"]),
        start=st.sampled_from([None, 2003.5]),
        stop=st.sampled_from([None, 2018.25]),
        language=st.sampled_from(["en", "ar"]),
    )
)
def test_an_address_reproduces_its_view(view):
    assert read(view.query()) == view


def test_the_case_as_it_is_has_an_address_without_a_query():
    assert AppView().link("/how") == "/how"


def test_a_lever_at_the_baseline_is_not_in_the_view():
    assert read("l.rationing=1").levers == {}


def test_keys_of_other_views_are_left_to_them():
    assert read("claim=lake-recovers&open=town") == AppView()


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("l.ration=0.7", "no lever 'ration'"),
        ("l.rationing=much", "takes a number"),
        ("l.rationing=nan", "takes a number"),
        ("scenario=flood", "no scenario 'flood'"),
        ("with=flood", "no scenario 'flood'"),
        ("show=watre", "did you mean 'water'"),
        ("from=2010&to=2005", "is not a span of time"),
        ("lang=xx", "no language 'xx'"),
    ],
)
def test_an_invalid_request_is_reported(query, told):
    with pytest.raises(UsageError, match=told):
        read(query)

"""Who holds a lever, what it costs, what is wanted, and where an event was checked."""

import pytest

from wherenow.case.checking.check import check_case
from wherenow.case.reader import read_case


def spoil(lake, file, old, new):
    path = lake / file
    content = path.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), "utf-8")


def test_a_checked_event_names_its_source_or_points_into_the_article(lake):
    spoil(lake, "events.yaml", "  evidence: [P1S3]\n", "")
    spoil(lake, "events.yaml", "quality: read", "quality: checked")
    (told,) = check_case(lake)
    assert told.message == "the event 'drought-2010' is checked and names no source"
    spoil(lake, "events.yaml", "quality: checked", "quality: checked\n  source: the weather service's yearbook, 2012")
    assert check_case(lake) == ()
    assert read_case(lake).events["drought-2010"].source == "the weather service's yearbook, 2012"


def test_a_recalled_event_needs_no_source(lake):
    spoil(lake, "events.yaml", "quality: read\n  evidence: [P1S3]", "quality: recalled")
    assert check_case(lake) == ()


@pytest.mark.parametrize(("written", "read"), [("yes", True), ("no", False)])
def test_claims_and_forecasts_say_whether_they_are_wanted(lake, written, read):
    spoil(lake, "forecasts.yaml", "  by:", f"  wanted: {written}\n  by:")
    spoil(lake, "claims.yaml", "  kind: forecast", f"  kind: forecast\n  wanted: {written}")
    case = read_case(lake)
    assert case.predictions["lake-above-60"].wanted is read
    assert case.claims["lake-recovers"].wanted is read


def test_another_word_for_wanted_is_refused(lake):
    spoil(lake, "claims.yaml", "  kind: forecast", "  kind: forecast\n  wanted: perhaps")
    (told,) = [d for d in check_case(lake) if "wanted" in d.message]
    assert "is not yes or no" in told.message


def test_a_lever_has_a_holder_and_a_cost(lake):
    spoil(lake, "levers.yaml", "rationing:", "rationing:\n  holder: the mayor\n  cost: votes")
    lever = read_case(lake).levers["rationing"]
    assert (lever.holder, lever.cost) == ("the mayor", "votes")

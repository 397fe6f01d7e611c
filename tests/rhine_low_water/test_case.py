"""A drafted case: what the signs of its links decide, and what they leave open."""

from pathlib import Path

import pytest

from wherenow.case.checking.check import check_case
from wherenow.case.reader import read_case
from wherenow.claims.checking.checked_claims import check_claims, needed_outputs
from wherenow.claims.judge import judge
from wherenow.ensemble.draws import draw
from wherenow.ensemble.simulate import simulate

FOLDER = Path(__file__).parents[2] / "cases" / "rhine-low-water"


@pytest.fixture(scope="module")
def case():
    return read_case(FOLDER)


def test_it_checks_without_error_or_warning(case):
    assert check_case(FOLDER) == ()
    assert check_claims(case) == ()


def test_every_tested_cause_follows_from_the_signs_alone(case):
    draws = draw(case, 256)
    found = judge(case, simulate(case, draws, None, needed_outputs(case)))
    causes = [f for f in found if f.kind == "cause" and f.against is not None]
    assert len(causes) >= 25
    assert {str(f.word) for f in causes} == {"holds"}


def test_the_unreliable_river_feeds_on_itself(case):
    (loop,) = case.loops.values()
    assert loop.polarity == "reinforcing"
    assert {"reliability_of_the_river", "age_of_the_fleet", "cargo_on_the_river"} <= set(loop.through)

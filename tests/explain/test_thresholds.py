"""Curves of verdicts against the numbers in claims, where they are known."""

import pytest

from wherenow.claims.formula import parse_formula
from wherenow.claims.judge import needed_outputs
from wherenow.ensemble.draws import draw
from wherenow.ensemble.simulate import simulate
from wherenow.explain.thresholds import numbers, threshold_curves


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("at(x, 2009) > 2 * at(x, 2005)", [2]),
        ("always[2005, 2009](x > 0.3)", [0.3]),
        ("mean(x, 2005, 2006) > 0 and at(x, 2007) < 1e3", [1e3]),
        ("first[2005, 2009](x > 5) < 2008-06", [5]),
    ],
)
def test_numbers_are_found_and_dates_are_not(formula, expected):
    assert [n.value for n in numbers(parse_formula(formula).root)] == expected


@pytest.fixture(scope="module")
def curve(planted):
    case = planted(
        {"strength": 'parameter: { prior: "uniform(0, 2)" }', "x": 'auxiliary: "strength"'},
        {"model": "at(x, 2009) > 1", "threshold": "ours"},
    )
    (found,) = threshold_curves(case, simulate(case, draw(case, 512, seed=1), None, needed_outputs(case)))
    return found


def test_the_share_falls_as_the_threshold_rises(curve):
    # strength is uniform on 0 to 2
    assert [s.share for s in curve.shares] == pytest.approx([1 - v / 2 for v in curve.values], abs=0.01)


def test_a_number_on_which_the_verdict_hangs_is_told(curve):
    assert curve.decides


def test_a_claim_without_a_number_of_ours_has_no_curve(planted):
    case = planted({"x": 'auxiliary: "1"'}, {"model": "at(x, 2009) > 0.5"})
    assert threshold_curves(case, simulate(case, draw(case, 2, seed=1), None, needed_outputs(case))) == ()

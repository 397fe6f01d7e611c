"""What bargaining does to positions, on the published emission-standards table and in general."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wherenow.bargaining.positions import IssuePositions, stack, table_of, weighted_mean, weighted_median
from wherenow.bargaining.rounds import Deal, bargain, chances, expected_utilities, offers, risk_exponents
from wherenow.bargaining.uncertainty import Spread, perturb, uncertain, uncertain_lean
from wherenow.case.case_types import Actor, Case, Issue, Position
from wherenow.errors import UsageError

PUBLISHED = Path(__file__).parents[1] / "data" / "emission-standards.csv"


@pytest.fixture(scope="module")
def emission() -> IssuePositions:
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        rows = [
            (row["Actor"], float(row["Position"]), float(row["Capability"]), float(row["Salience"]))
            for row in csv.DictReader(file)
        ]
    return stack(rows, low=4.0, high=10.0)


@st.composite
def tables(draw: st.DrawFn) -> IssuePositions:
    share = st.floats(0.05, 1.0, allow_nan=False)
    n = draw(st.integers(2, 7))
    rows = [(f"a{i}", draw(st.integers(0, 1000)) / 10, draw(share), draw(share)) for i in range(n)]
    return stack(rows, low=0.0, high=100.0)


def test_the_published_weighted_mean_before_any_round(emission: IssuePositions) -> None:
    assert weighted_mean(emission) == pytest.approx(7.38996, abs=5e-6)


def test_the_published_weighted_median_before_any_round(emission: IssuePositions) -> None:
    assert weighted_median(emission) == 7.0


def test_the_published_table_settles_on_its_median(emission: IssuePositions) -> None:
    result = bargain(emission, rounds=200)
    assert result.settled
    assert result.outcome == pytest.approx(7.0, abs=0.05)


@given(tables())
def test_the_median_beats_every_other_position_in_a_pairwise_vote(table: IssuePositions) -> None:
    median = weighted_median(table)
    for rival in table.position:
        margin = np.sum(table.weight * (np.abs(table.position - rival) > np.abs(table.position - median)))
        against = np.sum(table.weight * (np.abs(table.position - rival) < np.abs(table.position - median)))
        assert margin >= against - 1e-9


@given(tables())
def test_the_chances_of_two_rivals_sum_to_one(table: IssuePositions) -> None:
    chance = chances(table)
    assert chance + np.swapaxes(chance, -1, -2) == pytest.approx(np.ones_like(chance))


def test_an_actor_backed_by_everybody_is_sure_to_win() -> None:
    table = stack([("strong", 0.0, 1.0, 1.0), ("friend", 0.0, 1.0, 1.0), ("idle", 100.0, 1.0, 0.0)], 0.0, 100.0)
    assert chances(table)[0, 2] == 1.0


@given(tables())
def test_risk_exponents_span_a_half_to_two_and_fall_with_safety(table: IssuePositions) -> None:
    risk = risk_exponents(table)
    assert np.all((risk >= 0.5 - 1e-9) & (risk <= 2.0 + 1e-9))
    neutral, _ = expected_utilities(table, np.ones_like(table.position))
    danger = np.sum(neutral, axis=0) - np.diag(neutral)
    if np.ptp(danger) > 1e-6:
        assert risk[np.argmax(danger)] == pytest.approx(0.5)
        assert risk[np.argmin(danger)] == pytest.approx(2.0)


def test_challenging_an_actor_of_the_same_position_gains_nothing() -> None:
    table = stack([("a", 30.0, 1.0, 0.5), ("b", 30.0, 2.0, 0.9), ("c", 60.0, 1.0, 0.7)], 0.0, 100.0)
    own, others = expected_utilities(table, np.ones(3))
    assert own[0, 1] == pytest.approx(0.0)
    assert others[0, 1] == pytest.approx(0.0)


def test_a_target_that_does_not_care_gives_in_without_a_contest() -> None:
    table = stack([("a", 0.0, 0.1, 1.0), ("b", 100.0, 10.0, 0.0)], 0.0, 100.0)
    own, _ = expected_utilities(table, np.ones(2))
    assert own[0, 1] == pytest.approx(2.0)  # the whole width at risk exponent one


@given(tables())
def test_an_offer_takes_an_actor_no_further_than_to_the_one_who_makes_it(table: IssuePositions) -> None:
    target, kind = offers(table, risk_exponents(table))
    n = len(table.actors)
    for i in range(n):
        for j in range(n):
            if kind[i, j]:
                ends = sorted((table.position[i], table.position[j]))
                assert ends[0] - 1e-9 <= target[i, j] <= ends[1] + 1e-9


@settings(max_examples=50)
@given(tables())
def test_positions_never_leave_the_span_they_began_in(table: IssuePositions) -> None:
    result = bargain(table, rounds=20)
    assert result.positions.min() >= table.position.min() - 1e-9
    assert result.positions.max() <= table.position.max() + 1e-9


def test_actors_who_agree_stay_where_they_are() -> None:
    table = stack([("a", 40.0, 1.0, 0.5), ("b", 40.0, 2.0, 0.9)], 0.0, 100.0)
    result = bargain(table)
    assert result.settled
    assert result.moves == ()
    assert len(result.positions) == 2


def test_the_weaker_of_two_moves_and_the_stronger_does_not() -> None:
    table = stack([("weak", 0.0, 0.1, 0.5), ("strong", 100.0, 1.0, 0.9)], 0.0, 100.0)
    moved = {move.actor for move in bargain(table).moves}
    assert moved == {"weak"}


@settings(max_examples=50)
@given(tables(), st.floats(0.1, 10.0))
def test_the_unit_of_capability_does_not_matter(table: IssuePositions, factor: float) -> None:
    scaled = replace(table, capability=table.capability * factor)
    assert risk_exponents(scaled) == pytest.approx(risk_exponents(table), rel=1e-6, abs=1e-6)


def test_moves_are_reported_with_who_to_whom_and_how(emission: IssuePositions) -> None:
    result = bargain(emission)
    first = result.moves[0]
    assert first.round == 1
    assert first.actor == "Netherlands"
    assert first.deal in set(Deal)
    assert first.end == pytest.approx(result.positions[1, 0])


def test_a_batch_of_tables_gives_what_each_gives_alone(emission: IssuePositions) -> None:
    batch = perturb(emission, Spread(), draws=5, seed=3)
    alone = [
        uncertain(
            replace(batch, position=batch.position[k], capability=batch.capability[k], salience=batch.salience[k]),
            Spread(0.0, 0.0, 0.0),
            draws=1,
        )
        for k in range(5)
    ]
    together = uncertain(emission, Spread(), draws=5, seed=3)
    assert together.median == pytest.approx(np.concatenate([one.median for one in alone]))


def test_no_spread_in_the_inputs_is_no_spread_in_the_outcome(emission: IssuePositions) -> None:
    still = uncertain(emission, Spread(0.0, 0.0, 0.0), draws=4)
    assert still.median == pytest.approx(np.full(4, bargain(emission).outcome))


def test_the_same_seed_gives_the_same_draws_and_more_draws_keep_the_first(emission: IssuePositions) -> None:
    few, many = perturb(emission, Spread(), 3, seed=7), perturb(emission, Spread(), 8, seed=7)
    assert np.array_equal(few.position, many.position[:3])
    assert np.array_equal(few.salience, many.salience[:3])


def test_perturbed_inputs_stay_on_their_scales(emission: IssuePositions) -> None:
    wild = perturb(emission, Spread(2.0, 2.0, 2.0), 200, seed=1)
    assert wild.position.min() >= 4.0
    assert wild.position.max() <= 10.0
    assert wild.salience.max() <= 1.0


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("a", 11.0, 1.0, 0.5), "position of a"),
        (("a", 5.0, -1.0, 0.5), "capability of a"),
        (("a", 5.0, 1.0, 1.5), "salience of a"),
        (("a", float("nan"), 1.0, 0.5), "position of a"),
        (("a", 5.0, 0.0, 0.5), "no actor"),
    ],
)
def test_a_table_off_its_scales_is_refused_by_name(row: tuple[str, float, float, float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        stack([row], 4.0, 10.0)


def _case() -> Case:
    issues = {"troops": Issue("troops", "How many stay?"), "banks": Issue("banks", "How strict?")}
    actors = {
        "government": Actor("government", positions={"troops": Position(45.0, 60.0, 0.7)}),
        "groups": Actor("groups", positions={"troops": Position(5.0, 40.0, 0.9)}),
        "farmers": Actor("farmers"),
    }
    return cast(Case, SimpleNamespace(issues=issues, actors=actors))


def test_the_table_of_an_issue_seats_those_who_have_a_position_on_it() -> None:
    table = table_of(_case(), "troops")
    assert table.actors == ("government", "groups")
    assert table.position.tolist() == [45.0, 5.0]
    assert (table.low, table.high) == (0.0, 100.0)


def test_an_unknown_issue_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match="troops"):
        table_of(_case(), "troop")


def test_an_issue_on_which_nobody_has_a_position_is_refused() -> None:
    with pytest.raises(UsageError, match="no actor"):
        table_of(_case(), "banks")


def test_an_actor_may_be_left_out_of_a_table() -> None:
    assert table_of(_case(), "troops", without=["groups"]).actors == ("government",)
    with pytest.raises(UsageError, match="no actor 'grups'"):
        table_of(_case(), "troops", without=["grups"])


def test_the_lean_is_where_the_settled_middle_lies_between_all_low_and_all_high() -> None:
    lean = uncertain_lean(_troops_only(), without=["groups"], draws=200, seed=1)
    alone = uncertain(table_of(_troops_only(), "troops", without=["groups"]), draws=200, seed=1)
    np.testing.assert_allclose(lean, alone.median / 50 - 1)


def test_leaving_out_an_actor_at_one_end_moves_the_lean_to_the_other() -> None:
    everyone = uncertain_lean(_troops_only(), draws=200).mean()
    assert uncertain_lean(_troops_only(), without=["groups"], draws=200).mean() > everyone


def _troops_only() -> Case:
    case = _case()
    return cast(Case, SimpleNamespace(issues={"troops": case.issues["troops"]}, actors=case.actors))

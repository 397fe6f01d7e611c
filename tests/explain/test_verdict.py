"""The wording of verdicts, in every branch, and the intervals behind it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherenow.claims.evaluation.proportion import Share
from wherenow.explain.ablation.verdict import ClaimChange, Why, verdict


def change(whole, cut, draws=200):
    """The change from a share of draws to another, where no draw is won."""
    held, holds = np.arange(draws) < whole * draws, np.arange(draws) < cut * draws
    return ClaimChange.of(held, holds)


FIRM = Share(196, 200)
CARRIER = {"a → b": change(0.98, 0.1), "c → d": change(0.98, 0.9), "e → f": change(0.98, 0.02)}


def told(whole, reason, links=None, everything=None):
    answer = verdict(whole, reason, links or {}, everything)
    return answer.word, answer.words


def test_a_claim_that_hardly_ever_holds_fails():
    assert told(Share(10, 200), change(0.05, 0.0)) == (Why.FAILS, "it holds in 5% of draws")


def test_a_claim_that_holds_in_some_draws_is_undetermined():
    assert told(Share(120, 200), change(0.6, 0.0)) == (
        Why.UNDETERMINED, "it holds in 60% of draws, too uncertain to ask why",
    )  # fmt: skip


def test_a_claim_without_a_reason_shows_what_it_depends_on():
    assert told(FIRM, None, CARRIER) == (
        Why.UNREASONED, "what carries it: e → f (98% → 2%), a → b (98% → 10%)",
    )  # fmt: skip


def test_a_claim_without_a_reason_may_be_carried_by_no_single_link():
    assert told(FIRM, None, {"c → d": CARRIER["c → d"]}) == (
        Why.UNREASONED, "no single link that was cut carries it",
    )  # fmt: skip


def test_a_claim_that_is_lost_with_its_reason_holds_for_it():
    assert told(FIRM, change(0.98, 0.1), CARRIER) == (
        Why.REASON, "with its reason cut it holds in 10% instead of 98%",
    )  # fmt: skip


def test_a_claim_that_holds_without_its_reason_shows_what_it_depends_on():
    assert told(FIRM, change(0.98, 0.96), CARRIER) == (
        Why.OTHER,
        "with its reason cut it holds in 96% instead of 98%; what carries it: e → f (98% → 2%), a → b (98% → 10%)",
    )


def test_a_claim_that_loses_a_part_with_its_reason_is_undetermined():
    assert told(FIRM, change(0.98, 0.7), {}) == (
        Why.UNDETERMINED,
        "with its reason cut it holds in 70% instead of 98%: in part for the reason given; no single link that was cut "
        "carries it",
    )


@pytest.mark.parametrize("cut", [0.47, 0.81])
def test_an_answer_too_near_to_a_limit_is_undetermined(cut):
    word, words = told(FIRM, change(0.98, cut))
    assert word is Why.UNDETERMINED
    assert "more draws are needed to say whether that is why" in words


@pytest.mark.parametrize(("cut", "word"), [(0.47, Why.REASON), (0.81, Why.OTHER)])
def test_more_draws_distinguish_the_same_shares(cut, word):
    assert told(Share(9800, 10_000), change(0.98, cut, draws=10_000))[0] is word


@given(st.integers(0, 64), st.integers(0, 64))
def test_a_claim_is_not_said_to_have_its_reason_on_few_draws_and_not_to_have_it_on_more(before, lost):
    lost = min(before, lost)
    words = {told(Share(before * n, 64 * n), change(before / 64, (before - lost) / 64, draws=64 * n))[0]
             for n in (1, 16)}  # fmt: skip
    assert not {Why.REASON, Why.OTHER} <= words


def test_a_claim_that_holds_with_everything_cut_is_explained_by_nothing():
    assert told(FIRM, change(0.98, 0.98), {}, change(0.98, 0.97)) == (
        Why.OTHER,
        "with its reason cut it holds in 98% instead of 98%; unexplained by the model: it holds with every link cut",
    )


def test_a_claim_that_depends_on_one_link_is_not_called_unexplained():
    _, words = told(FIRM, change(0.98, 0.98), CARRIER, change(0.98, 0.97))
    assert "unexplained by the model" not in words


def test_few_draws_that_agree_are_not_taken_for_certainty():
    few, many = change(1.0, 0.0, draws=4), change(1.0, 0.0, draws=400)
    assert few.high - few.low > 5 * (many.high - many.low)


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(*[st.lists(st.booleans(), min_size=n, max_size=n)] * 2)))
def test_a_change_lies_in_its_interval_or_at_an_end_of_what_can_be(both):
    held, holds = (np.array(one) for one in both)
    found = ClaimChange.of(held, holds)
    assert found.change == pytest.approx(found.cut - found.whole)
    assert found.low <= found.high
    assert found.low <= found.change <= found.high or abs(found.change) > 1 - 3 / (holds.size + 2)


def test_a_change_of_fewer_draws_is_compared_with_the_same_ones():
    held = np.array([True, True, False, False])
    assert ClaimChange.of(held, np.array([True, False])).whole == 1.0

"""What past forecasts teach: weights, the recalibration of the pool, and the bounds of probabilities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.foresight.data import evidence, walk_record

from wherenow.foresight.ingredients.history import ANALOGUES, METHODS
from wherenow.foresight.ingredients.model_forecasts import CORRECTED, FITTED
from wherenow.foresight.pooling.bounds import bounded, past_questions
from wherenow.foresight.pooling.pool import HISTORY, MODEL, POOL, mixed, published
from wherenow.foresight.pooling.recalibration import Recalibration, recalibrate
from wherenow.foresight.pooling.weights import MODELS, learn, optimism

HISTORIES = (*METHODS, ANALOGUES)
NORMAL = np.random.default_rng(0).standard_normal((1, 2001))
ALL = (*MODELS, *HISTORIES)
MODEL_RIGHT = {n: 0.0 if n in MODELS else -3.0 for n in ALL}
MODEL_WRONG = {n: -3.0 if n in MODELS else 0.0 for n in ALL}


def model_weight(logs, n, hindsight=0.0):
    found = learn(evidence(logs, n), HISTORIES, hindsight).of("a", 0, ALL)
    return sum(found[m] for m in MODELS)


PRIOR = model_weight({}, 0)


def test_a_right_model_earns_weight_with_data():
    assert PRIOR < model_weight(MODEL_RIGHT, 5) < model_weight(MODEL_RIGHT, 40)
    assert model_weight(MODEL_RIGHT, 40) > 0.8


def test_a_wrong_model_loses_weight_with_data():
    assert model_weight(MODEL_WRONG, 40) < 0.1 < model_weight(MODEL_WRONG, 2) < PRIOR


def test_two_data_that_the_model_made_somewhat_more_probable_count_for_less_than_in_bayes_rule():
    better = {n: 0.0 if n in MODELS else -1.0 for n in ALL}
    assert PRIOR < model_weight(better, 2) < 1 / (1 + (1 - PRIOR) / PRIOR * np.exp(-2)) - 0.1


def test_hindsight_that_explains_the_whole_gain_leaves_the_weight_that_the_model_had_before_any_evidence():
    assert model_weight(MODEL_RIGHT, 300, hindsight=3.1) == pytest.approx(1 / 3)


def test_hindsight_takes_from_the_earned_weight_the_part_of_the_gain_that_it_explains():
    whole, part = model_weight(MODEL_RIGHT, 40), model_weight(MODEL_RIGHT, 40, hindsight=1.0)
    assert part - 1 / 3 == pytest.approx((whole - 1 / 3) * 2 / 3, abs=0.01)


def test_hindsight_is_no_excuse_for_a_model_that_was_wrong():
    assert model_weight(MODEL_WRONG, 20, hindsight=3.0) == model_weight(MODEL_WRONG, 20)


def test_hindsight_matters_less_the_more_data_a_structure_was_chosen_on():
    assert [round(optimism(6, n), 2) for n in (6, 13, 29, 7000)] == [np.inf, 1.0, 0.27, 0.0]


def test_a_missing_forecast_of_the_model_leaves_its_weight_to_the_other():
    learned = learn(evidence(MODEL_RIGHT, 5), HISTORIES)
    whole, part = learned.of("a", 0, ALL), learned.of("a", 0, [FITTED, *HISTORIES])
    assert part[FITTED] == pytest.approx(whole[FITTED] + whole[CORRECTED])


@given(st.lists(st.sampled_from(ALL), min_size=1, unique=True), st.integers(0, 6))
def test_weights_of_what_is_there_sum_to_one(available, n):
    weights = learn(evidence(MODEL_RIGHT, n), HISTORIES).of("b", 3, available)
    assert sum(weights.values()) == pytest.approx(1)
    assert min(weights.values()) >= 0


def test_without_evidence_a_distribution_stays_as_it_is():
    values = np.random.default_rng(0).random((3, 50))
    assert (recalibrate(np.empty(0), np.empty(0), np.empty(0)).of(values) == values).all()


def spread(ranks, times=None):
    """The recalibrated spread of a standard normal pool, with evidence of these ranks."""
    times = np.zeros(len(ranks)) if times is None else times
    return recalibrate(ranks, np.ones(len(ranks)), times).of(NORMAL).std()


def test_a_pool_that_was_too_narrow_is_widened():
    assert spread(np.tile([0.001, 0.999], 40)) > 1.2 * NORMAL.std()


def test_a_pool_that_was_too_wide_is_not_narrowed():
    assert spread(np.tile([0.45, 0.55], 40)) == NORMAL.std()


def test_a_pool_that_was_always_too_low_is_widened_and_not_moved():
    moved = recalibrate(np.full(40, 0.97), np.ones(40), np.zeros(40)).of(NORMAL)
    assert moved.std() > NORMAL.std()
    assert np.median(moved) == np.median(NORMAL)


def test_the_pool_widens_as_much_after_a_break_as_if_nothing_had_come_before_it():
    calm, wild = (np.arange(80) + 0.5) / 80, np.tile([0.001, 0.999], 10)
    mixed_up = np.concatenate([calm[::4], wild, calm[1::4], calm[2::4], calm[3::4]])
    years = np.repeat(np.arange(5.0), 20)
    assert spread(np.concatenate([calm, wild]), years) > 0.95 * spread(wild)
    assert spread(mixed_up, years) < spread(np.concatenate([calm, wild]), years)


def test_without_a_break_the_whole_record_counts():
    narrow = np.tile([0.02, 0.3, 0.7, 0.98], 5)
    assert spread(np.tile(narrow, 6), np.repeat(np.arange(6.0), 20)) > 1.05 * spread(narrow)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(0, 100))
def test_recalibration_of_any_record_widens_or_does_nothing(ranks, seed):
    times = np.random.default_rng(seed).integers(0, 5, len(ranks)).astype(float)
    assert 0 < recalibrate(np.array(ranks), np.ones(len(ranks)), times).shape <= 1


@given(st.floats(0.2, 1), st.floats(0.01, 0.99))
def test_the_rank_before_recalibration_is_found_again(shape, threshold):
    values = (np.arange(4000)[None] + 0.5) / 4000
    after = float((Recalibration(shape).of(values) < threshold).mean())
    assert Recalibration(shape).before(after) == pytest.approx(threshold, abs=2e-3)


@given(st.integers(0, 1000), st.floats(0.3, 3), st.floats(-1.5, 1.5))
def test_recalibration_moves_a_probability_towards_one_half_or_away_from_it_and_never_across(seed, shape, threshold):
    values = np.random.default_rng(seed).standard_normal((1, 400))
    before, after = (float((v > threshold).mean()) for v in (values, Recalibration(shape).of(values)))
    assert (after - 0.5) * (before - 0.5) >= -1 / 400
    assert (abs(after - 0.5) - abs(before - 0.5)) * (shape - 1) >= -1 / 400


@given(st.integers(0, 1000), st.floats(0.3, 3))
def test_recalibration_keeps_the_rank_of_every_draw(seed, shape):
    values = np.random.default_rng(seed).standard_normal((2, 40))
    moved = Recalibration(shape).of(values)
    for before, after in zip(values, moved, strict=True):
        assert (np.diff(after[np.argsort(before)]) >= 0).all()


def test_a_draw_of_the_pool_is_one_draw_of_one_ingredient_at_all_dates():
    one, other = np.arange(10.0)[None] + np.zeros((3, 1)), 100 + np.arange(10.0)[None] + np.zeros((3, 1))
    drawn = mixed({"a": one, "b": other}, ["a", "b"], {"a": 0.3, "b": 0.7})
    assert (drawn == np.concatenate([one[:, :3], other[:, 3:]], axis=1)).all()


def test_the_pool_and_each_ingredient_alone_are_published():
    made = {FITTED: np.zeros((1, 10)), "random walk": np.ones((1, 10))}
    found = published(made, {FITTED: 0.5, "random walk": 0.5}, Recalibration())
    assert set(found) == {POOL, MODEL, HISTORY}
    assert (found[POOL].mean(), found[MODEL].mean(), found[HISTORY].mean()) == (0.5, 0, 1)


@given(st.floats(0, 1), st.integers(0, 10_000))
def test_a_probability_is_never_beyond_what_past_questions_support(p, n):
    found = float(bounded(p, n))
    assert max(0.01, 1 / (n + 2)) - 1e-9 <= found <= min(0.99, 1 - 1 / (n + 2)) + 1e-9


def test_an_outcome_that_never_came_in_three_stretches_has_one_in_five():
    assert float(bounded(0.0, 3)) == 0.2


def test_past_questions_are_stretches_that_do_not_overlap():
    assert past_questions([walk_record(13), walk_record(7)], 3.0) == 4 + 2

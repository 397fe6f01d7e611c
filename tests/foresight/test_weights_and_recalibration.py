"""What past forecasts teach: weights, the recalibration of the pool, and the bounds of probabilities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.foresight.data import evidence, walk_record

from wherenow.foresight.bounds import bounded, past_questions
from wherenow.foresight.history import ANALOGUES, METHODS
from wherenow.foresight.model import CORRECTED, FITTED
from wherenow.foresight.pool import HISTORY, MODEL, POOL, mixed, published
from wherenow.foresight.recalibration import Recalibration, recalibrate
from wherenow.foresight.weights import CAP, MODELS, learn

HISTORIES = (*METHODS, ANALOGUES)
ALL = (*MODELS, *HISTORIES)
MODEL_RIGHT = {n: 0.0 if n in MODELS else -3.0 for n in ALL}
MODEL_WRONG = {n: -3.0 if n in MODELS else 0.0 for n in ALL}


def model_weight(logs, n, written=-np.inf):
    found = learn(evidence(logs, n), HISTORIES, written).of("a", 0, ALL)
    return sum(found[m] for m in MODELS)


PRIOR = model_weight({}, 0)


def test_a_right_model_earns_weight_with_data():
    assert PRIOR < model_weight(MODEL_RIGHT, 5) < model_weight(MODEL_RIGHT, 40)
    assert model_weight(MODEL_RIGHT, 40) > 0.8


def test_a_wrong_model_loses_weight_with_data():
    assert model_weight(MODEL_WRONG, 40) < 0.1 < model_weight(MODEL_WRONG, 2) < PRIOR


def test_two_data_that_the_model_made_somewhat_more_probable_count_for_little():
    better = {n: 0.0 if n in MODELS else -1.0 for n in ALL}
    assert model_weight(better, 2) < PRIOR + 0.15


@pytest.mark.parametrize("n", [1, 10, 300])
def test_hindsight_alone_never_gives_the_model_more_than_half(n):
    assert model_weight(MODEL_RIGHT, n, written=np.inf) <= CAP + 1e-9


def test_evidence_from_hindsight_counts_less_for_the_model():
    assert model_weight(MODEL_RIGHT, 3, written=np.inf) < model_weight(MODEL_RIGHT, 3)


def test_a_missing_forecast_of_the_model_leaves_its_weight_to_the_other():
    learned = learn(evidence(MODEL_RIGHT, 5), HISTORIES, -np.inf)
    whole, part = learned.of("a", 0, ALL), learned.of("a", 0, [FITTED, *HISTORIES])
    assert part[FITTED] == pytest.approx(whole[FITTED] + whole[CORRECTED])


@given(st.lists(st.sampled_from(ALL), min_size=1, unique=True), st.integers(0, 6))
def test_weights_of_what_is_there_sum_to_one(available, n):
    weights = learn(evidence(MODEL_RIGHT, n), HISTORIES, -np.inf).of("b", 3, available)
    assert sum(weights.values()) == pytest.approx(1)
    assert min(weights.values()) >= 0


def test_without_evidence_a_distribution_stays_as_it_is():
    values = np.random.default_rng(0).random((3, 50))
    assert (recalibrate(np.empty(0), np.empty(0)).of(values) == values).all()


def test_a_pool_that_was_too_narrow_is_widened():
    pits = np.tile([0.001, 0.999], 40)
    values = np.random.default_rng(0).standard_normal((1, 2000))
    assert recalibrate(pits, np.ones(80)).of(values).std() > 1.2 * values.std()


def test_a_pool_that_was_too_wide_is_narrowed():
    pits = np.tile([0.45, 0.55], 40)
    values = np.random.default_rng(0).standard_normal((1, 2000))
    assert recalibrate(pits, np.ones(80)).of(values).std() < 0.8 * values.std()


def test_evidence_from_hindsight_narrows_less():
    pits = np.tile([0.45, 0.55], 10)
    whole, half = (recalibrate(pits, np.ones(20), power) for power in (1.0, 0.5))
    assert 1 < half.a < whole.a


@given(st.integers(0, 1000), st.floats(0.3, 3), st.floats(0.3, 3))
def test_recalibration_keeps_the_rank_of_every_draw(seed, a, b):
    values = np.random.default_rng(seed).standard_normal((2, 40))
    moved = Recalibration(a, b).of(values)
    for before, after in zip(values, moved, strict=True):
        assert (np.diff(after[np.argsort(before)]) >= 0).all()


def test_a_draw_of_the_pool_is_one_draw_of_one_ingredient_at_all_dates():
    one, other = np.arange(10.0)[None] + np.zeros((3, 1)), 100 + np.arange(10.0)[None] + np.zeros((3, 1))
    drawn = mixed({"a": one, "b": other}, ["a", "b"], {"a": 0.3, "b": 0.7})
    assert (drawn == np.concatenate([one[:, :3], other[:, 3:]], axis=1)).all()


def test_what_is_published_is_the_pool_and_each_kind_alone():
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

"""Questions by rule, and whether their probabilities are calibrated."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.foresight.data import plain_record

from wherenow.foresight.ingredients.level import steps
from wherenow.foresight.trials.questions import MAXIMUM, MINIMUM, Question, horizon_of, questions, ranks
from wherenow.foresight.trials.reliability import log_score, reliability, tenths, track_record, worlds_of
from wherenow.foresight.verbal_probabilities import ABOVE, BELOW, percent, words

HORIZONS = (1.0, 2.0, 3.0)


def question(kind: str, threshold: float, rows=(0, 1, 2)) -> Question:
    return Question(series="a", origin=0.0, horizon=0, kind=kind, threshold=threshold, rows=rows)


VALUES = np.array([[1.0, 5.0], [4.0, 2.0], [2.0, 3.0]])


@pytest.mark.parametrize(
    ("kind", "threshold", "holds"),
    [
        ("last", 2.5, [False, True]),
        ("step", 1.5, [True, True]),
        ("quantile", 3.0, [False, False]),
        (MAXIMUM, 4.5, [False, True]),
        (MINIMUM, 1.5, [True, False]),
    ],
)
def test_each_kind_of_question_is_decided_by_its_rule(kind, threshold, holds):
    assert question(kind, threshold).holds(VALUES).tolist() == holds


def test_only_the_data_that_a_question_is_about_decide_it():
    assert question(MAXIMUM, 4.5, rows=(1, 2)).holds(VALUES).tolist() == [False, False]


def test_a_lead_time_is_of_the_first_horizon_that_is_not_shorter():
    assert [horizon_of(t, HORIZONS) for t in (0.5, 1.0, 1.1, 3.0, 9.0)] == [0, 0, 1, 2, 2]


def test_no_question_of_a_horizon_reads_data_beyond_it():
    r = plain_record(20)
    dates = 19 + np.array([0.5, 1.0, 1.5, 2.0, 3.0])
    for q in questions(r, steps({r.name: r})[r.name], 19.0, dates, HORIZONS):
        assert dates[max(q.rows)] <= 19 + HORIZONS[q.horizon]


def test_two_series_are_ranked_only_at_the_same_horizon():
    assert [(q.series, q.other) for q in ranks({"a": (0, 1), "b": (0, 2), "c": (1, 3)}, 0.0)] == [("a", "b")]


def scored(seed: int, sharpen: float = 1.0):
    """Forecasts of 200 independent questions; ``sharpen`` above 1 makes them overconfident."""
    rng = np.random.default_rng(seed)
    right = rng.uniform(0.02, 0.98, 200)
    odds = (right / (1 - right)) ** sharpen
    p = np.round(odds / (1 + odds), 2).clip(0.01, 0.99)
    worlds = rng.random((200, 200)) < p[:, None]
    return p, rng.random(200) < right, worlds


def test_right_probabilities_are_found_miscalibrated_about_one_time_in_twenty():
    assert 0.85 <= np.mean([reliability(*scored(seed)).calibrated for seed in range(60)]) <= 1.0


def test_overconfident_probabilities_are_found_miscalibrated():
    assert np.mean([reliability(*scored(seed, 3.0)).calibrated for seed in range(20)]) < 0.1


@given(st.integers(0, 10_000), st.floats(0.3, 3))
def test_the_brier_score_is_miscalibration_less_discrimination_plus_uncertainty(seed, sharpen):
    p, came, worlds = scored(seed, sharpen)
    found = reliability(p, came, worlds[:, :5])
    assert found.brier == pytest.approx(np.mean((p - came) ** 2))
    assert found.brier == pytest.approx(found.miscalibration - found.discrimination + found.uncertainty)
    assert found.miscalibration >= -1e-12


def test_the_log_score_is_that_of_what_came():
    assert log_score(np.array([0.8, 0.3]), np.array([True, False])) == pytest.approx(-np.log([0.8, 0.7]).mean())


def test_a_track_record_counts_every_question_once():
    p, came, worlds = scored(1)
    tracks = track_record(p, came, worlds)
    assert sum(t.questions for t in tracks) == 200
    assert sum(t.came for t in tracks) == came.sum()


def test_a_track_record_says_how_many_came_true():
    track = track_record(np.full(4, 0.85), np.array([True, True, True, False]), np.ones((4, 3), bool))[8]
    assert str(track) == "of 4 questions given 80–90%, 3 came true"


def test_a_probability_at_an_edge_is_of_the_tenth_above():
    assert tenths(np.array([0.0, 0.1, 0.3, 0.69, 0.7, 1.0])).tolist() == [0, 1, 3, 6, 7, 9]


def test_in_worlds_where_forecasts_are_right_questions_come_true_as_often_as_said():
    p = np.array([0.1, 0.5, 0.9, 0.3])
    worlds = worlds_of(p, np.array([True, True, False, False]), ["a", "a", "b", "b"], np.zeros(4), np.ones(4), 20_000)
    assert worlds.mean(axis=1) == pytest.approx(p, abs=0.015)


def test_in_such_worlds_the_same_question_asked_twice_comes_true_twice():
    worlds = worlds_of(np.full(2, 0.4), np.ones(2, bool), ["a", "a"], np.zeros(2), np.ones(2), 500)
    assert (worlds[0] == worlds[1]).all()


def test_words_never_say_zero_or_a_hundred_per_cent():
    assert (percent(0.0), percent(1.0), percent(None), percent(0.5)) == ("under 1%", "over 99%", "–", "50%")
    assert (words(0.001), words(0.999)) == (BELOW, ABOVE)


def test_the_end_of_a_range_belongs_to_the_range_above():
    assert (words(0.55), words(0.5499), words(0.99)) == ("likely", "roughly even chance", "almost certain")

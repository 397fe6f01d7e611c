"""A series on its scale, and the estimated size of its moves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.foresight.data import plain_record, walk_record
from tests.foresight.worlds import series

from wherenow.case.observation import ErrorModel, Observation
from wherenow.errors import Text
from wherenow.foresight.ingredients.level import filtered, steps, walk
from wherenow.foresight.ingredients.record import record

TIMES = np.arange(6, dtype=float)


def observed(error: ErrorModel, **more: object) -> Observation:
    return Observation(series="x", of=Text("x"), error=error, over=Text("x"), **more)


def of(values, error: ErrorModel | None = None, **more: object):
    data = series("x", TIMES[: len(values)], np.array(values, float))
    return record(data, None if error is None else observed(error, **more))


def test_positive_data_move_on_logarithms():
    assert of([1, 2, 4, 8]).kind == "log"


def test_data_that_change_sign_move_on_their_own_scale():
    assert of([-1, 2, -4, 8]).kind == "plain"


def test_a_share_moves_on_logits():
    assert of([0.2, 0.4, 0.6], ErrorModel("logitnormal", (0.3,))).kind == "bounded"


@given(arrays(float, 20, elements=st.floats(-50, 50)))
def test_counts_come_back_whole_and_never_negative(y):
    values = of([0, 3, 10, 4], ErrorModel("counts", (0.3,))).back(y)
    assert (values >= 0).all()
    assert (values == np.round(values)).all()


@given(arrays(float, 20, elements=st.floats(-50, 50)))
def test_shares_come_back_inside_their_range(y):
    values = of([0.2, 0.4, 0.6], ErrorModel("logitnormal", (0.3,))).back(y)
    assert ((values >= 0) & (values <= 1)).all()


@given(arrays(float, 20, elements=st.floats(-50, 50)))
def test_a_series_that_was_never_negative_is_never_forecast_so(y):
    assert (of([0, 3, 10, 4]).back(y) >= 0).all()


def test_a_datum_from_a_new_definition_on_starts_again():
    found = of([1, 2, 30, 31], ErrorModel("lognormal", (0.3,)), breaks=(2.0,))
    assert found.starts.tolist() == [False, False, True, False]


def test_the_jump_to_a_new_definition_is_no_move():
    split = of([1, 1.1, 90, 91, 92, 90], ErrorModel("lognormal", (0.1,)), breaks=(2.0,))
    whole = of([1, 1.1, 90, 91, 92, 90], ErrorModel("lognormal", (0.1,)))
    assert steps({"x": split})["x"].step < steps({"x": whole})["x"].step / 2


@pytest.mark.parametrize("seed", range(5))
def test_a_planted_step_and_noise_are_recovered(seed):
    found = steps({"a": plain_record(400, seed, step=0.5, noise=0.6)})["a"]
    assert found.step == pytest.approx(0.5, rel=0.3)
    assert found.noise == pytest.approx(0.6, rel=0.3)


def test_three_data_borrow_strength_from_the_other_series():
    others = {f"s{i}": walk_record(40, i, step=4.0) for i in range(1, 5)}
    short = walk_record(3, 9, step=0.02)
    alone, pooled = steps({"short": short})["short"].step, steps({**others, "short": short})["short"].step
    assert alone < pooled


def test_a_step_is_known_better_from_more_data():
    few, many = walk_record(4), walk_record(100)
    assert steps({"a": many})["a"].doubt < steps({"a": few})["a"].doubt


def test_a_step_that_is_not_known_widens_the_tails():
    from dataclasses import replace

    r = plain_record(30)
    moves = steps({"a": r})["a"]
    known = filtered(r.times, r.y[:, None], r.wide, r.starts, moves.step, moves.noise)

    def spread(doubt: float) -> float:
        drawn = walk(known, 29.0, np.array([33.0]), replace(moves, doubt=doubt), np.random.default_rng(0), 20_000)
        return float(np.quantile(drawn, 0.999) - np.quantile(drawn, 0.001))

    assert spread(0.6) > 1.3 * spread(0.0)

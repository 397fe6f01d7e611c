"""A run step by step, with changes between steps."""

from __future__ import annotations

import numpy as np
import pytest

import wherenow
from wherenow import UsageError


def test_without_changes_steps_give_the_bits_of_a_run(epidemic):
    game = epidemic.step(stop=20)
    while not game.done:
        game.advance()
    whole = epidemic.run(stop=20, save=0.125)
    for name, values in game.history().data_vars.items():
        assert (values.to_numpy() == whole[name].to_numpy()).all()


def test_noise_is_the_same_step_by_step(tmp_path):
    path = tmp_path / "noisy.mdl"
    path.write_text(
        "x= INTEG(RANDOM NORMAL(-1, 1, 0, 1, 5), 0)~~|INITIAL TIME=0~~|FINAL TIME=5~~|TIME STEP=1~~|SAVEPER=1~~|"
    )
    model = wherenow.open(path)
    game = model.step(seed=3)
    game.advance(steps=2)
    game.advance(steps=100)
    assert game.done
    assert (game.history()["x"].to_numpy() == model.run(seed=3)["x"].to_numpy()).all()


def test_a_parameter_changed_on_the_way_acts_from_there_on(teacup):
    game = teacup.step()
    game.advance(steps=80)
    game.advance({"room temperature": 20}, steps=160)
    whole = teacup.run({"room temperature": lambda t: 70.0 if t < 10 else 20.0})
    np.testing.assert_allclose(game.history()["teacup_temperature"], whole["teacup_temperature"], rtol=1e-12)


def test_delays_go_on_from_step_to_step(tmp_path):
    path = tmp_path / "delay.mdl"
    path.write_text(
        "late= DELAY FIXED(given, 3, 0)~~|given= 5~~|INITIAL TIME=0~~|FINAL TIME=8~~|TIME STEP=1~~|SAVEPER=1~~|"
    )
    game = wherenow.open(path).step()
    game.advance({"given": 1}, steps=4)
    game.advance({"given": 2}, steps=4)
    assert game.history()["late"].to_numpy().tolist() == [0, 0, 0, 1, 1, 1, 1, 2, 2]


def test_a_control_is_moved_and_returned(teacup):
    game = teacup.step(controls=["Heat Loss to Room"])
    assert game.advance({"heat loss to room": 0}, steps=10)["teacup_temperature"] == 180
    assert game.advance({"heat loss to room": None})["teacup_temperature"] == pytest.approx(180 - 11 * 0.125)


def test_elements_are_controlled_alone(arrays):
    game = arrays.step(controls=["inflow[south]"])
    now = game.advance({"inflow[south]": 4})
    assert now["stock[south]"] == 4
    assert now["stock[north]"] == pytest.approx(1.05)


def test_only_what_is_asked_for_is_shown(epidemic):
    assert set(epidemic.step(returns=["infectious"]).now) == {"infectious"}


@pytest.mark.parametrize(
    ("change", "told"),
    [({"infecting": 3}, "neither a parameter nor a control"), ({"nothing": 3}, "no variable 'nothing'")],
)
def test_an_input_that_cannot_be_moved_is_reported(epidemic, change, told):
    with pytest.raises(UsageError, match=told):
        epidemic.step().advance(change)


def test_a_run_that_is_done_says_so(teacup):
    game = teacup.step(stop=1)
    game.advance(steps=8)
    with pytest.raises(UsageError, match="at its end"):
        game.advance()


def test_a_variable_that_turns_non_finite_is_reported(teacup):
    game = teacup.step()
    with pytest.warns(RuntimeWarning, match="heat_loss_to_room"):
        game.advance({"characteristic time": 0}, steps=2)

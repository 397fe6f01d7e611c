"""Runge–Kutta with an error bound: accurate at any step of the settings, with its own steps in each draw."""

from __future__ import annotations

import numpy as np
import pytest

from wherenow.engine.backend import default_inputs
from wherenow.engine.rk45 import RungeKutta45
from wherenow.errors import UsageError

OSCILLATOR = {"w": 2.0, "x": ("v", "1"), "v": ("0 - w * w * x", "0"), "twice": "2 * x"}


def run(engine, variables, w=(2.0,), outputs=("x", "twice"), **settings):
    program = engine.program(variables, outputs, method="rk45", **settings)
    return RungeKutta45(program).run(default_inputs(program, len(w), w=np.array(w)))


@pytest.mark.parametrize("step", [1.0, 0.25, 0.001])
def test_the_error_is_bounded_whatever_the_step(engine, step):
    ran = run(engine, OSCILLATOR, (0.3, 2.0, 25.0), step=step, save=1.0)
    true = np.cos(np.outer(np.arange(11), [0.3, 2.0, 25.0]))
    np.testing.assert_allclose(ran["x"], true, atol=2e-5)
    np.testing.assert_allclose(ran["twice"], 2 * ran["x"], rtol=1e-15)


def test_a_draw_depends_on_no_other(engine):
    together = run(engine, OSCILLATOR, (0.3, 25.0))
    alone = run(engine, OSCILLATOR, (0.3,))
    assert engine.same_bits(together.values[:, :, :1].copy(), alone.values.copy())


def test_time_and_stiffness_of_a_draw_are_its_own(engine):
    ran = run(engine, {"w": 1.0, "x": ("w * (cos(time) - x)", "0")}, (1.0, 20.0), ("x",), step=0.5)
    t = ran.times
    for draw, w in enumerate((1.0, 20.0)):
        true = (w * w * np.cos(t) + w * np.sin(t) - w * w * np.exp(-w * t)) / (w * w + 1)
        np.testing.assert_allclose(ran["x"][:, draw], true, atol=1e-6)


def test_a_draw_that_blows_up_is_reported_and_the_other_goes_on(engine):
    ran = run(engine, {"w": 1.0, "x": ("w * x * x", "1")}, (0.01, 0.5), ("x",))
    assert ran.nonfinite_draws == (1,)
    np.testing.assert_allclose(ran["x"][:, 0], 1 / (1 - 0.01 * ran.times), rtol=1e-7)


@pytest.mark.parametrize("jump", ["normal(0, 1)", "delay(x, 2)", "previous(x, 0)"])
def test_a_model_that_is_not_smooth_is_refused(engine, jump):
    with pytest.raises(UsageError, match="smooth"):
        run(engine, {"w": 1.0, "x": (f"{jump} - w", "0")}, outputs=("x",))

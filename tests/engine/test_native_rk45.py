"""Runge-Kutta with an error bound, compiled: no bit differs from the reference, however the work is divided."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import RK45

from wherenow.engine import dormand_prince
from wherenow.engine.backend import default_inputs
from wherenow.engine.native_rk45 import NativeRungeKutta45
from wherenow.engine.rk45 import RungeKutta45
from wherenow.errors import UsageError
from wherenow.language.syntax import Table

LONG = Table(tuple(np.arange(11) / 2.5), tuple((1 + np.arange(11) % 4).tolist()))
MODELS = {
    "an oscillator, fast in some draws": (
        {"w": 1.0, "x": ("v", "1"), "v": ("0 - w * w * x", "0"), "y": "2 * x"}, ("x", "v", "y"), (0.1, 30.0)
    ),
    "one driven by time, a table and series": (
        {"w": 1.0, "s": ("series", Table((0.0, 1.5, 4.0), (1.0, 3.0, 0.0))), "long": ("series", LONG),
         "held": ("series", Table((0.0, 1.3, 2.6), (1.0, 2.0, 1.5), "next")),
         "t": Table((-1.0, 0.2, 1.0), (0.5, 2.0, 1.0)), "y": "x > s",
         "x": ("w * sqrt(time) + s * lookup(t, x) - x * long + step(1, 2) - held", "s / 2")},
        ("x", "y", "s"), (0.5, 9.0)
    ),
    "delays, smooths and noise at the start": (
        {"w": 1.0, "n": "init(normal(0, 1))", "x": ("n + w - smth3(x, 2) + delay1(1 / (1 + x * x), 1 + w)", "w"),
         "y": "exp(max(x, w) / 9)"}, ("x", "y"), (0.2, 3.0)
    ),
    "one that blows up in some draws": ({"w": 1.0, "x": ("w * x * x", "1"), "y": "1 / x"}, ("x", "y"), (0.01, 1.5)),
    "nothing that moves": ({"w": 1.0, "x": "w * time"}, ("x",), (0.1, 2.0)),
}  # fmt: skip
DRAWS = 19


def made(engine, name, **settings):
    variables, outputs, (low, high) = MODELS[name]
    program = engine.program(variables, outputs, method="rk45", **{"stop": 4.0, "step": 0.25, "save": 0.5, **settings})
    given = default_inputs(program, DRAWS, w=np.geomspace(low, high, DRAWS))
    return program, replace(given, seed=5, first_draw=100)


def values(backend, inputs):
    return np.ascontiguousarray(backend.run(inputs).values)


@pytest.mark.parametrize("name", MODELS)
def test_the_bits_are_those_of_the_reference_for_any_width(engine, name):
    program, inputs = made(engine, name)
    theirs = RungeKutta45(program).run(inputs)
    for width in (2, 4, 16):
        ours = NativeRungeKutta45(program, width=width, threads=1).run(inputs)
        assert engine.same_bits(np.ascontiguousarray(ours.values), theirs.values), width
        assert ours.nonfinite_draws == theirs.nonfinite_draws


@pytest.mark.parametrize(("threads", "block"), [(2, 8), (1, 4), (3, 16)])
def test_no_bit_depends_on_threads_or_blocks(engine, threads, block):
    program, inputs = made(engine, "one that blows up in some draws")
    divided = NativeRungeKutta45(program, threads=threads, block=block)
    assert engine.same_bits(values(divided, inputs), values(NativeRungeKutta45(program, threads=1), inputs))


def test_a_draw_has_the_same_bits_in_any_batch(engine):
    program, inputs = made(engine, "an oscillator, fast in some draws")
    backend = NativeRungeKutta45(program)
    parts = [values(backend, inputs.take(first, min(first + 9, DRAWS))) for first in range(0, DRAWS, 9)]
    assert engine.same_bits(np.concatenate(parts, axis=2), values(backend, inputs))


def test_series_are_read_again_by_each_run(engine):
    program, inputs = made(engine, "one driven by time, a table and series")
    changed = (Table((0.0, 9.0), (4.0, 1.0)), Table((0.0,), (0.5,)), Table((0.0, 5.0), (0.0, 2.0)))  # fewer points
    other = replace(inputs, series=changed)
    assert engine.same_bits(values(NativeRungeKutta45(program), other), values(RungeKutta45(program), other))


@pytest.mark.parametrize("step", [1.0, 0.125])
def test_the_error_is_bounded_whatever_the_step(engine, step):
    program, inputs = made(engine, "an oscillator, fast in some draws", step=step, save=1.0)
    w = inputs.parameters[program.parameters.index("w")]
    ran = NativeRungeKutta45(program).run(inputs)
    np.testing.assert_allclose(ran["x"], np.cos(np.outer(ran.times, w)), atol=5e-5)


def test_the_coefficients_are_those_of_scipy():
    stages = [row + (0.0,) * (5 - len(row)) for row in dormand_prince.STAGES]
    for ours, theirs in [(stages, RK45.A), (dormand_prince.SHARES, RK45.C), (dormand_prince.END, RK45.B),
                         (dormand_prince.ERROR, RK45.E), (dormand_prince.BETWEEN, RK45.P)]:  # fmt: skip
        np.testing.assert_allclose(np.array(ours), theirs, rtol=1e-15)


def test_a_model_that_is_not_smooth_is_refused(engine):
    program = engine.program({"x": ("normal(0, 1)", "0")}, ["x"], method="rk45")
    with pytest.raises(UsageError, match="smooth"):
        NativeRungeKutta45(program)


def test_states_between_steps_cannot_be_saved(engine):
    program, inputs = made(engine, "nothing that moves")
    with pytest.raises(UsageError, match="checkpoints"):
        NativeRungeKutta45(program).run(inputs, checkpoint=2)

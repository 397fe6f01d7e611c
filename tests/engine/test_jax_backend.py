"""The JAX backend: the reference's values within 1e-9, the same noise to the last bit, and derivatives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from wherenow.engine.backend import default_inputs
from wherenow.engine.philox import uniform
from wherenow.engine.reference import Reference
from wherenow.errors import UsageError
from wherenow.language.syntax import Table

pytest.importorskip("jax")

from wherenow.engine.jax_backend import Jax, jax_trace

MANY = np.random.default_rng(1).normal(0, 1, 90).cumsum()
POINTWISE = [
    "abs(x)", "sqrt(abs(x))", "exp(x)", "ln(1 + x * x)", "log10(2 + x)", "power(2.5, x)", "(1 + x * x) ^ p", "sin(x)",
    "cos(x)", "tan(x)", "arcsin(x / 9)", "arccos(x / 9)", "arctan(x)", "sinh(x)", "cosh(x)", "tanh(x)", "int(7.3 * x)",
    "integer(7.3 * x)", "round(7.3 * x)", "sign(x)", "modulo(7 * x, 0.4)", "7 * x mod 0.4", "quantum(x, 0.3)",
    "xidz(1, x, 3)", "zidz(x, p - p)", "safediv(x, p)", "min(x, p, 0.1)", "max(x, p)", "x < p", "x >= p", "x = x",
    "x <> p", "x > 0 and p > 0", "not (x > 0 or p > 0)", "if x > p then x else -p", "time * p", "init(x)",
]  # fmt: skip
TABLES = ["lookup(t, x)", "lookup_extrapolate(t, x)", "lookup_forward(t, x)", "lookup_backward(t, x)",
          "lookupinv(u, x)", "lookup(long, 9 * x)", "exogenous * x"]  # fmt: skip
CLOCK = ["step(x, 2)", "ramp(p, 1, 3)", "pulse(x, 1, 2)", "pulse_window(1, 2)", "pulse_train(1, 1, 2, 4)"]
MEMORY = [
    "smth1(x, 2)", "smth3(x, 1.5, 1)", "smthn(x, 2, 4)", "delay1(x, 1.7)", "delay3(x, 3)", "delayn(x, 3, 2)",
    "delay(x, 1.25)", "delay(x, 1 + abs(p), -1)", "delay_fixed(x, 0.75, 2)", "previous(x, 0.3)", "trend(x * x + 1, 3)",
    "forcst(x * x + 1, 3, 2)", "sample_if_true(x > p, x, 0)", "integ(x, 1)", "active_initial(x, 2)",
    "delayn_batched(x, 3, 2)",
]  # fmt: skip
NOISE = ["uniform(0, x)", "normal(x, 1)", "lognormal(2, 0.5)", "poisson(3)", "poisson(40)", "exprnd(2)",
         "pink_noise(x, 1, 2)"]  # fmt: skip
VECTORS = [
    "sum(a[*])", "prod(a[*])", "mean(a[*])", "stddev(a[*])", "rank(a[*], 2)", "vector_elm_map(a[one], 1)",
    "vector_select(a[*], a[*], 0, 0, 0)", "size(a[*])",
]  # fmt: skip
EXPRESSIONS = [*POINTWISE, *TABLES, *CLOCK, *MEMORY, *NOISE, *VECTORS]


def whole(engine, method):
    """A program that uses every kind of operation, x being a stock that depends on the draw and on time."""
    made = {f"f{i}": e for i, e in enumerate(EXPRESSIONS)}
    variables = {
        "p": 0.4, "x": ("cos(time) * p - 0.2 * x", "p + 1"), "t": Table((-1.0, 0.5, 2.0), (0.0, 2.0, 1.0)),
        "u": Table((0.0, 1.0, 3.0), (-2.0, 0.5, 4.0)), "long": Table(tuple(map(float, range(90))), tuple(MANY)),
        "exogenous": ("series", Table((0.0, 2.0, 9.0), (1.0, 4.0, 2.0))), "a": "x + d * p", **made,
    }  # fmt: skip
    return engine.program(
        variables, ["x", *made], start=0.25, stop=6.25, step=0.25, save=0.5, method=method, over={"a": ("d",)},
        dimensions={"d": ["one", "two", "three"]},
    )  # fmt: skip


def drawn(program, draws=5, seed=3):
    return replace(default_inputs(program, draws, p=np.linspace(-0.71, 0.83, draws)), seed=seed, first_draw=11)


@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_every_operation_has_the_value_of_the_reference(engine, method):
    program = whole(engine, method)
    ours, theirs = (backend(program).run(drawn(program)) for backend in (Jax, Reference))
    assert np.array_equal(ours.times, theirs.times)
    for name, expression in zip(program.outputs, ["x", *EXPRESSIONS], strict=True):
        got, true = ours[name.name], theirs[name.name]
        scale = np.abs(true[np.isfinite(true)]).max(initial=1e-300)
        np.testing.assert_allclose(got, true, rtol=1e-9, atol=1e-12 * scale, err_msg=expression)


def test_uniform_noise_is_the_same_to_the_last_bit(engine):
    program = engine.program({"x": "uniform(0, 1)"}, ["x"], stop=3.0)
    ours = Jax(program).run(replace(default_inputs(program, 50), seed=2**40 + 7, first_draw=2**33))["x"]
    for step, row in enumerate(ours):
        draws = np.arange(2**33, 2**33 + 50)
        assert engine.same_bits(row, uniform(2**40 + 7, program.streams[0], step, draws))


def test_the_other_inputs_of_a_run_are_read_anew(engine):
    program = engine.program({"s": ("series", Table((0.0, 9.0), (1.0, 4.0))), "x": "s + normal(0, 1)"}, ["x"])
    backend = Jax(program)
    changed = replace(default_inputs(program, 3), series=(Table((0.0, 9.0), (5.0, 0.0)),), seed=9)
    for inputs in (default_inputs(program, 3), changed):
        np.testing.assert_allclose(backend.run(inputs).values, Reference(program).run(inputs).values, rtol=1e-12)


def test_a_value_that_is_not_finite_is_told_with_its_draw(engine):
    program = engine.program({"p": 1.0, "x": "1 / (time - p)"}, ["x"], stop=4.0)
    ran = Jax(program).run(default_inputs(program, 3, p=np.array([0.5, 2.0, 9.0])))
    assert ran.nonfinite_draws == (1,)
    assert ran.nonfinite.time == 2.0


def test_states_are_neither_saved_nor_continued_from(engine):
    program = engine.program({"x": "time"})
    with pytest.raises(UsageError, match="native"):
        Jax(program).run(default_inputs(program), checkpoint=1)


def test_the_setting_of_precision_elsewhere_is_left_alone(engine):
    import jax.numpy as jnp

    before = jnp.ones(1).dtype
    program = engine.program({"x": "1 / 3"}, ["x"])
    assert Jax(program).run(default_inputs(program)).values.dtype == np.float64
    assert jnp.ones(1).dtype == before


BRANCHES = [
    "if p > 0 then ln(p) else 1", "zidz(1, p)", "sqrt(max(p, 0))", "if p > 0 then p ^ 0.3 else p ^ 2", "p ^ -1",
    "if abs(p) < 9 then exp(p) else exp(900 * p)", "if abs(p) < 1 then arcsin(p) else p", "min(p, 2) / p",
]  # fmt: skip


@pytest.mark.parametrize("expression", BRANCHES)
def test_a_branch_not_taken_leaves_the_derivative_of_the_one_that_is(engine, expression):
    import jax

    program = engine.program({"p": 1.0, "x": (expression, "p"), "y": "x * p"}, ["y"], stop=3.0, step=0.5)
    trace = jax_trace()
    at = np.array([[-2.3, -0.4, 0.3, 1.7]])
    inputs = default_inputs(program, 4, p=at[0])
    with trace.double_precision():
        run = trace.simulation(program, differentiable=True)
        given = trace.surroundings(program, inputs)
        slope = np.array(jax.jit(jax.grad(lambda p: run(p, *given)[0, -1].sum()))(at))
    ahead, behind = (Reference(program).run(default_inputs(program, 4, p=at[0] + h))["y"][-1] for h in (1e-6, -1e-6))
    assert np.isfinite(slope).all()
    np.testing.assert_allclose(slope[0], (ahead - behind) / 2e-6, rtol=1e-6, atol=1e-7)

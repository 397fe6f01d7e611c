"""Equations of one body executed in loops: the same bits as the reference, whatever their operations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wherenow.engine.backend import Inputs, default_inputs
from wherenow.engine.llvm import loop_emission as kernel_loops
from wherenow.engine.llvm import rolling
from wherenow.engine.llvm.kernel import emit_kernel
from wherenow.engine.native import Native

ROWS, COLUMNS = tuple(f"r{i}" for i in range(9)), tuple(f"c{i}" for i in range(10))
DIMENSIONS = {"row": ROWS, "column": COLUMNS}
OVER = {
    "level": ("row", "column"), "rate": ("row", "column"), "each": ("row", "column"), "share": ("column",),
    "total": ("row",), "speed": ("row",), "kept": ("row", "column"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def loops_everywhere(monkeypatch):
    """Loops for what small tests hold."""
    monkeypatch.setattr(kernel_loops, "SPARED", 0)
    monkeypatch.setattr(rolling, "CHAIN", 6)


TERMS = st.sampled_from([
    "level[row, column]", "total[row]", "share[column]", "speed[row]", "pull", "time", "row * 0.5", "3", "factor",
    "sum(level[*, column])", "sum(level[row, *] * share[*])", "max(level[*, *])", "level[row, column + 1]",
    "delay(level[row, column], 2, 1)", "delay(total[row], 1 + row)", "smth1(level[row, column], 3)", "normal(0, 1)",
    "curve(level[row, column])", "exp(-abs(level[row, column]))",
    "if level[row, column] > pull then 1 else share[column]",
])  # fmt: skip
EQUATIONS = st.recursive(
    TERMS,
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "<", "and"]), inner)
        | st.builds("min({}, {})".format, inner, inner)
    ),
    max_leaves=6,
)


def arrays(engine, rate, method="euler", **changed):
    from wherenow.language.syntax import Table

    written = {
        "pull": 0.3,
        "factor": 1.5,
        "curve": Table((0.0, 1.0, 3.0), (1.0, 2.0, 0.5), "linear", "clamp"),
        "level": ("0.1 * rate[row, column] - 0.2 * level[row, column]", "row + 0.1 * column + factor"),
        "rate": rate,
        "total": "sum(level[row, *])",
        "speed": "0.1 * row + pull",
        "share": "column / sum(level[*, *])",
        "kept": "level[row, column] > 2 and rate[row, column] < 5",
        "each": "mean(rate[*, *]) + rate[row, column]",
    }
    return engine.program({**written, **changed}, over=OVER, dimensions=DIMENSIONS, stop=5.0, method=method)


def drawn(program, draws=5):
    factors = np.random.default_rng(7).uniform(0.5, 1.5, (len(program.parameters), draws))
    return Inputs(default_inputs(program, draws).parameters * factors, seed=3)


@settings(max_examples=25, deadline=None)
@given(EQUATIONS, st.sampled_from(["euler", "rk4"]), st.sampled_from([1, 4]))
def test_loops_over_arrays_have_the_bits_of_the_reference(engine, rate, method, width):
    if method == "rk4" and ("delay" in rate or "normal" in rate):
        method = "euler"
    program = arrays(engine, rate, method)
    engine.agreed(program, drawn(program), width)


@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_a_run_that_goes_on_from_a_checkpoint_has_the_bits_of_the_whole(engine, method):
    program = arrays(engine, "total[row] - level[row, column] + delay(level[row, column], 2)", method)
    native, inputs = Native(program, width=4, threads=1), drawn(program)
    whole = native.run(inputs, checkpoint=3)
    rest = native.run(Inputs(inputs.parameters, seed=3, start=whole.checkpoint))
    assert engine.same_bits(np.ascontiguousarray(rest.values), np.ascontiguousarray(whole.values[:, 3:]))


def test_the_inverse_of_a_matrix_is_read_after_it_is_made(engine):
    over = {"a": ("row", "row2"), "b": ("row", "row2"), "x": ("row",)}
    elements = {"row": ROWS, "row2": ROWS}
    program = engine.program(
        {"a": "if row = row2 then 4 + x[row] else row * 0.1", "b": "invert_matrix(a[row, row2])",
         "x": ("0.1 * sum(b[row, *])", "row")},
        over=over, dimensions=elements, stop=3.0,
    )  # fmt: skip
    engine.agreed(program, drawn(program))


def test_code_grows_with_equations_and_not_with_elements(engine):
    def size(count):
        elements = {"row": tuple(f"r{i}" for i in range(count)), "column": COLUMNS}
        written = {"x": ("0.1 * y[row, column] - x[row, column]", "row + column"), "y": "exp(-x[row, column]) + column"}
        over = dict.fromkeys(written, ("row", "column"))
        return len(emit_kernel(engine.program(written, over=over, dimensions=elements), 4).text.splitlines())

    assert size(40) == size(20)

"""Noise that the native engine generates ahead: the reference's bits, wherever a run begins and at any width."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from wherenow.engine.backend import default_inputs
from wherenow.engine.llvm.compiled_runs import WIDTHS
from wherenow.engine.llvm.emit.emit_noise import CHUNK, made_ahead
from wherenow.engine.native import Native
from wherenow.engine.reference import ReferenceBackend

STEPS = 2 * CHUNK + 5


@pytest.fixture(scope="module")
def noisy(engine):
    """Streams used plainly, through their quantile, both, and through a chain of functions."""
    return engine.program(
        {
            "flat": "uniform(0, 1)",
            "bell": "normal(0, 1)",
            "skewed": "lognormal(1, 0.2)",
            "gaps": "exprnd(2)",
            "walk": ("normal(0, 0.1) * walk + poisson(2)", "1"),
        },
        stop=float(STEPS),
    )


def drawn(program, draws=7):
    return replace(default_inputs(program, draws), seed=5, first_draw=2**33 - 3)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_vector_width_has_the_bits_of_the_reference(engine, noisy, width):
    engine.agreed(noisy, drawn(noisy), width)


@pytest.mark.parametrize("width", [2, 4, 16])
@pytest.mark.parametrize("step", [1, 2, CHUNK - 1, CHUNK, CHUNK + 3, STEPS - 1, STEPS])
def test_a_run_that_goes_on_from_any_step_has_the_bits_of_the_whole(noisy, width, step):
    native, inputs = Native(noisy, width=width, threads=1), drawn(noisy)
    whole = native.run(inputs, checkpoint=step)
    rest = native.run(replace(inputs, start=whole.checkpoint))
    assert np.array_equal(rest.values, whole.values[:, step:])


def test_a_run_that_stops_early_has_the_bits_of_the_whole(noisy):
    native, inputs = Native(noisy, threads=1), drawn(noisy)
    whole = native.run(inputs).values
    for end in (1, CHUNK, CHUNK + 1):
        assert np.array_equal(native.run(inputs, end=end).values, whole[:, :end])


def test_noise_is_generated_ahead_unless_it_depends_on_a_state(noisy):
    ahead = made_ahead(noisy)
    operations = {noisy.nodes[p].operation for p in ahead.nodes}
    assert operations == {"uniform", "normal", "ln"}
    assert sum(stream is not None for stream in ahead.streams) == len(noisy.streams)


def test_a_number_read_both_plainly_and_through_a_function_has_a_row_for_each(engine):
    from wherenow.engine.ir import Node, Output, Program
    from wherenow.model.model_types import TimeSpec

    nodes = (Node("uniform"), Node("normal", (0,)), Node("add", (0, 1)), Node("exp", (1,)))
    outputs = (Output("sum", 2), Output("exp", 3))
    program = Program(
        nodes=nodes,
        states=(),
        outputs=outputs,
        time=TimeSpec(start=0.0, stop=40.0, step=1.0, save=1.0, unit="year"),
        streams=("a",),
    )
    ahead = made_ahead(program)
    assert len(set(ahead.rows.values())) == 3
    assert np.array_equal(
        Native(program, width=4).run(drawn(program)).values, ReferenceBackend(program).run(drawn(program)).values
    )

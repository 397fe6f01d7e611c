"""A run into an array of the caller."""

from dataclasses import replace

import numpy as np
import pytest

from wherenow.engine.backend import Inputs
from wherenow.engine.ir import Output, Program, State
from wherenow.engine.lowering.builder import Builder
from wherenow.engine.native import Native
from wherenow.errors import UsageError
from wherenow.model.model_types import TimeSpec


@pytest.fixture(scope="module")
def native():
    b = Builder()
    state, rate = b("state", index=0), b("parameter", index=0)
    states = (State("x", b.constant(1.0), b("mul", rate, state)),)
    time = TimeSpec(start=0, stop=2, step=0.5, save=0.5)
    outputs, rates = (Output("x", state),), {"parameters": ("rate",), "defaults": (0.1,)}
    return Native(Program(nodes=tuple(b.nodes), states=states, outputs=outputs, time=time, **rates))


def inputs(*rates):
    return Inputs(np.array([rates]))


def test_the_values_of_a_run_lie_in_the_given_array(native):
    room = native.allocate(inputs(0.1, 0.2, 0.3))
    found = native.run(inputs(0.1, 0.2, 0.3), out=room)
    assert np.shares_memory(found.values, room)
    assert np.array_equal(found.values, native.run(inputs(0.1, 0.2, 0.3)).values)


def test_an_array_of_another_shape_is_reported(native):
    with pytest.raises(UsageError, match="out has shape"):
        native.run(inputs(0.1), out=np.empty((1, 3, 8)))


def test_a_run_that_ends_early_and_goes_on_from_there_has_the_bits_of_one_uninterrupted(native):
    whole = native.run(inputs(0.1, 0.2, 0.3))
    room = native.allocate(inputs(0.1, 0.2, 0.3))
    begun = native.run(inputs(0.1, 0.2, 0.3), checkpoint=3, end=3, out=room[:, :3])
    rest = native.run(replace(inputs(0.1, 0.2, 0.3), start=begun.checkpoint), out=room[:, 3:])
    assert np.array_equal(room[:, :, :3], whole.values)
    assert np.array_equal(np.concatenate([begun.times, rest.times]), whole.times)


def test_a_run_cannot_end_before_it_begins_or_after_its_last_step(native):
    for wrong in ({"end": 7}, {"end": 2, "checkpoint": 3}):
        with pytest.raises(UsageError, match="end before step"):
            native.run(inputs(0.1), **wrong)

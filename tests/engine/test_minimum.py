"""The lesser and the greater of two numbers are undefined if either number is, and keep the bits of defined ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wherenow.engine.backend import default_inputs
from wherenow.engine.native import Native
from wherenow.engine.reference import ReferenceBackend
from wherenow.engine.streaming.reducers import Moments

NUMPY = {"min": np.minimum, "max": np.maximum}
NUMBERS = st.one_of(st.floats(), st.sampled_from([0.0, -0.0, 1.0, np.inf, -np.inf, np.nan]))
PAIRS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=9)
BOTH_ORDERS = pytest.mark.parametrize("call", ["min(100, u)", "min(u, 100)", "max(0, u)", "max(u, 0)", "min(v, u)"])
BY_KIND = {"known once": "k / k", "by draw": "p / p", "by step": "(time - 1) / (time - 1)", "by both": "s / s"}


def programs(engine):
    """Both functions of two numbers known by draw, and of two stocks, known by draw and step."""
    stocks = {"x": ("-0", "p"), "y": ("-0", "q")}  # which keeps the sign of a zero
    of = {
        f"{name} of {kind}": f"{name}({a}, {b})" for name in NUMPY for kind, a, b in (("d", "p", "q"), ("s", "x", "y"))
    }
    return engine.program({"p": 1.0, "q": 1.0, **stocks, **of}, list(of), stop=2.0)


@pytest.fixture(scope="module")
def both_backends(engine):
    program = programs(engine)
    return program, ReferenceBackend(program), [Native(program, width=width, threads=1) for width in (1, 4, 8)]


@settings(max_examples=150, deadline=None)
@example([(100.0, np.nan), (np.nan, 100.0), (np.nan, np.nan), (0.0, -0.0), (-0.0, 0.0), (np.inf, -np.inf)])
@given(PAIRS)
def test_the_lesser_and_the_greater_are_those_of_numpy_to_the_bit_in_every_backend(engine, both_backends, pairs):
    program, reference, natives = both_backends
    a, b = np.array(pairs).T.copy()
    inputs = default_inputs(program, len(pairs), p=a, q=b)
    expected = reference.run(inputs)
    for name in expected.names:
        true = NUMPY[name[:3]](a, b)
        true = np.where(a == b, a, true)  # of two zeros the first, where NumPy leaves the choice to the processor
        assert engine.same_bits(expected[name], np.ascontiguousarray(np.broadcast_to(true, expected[name].shape))), name
        for native in natives:
            assert engine.same_bits(np.ascontiguousarray(native.run(inputs)[name]), expected[name]), name


@BOTH_ORDERS
@pytest.mark.parametrize("kind", BY_KIND)
def test_an_undefined_argument_makes_the_result_undefined_in_either_place(engine, call, kind):
    others = {"k": "0", "p": 0.0, "s": ("0", "p"), "v": ("0", "1"), "u": BY_KIND[kind]}
    assert np.isnan(engine.path(call, others, stop=2.0)[1])


@pytest.mark.parametrize("name", NUMPY)
@pytest.mark.parametrize("place", range(1, 5))
def test_an_undefined_element_makes_the_extreme_of_an_array_undefined(engine, name, place):
    equations = {"p": 0.0, "a": f"if d = {place} then p / p else d", "x": f"{name}(a[*])"}
    found = engine.solve(equations, ["x"], over={"a": ("d",)}, dimensions={"d": "qrst"})
    assert np.isnan(found["x"]).all()


def test_a_reduced_ensemble_counts_the_draws_with_an_undefined_argument_in_either_place(engine):
    program = programs(engine)
    inputs = default_inputs(program, 3, p=np.array([100.0, np.nan, 1.0]), q=np.array([np.nan, 100.0, 2.0]))
    assert Native(program, threads=1).reduce(inputs, [Moments()]).left_out == (0, 1)


def test_a_constant_comes_last_but_for_zeros_whose_order_decides_the_sign(engine):
    found = engine.solve({"p": -0.0, "x": "1 / max(0, p)", "y": "1 / max(p, 0)", "z": "max(1, p)"})
    assert (found["x"][0, 0], found["y"][0, 0], found["z"][0, 0]) == (np.inf, -np.inf, 1.0)

"""Reducing an ensemble during the run gives the same as reducing its stored trajectories."""

import numpy as np
import pytest

from wherenow.engine.backend import Inputs
from wherenow.engine.ir import Output, Program, State
from wherenow.engine.lowering.builder import Builder
from wherenow.engine.native import Native
from wherenow.engine.streaming.reduce import SPAN, Stream, memory_bound
from wherenow.engine.streaming.reducers import Moments, Quantiles
from wherenow.errors import UsageError
from wherenow.model.model_types import TimeSpec

DRAWS = 2 * SPAN + 77


@pytest.fixture(scope="module")
def program():
    """A quantity that grows at a drawn rate with noise, and its logarithm (no number where the quantity is below 0)."""
    b = Builder()
    rate, first, state = b("parameter", index=0), b("parameter", index=1), b("state", index=0)
    noise = b("sub", b("uniform", index=0), b.constant(0.5))
    change = b("add", b("mul", rate, state), noise)
    outputs = (Output("quantity", state), Output("logarithm", b("ln", state)))
    states = (State("quantity", first, change),)
    return Program(
        nodes=tuple(b.nodes),
        states=states,
        outputs=outputs,
        time=TimeSpec(start=0, stop=5, step=0.25, save=0.5),
        parameters=("rate", "first"),
        defaults=(0.1, 5.0),
        streams=("noise",),
    )


@pytest.fixture(scope="module")
def inputs():
    chosen = np.random.default_rng(3)
    return Inputs(np.stack([chosen.normal(0.1, 0.1, DRAWS), chosen.uniform(3, 8, DRAWS)]), seed=7)


@pytest.fixture(scope="module")
def kept(program, inputs):
    return Native(program, threads=1).run(inputs)


ALL = (Moments(), Quantiles((0.05, 0.5, 1.0)))


def test_moments_equal_those_of_the_stored_trajectories(program, inputs, kept):
    streamed = Native(program, threads=1).reduce(inputs, [Moments()]).results[0]
    values = kept.values
    plain = {"mean": values.mean(2), "variance": values.var(2), "minimum": values.min(2), "maximum": values.max(2)}
    for part, expected in plain.items():
        assert getattr(streamed, part) == pytest.approx(expected, rel=1e-12)


def test_quantiles_are_within_the_stated_distance_of_the_draw_with_that_rank(program, inputs, kept):
    shares = (0.0, 0.05, 0.5, 0.9, 1.0)
    streamed = Native(program, threads=1).reduce(inputs, [Quantiles(shares)]).results[0]
    plain = np.quantile(kept.values, shares, axis=2, method="lower")
    bound = (kept.values.max(axis=2) - kept.values.min(axis=2)) / 256**2
    assert (np.abs(streamed - plain) <= bound * (1 + 1e-9) + 1e-12).all()


def test_quantiles_of_what_does_not_vary_are_that_value(program):
    inputs = Inputs(np.repeat([[0.1], [5.0]], 40, axis=1))
    found = Native(program, threads=1).reduce(inputs, [Quantiles((0.1, 0.9))]).results[0]
    assert found[:, 0, 0].tolist() == [5.0, 5.0]


@pytest.mark.parametrize(("width", "threads"), [(2, 1), (8, 1), (32, 1), (8, 2), (16, 3)])
def test_results_have_the_same_bits_for_any_vector_width_and_number_of_threads(program, inputs, width, threads):
    plain = Native(program, width=4, threads=1).reduce(inputs, ALL)
    other = Native(program, width=width, threads=threads).reduce(inputs, ALL)
    for part in ("mean", "variance", "minimum", "maximum"):
        assert np.array_equal(getattr(plain.results[0], part), getattr(other.results[0], part))
    for a, b in zip(plain.results[1:], other.results[1:], strict=True):
        assert np.array_equal(a, b)


def test_inputs_may_be_made_as_they_are_needed(program, inputs):
    native = Native(program, threads=2)
    streamed = native.reduce(Stream(DRAWS, inputs.take), [Moments()]).results[0]
    assert np.array_equal(streamed.mean, native.reduce(inputs, [Moments()]).results[0].mean)


def test_draws_that_turn_non_finite_are_left_out_and_reported(program, inputs):
    parameters = inputs.parameters.copy()
    parameters[1, [5, SPAN + 1]] = -4.0  # a logarithm of a negative number
    broken = Inputs(parameters, seed=7)
    found = Native(program, threads=1).reduce(broken, [Moments(), Quantiles((0.5,))])
    kept = Native(program, threads=1).run(broken)
    assert found.left_out == (5, SPAN + 1) == kept.nonfinite_draws
    finite = np.delete(kept.values, [5, SPAN + 1], axis=2)
    assert found.results[0].mean == pytest.approx(finite.mean(2), rel=1e-12)
    assert np.isfinite(found.results[1]).all()


def test_progress_counts_the_draws_of_every_pass(program, inputs):
    told: list[tuple[int, int]] = []
    Native(program, threads=1).reduce(inputs, [Quantiles((0.5,))], progress=lambda *both: told.append(both))
    assert told[-1] == (3 * DRAWS, 3 * DRAWS)


def test_raising_from_progress_cancels(program, inputs):
    calls = []

    def stop(*both):
        calls.append(both)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Native(program, threads=1).reduce(inputs, [Moments()], progress=stop)
    assert len(calls) == 1


def test_the_bound_on_memory_does_not_grow_with_the_draws_but_by_a_number_each(program):
    few, many = (memory_bound(program, ALL, 2, draws) for draws in (1000, 1_000_000))
    assert many - few == 8 * 999_000


@pytest.mark.parametrize("shares", [(), (1.5,)])
def test_shares_that_are_no_shares_are_refused(shares):
    with pytest.raises(UsageError):
        Quantiles(shares)

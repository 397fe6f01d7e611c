"""Reducing an ensemble as it runs gives what its kept trajectories give."""

import numpy as np
import pytest
from scipy import stats

from wherenow.engine.backend import Inputs
from wherenow.engine.ir import Output, State
from wherenow.engine.lowering.builder import Builder
from wherenow.engine.native import Native
from wherenow.engine.streaming.over_trajectories import per_draw
from wherenow.engine.streaming.plan import PlanBuilder
from wherenow.engine.streaming.reduce import SPAN, Stream, memory_bound
from wherenow.engine.streaming.reducers import (
    LogLikelihood,
    Moments,
    Observations,
    PerDraw,
    PlanReducer,
    Quantiles,
    Reduced,
    Summary,
    WindowReducer,
)
from wherenow.errors import UsageError
from wherenow.model.types import TimeSpec

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
    return b.program(
        states,
        outputs,
        (),
        TimeSpec(start=0, stop=5, step=0.25, save=0.5),
        {"rate": 0.1, "first": 5.0},
        {},
        (),
        ("noise",),
    )


@pytest.fixture(scope="module")
def inputs():
    chosen = np.random.default_rng(3)
    return Inputs(np.stack([chosen.normal(0.1, 0.1, DRAWS), chosen.uniform(3, 8, DRAWS)]), seed=7)


@pytest.fixture(scope="module")
def kept(program, inputs):
    return Native(program, threads=1).run(inputs)


def from_trajectories(program, inputs, trajectories, reducers):
    """Compute the result of streaming from stored trajectories."""
    values = trajectories.values
    draws = values.shape[2]
    good = np.ones(draws, dtype=bool)
    good[list(trajectories.nonfinite_draws)] = False
    kept = values[:, :, good]
    results = []
    for reducer in reducers:
        match reducer:
            case Moments():
                results.append(Summary(kept.mean(2), kept.var(2), kept.min(2), kept.max(2)))
            case Quantiles(shares):
                results.append(np.asarray(np.quantile(kept, shares, axis=2, method="lower")))
            case _:
                results.append(per_draw(program, inputs, trajectories, reducer))
    return Reduced(trajectories.names, trajectories.times, draws, tuple(results), trajectories.nonfinite_draws)


OBSERVED = Observations(output="quantity", times=(0.5, 1.3, 4.9), values=(6.0, 6.0, 9.0))


def with_model(model, **changed):
    return Observations(output=OBSERVED.output, times=OBSERVED.times, values=OBSERVED.values, model=model, **changed)


ALL = (
    Moments(),
    Quantiles((0.05, 0.5, 1.0)),
    WindowReducer("quantity", 1, 3),
    WindowReducer("quantity", 1, 3, "mean"),
    LogLikelihood((OBSERVED, with_model("lognormal", scale=0.2))),
)


def test_moments_are_those_of_the_kept_trajectories(program, inputs, kept):
    streamed = Native(program, threads=1).reduce(inputs, [Moments()]).results[0]
    plain = from_trajectories(program, inputs, kept, [Moments()]).results[0]
    for part in ("mean", "variance", "minimum", "maximum"):
        assert getattr(streamed, part) == pytest.approx(getattr(plain, part), rel=1e-12)


def test_quantiles_are_within_the_stated_distance_of_the_draw_with_that_rank(program, inputs, kept):
    shares = (0.0, 0.05, 0.5, 0.9, 1.0)
    streamed = Native(program, threads=1).reduce(inputs, [Quantiles(shares)]).results[0]
    plain = from_trajectories(program, inputs, kept, [Quantiles(shares)]).results[0]
    bound = (kept.values.max(axis=2) - kept.values.min(axis=2)) / 256**2
    assert (np.abs(streamed - plain) <= bound * (1 + 1e-9) + 1e-12).all()


def test_quantiles_of_what_does_not_vary_are_that_value(program):
    inputs = Inputs(np.repeat([[0.1], [5.0]], 40, axis=1))
    found = Native(program, threads=1).reduce(inputs, [Quantiles((0.1, 0.9))]).results[0]
    assert found[:, 0, 0].tolist() == [5.0, 5.0]


@pytest.mark.parametrize("reducer", ALL[2:])
def test_numbers_of_each_draw_are_those_of_the_kept_trajectories(program, inputs, kept, reducer):
    streamed = Native(program, threads=1).reduce(inputs, [reducer]).results[0]
    assert np.array_equal(streamed, from_trajectories(program, inputs, kept, [reducer]).results[0])


@pytest.mark.parametrize("beside", [(), (Moments(),)], ids=["alone", "beside others"])
def test_any_function_of_what_a_plan_reads_may_be_asked(program, inputs, kept, beside):
    plan = PlanBuilder(program)
    last = plan.samples(plan.output("quantity"), plan.steps[-2:])
    margin = PlanReducer(plan.build(), lambda registers: registers[last : last + 2] - 6.0, count=2)
    streamed = Native(program, threads=1).reduce(inputs, [margin, *beside]).results[0]
    assert np.array_equal(streamed, kept["quantity"][-2:] - 6.0)


def test_any_function_of_a_draw_may_be_asked(program, inputs, kept):
    margin = PerDraw(lambda block: block["quantity"][-2:] - 6.0, count=2)
    streamed = Native(program, threads=1).reduce(inputs, [margin]).results[0]
    assert np.array_equal(streamed, kept["quantity"][-2:] - 6.0)


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


def test_draws_that_turn_non_finite_are_left_out_and_told(program, inputs):
    parameters = inputs.parameters.copy()
    parameters[1, [5, SPAN + 1]] = -4.0  # a logarithm of a negative number
    broken = Inputs(parameters, seed=7)
    found = Native(program, threads=1).reduce(broken, [Moments(), Quantiles((0.5,)), WindowReducer("quantity", 0, 1)])
    rest = np.delete(parameters, [5, SPAN + 1], axis=1)
    kept = Native(program, threads=1).run(broken)
    assert found.left_out == (5, SPAN + 1) == kept.nonfinite_draws
    assert rest.shape[1] == DRAWS - 2
    plain = from_trajectories(program, broken, kept, [Moments()]).results[0]
    assert found.results[0].mean == pytest.approx(plain.mean, rel=1e-12)
    assert np.isfinite(found.results[1]).all()
    assert np.flatnonzero(np.isnan(found.results[2])).tolist() == [5, SPAN + 1]


@pytest.mark.parametrize(
    ("observed", "density"),
    [
        (with_model("normal", scale=0.5), lambda y, m: stats.norm(m, 0.5).logpdf(y)),
        (with_model("lognormal", scale=0.2), lambda y, m: stats.lognorm(0.2, scale=m).logpdf(y)),
        (with_model("student", scale=0.5, shape=3.0), lambda y, m: stats.t(3, m, 0.5).logpdf(y)),
        (with_model("negative_binomial", shape=2.0), lambda y, m: stats.nbinom(2, 2 / (2 + m)).logpmf(y)),
    ],
    ids=lambda value: getattr(value, "model", ""),
)
def test_an_observation_has_the_log_likelihood_of_its_distribution(program, inputs, kept, observed, density):
    found = Native(program, threads=1).reduce(inputs, [LogLikelihood((observed,))]).results[0]
    expected = np.zeros(DRAWS)
    for when, value in zip(observed.times, observed.values, strict=True):
        model = np.array([np.interp(when, kept.times, path) for path in kept["quantity"].T])
        expected += density(value, model)
    finite = np.isfinite(kept.values).all(axis=(0, 1))
    assert found[finite] == pytest.approx(expected[finite], rel=1e-9)


def test_the_scale_of_an_observation_may_be_a_parameter(program, inputs):
    native = Native(program, threads=1)
    by_name = native.reduce(inputs, [LogLikelihood((with_model("normal", scale="first"),))]).results[0]
    fixed = native.reduce(
        inputs.take(3, 4), [LogLikelihood((with_model("normal", scale=float(inputs.parameters[1, 3])),))]
    ).results[0]
    assert by_name[3] == fixed[0]


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


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: [Quantiles(())],
        lambda: [Quantiles((1.5,))],
        lambda: [WindowReducer("quantity", 8, 9)],
        lambda: [WindowReducer("quantity", 1, 2, "median")],
        lambda: [WindowReducer("absent", 1, 2)],
        lambda: [LogLikelihood((with_model("cauchy"),))],
        lambda: [LogLikelihood((with_model("normal", scale="absent"),))],
        lambda: [LogLikelihood((Observations(output="quantity", times=(9.0,), values=(1.0,)),))],
        lambda: [PerDraw(lambda block: block["quantity"], count=1)],
    ],
)
def test_what_cannot_be_asked_is_told(program, inputs, wrong):
    with pytest.raises(UsageError):
        Native(program, threads=1).reduce(inputs, wrong())

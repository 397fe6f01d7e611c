"""A streaming plan gives the same bits during a run as on stored trajectories."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wherenow.engine.backend import Inputs
from wherenow.engine.ir import Output, Program, State
from wherenow.engine.llvm import compiled_runs
from wherenow.engine.lowering.builder import Builder
from wherenow.engine.native import Native
from wherenow.engine.streaming.plan import CONCLUDE, GATHER, PlanBuilder, read_trajectories
from wherenow.engine.streaming.plan_operations import Operation
from wherenow.errors import UsageError
from wherenow.model.model_types import TimeSpec

DRAWS = 133
STEPS = list(range(0, 21, 2))


@pytest.fixture(scope="module")
def program():
    """A quantity that grows at a drawn rate with noise, and its logarithm, at every other step of twenty."""
    b = Builder()
    rate, first, state = b("parameter", index=0), b("parameter", index=1), b("state", index=0)
    change = b("add", b("mul", rate, state), b("sub", b("uniform", index=0), b.constant(0.5)))
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
    return Inputs(np.stack([chosen.normal(0.1, 0.3, DRAWS), chosen.uniform(-1, 8, DRAWS)]), seed=7)


@pytest.fixture(scope="module")
def native(program):
    return Native(program, threads=1)


def everything(plan):
    """Every operation, some of them on numbers that are infinite or none."""
    quantity, logarithm = plan.output("quantity"), plan.output("logarithm")
    half = plan.constant(0.5)
    combined = [plan.combined(Operation(o), quantity, logarithm) for o in range(Operation.PLUS, Operation.LOGARITHM)]
    for register in (quantity, logarithm, *combined):
        plan.total(register, STEPS[1:4])
        plan.extreme(register, STEPS, greatest=True)
        plan.extreme(register, STEPS[3:], greatest=False)
        plan.date_of_greatest(register, STEPS, [0.5 * s for s in STEPS])
        plan.samples(register, STEPS[2:4])
    plain = ("LOGARITHM", "LOGIT", "FADED", "STUDENT", "COUNT")
    for operation in map(Operation.__getitem__, plain):
        for number in (0.0, 2.5, np.inf):
            into = plan.registers(1.0)
            for step in STEPS[2:6]:
                plan.do(step, CONCLUDE, operation, into, quantity, half, plan.constant(3.0), number)
    for operation in (Operation.FILTER, Operation.FILTER_COUNT):
        into = plan.registers(1.0, 0.0, 1.0, 0.0)
        for step in STEPS:
            plan.do(step, CONCLUDE, operation, into, quantity, half, plan.constant(0.2), 6.0)
    scaled = plan.registers(0.0)
    plan.do(4, GATHER, Operation.SCALE, scaled, quantity, number=0.25)
    return plan.build()


def test_every_operation_gives_the_bits_of_its_plain_meaning(program, native, inputs):
    readings = everything(PlanBuilder(program))
    assert set(readings.instructions["operation"]) == set(Operation)
    expected = read_trajectories(program, native.run(inputs), readings)
    assert np.array_equal(native.read(inputs, readings).registers, expected, equal_nan=True)


@pytest.mark.parametrize(("width", "threads", "block"), [(2, 1, 64), (8, 2, 32), (32, 3, 1024)])
def test_readings_have_the_same_bits_however_the_work_is_divided(program, native, inputs, width, threads, block):
    readings = everything(PlanBuilder(program))
    other = Native(program, width=width, threads=threads, block=block).read(inputs, readings)
    plain = native.read(inputs, readings)
    assert np.array_equal(plain.registers, other.registers, equal_nan=True)
    assert plain.nonfinite_draws == other.nonfinite_draws == native.run(inputs).nonfinite_draws != ()


def test_threads_share_the_draws_of_one_block_where_there_is_work_enough(program, native, inputs, monkeypatch):
    readings, told = everything(PlanBuilder(program)), []
    monkeypatch.setattr(compiled_runs, "WORTH", 0)
    threaded = Native(program, threads=2)
    shared = threaded.read(inputs, readings, progress=lambda done, _: told.append(done))
    assert len(told) == 2
    assert np.array_equal(shared.registers, native.read(inputs, readings).registers, equal_nan=True)
    whole = threaded.run(inputs, progress=lambda done, _: told.append(done))
    assert len(told) == 4
    assert np.array_equal(whole.values, native.run(inputs).values, equal_nan=True)


@pytest.mark.parametrize("step", [1, 4, 7, 20])
def test_a_run_that_goes_on_from_a_checkpoint_and_its_registers_reads_what_an_unbroken_one_does(
    program, native, inputs, step
):
    readings = everything(PlanBuilder(program))
    before = native.read(inputs, readings, checkpoint=step, end=step)
    onward = Inputs(inputs.parameters, seed=inputs.seed, start=before.checkpoint)
    after = native.read(onward, readings, begun=dict(enumerate(before.registers)))
    whole = native.read(inputs, readings)
    own = slice(len(program.outputs), None)
    assert np.array_equal(after.registers[own], whole.registers[own], equal_nan=True)


def test_a_checkpoint_on_the_way_changes_nothing_and_is_that_of_a_run(program, native, inputs):
    readings = everything(PlanBuilder(program))
    found = native.read(inputs, readings, checkpoint=7)
    assert np.array_equal(found.registers, native.read(inputs, readings).registers, equal_nan=True)
    assert np.array_equal(found.checkpoint.states, native.run(inputs, checkpoint=7).checkpoint.states)


def test_registers_may_begin_otherwise_in_each_draw(program, native, inputs):
    plan = PlanBuilder(program)
    into = plan.registers(0.0)
    plan.do(0, GATHER, Operation.ADD, into, plan.output("quantity"), number=2.0)
    readings = plan.build()
    found = native.read(inputs, readings, begun={into: np.arange(float(DRAWS))}, returned=[into]).registers[0]
    assert np.array_equal(found, np.arange(DRAWS) + 2.0 * inputs.parameters[1])


@given(steps=st.sets(st.sampled_from(STEPS), min_size=1), draws=st.integers(1, 40), greatest=st.booleans())
@settings(max_examples=40)
def test_a_window_has_the_extreme_and_the_sum_of_its_samples(program, native, inputs, steps, draws, greatest):
    plan, chosen = PlanBuilder(program), sorted(steps)
    quantity = plan.output("quantity")
    extreme, total = plan.extreme(quantity, chosen, greatest), plan.total(quantity, chosen)
    some = inputs.take(0, draws)
    read = native.read(some, plan.build()).registers
    samples = native.run(some)["quantity"][[STEPS.index(s) for s in chosen]]
    assert np.array_equal(read[extreme], samples.max(axis=0) if greatest else samples.min(axis=0))
    assert np.array_equal(read[total], np.add.accumulate(samples, axis=0)[-1])


def test_the_filter_has_the_density_of_a_normal_vector(program, native, inputs):
    from scipy.stats import multivariate_normal

    plan, data = PlanBuilder(program), [4.0, 6.5, 5.0]
    begun, (size, span, sd) = plan.registers(1.44, 0.0, 1.44, 0.0), (1.2, 2.0, 0.5)
    for step, y, gap in zip(STEPS[:3], data, (np.inf, 0.5, 0.5), strict=True):
        kept = plan.constant(float(np.exp(-gap / span)))
        plan.do(step, CONCLUDE, Operation.FILTER, begun, plan.output("quantity"), kept, plan.constant(sd**2), y)
    found = native.read(inputs.take(0, 1), plan.build()).registers[begun + 3, 0]
    times = 0.5 * np.arange(3)
    covariance = size**2 * np.exp(-np.abs(times[:, None] - times) / span) + sd**2 * np.eye(3)
    model = native.run(inputs.take(0, 1))["quantity"][:3, 0]
    assert found == pytest.approx(multivariate_normal.logpdf(data, model, covariance), rel=1e-12)


def test_steps_that_are_not_saved_cannot_be_read(program):
    plan = PlanBuilder(program)
    plan.total(plan.output("quantity"), [0, 3])
    with pytest.raises(UsageError, match="step 3 is not saved"):
        plan.build()


def test_an_unknown_output_is_reported_with_what_was_meant(program):
    with pytest.raises(UsageError) as told:
        PlanBuilder(program).output("quantitty")
    assert "quantity" in str(told.value)


def test_registers_of_another_shape_are_refused(native, inputs, program):
    with pytest.raises(UsageError, match="shape"):
        native.read(inputs, PlanBuilder(program).build(), begun={0: np.zeros(1)})

"""An ensemble that is rerun in place: its registers have the bits of runs from the beginning."""

from dataclasses import replace

import numpy as np
import pytest

from wherenow.engine.backend import Inputs
from wherenow.engine.lowering.lower import lower
from wherenow.engine.native import Native
from wherenow.engine.passes.prune import narrow
from wherenow.engine.streaming.plan import PlanBuilder
from wherenow.engine.streaming.reusable_run import ReusableRun
from wherenow.errors import Text
from wherenow.language.parser import parse
from wherenow.language.syntax import Number, Table
from wherenow.model.elaboration.elaborate import elaborate
from wherenow.model.model_types import Equation, Kind, Method, ModelSpec, TimeSpec, Variable

DRAWS = 21


def stock(rate, initial):
    return (Equation(expression=parse(Text(rate)), initial=parse(Text(initial))),)


@pytest.fixture(scope="module")
def program():
    equations = {
        "rate": (Kind.PARAMETER, (Equation(expression=Number(0.1)),)),
        "wave": (Kind.SERIES, (Equation(expression=Table((0.0, 20.0), (1.0, 2.0))),)),
        "level": (Kind.STOCK, stock("wave * normal(1, 0.1) - rate * delay_fixed(level, 3, 1)", "5")),
        "double": (Kind.AUXILIARY, (Equation(expression=parse(Text("2 * smth1(level, 2)"))),)),
        "other": (Kind.STOCK, stock("level - other", "1")),
    }
    variables = {name: Variable(name=name, kind=kind, equations=made) for name, (kind, made) in equations.items()}
    model = ModelSpec(
        name="test",
        time=TimeSpec(start=0.0, stop=20.0, step=0.5, save=0.5, unit="year", method=Method.EULER),
        variables=variables,
        dimensions={},
    )
    return lower(elaborate(model), ["double", "level", "other"])


@pytest.fixture(scope="module")
def readings(program):
    plan = PlanBuilder(program)
    plan.total(plan.output("double"), range(41))
    plan.extreme(plan.output("double"), range(5, 30), greatest=True)
    plan.samples(plan.output("double"), [3, 40])
    return plan.build()


def inputs(program, rate=None, series=None):
    rows = np.repeat(np.array(program.defaults)[:, None], DRAWS, axis=1)
    rows[0] = np.linspace(0.05, 0.2, DRAWS) if rate is None else rate
    return Inputs(rows, series, seed=7, first_draw=3)


def same(registers, expected, outputs=3):
    return registers[outputs:].tobytes() == np.ascontiguousarray(expected[outputs:]).tobytes()


def test_a_run_in_pieces_reads_what_a_whole_one_does(program, readings):
    native = Native(program, threads=1)
    again = ReusableRun(native, inputs(program), readings)
    asked = again.asked(readings)
    again.begin()
    for end in (1, 17, 18, 41):
        again.go(asked, end)
    assert same(again.registers(asked), native.read(inputs(program), readings).registers)


def test_a_run_with_an_input_changed_in_place_reads_what_one_with_that_input_does(program, readings):
    native = Native(program, threads=1)
    again = ReusableRun(native, inputs(program), readings)
    asked = again.asked(readings)
    again.begin()
    again.go(asked, 41)
    again.parameters[0] = 0.3
    again.begin()
    again.go(asked, 41)
    assert same(again.registers(asked), native.read(inputs(program, rate=0.3), readings).registers)


def test_a_run_with_other_series_reads_what_one_with_those_does(program, readings):
    native, series = Native(program, threads=1), (Table((0.0, 20.0), (3.0, 1.0)),)
    again = ReusableRun(native, inputs(program), readings)
    asked = again.asked(readings)
    again.begin()
    again.go(asked, 41, native.shared(inputs(program, series=series)))
    assert same(again.registers(asked), native.read(inputs(program, series=series), readings).registers)


def test_inputs_given_are_not_written_to(program, readings):
    given = inputs(program)
    ReusableRun(Native(program, threads=1), given, readings).parameters[0] = 9.0
    assert given.parameters[0].max() < 1


@pytest.mark.parametrize("step", [1, 16, 33])
def test_a_narrower_program_goes_on_from_a_moment_of_the_wider_with_the_same_bits(program, readings, step):
    native = Native(program, threads=1)
    narrowed = narrow(program, ["double"])
    assert len(narrowed.program.states) < len(program.states)
    wide = ReusableRun(native, inputs(program), readings)
    asked = wide.asked(readings)
    thin = ReusableRun(
        Native(narrowed.program, width=native.width, threads=1), inputs(program), readings, wide.parameters
    )
    asked_there = thin.asked(readings)
    wide.begin()
    wide.go(asked, step)
    thin.begin()
    thin.resume(wide.moment(asked_there.used, narrowed.states, narrowed.histories))
    thin.go(asked_there, 41)
    assert same(thin.registers(asked_there), native.read(inputs(program), readings).registers)


def test_draws_that_turn_non_finite_are_reported_and_reset_when_a_run_begins_again(program, readings):
    again = ReusableRun(Native(program, threads=1), inputs(program), readings)
    asked = again.asked(readings)
    again.parameters[0, 4] = np.nan
    again.begin()
    again.go(asked, 41)
    assert np.flatnonzero(~again.finite).tolist() == [4]
    again.parameters[0, 4] = 0.1
    again.begin()
    again.go(asked, 41)
    assert again.finite.all()


def test_a_narrowed_program_of_all_outputs_is_the_program(program):
    narrowed = narrow(program, [o.name for o in program.outputs])
    assert narrowed.program == replace(program, nodes=narrowed.program.nodes)
    assert narrowed.states == tuple(range(len(program.states)))

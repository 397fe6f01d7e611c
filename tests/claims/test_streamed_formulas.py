"""Formulas evaluated during a run have the same bits as on the stored run."""

from pathlib import Path

import numpy as np
import pytest

from wherenow.case.reader import read_case
from wherenow.claims.checking.checked_claims import needed_outputs, read_claims
from wherenow.claims.checking.formula_check import check_formula
from wherenow.claims.evaluation.robustness import robustness
from wherenow.claims.evaluation.signals import Declared, Signal, Signals
from wherenow.claims.evaluation.sources import declared_model
from wherenow.claims.evaluation.streaming_plan import read_formulas
from wherenow.claims.formulas.formula import parse_formula
from wherenow.engine.backend import Inputs, saved_times
from wherenow.engine.ir import Output, Program, State
from wherenow.engine.lowering.builder import Builder
from wherenow.engine.lowering.lower import lower
from wherenow.engine.native import Native
from wherenow.errors import Text
from wherenow.model.elaboration.elaborate import elaborate
from wherenow.model.model_types import TimeSpec

DRAWS = 37
UNITS = {"x": "person", "y": "person", "z[a]": "person", "z[b]": "person", "rate": "1 / year"}
DECLARED = Declared("year", {"": UNITS, "against": UNITS}, {"turn": 2004.3})


@pytest.fixture(scope="module")
def program():
    """Two quantities that wander, two elements made of them, and a rate, monthly from 2003 to 2008."""
    b = Builder()
    x, y, rate = b("state", index=0), b("state", index=1), b("parameter", index=0)
    noise = [b("sub", b("uniform", index=i), b.constant(0.5)) for i in range(2)]
    states = (
        State("x", b("parameter", index=1), b("add", b("mul", rate, x), b("mul", b.constant(30.0), noise[0]))),
        State("y", b.constant(6.0), b("mul", b.constant(30.0), noise[1])),
    )
    outputs = (Output("x", x), Output("y", y), Output("z[a]", b("abs", x)), Output("z[b]", b("mul", x, y)),
               Output("rate", b("div", noise[0], x)))  # fmt: skip
    time = TimeSpec(start=2003, stop=2008, step=1 / 24, save=1 / 12)
    return Program(
        nodes=tuple(b.nodes),
        states=states,
        outputs=outputs,
        time=time,
        parameters=("rate", "first"),
        defaults=(0.1, 5.0),
        streams=("one", "two"),
    )


@pytest.fixture(scope="module")
def runs(program):
    """A run of the draws and one with other parameters, as a formula's two runs: inputs, and kept signals."""
    chosen = np.random.default_rng(5)
    given = {
        run: Inputs(np.stack([chosen.normal(0.1, 0.2, DRAWS), chosen.uniform(1, 9, DRAWS)]), seed=4)
        for run in ("", "against")
    }
    native = Native(program, threads=1)
    kept = {run: native.run(inputs) for run, inputs in given.items()}
    series = {run: {n: Signal(saved_times(program), ran[n]) for n in ran.names} for run, ran in kept.items()}
    return native, given, Signals(DECLARED, series)


def checked(text):
    return check_formula(parse_formula(Text(text)), DECLARED)


READ = [
    "mean(x, first[2003, 2006](y > 8), 2007) > 3", "first(x > 8) > 2005", "at(x, first(y > 8)) > at(x, 2005)",
    "mean(x, 2004, 2005) > 5", "mean(x, 2004-03, 2005-06) > mean(y, 2003-01, 2003-12)", "sum(x, 2004, 2005) < 12",
    "max(x, 2004, 2006) > 2 * min(y, 2003-06, 2007)", "at(x, 2004) > 4", "at(x, 2004-05) <= at(y, 2004-05)",
    "at(x, 2004-05-13) > 3", 'at(x, event("turn")) > 3', "growth(y, 2004, 2006-02) > 0.1",
    "growth(x, 2003-05-09, 2006) <= 1",
    "at(x, 2001) > 3", "mean(x, 2001, 2004) > 3", "date_of_max(x, 2003, 2006) >= 2004",
    "date_of_min(x + y, 2003, 2006) < 2005", "mean(x / y, 2004, 2006) > 1", "mean(x * rate, 2004, 2005) > 0",
    "mean(abs(x - y), 2004, 2005) > 1", "max(sum_over(z[*]), 2004, 2005) > 20", "at(mean_over(z[*]), 2006) > 3",
    "min(min_over(z[*]), 2004, 2005) < 0", "always[2004, 2005](x > 0)", "eventually[2004, 2005-03](x >= y)",
    "always[2004, 2005](x > 0 and y > 0)", "always[2004, 2005](x > 0 and rate > 0)", "always[2004, 2005](not x > 9)",
    "eventually[2004, 2005](x > 8 implies y < 3)", "always[2004, 2005](x > 0 and y >= 0)", "always(x < 30)",
    "eventually[2004, 2005](x = y)", "always[2004, 2005](x <> y)", "at(x@against, 2005) < 0.5 * at(x, 2005)",
    "always[2004, 2005](x@against > x - 3)",
    "mean(x - x@against, 2004, 2005) > 0", "volatility(x, 2004, 2006) < volatility(y@against, 2004, 2006)",
    "trend(x, 2004, 2006) > 0", "doubling_time(y, 2004, 2006) > 2", "fit_linear(x, 2004, 2006) > 0.5",
    "first[2004, 2007](x > 8) > 2005", "first[2004, 2007](x > 8) < first[2003, 2006](y > 8)",
    "x > 2 until[2004, 2006] y > 7", "mean(exp(x / y), 2004, 2005) > 2", "at(ln(x ^ 2 / y ^ 2), 2005) > 0",
    "always[2004, 2005](x > 0.5 * at(x, 2003))", "at(x, 2004) > 3 and at(rate, 2004) > 0",
    "not at(x, 2004) > 3 implies always[2005, 2006](rate < 1)",
]  # fmt: skip


@pytest.mark.parametrize("text", READ)
def test_a_streamed_formula_agrees_with_the_stored_run(program, runs, text):
    native, given, kept = runs
    formula = checked(text)
    plan = read_formulas([formula], program, DECLARED)
    registers = {run: native.read(inputs, plan.readings).registers for run, inputs in given.items()}
    with np.errstate(all="ignore"):
        expected, found = robustness(formula, kept), plan.robustness(formula, registers)
    assert np.array_equal(*np.broadcast_arrays(found.values, expected.values), equal_nan=True)
    assert np.array_equal(*np.broadcast_arrays(found.holds, expected.holds))
    assert found.unit == expected.unit


def test_formulas_of_one_plan_share_what_they_ask(program):
    one = read_formulas([checked("mean(x, 2004, 2005) > 5")], program, DECLARED)
    both = read_formulas(
        [checked("mean(x, 2004, 2005) > 5"), checked("mean(x@against, 2004, 2005) < mean(x, 2004, 2005)")],
        program, DECLARED,
    )  # fmt: skip
    assert len(both.readings.instructions) <= 2 * len(one.readings.instructions)


def test_a_run_may_be_read_for_some_of_the_formulas_alone(program, runs):
    native, given, _ = runs
    wanted = checked("mean(x - y, 2004, 2005) > at(x, first[2003, 2006](y > 8))")
    others = [checked("max(x - y, 2004, 2005) > 5"), checked("first[2003, 2006](y > 8) > 2004")]
    plan = read_formulas([*others, wanted], program, DECLARED)
    only = plan.only([wanted])
    assert len(only.instructions) < len(plan.readings.instructions)
    whole, part = (native.read(given[""], readings).registers for readings in (plan.readings, only))
    found, expected = (plan.robustness(wanted, {"": registers}).values for registers in (part, whole))
    assert np.array_equal(found, expected, equal_nan=True)


def test_every_claim_of_the_iraq_case_asks_for_a_finite_part_of_a_run():
    case = read_case(Path(__file__).parents[2] / "cases" / "iraq-us")
    formulas = [c for r in read_claims(case) for c in (r.model, r.expect) if c is not None]
    program = lower(elaborate(case.model), needed_outputs(case))
    plan = read_formulas(formulas, program, declared_model(case))
    assert len(plan.readings) < len(program.outputs) * len(saved_times(program)) / 10

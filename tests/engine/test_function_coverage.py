"""Every function of the table is tested: those with a clock, a memory or noise against recurrences and quantiles here,
the others against mpmath, NumPy and algebra in test_functions and test_vectors. Both backends give each value."""

from __future__ import annotations

import ast
import math
from dataclasses import replace
from pathlib import Path

import mpmath
import numpy as np
import pytest
from scipy import stats

from wherenow.engine.backend import default_inputs
from wherenow.engine.philox import uniform
from wherenow.language.functions import FUNCTIONS

DT = 0.25
T = np.arange(9) * DT
SETTINGS = {"stop": 2.0, "step": DT}


def chain(u, share, first, per_level):
    """Levels that each pass their value, or their content a ``share``, to the next; the last one's value over time."""
    found = []
    levels = np.array(first, dtype=float)
    for value in u:
        values = levels if per_level else levels / share
        found.append(values[-1])
        sources = np.array([value, *values[:-1]])
        levels = levels + DT * ((sources - levels) / share if per_level else sources - values)
    return np.array(found)


def smooth(u, time, order, first):
    return chain(u, time / order, [first] * order, per_level=True)


def delayed(u, time, order, first):
    return chain(u, time / order, [first * time / order] * order, per_level=False)


def shifted(u, steps, first):
    return np.concatenate([np.full(steps, float(first)), u[:-steps]])


def trend(u, time, first):
    average = smooth(u, time, 1, u[0] / (1 + first * time))
    return (u - average) / (average * time)


U = 1 + T
RECURRENCES = {
    "time": ("time", T), "dt": ("dt", np.full(9, DT)), "starttime": ("starttime", np.zeros(9)),
    "stoptime": ("stoptime", np.full(9, 2.0)), "pi": ("pi", np.full(9, math.pi)),
    "inf": ("if inf > 1e308 then 1 else 0", np.ones(9)), "step": ("step(3, 1)", 3.0 * (T >= 1)),
    "ramp": ("ramp(2, 0.5, 1.5)", 2 * np.clip(T - 0.5, 0, 1)), "pulse": ("pulse(3, 1)", 3 / DT * (T == 1)),
    "pulse_window": ("pulse_window(0.5, 0.75)", 1.0 * ((T >= 0.5) & (T < 1.25))),
    "pulse_train": ("pulse_train(0.5, 0.25, 0.75, 1.5)", 1.0 * np.isin(T, [0.5, 1.25])),
    "init": ("init(5 + time)", np.full(9, 5.0)), "active_initial": ("active_initial(u, 9)", U),
    "previous": ("previous(u, -1)", shifted(U, 1, -1)), "smth1": ("smth1(u, 2, 4)", smooth(U, 2, 1, 4)),
    "smth3": ("smth3(u, 1.5)", smooth(U, 1.5, 3, 1)), "smthn": ("smthn(u, 2, 4, 0.5)", smooth(U, 2, 4, 0.5)),
    "delay1": ("delay1(u, 2, 4)", delayed(U, 2, 1, 4)), "delay3": ("delay3(u, 1.5)", delayed(U, 1.5, 3, 1)),
    "delayn": ("delayn(u, 2, 4, 0.5)", delayed(U, 2, 4, 0.5)),
    "delayn_batched": ("delayn_batched(u, 2, 4, 0.5)", delayed(U, 2, 4, 0.5)),
    "delay": ("delay(u, 0.5, -1)", shifted(U, 2, -1)), "delay_fixed": ("delay_fixed(u, 0.75, -1)", shifted(U, 3, -1)),
    "delay_material": ("delay_material(u, 0.5, -1, 9)", shifted(U, 2, -1)),
    "trend": ("trend(u, 2, 0.1)", trend(U, 2, 0.1)), "forcst": ("forcst(u, 2, 3, 0.1)", U * (1 + 3 * trend(U, 2, 0.1))),
    "sample_if_true": ("sample_if_true(time > 1, u, -1)", np.where(T > 1, U, -1.0)),
    "integ": ("integ(u, 3)", 3 + DT * np.concatenate([[0.0], np.cumsum(U)[:-1]])),
}  # fmt: skip


@pytest.mark.parametrize("name", RECURRENCES)
def test_a_function_of_time_or_with_memory_follows_its_recurrence(engine, name):
    expression, true = RECURRENCES[name]
    got = engine.path(expression, {"u": "1 + time"}, **SETTINGS)
    np.testing.assert_allclose(got, true, rtol=1e-13, atol=1e-13)


def test_a_stock_begins_at_the_initial_form_of_what_it_begins_at(engine):
    run = engine.solve({"a": "active_initial(time, 9)", "s": ("0", "a")}, ["s"], **SETTINGS)
    assert set(run["s"][:, 0]) == {9.0}


DRAWS = np.arange(6)


def numbers(step, stream="x#0"):
    return uniform(7, stream, step, DRAWS)


def quantile(p):
    """Of the standard normal, by mpmath."""
    return np.array([float(mpmath.sqrt(2) * mpmath.erfinv(2 * mpmath.mpf(v) - 1)) for v in p])


def by_step(function):
    return np.array([function(numbers(step)) for step in range(9)])


def lognormal(u):
    variance = math.log(1 + (0.5 / 2) ** 2)
    return np.exp(math.log(2) - variance / 2 + math.sqrt(variance) * quantile(u))


def pink():
    """An Ornstein-Uhlenbeck process with mean 1, deviation 0.5 and correlation time 4, exactly discretised."""
    kept = math.exp(-DT / 4)
    apart = [0.5 * quantile(numbers(0, "x#0·first"))]
    for step in range(8):
        apart.append(kept * apart[-1] + 0.5 * math.sqrt(1 - kept * kept) * quantile(numbers(step)))
    return 1 + np.array(apart)


NOISE = {
    "uniform": ("uniform(2, 5)", lambda: by_step(lambda u: 2 + 3 * u)),
    "normal": ("normal(2, 0.5)", lambda: by_step(lambda u: 2 + 0.5 * quantile(u))),
    "lognormal": ("lognormal(2, 0.5)", lambda: by_step(lognormal)),
    "exprnd": ("exprnd(3)", lambda: by_step(lambda u: -3 * np.log(u))),
    "poisson": ("poisson(3)", lambda: by_step(lambda u: stats.poisson.ppf(u, 3))),
    "binomial": ("binomial(7.9, 0.4)", lambda: by_step(lambda u: stats.binom.ppf(u, 7, 0.4))),
    "pink_noise": ("pink_noise(1, 0.5, 4)", pink),
}  # fmt: skip


@pytest.mark.parametrize("name", NOISE)
def test_noise_is_the_quantile_of_its_numbers(engine, name):
    expression, true = NOISE[name]
    program = engine.program({"x": expression}, ["x"], **SETTINGS)
    got = engine.agreed(program, replace(default_inputs(program, DRAWS.size), seed=7))["x"]
    np.testing.assert_allclose(got, true(), rtol=1e-12, atol=1e-13)


def called(path):
    """The functions of the table that a test file calls within its strings."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= {row.name for name, row in FUNCTIONS.items() if f"{name}(" in node.value or name == node.value}
    return found


def test_every_function_of_the_table_is_asked_of_both_backends_and_of_mathematics():
    here = {*RECURRENCES, *NOISE}
    room = Path(__file__).parent
    elsewhere = called(room / "test_functions.py") | called(room / "test_vectors.py")
    names = {row.name for row in FUNCTIONS.values()}
    assert names == here | elsewhere

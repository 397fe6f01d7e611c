"""Every function of the table: the same bits from both backends, and values known from mathematics."""

from __future__ import annotations

import math
from itertools import product

import mpmath
import numpy as np
import pytest

from wherenow.engine.backend import default_inputs
from wherenow.language.functions import FUNCTIONS, FunctionKind
from wherenow.language.syntax import Table

INF = math.inf


def _sign(x):
    return (x > 0) - (x < 0)


def _trunc(x):
    return math.trunc(x)


# expression in x and y, what it is, a sample of x and of y, and how many ulps apart they may be
POINTWISE = {
    "abs": ("abs(x)", abs, (-2.5, -0.0, 3.0), (), 0),
    "sqrt": ("sqrt(x)", mpmath.sqrt, (0.0, 2.0, 1e300, 1e-310), (), 0.5),
    "exp": ("exp(x)", mpmath.exp, (-700.5, -1e-9, 0.0, 1.0, 30.25), (), 2),
    "ln": ("ln(x)", mpmath.log, (1e-310, 0.3, 1.0000001, 5.0, 1e300), (), 2),
    "log10": ("log10(x)", mpmath.log10, (1e-310, 0.3, 1.0000001, 1000.0), (), 2),
    "log": ("log(x, y)", lambda x, y: mpmath.log(x) / mpmath.log(y), (0.3, 8.0, 1e9), (2.0, 10.0), 6),
    "power": ("power(x, y)", mpmath.power, (0.3, 2.0, 9.5), (-3.25, 0.0, 2.0, 20.5), 4),
    "sin": ("sin(x)", mpmath.sin, (-4.0, 0.1, 3.0, 1e6), (), 2),
    "cos": ("cos(x)", mpmath.cos, (-4.0, 0.1, 3.0, 1e6), (), 2),
    "tan": ("tan(x)", mpmath.tan, (-4.0, 0.1, 1.57, 1e6), (), 2),
    "arcsin": ("arcsin(x)", mpmath.asin, (-1.0, -0.3, 0.9), (), 2),
    "arccos": ("arccos(x)", mpmath.acos, (-1.0, -0.3, 0.9), (), 2),
    "arctan": ("arctan(x)", mpmath.atan, (-40.0, 0.3, 1e9), (), 2),
    "sinh": ("sinh(x)", mpmath.sinh, (-3.0, 1e-5, 40.0), (), 2),
    "cosh": ("cosh(x)", mpmath.cosh, (-3.0, 1e-5, 40.0), (), 2),
    "tanh": ("tanh(x)", mpmath.tanh, (-3.0, 1e-5, 0.6, 40.0), (), 4),
    "int": ("int(x)", math.floor, (-2.5, -2.0, 2.5, 1e16), (), 0),
    "integer": ("integer(x)", _trunc, (-2.5, -2.0, 2.5), (), 0),
    "round": ("round(x)", lambda x: _sign(x) * math.floor(abs(x) + 0.5), (-2.5, -0.4, 0.5, 2.5, 3.49), (), 0),
    "sign": ("sign(x)", _sign, (-2.0, 0.0, 7.0), (), 0),
    "modulo": ("modulo(x, y)", math.fmod, (-7.0, 7.0), (3.0, -3.0), 0),
    "quantum": ("quantum(x, y)", lambda x, y: _trunc(x / y) * y if y > 0 else x, (-7.5, 7.5), (2.0, 0.0), 0),
    "safediv": ("safediv(x, y, 9)", lambda x, y: x / y if y else 9.0, (3.0,), (2.0, 0.0), 0),
    "xidz": ("xidz(x, y, 9)", lambda x, y: x / y if abs(y) >= 1e-6 else 9.0, (3.0,), (2.0, -1e-7, 1e-6), 0),
    "zidz": ("zidz(x, y)", lambda x, y: x / y if abs(y) >= 1e-6 else 0.0, (3.0,), (2.0, 0.0), 0),
    "normalcdf": ("normalcdf(x, y)", lambda x, y: mpmath.ncdf(y) - mpmath.ncdf(x), (-9.0, -1.5, 0.5), (8.0,), 9),
    "invnorm": (
        "invnorm(x, 3, 2)",
        lambda x: 3 + 2 * mpmath.sqrt(2) * mpmath.erfinv(2 * x - 1),
        (0.01, 0.5, 0.9),
        (),
        8,
    ),
    "percent": ("percent(x)", lambda x: x * 100.0, (0.25,), (), 0),
    "min": ("min(x, y)", min, (1.0, 3.0), (2.0,), 0),
    "max": ("max(x, y)", max, (1.0, 3.0), (2.0,), 0),
}
OPERATORS = {
    "x + y": lambda x, y: x + y, "x - y": lambda x, y: x - y, "x * y": lambda x, y: x * y, "x / y": lambda x, y: x / y,
    "-x": lambda x, y: -x, "x mod y": lambda x, y: x - y * math.floor(x / y),
    "x < y": lambda x, y: x < y, "x <= y": lambda x, y: x <= y, "x > y": lambda x, y: x > y,
    "x >= y": lambda x, y: x >= y, "x = y": lambda x, y: x == y, "x <> y": lambda x, y: x != y,
    "x > 1 and y > 1": lambda x, y: x > 1 and y > 1, "x > 1 or y > 1": lambda x, y: x > 1 or y > 1,
    "not x": lambda x, y: x == 0, "if x then y else 5": lambda x, y: y if x else 5.0,
    "if x > y then x - y else y": lambda x, y: x - y if x > y else y,
}  # fmt: skip


def ulps(got: float, true: object) -> float:
    nearest = float(true)  # type: ignore[arg-type]
    if got == nearest:
        return 0.0
    return float(abs(mpmath.mpf(got) - true) / mpmath.mpf(math.ulp(nearest)))


def values(engine, expression, xs, ys, bound):
    """``expression`` at each pair of x and y, of draws of a parameter, or of a stock that keeps its first value."""
    pairs = list(product(xs, ys or (1.5,)))
    x = {"draw": {"x": 0.0}, "draw and step": {"p": 0.0, "x": ("0", "p")}}[bound]
    program = engine.program({**x, "y": 0.0, "f": expression}, ["f"], stop=2.0)
    given = dict(zip(("p" if "p" in x else "x", "y"), map(np.array, zip(*pairs, strict=True)), strict=True))
    used = {n: v for n, v in given.items() if n in program.parameters}
    return pairs, engine.agreed(program, default_inputs(program, len(pairs), **used))["f"]


BOUND = pytest.mark.parametrize("bound", ["draw", "draw and step"])


@BOUND
@pytest.mark.parametrize("name", POINTWISE)
def test_a_function_has_the_value_that_mathematics_gives_it(engine, name, bound):
    expression, true, xs, ys, allowed = POINTWISE[name]
    pairs, got = values(engine, expression, xs, ys, bound)
    with mpmath.workprec(300):
        for (x, y), column in zip(pairs, got.T, strict=True):
            exact = true(*((mpmath.mpf(x), mpmath.mpf(y)) if allowed else (x, y))[: 2 if ys else 1])
            for value in column:
                assert ulps(float(value), exact) <= allowed, (x, y)


@BOUND
@pytest.mark.parametrize("expression", OPERATORS)
def test_an_operator_has_the_value_of_ieee_arithmetic(engine, expression, bound):
    pairs, got = values(engine, expression, (0.0, 0.1, 2.0, -7.3), (0.3, 2.0, -3.0), bound)
    for (x, y), column in zip(pairs, got.T, strict=True):
        assert set(column) == {float(OPERATORS[expression](x, y))}, (x, y)


OVER_ARRAYS = {
    "sum": ("sum(a[*])", 10.0), "mean": ("mean(a[*])", 2.5), "prod": ("prod(a[*])", 24.0), "size": ("size(a[*])", 4.0),
    "min": ("min(a[*])", 1.0), "max": ("max(a[*])", 4.0), "stddev": ("stddev(a[*])", math.sqrt(1.25)),
    "rank": ("rank(a[*], 2)", 4.0), "vector_elm_map": ("vector_elm_map(a[q], 2)", 4.0),
}  # fmt: skip
BY_ELEMENT = {
    "vector_rank": ("vector_rank(a[d], 1)", [3.0, 1.0, 4.0, 2.0]),
    "vector_sort_order": ("vector_sort_order(a[d], 1)", [1.0, 3.0, 0.0, 2.0]),
    "vector_reorder": ("vector_reorder(a[d], o[d])", [1.0, 2.0, 3.0, 4.0]),
}


def array(engine, **equations):
    """Over the dimension d of four elements: a is 3, 1, 4, 2, and o is its order."""
    a = "if d = 1 then 3 else if d = 2 then 1 else if d = 3 then 4 else 2"
    o = "if d = 1 then 1 else if d = 2 then 3 else if d = 3 then 0 else 2"
    return engine.solve(
        {"k": 1.0, "a": f"k * ({a})", "o": o, **equations},
        over={"a": ("d",), "o": ("d",), "y": ("d",)},
        dimensions={"d": "qrst"},
    )


@pytest.mark.parametrize("name", OVER_ARRAYS)
def test_a_function_of_a_dimension_has_the_value_of_its_elements(engine, name):
    expression, true = OVER_ARRAYS[name]
    assert array(engine, x=expression)["x"][0, 0] == true


@pytest.mark.parametrize("name", BY_ELEMENT)
def test_a_function_by_element_has_a_value_at_each(engine, name):
    expression, true = BY_ELEMENT[name]
    run = array(engine, y=expression)
    assert [run[f"y[{e}]"][0, 0] for e in "qrst"] == true


TABLE = Table((0.0, 1.0, 3.0), (0.0, 10.0, 20.0))
LOOKUPS = {
    "lookup": ("lookup(t, x)", {-1.0: 0.0, 0.5: 5.0, 1.0: 10.0, 2.0: 15.0, 9.0: 20.0}),
    "lookup_extrapolate": ("lookup_extrapolate(t, x)", {-1.0: -10.0, 2.0: 15.0, 5.0: 30.0}),
    "lookup_forward": ("lookup_forward(t, x)", {-1.0: 0.0, 0.5: 10.0, 1.0: 10.0, 1.5: 20.0, 9.0: 20.0}),
    "lookup_backward": ("lookup_backward(t, x)", {-1.0: 0.0, 0.5: 0.0, 1.0: 10.0, 2.9: 10.0, 3.0: 20.0}),
    "lookupinv": ("lookupinv(t, x)", {-5.0: 0.0, 5.0: 0.5, 15.0: 2.0, 99.0: 3.0}),
}


@BOUND
@pytest.mark.parametrize("name", LOOKUPS)
def test_a_table_has_its_value_between_and_outside_its_points(engine, name, bound):
    expression, expected = LOOKUPS[name]
    x = {"draw": {"x": 0.0}, "draw and step": {"p": 0.0, "x": ("0", "p")}}[bound]
    program = engine.program({**x, "t": TABLE, "f": expression}, ["f"], stop=2.0)
    given = {"p" if "p" in x else "x": np.array(list(expected))}
    got = engine.agreed(program, default_inputs(program, len(expected), **given))["f"]
    assert got.tolist() == [list(expected.values())] * 3


@pytest.mark.parametrize("between", ["linear", "previous", "next"])
def test_a_series_is_the_same_as_a_table_of_time(engine, between):
    points = Table((0.0, 2.0, 5.0), (1.0, 7.0, 4.0), between)
    run = engine.solve({"s": ("series", points), "t": points, "x": "lookup(t, time)", "y": "lookup(s, time)"}, step=0.5)
    assert np.array_equal(run["s"], run["x"])
    assert np.array_equal(run["s"], run["y"])


def test_a_table_with_many_points_finds_the_right_interval(engine):
    xs = tuple(float(x) for x in np.cumsum(np.random.default_rng(1).uniform(0.1, 1, 200)))
    ys = tuple(float(y) for y in np.random.default_rng(2).normal(0, 1, 200))
    at = np.linspace(xs[0] - 1, xs[-1] + 1, 501)
    program = engine.program({"x": 0.0, "t": Table(xs, ys), "f": "lookup(t, x)"}, ["f"], stop=1.0)
    got = engine.agreed(program, default_inputs(program, at.size, x=at))["f"][0]
    np.testing.assert_allclose(got, np.interp(at, xs, ys), rtol=1e-12, atol=1e-12)


def test_each_function_of_the_table_is_tested_here_or_in_a_test_of_its_kind():
    tested = {*POINTWISE, *OVER_ARRAYS, *BY_ELEMENT, *LOOKUPS}
    elsewhere = {FunctionKind.CLOCK, FunctionKind.MEMORY, FunctionKind.NOISE}
    allocation = {  # tests/engine/test_vectors.py and tests/exchange
        "vector_select", "vector_element", "allocate_available", "allocate_by_priority", "find_market_price",
        "demand_at_price", "supply_at_price", "invert_matrix", "matrix_element", "vector_lookup", "a_function_of",
        "element_at",
    }  # fmt: skip
    assert {row.name for row in FUNCTIONS.values() if row.kind not in elsewhere} <= tested | allocation

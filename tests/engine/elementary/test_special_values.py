"""Values at zeros, infinities and NaN: IEEE 754-2019, 9.2, and C99, annex F.9."""

import numpy as np
import pytest

from wherenow.engine.elementary import ELEMENTARY, NumpyArithmetic

INF, NAN = float("inf"), float("nan")

ONE_ARGUMENT = [
    ("exp", 0.0, 1.0), ("exp", -INF, 0.0), ("exp", INF, INF), ("exp", 710.0, INF), ("exp", -746.0, 0.0),
    ("ln", 1.0, 0.0), ("ln", 0.0, -INF), ("ln", -0.0, -INF), ("ln", -1.0, NAN), ("ln", INF, INF), ("ln", -INF, NAN),
    ("log10", 1.0, 0.0), ("log10", 0.0, -INF), ("log10", -1.0, NAN), ("log10", INF, INF),
    ("sin", 0.0, 0.0), ("sin", -0.0, -0.0), ("sin", INF, NAN), ("cos", 0.0, 1.0), ("cos", -INF, NAN),
    ("tan", -0.0, -0.0), ("tan", INF, NAN),
    ("asin", -0.0, -0.0), ("asin", 1.0, np.pi / 2), ("asin", -1.0, -np.pi / 2), ("asin", 1.5, NAN),
    ("acos", 1.0, 0.0), ("acos", -1.0, np.pi), ("acos", -2.0, NAN),
    ("atan", -0.0, -0.0), ("atan", INF, np.pi / 2), ("atan", -INF, -np.pi / 2),
    ("sinh", -0.0, -0.0), ("sinh", INF, INF), ("sinh", -INF, -INF), ("cosh", 0.0, 1.0), ("cosh", -INF, INF),
    ("tanh", -0.0, -0.0), ("tanh", INF, 1.0), ("tanh", -INF, -1.0),
    ("normal", 0.0, -INF), ("normal", 1.0, INF), ("normal", 0.5, 0.0), ("normal", -0.1, NAN), ("normal", 1.1, NAN),
    *((name, NAN, NAN) for name in ELEMENTARY if name not in ("pow", "poisson", "binomial", "wanted", "clearing")),
]  # fmt: skip

POWERS = [
    (NAN, 0.0, 1.0), (1.0, NAN, 1.0), (NAN, 1.0, NAN), (2.0, NAN, NAN), (1.0, INF, 1.0), (1.0, -INF, 1.0),
    (0.0, -1.0, INF), (-0.0, -1.0, -INF), (-0.0, -2.0, INF), (-0.0, -1.5, INF), (0.0, 2.0, 0.0), (-0.0, 3.0, -0.0),
    (-0.0, 2.0, 0.0), (-0.0, -INF, INF), (-1.0, INF, 1.0), (-1.0, -INF, 1.0), (-8.0, 1 / 3, NAN), (-2.0, 3.0, -8.0),
    (-2.0, 2.0, 4.0), (0.5, -INF, INF), (0.5, INF, 0.0), (2.0, INF, INF), (2.0, -INF, 0.0), (-INF, -3.0, -0.0),
    (-INF, -2.0, 0.0), (-INF, 3.0, -INF), (-INF, 2.5, INF), (INF, -1.0, 0.0), (INF, 0.5, INF), (0.0, 0.0, 1.0),
    (2.0, 1024.0, INF), (2.0, -1074.0, 5e-324), (2.0, -1076.0, 0.0), (-3.0, 1e300, INF), (10.0, 2.0, 100.0),
    (1.0 - 2.0**-53, 1e300, 0.0), (5e-324, 1.0, 5e-324), (5e-324, -1.0, INF), (1e10, 1e-320, 1.0),
]  # fmt: skip


def same(got: float, expected: float) -> bool:
    if np.isnan(expected):
        return bool(np.isnan(got))
    return got == expected and bool(np.signbit(got) == np.signbit(expected))


def evaluate(name, *given):
    with np.errstate(all="ignore"):
        return float(ELEMENTARY[name](NumpyArithmetic(), *(np.array([g]) for g in given))[0])


@pytest.mark.parametrize(("name", "x", "expected"), ONE_ARGUMENT)
def test_a_special_argument_has_the_standard_value(name, x, expected):
    assert same(evaluate(name, x), expected)


@pytest.mark.parametrize(("x", "y", "expected"), POWERS)
def test_a_special_power_has_the_standard_value(x, y, expected):
    assert same(evaluate("pow", x, y), expected)

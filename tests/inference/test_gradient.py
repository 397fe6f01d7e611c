"""The gradient of the log-likelihood is that of central finite differences of the native engine's."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from wherenow.case.reader import read_case
from wherenow.inference.likelihood import likelihood

pytest.importorskip("jax")

from wherenow.inference.gradient import log_likelihood_gradient

CASES = Path(__file__).parents[1] / "cases"
IRAQ = Path(__file__).parents[2] / "cases" / "iraq-us"
HEAD = "series,date,value,unit,source,licence,quality,note"


def observed(folder, name, priors, of, error, data, unit):
    """A copy of a case whose parameters have priors: one series is seen, its first two data twice."""
    case = folder / name
    shutil.copytree(CASES / name, case)
    (path,) = (case / "model").glob("*.yaml")
    text = path.read_text()
    for parameter, value, prior in priors:
        assert f"{parameter}: {{ parameter: {value}," in text
        given = f"{{ prior: '{prior}', value: {value} }}"
        text = text.replace(f"{parameter}: {{ parameter: {value},", f"{parameter}: {{ parameter: {given},")
    path.write_text(text)
    seen = f"{{ of: {of}, error: '{error}', note: Made by this test. }}\n"
    (case / "observations.yaml").write_text(f"seen: {seen}twice: {seen}")
    (case / "data").mkdir()
    named = [*(("seen", *d) for d in data), *(("twice", *d) for d in data[:2])]
    rows = [f"{name},{t},{v},{unit},made by this test,MIT,read," for name, t, v in named]
    (case / "data" / "seen.csv").write_text("\n".join([HEAD, *rows]) + "\n")
    return read_case(case)


@pytest.fixture
def teacup(tmp_path):
    priors = [("room_temperature", 70, "normal(70, 5)"), ("characteristic_time", 10, "lognormal(10, 0.3)")]
    data = [(t, round(70 + 110 * np.exp(-t / 9) + (-1) ** t, 2)) for t in range(1, 29, 3)]
    return observed(tmp_path, "teacup", priors, "teacup_temperature", "normal(2)", data, "warmth")


@pytest.fixture
def sir(tmp_path):
    priors = [("duration", 5, "triangular(2, 5, 9)"), ("contact_infectivity", 0.3, "lognormal(0.3, 0.2)")]
    data = [(t, v) for t, v in zip(range(10, 91, 20), (15, 26, 38, 30, 24), strict=True)]
    return observed(tmp_path, "sir", priors, "infectious", "lognormal(0.2, 1)", data, "person")


def differences(target, z, h=1e-5):
    """Central differences of every parameter at one point."""
    count = len(z)
    moved = np.repeat(z[:, None], 2 * count, axis=1)
    moved[range(count), range(count)] += h
    moved[range(count), range(count, 2 * count)] -= h
    values = target(moved)
    return (values[:count] - values[count:]) / (2 * h)


@pytest.mark.parametrize("name", ["teacup", "sir", "line"])
def test_the_gradient_is_that_of_finite_differences(request, name):
    target = likelihood(request.getfixturevalue(name), threads=1)
    z = np.random.default_rng(4).normal(0, 0.5, (len(target.space), 2))
    value, slope = log_likelihood_gradient(target)(z)
    np.testing.assert_allclose(value, target(z), rtol=1e-11)
    for draw in range(2):
        true = differences(target, z[:, draw])
        np.testing.assert_allclose(slope[:, draw], true, rtol=1e-5, atol=1e-6 * np.abs(true).max())


@pytest.mark.slow  # XLA compiles for minutes
def test_the_gradient_of_the_iraq_us_case_is_that_of_finite_differences():
    target = likelihood(read_case(IRAQ), threads=1)
    z = np.random.default_rng(2).normal(0, 0.2, (len(target.space), 1))
    value, slope = log_likelihood_gradient(target)(z)
    np.testing.assert_allclose(value, target(z), rtol=1e-9)
    true = differences(target, z[:, 0])
    apart = np.abs(slope[:, 0] - true) / (np.abs(true) + 1e-3 * np.abs(true).max())
    # limits and thresholds make kinks: a difference taken across one is no derivative
    assert np.quantile(apart, 0.95) < 1e-4

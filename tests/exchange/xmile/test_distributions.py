"""Stella's distributions that are composed of others: their means and variances over many steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import beta, gamma, kstest
from tests.exchange.xmile.files import run, xmile

import wherenow
from wherenow.errors import InputError

STEPS = 4000


@pytest.mark.parametrize(
    ("call", "mean", "variance"),
    [
        ("BINOMIAL(10, 0.3)", 3, 2.1),
        ("BINOMIAL(4, 1.5)", 4, 0),
        ("BINOMIAL(TIME * 0 + 60.9, 0.4)", 24, 14.4),
        ("GAMMA(2.5, 3)", 7.5, 22.5),
        ("GAMMA(2, 3, 17)", 6, 18),
        ("BETA(2, 3.5)", 2 / 5.5, 7 / (5.5**2 * 6.5)),
        ("GAMMA(0.3, 2)", 0.6, 1.2),
        ("GAMMA(1 + 0 * TIME, 1)", 1, 1),
        ("GAMMA(77.7, 0.1)", 7.77, 0.777),
        ("BETA(0.05, 0.15)", 0.25, 0.0075 / (0.04 * 1.2)),
        ("BETA(30.5 + 0 * TIME, 2)", 30.5 / 32.5, 61 / (32.5**2 * 33.5)),
        ("NEGBINOMIAL(3, 0.4)", 4.5, 11.25),
        ("NEGBINOMIAL(1.5, 0.4)", 2.25, 5.625),
    ],
)
def test_a_distribution_has_its_mean_and_variance(call: str, mean: float, variance: float, tmp_path: Path) -> None:
    text = xmile(f'<aux name="x"><eqn>{call}</eqn></aux>', steps=f"<start>0</start><stop>{STEPS}</stop>")
    values = run(text, tmp_path)["x"]
    assert len(values) == STEPS + 1
    assert np.mean(values) == pytest.approx(mean, abs=5 * np.sqrt(variance / STEPS) + 1e-12)
    assert np.var(values) == pytest.approx(variance, rel=0.2, abs=1e-12)


@pytest.mark.parametrize(
    ("call", "distribution"),
    [("GAMMA(0.3, 1)", gamma(0.3)), ("GAMMA(5.5, 1)", gamma(5.5)), ("BETA(0.4, 1.7)", beta(0.4, 1.7))],
)
def test_a_number_follows_its_distribution(call: str, distribution: Any, tmp_path: Path) -> None:
    text = xmile(f'<aux name="x"><eqn>{call}</eqn></aux>', steps=f"<start>0</start><stop>{STEPS}</stop>")
    assert kstest(run(text, tmp_path)["x"], distribution.cdf).pvalue > 1e-3


def test_a_gamma_number_has_the_same_bits_in_both_engines(tmp_path: Path) -> None:
    (tmp_path / "m.xmile").write_text(xmile('<aux name="x"><eqn>GAMMA(0.3 + TIME, 2)</eqn></aux>'))
    model = wherenow.open(tmp_path / "m.xmile")
    assert (model.run()["x"].values == model.run(engine="reference")["x"].values).all()


@pytest.mark.parametrize("call", ["GEOMETRIC(0.3)", "IRR(TIME)"])
def test_a_distribution_without_a_method_is_refused_with_the_reason(call: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is not supported \(.*\)"):
        run(xmile(f'<aux name="x"><eqn>{call}</eqn></aux>'), tmp_path)

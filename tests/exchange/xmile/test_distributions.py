"""Stella's distributions that are sums of others: their means and variances over many steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.exchange.xmile.files import run, xmile

from wherenow.errors import InputError

STEPS = 4000


@pytest.mark.parametrize(
    ("call", "mean", "variance"),
    [
        ("BINOMIAL(10, 0.3)", 3, 2.1),
        ("BINOMIAL(4, 1.5)", 4, 0),
        ("GAMMA(2.5, 3)", 7.5, 22.5),
        ("GAMMA(2, 3, 17)", 6, 18),
        ("BETA(2, 3.5)", 2 / 5.5, 7 / (5.5**2 * 6.5)),
        ("NEGBINOMIAL(3, 0.4)", 4.5, 11.25),
    ],
)
def test_a_distribution_has_its_mean_and_variance(call: str, mean: float, variance: float, tmp_path: Path) -> None:
    text = xmile(f'<aux name="x"><eqn>{call}</eqn></aux>', steps=f"<start>0</start><stop>{STEPS}</stop>")
    values = run(text, tmp_path)["x"]
    assert len(values) == STEPS + 1
    assert np.mean(values) == pytest.approx(mean, abs=5 * np.sqrt(variance / STEPS) + 1e-12)
    assert np.var(values) == pytest.approx(variance, rel=0.2, abs=1e-12)


@pytest.mark.parametrize("call", ["BINOMIAL(TIME, 0.3)", "GAMMA(0.3, 1)", "BETA(2, TIME)", "GEOMETRIC(0.3)"])
def test_a_distribution_that_is_no_sum_is_refused_with_the_reason(call: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is not offered \(.*\)"):
        run(xmile(f'<aux name="x"><eqn>{call}</eqn></aux>'), tmp_path)

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from wherenow.case.prior import prior
from wherenow.case.reader import read_case
from wherenow.inference.calibrate import Effort
from wherenow.inference.sbc import Ranks, calibrated

CASES = Path(__file__).parents[1] / "cases"


def test_uniform_ranks_pass_and_crowded_ones_fail():
    rng = np.random.default_rng(0)
    good = Ranks(("x",), rng.integers(0, 64, (1, 400)).astype(float), 63)
    bad = Ranks(("x",), rng.integers(20, 44, (1, 400)).astype(float), 63)
    assert good.p_values()["x"] > 0.01
    assert bad.p_values()["x"] < 1e-6


def test_ranks_lie_between_none_and_all(line):
    found = calibrated(line, 4, draws=15, effort=Effort(particles=64, moves=8), threads=1)
    assert found.ranks.shape == (len(found.names), 4)
    assert found.ranks.min() >= 0
    assert found.ranks.max() <= 15


def line_with_discrepancy():
    line = read_case(CASES / "line")
    seen = replace(line.observations["readings"], discrepancy=prior("lognormal", 0.8, 0.5))
    return replace(line, observations={"readings": seen})


@pytest.mark.slow
@pytest.mark.parametrize(
    "case",
    [read_case(CASES / "line"), line_with_discrepancy(), read_case(CASES / "sir")],
    ids=["line", "missed", "sir"],
)
def test_ranks_of_the_truth_are_uniform(case):
    if not case.observations:
        pytest.skip("this case observes nothing")
    found = calibrated(case, 200, seed=1, effort=Effort(particles=256, moves=20), threads=1)
    worst = min(found.p_values().values())
    assert worst > 0.01 / len(found.names), found.p_values()  # 1% over all parameters (Bonferroni)

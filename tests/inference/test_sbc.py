from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from wherenow.case.observation import ErrorModel
from wherenow.case.reader import read_case
from wherenow.distributions.prior import prior
from wherenow.errors import Text, UsageError
from wherenow.execution import Execution
from wherenow.inference.calibrate import Effort
from wherenow.inference.checking.sbc import Ranks, calibrated

CASES = Path(__file__).parents[1] / "cases"
SCHOOL = Path(__file__).parents[2] / "cases" / "school-influenza"


def test_uniform_ranks_pass_and_crowded_ones_fail():
    rng = np.random.default_rng(0)
    good = Ranks(("x",), rng.integers(0, 64, (1, 400)).astype(float), 63)
    bad = Ranks(("x",), rng.integers(20, 44, (1, 400)).astype(float), 63)
    assert good.p_values()["x"] > 0.01
    assert bad.p_values()["x"] < 1e-6


def test_ranks_lie_between_none_and_all(line):
    found = calibrated(line, 4, draws=15, effort=Effort(particles=64, moves=8), execution=Execution(threads=1))
    assert found.ranks.shape == (len(found.names), 4)
    assert found.ranks.min() >= 0
    assert found.ranks.max() <= 15


def line_with_discrepancy():
    line = read_case(CASES / "line")
    seen = replace(line.observations["readings"], discrepancy=prior("lognormal", 0.8, 0.5))
    return replace(line, observations={"readings": seen})


def test_data_are_made_for_every_series_at_its_own_dates():
    from wherenow.inference.checking.sbc import simulated
    from wherenow.inference.likelihood.density import likelihood

    growth = read_case(CASES / "growth")
    known = likelihood(growth)
    made = simulated(growth, known, np.zeros((len(known.space), 1)), np.random.default_rng(1))
    for name, series in growth.data.items():
        assert np.array_equal(made.data[name].times, series.times)
        assert not np.array_equal(made.data[name].values, series.values)


def test_made_counts_are_whole_and_as_dispersed_as_their_error_says():
    from wherenow.inference.checking.sbc import simulated
    from wherenow.inference.likelihood.density import likelihood

    school = read_case(SCHOOL)
    known = likelihood(school)
    z, rng = np.zeros((len(known.space), 1)), np.random.default_rng(1)
    drawn = np.array([simulated(school, known, z, rng).data["confined"].values for _ in range(300)])
    assert np.array_equal(drawn, np.round(drawn))
    mean = drawn.mean(axis=0)
    large = mean > 5
    assert (drawn.var(axis=0) / (mean + mean**2 / 20))[large].mean() == pytest.approx(1, abs=0.1)


def test_a_case_that_observes_nothing_is_reported():
    with pytest.raises(UsageError, match="nothing can be inferred"):
        calibrated(read_case(CASES / "sir"), 4)


def counted_line():
    """The line seen in counts over a quarter of a unit, with what the model misses."""
    line = line_with_discrepancy()
    seen = replace(
        line.observations["readings"], of=Text("5 * exp(0.3 * height)"), error=ErrorModel("counts", (0.3, 0.25))
    )
    return replace(line, observations={"readings": seen})


@pytest.mark.slow
@pytest.mark.parametrize(
    "case",
    [
        read_case(CASES / "line"),
        line_with_discrepancy(),
        counted_line(),
        read_case(CASES / "growth"),
        read_case(SCHOOL),
    ],
    ids=["line", "missed", "counts", "growth", "school-influenza"],
)
def test_ranks_of_the_truth_are_uniform(case):
    found = calibrated(case, 200, seed=1, effort=Effort(particles=256, moves=20), execution=Execution(threads=1))
    assert found.failing == (), found.p_values()


@pytest.mark.slow
def test_ranks_are_uniform_where_errors_and_what_is_missed_are_pooled(lines):
    found = calibrated(
        lines(0.5, discrepancy=None),
        200,
        seed=1,
        effort=Effort(particles=256, moves=20),
        execution=Execution(threads=1),
    )
    assert found.failing == (), found.p_values()

"""Posterior predictive checks of whole cases: slow, so only `make validate` runs them."""

from pathlib import Path

import pytest

from wherenow.case.reader import read_case
from wherenow.inference.calibrate import Effort, tempered_posterior
from wherenow.inference.checking.fit import fit
from wherenow.inference.posterior import posterior_of

CASES = Path(__file__).parents[2] / "cases"
LEAST = 0.8
"""Of the data of each series in the 90% band of data like them."""


@pytest.mark.slow
def test_the_school_looks_like_its_own_data():
    school = read_case(CASES / "school-influenza")
    rows = fit(school, tempered_posterior(school, 1, Effort(particles=1024, moves=30)))
    assert {row.series: row.in_ninety for row in rows if row.in_ninety < LEAST} == {}
    assert all(row.p > 0.01 for row in rows)


@pytest.mark.slow
def test_the_iraq_us_case_looks_like_its_own_data():
    iraq = read_case(CASES / "iraq-us")
    posterior = posterior_of(iraq)
    assert posterior is not None, "the case has changed since it was calibrated: wherenow calibrate cases/iraq-us"
    assert {row.series: row.in_ninety for row in fit(iraq, posterior) if row.in_ninety < LEAST} == {}

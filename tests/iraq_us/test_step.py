"""Monthly steps are short enough: with half of them, what is observed moves by less than its measurement error."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from wherenow.case.case_types import Case
from wherenow.case.reader import read_case
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.runs import Ensemble
from wherenow.ensemble.simulate import simulate

ERRORS = {
    "conflict_deaths": 0.2, "recorded_attacks": 0.15, "army_counted": 0.15, "registered_fighters": 0.2,
    "gdp_nominal": 0.08, "oil_production": 0.04, "power_output": 0.08, "gas_captured": 0.12, "gas_flared": 0.08,
    "us_aid": 0.2,
}  # fmt: skip
"""Measurement errors of observations.yaml, in logarithms."""


@pytest.fixture(scope="module")
def middle(case: Case) -> Draws:
    """The medians of the priors, without noise: draws of noise differ between steps."""
    values = [1e-6 if "_noise_size" in n else p.quantile(np.array([0.5]))[0] for n, p in case.priors.items()]
    return Draws(names=tuple(case.priors), values=np.array(values)[:, None], seed=1, design="random")


@pytest.fixture(scope="module")
def monthly(case: Case, middle: Draws) -> Ensemble:
    return simulate(case, middle)


@pytest.fixture(scope="module")
def halved(folder: Path, middle: Draws, tmp_path_factory: pytest.TempPathFactory) -> Ensemble:
    copy = tmp_path_factory.mktemp("halved") / "case"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("*.nc", "*.sqlite"))
    text = (copy / "case.yaml").read_text()
    assert "step: 1/12" in text
    (copy / "case.yaml").write_text(text.replace("step: 1/12", "step: 1/24"))
    return simulate(read_case(copy), middle)


def yearly(runs: Ensemble, variable: str, start: int = 2004) -> np.ndarray:
    """Means over the calendar years to 2022."""
    years = np.floor(runs.times + 1e-9)
    return np.array([runs[variable][years == y].mean() for y in range(start, 2023)])


@pytest.mark.parametrize("variable", ERRORS)
def test_half_the_step_moves_it_by_less_than_half_its_error(variable: str, monthly: Ensemble, halved: Ensemble) -> None:
    start = 2015 if variable == "registered_fighters" else 2004
    change = np.log(yearly(monthly, variable, start) / yearly(halved, variable, start))
    assert np.abs(change).max() < 0.5 * ERRORS[variable]


def test_half_the_step_moves_the_displaced_by_less_than_half_the_error_of_a_count(
    monthly: Ensemble, halved: Ensemble
) -> None:
    change = np.log(yearly(monthly, "displaced_counted", 2015) / yearly(halved, "displaced_counted", 2015))
    assert np.abs(change).max() < 0.5 * 0.08


@pytest.mark.parametrize("variable", ["relations", "alignment", "trust", "us_iran_tension", "stability"])
def test_half_the_step_moves_what_claims_read_by_less_than_a_twentieth(
    variable: str, monthly: Ensemble, halved: Ensemble
) -> None:
    assert np.abs(yearly(monthly, variable) - yearly(halved, variable)).max() < 0.05

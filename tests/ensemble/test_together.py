"""Many scenarios by one compiled program."""

from pathlib import Path

import numpy as np
import pytest

from wherenow.case.reader import read_case
from wherenow.claims.judge import counterfactuals_of
from wherenow.ensemble.draws import draw
from wherenow.ensemble.simulate import simulate
from wherenow.ensemble.together import AS_IT_IS, simulate_together


@pytest.fixture(scope="module")
def town():
    return read_case(Path(__file__).parents[1] / "cases" / "town")


@pytest.mark.parametrize("engine", ["native", "reference"])
def test_each_scenario_has_the_bits_of_a_run_of_its_own(town, engine):
    draws = draw(town, 32, seed=3)
    asked = {AS_IT_IS: None, **town.scenarios, **counterfactuals_of(town)}
    names = []
    for name, runs in simulate_together(town, draws, asked, engine=engine):
        alone = simulate(town, draws, asked[name], engine=engine)
        assert runs.names == alone.names
        assert np.array_equal(runs.values, alone.values, equal_nan=True), name
        assert np.array_equal(runs.central, alone.central, equal_nan=True), name
        names.append(name)
    assert sorted(names) == sorted(asked)
    assert len(asked) > 2


def test_one_program_runs_them_all(town):
    asked = {AS_IT_IS: None, **town.scenarios}
    records = [runs.record for _, runs in simulate_together(town, draw(town, 2), asked, engine="reference")]
    assert len({record.program_hash for record in records}) == 1
    assert {record.scenario for record in records} == set(asked)


def test_scenarios_that_do_the_same_share_a_run(town):
    (name, scenario), *_ = town.scenarios.items()
    ran = dict(simulate_together(town, draw(town, 2), {name: scenario, "twin": scenario}, engine="reference"))
    assert ran["twin"] is ran[name]


def test_a_known_scenario_is_not_run(town):
    asked = {AS_IT_IS: None, **town.scenarios}
    ran = [name for name, _ in simulate_together(town, draw(town, 2), asked, engine="reference", known=town.scenarios)]
    assert ran == [AS_IT_IS]


def test_with_overwriting_runs_share_memory_and_the_baseline_keeps_its_own(town):
    draws = draw(town, 32, seed=3)
    asked = {AS_IT_IS: None, **town.scenarios}
    whole = {name: runs.values for name, runs in simulate_together(town, draws, asked)}
    shared = {}
    for name, runs in simulate_together(town, draws, asked, overwrite=True):
        assert np.array_equal(runs.values, whole[name], equal_nan=True), name
        shared[name] = runs.values
    first, *others = (values for name, values in shared.items() if name != AS_IT_IS)
    assert all(np.shares_memory(first, other) for other in others)
    assert np.array_equal(shared[AS_IT_IS], whole[AS_IT_IS], equal_nan=True)

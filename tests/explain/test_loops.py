"""Loop scores where they are known: in closed form, and by another program on a published model."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from wherenow.engine.backend import Inputs
from wherenow.engine.lower import lower
from wherenow.engine.reference import Reference
from wherenow.exchange.opening import read_model
from wherenow.explain.loops import all_loops, loop_scores
from wherenow.model.elaborate import elaborate


def scored(model, moments):
    system = elaborate(replace(model, time=replace(model.time, save=model.time.step)))
    program = lower(system)
    ran = Reference(program).run(Inputs(np.array(program.defaults)[:, None]))
    return loop_scores(system, ran, all_loops(system), moments(ran.times)), ran


@pytest.fixture(scope="module")
def logistic(planted):
    case = planted(
        {
            "level": 'stock: { initial: "10", in: [growing], out: [crowding] }',
            "growing": 'flow: "0.8 * level"',
            "crowding": 'flow: "0.8 * level ^ 2 / 1000"',
        },
        {"model": "at(level, 2009) > 0"},
    )
    return scored(case.model, lambda times: range(1, len(times)))


def test_a_model_of_two_loops_has_two(logistic):
    found, _ = logistic
    assert found.loops == (("crowding", "level"), ("growing", "level"))


def test_dominance_passes_from_growth_to_crowding_at_half_the_room(logistic):
    # the changes of inflow and outflow are as 1 to 2 S / K (Schoenberg et al. 2020, on diffusion)
    found, ran = logistic
    level = ran["level"][1:, 0]
    growing = found.shares[1, :, 0]
    for k in range(2, len(level) - 1):
        before = level[k - 1]
        assert growing[k] == pytest.approx(1 / (1 + (level[k] + before) / 1000), rel=1e-9)
    assert found.dominant(5) == (("growing", "level"),)
    assert found.dominant(len(level) - 1) == (("crowding", "level"),)


def test_a_reinforcing_loop_is_positive_and_a_balancing_one_negative(logistic):
    found, _ = logistic
    assert (found.shares[1, 3:] > 0).all()
    assert (found.shares[0, 3:] < 0).all()


def test_shares_add_up_to_one_in_size(logistic):
    found, _ = logistic
    assert np.abs(found.shares[:, 5:]).sum(axis=0) == pytest.approx(1)


def test_how_flows_are_divided_does_not_matter(planted, logistic):
    case = planted(
        {"level": 'stock: { initial: "10", in: [net] }', "net": 'flow: "growing - crowding"',
         "growing": 'auxiliary: "0.8 * level"', "crowding": 'auxiliary: "0.8 * level ^ 2 / 1000"'},
        {"model": "at(level, 2009) > 0"},
    )  # fmt: skip
    other, _ = scored(case.model, lambda times: range(1, len(times)))
    assert other.shares == pytest.approx(logistic[0].shares, abs=1e-9)


def test_a_lone_loop_makes_all_of_the_behaviour(planted):
    case = planted(
        {"level": 'stock: { initial: "10", out: [falling] }', "falling": 'flow: "level / 4"'},
        {"model": "at(level, 2009) > 0"},
    )
    found, _ = scored(case.model, lambda times: range(1, len(times)))
    assert found.shares[0, 2:] == pytest.approx(-1)


def test_lotka_and_volterra_have_the_loops_and_dominance_that_pysimlin_finds():
    import simlin

    path = Path(__file__).parents[1] / "data" / "test-models" / "Lotka_Volterra.mdl"
    found, _ = scored(read_model(path), lambda times: range(1, len(times)))
    theirs = {frozenset(loop.variables): np.array(loop.behavior_time_series) for loop in simlin.load(path).run().loops}
    assert {frozenset(loop) for loop in found.loops} == set(theirs)
    for loop, shares in zip(found.loops, found.shares, strict=True):
        assert shares[10:, 0] == pytest.approx(theirs[frozenset(loop)][11:], abs=1e-9)

"""Loop scores where they are known: in closed form, and by another program on a published model."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.explain.scored_loops import loop_scores

from wherenow.engine.backend import Inputs
from wherenow.engine.lowering.lower import lower
from wherenow.engine.reference import ReferenceBackend
from wherenow.exchange.model_files import import_model
from wherenow.exchange.xmile.writing.xmile_writer import write_xmile
from wherenow.explain.loops.link_scores import all_loops
from wherenow.model.elaboration.elaborate import elaborate


def scored(model, moments):
    system = elaborate(replace(model, time=replace(model.time, save=model.time.step)))
    program = lower(system)
    ran = ReferenceBackend(program).run(Inputs(np.array(program.defaults)[:, None]))
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


def test_dominance_passes_from_growth_to_crowding_at_half_the_capacity(logistic):
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


PUBLISHED = {
    # Bass (1969) as Sterman (2000), Business Dynamics, 9.3.3, has it
    "diffusion": {
        "potential": 'stock: { initial: "999", out: [adoption] }',
        "adopters": 'stock: { initial: "1", in: [adoption] }',
        "advertising": 'auxiliary: "0.03 * potential"',
        "word_of_mouth": 'auxiliary: "1.5 * adopters * potential / 1000"',
        "adoption": 'flow: "advertising + word_of_mouth"',
    },
    # Kermack & McKendrick (1927)
    "epidemic": {
        "susceptible": 'stock: { initial: "990", out: [infecting] }',
        "infectious": 'stock: { initial: "10", in: [infecting], out: [recovering] }',
        "infecting": 'flow: "3 * infectious * susceptible / 1000"',
        "recovering": 'flow: "infectious / 0.9"',
    },
    # a managed stock with a supply line (Sterman 2000, 17.3); what is lost changes with time, so that it moves
    "stock management": {
        "goods": 'stock: { initial: "50", in: [acquiring], out: [losing] }',
        "supply_line": 'stock: { initial: "20", in: [ordering], out: [acquiring] }',
        "losing": 'flow: "goods / (4 + 0.2 * (time - 2000))"',
        "acquiring": 'flow: "supply_line / 0.8"',
        "adjustment": 'auxiliary: "(100 - goods) / 1.5"',
        "line_adjustment": 'auxiliary: "(30 - supply_line) / 1.2"',
        "ordering": 'flow: "max(0, losing + adjustment + line_adjustment)"',
    },
}


def agree(model, path, steps=10):
    """Our loops are those of pysimlin, and so are their shares after the first steps, at the moments that both save."""
    import simlin

    every = round(model.time.save / model.time.step)
    moments = range(every, round((model.time.stop - model.time.start) / model.time.step) + 1, every)
    found, _ = scored(model, lambda times: moments)
    # a net rate that is a formula gets a flow there
    theirs = {
        frozenset(name for name in loop.variables if not name.endswith("_net_flow")): np.array(
            loop.behavior_time_series
        )
        for loop in simlin.load(path).run().loops
    }
    assert {frozenset(loop) for loop in found.loops} == set(theirs)
    for loop, shares in zip(found.loops, found.shares, strict=True):
        assert shares[steps:, 0] == pytest.approx(theirs[frozenset(loop)][steps + 1 :], abs=1e-6)


@pytest.mark.parametrize("name", list(PUBLISHED))
def test_published_models_have_the_loops_and_dominance_that_pysimlin_finds(planted, tmp_path, name):
    case = planted(PUBLISHED[name], {"model": f"at({next(iter(PUBLISHED[name]))}, 2009) > 0"})
    agree(case.model, write_xmile(case.model, tmp_path / "published.xmile"))


def test_growth_by_word_of_mouth_gives_way_to_saturation(planted):
    case = planted(PUBLISHED["diffusion"], {"model": "at(adopters, 2009) > 0"})
    found, ran = scored(case.model, lambda times: range(1, len(times)))
    by_word = ("adopters", "word_of_mouth", "adoption")
    most = int(np.argmax(ran["adoption"][:, 0]))
    assert by_word in found.dominant(most // 2)
    assert by_word not in found.dominant(len(ran.times) - 2)


@pytest.mark.parametrize("model", ["Lotka_Volterra.mdl"])
def test_a_model_of_the_corpus_has_the_loops_and_dominance_that_pysimlin_finds(model):
    path = Path(__file__).parents[1] / "data" / "test-models" / model
    agree(import_model(path)[0], path)


@pytest.mark.parametrize("model", ["SIR/SIR.mdl", "SIR/SIR.stmx", "teacup/teacup.xmile",
                                   "simple_harmonic_oscillator/simple_harmonic_oscillator.mdl"])  # fmt: skip
def test_the_whole_corpus_has_the_loops_and_dominance_that_pysimlin_finds(model):
    path = Path(__file__).parents[3] / "shared" / "test-models" / "samples" / model
    if not path.exists():
        pytest.skip("the corpus is not here")
    agree(import_model(path)[0], path)

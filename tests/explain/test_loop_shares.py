"""Named loops over an ensemble, smooths and delays as stocks, and the search for the strongest loops."""

from dataclasses import replace

import numpy as np
import pytest
from tests.explain.scored_loops import loop_scores

from wherenow.case.case_types import Loop
from wherenow.engine.backend import Inputs
from wherenow.engine.lowering.lower import lower
from wherenow.engine.native import Native
from wherenow.ensemble.draws import draw
from wherenow.errors import UsageError
from wherenow.explain.loops.link_scores import all_loops, loops_that_matter, strongest
from wherenow.explain.loops.loop_shares import element_loops, found_loops, named_loops, staged
from wherenow.model.elaboration.elaborate import elaborate

STRENGTH = 'parameter: { prior: "uniform(0.5, 1.1)" }'
LOGISTIC = {
    "strength": STRENGTH,
    "level": 'stock: { initial: "10", in: [growing], out: [crowding] }',
    "growing": 'flow: "strength * level"',
    "crowding": 'flow: "strength * level ^ 2 / 1000"',
}
GROWTH = Loop(id="R", title="Growth", polarity="reinforcing", through=("level", "growing"))
CROWDING = Loop(id="B", title="Crowding", polarity="balancing", through=("crowding", "level"))
CLAIM = {"model": "at(level, 2009) > 0"}


def ran(system):
    program = lower(system)
    return Native(program).run(Inputs(np.array(program.defaults)[:, None]))


def every_step(case):
    return elaborate(replace(case.model, time=replace(case.model.time, save=case.model.time.step)))


@pytest.fixture(scope="module")
def logistic(planted):
    return replace(planted(LOGISTIC, CLAIM), loops={"R": GROWTH, "B": CROWDING})


@pytest.fixture(scope="module")
def found(logistic):
    return named_loops(logistic, draw(logistic, 40, seed=1))


def test_each_period_has_the_shares_of_all_named_loops(found):
    assert found.shares.shape == (2, 10, 40)
    assert np.abs(found.shares).sum(axis=0) == pytest.approx(1)


def test_a_loop_leads_until_another_does(found):
    first, second = found.leading()
    assert (first.loop, second.loop) == ("R", "B")
    assert first.last + 1 == second.first
    assert first.draws == pytest.approx(1, abs=0.2)


def test_draws_differ_in_when_the_lead_passes(found):
    mean, low, high = found.range(0, int(found.leading()[1].first - found.times[0]))
    assert low < mean < high


def test_the_signs_of_shares_are_those_of_the_loops(found):
    assert (found.shares[0] >= 0).all()
    assert (found.shares[1] <= 0).all()


def test_a_loop_that_nothing_closes_is_refused(logistic):
    open_loop = replace(
        logistic, loops={"X": Loop(id="X", title="X", polarity="balancing", through=("growing", "crowding"))}
    )
    with pytest.raises(UsageError, match="'X' is not closed"):
        named_loops(open_loop, draw(logistic, 2, seed=1))


def test_a_case_without_named_loops_is_refused(planted):
    case = planted(LOGISTIC, CLAIM)
    with pytest.raises(UsageError, match="names no loops"):
        named_loops(case, draw(case, 2, seed=1))


@pytest.mark.parametrize("call", ["smth1(x, 2)", "smth3(x, 3)", "delay1(x, 2)", "delay3(x, 3)", "smth1(x, 2, 5)",
                                  "2 * smth1(smth3(x, 2), 3) + delay1(x, 1)"])  # fmt: skip
def test_smooths_and_delays_as_stocks_give_what_they_give_as_functions(planted, call):
    case = planted({"x": 'auxiliary: "sin(time)"', "y": f'auxiliary: "{call}"'}, {"model": "at(y, 2009) > 0"})
    system = elaborate(case.model)
    assert ran(staged(system))["y"] == pytest.approx(ran(system)["y"], rel=1e-12)


def test_nodes_that_depend_on_noise_are_unchanged(planted):
    case = planted({"y": 'auxiliary: "smth1(normal(0, 1), 2)"'}, {"model": "at(y, 2009) > 0"})
    system = elaborate(case.model)
    assert dict(staged(system).elements) == dict(system.elements)


def test_a_loop_is_followed_through_a_smooth_of_several_causes(planted):
    case = planted(
        {
            "level": 'stock: { initial: "10", out: [falling] }',
            "falling": 'flow: "seen / 4"',
            "push": 'auxiliary: "time"',
            "seen": 'auxiliary: "smth1(level + 0.001 * push, 1)"',
        },
        CLAIM,
    )
    (loop,) = element_loops(staged(every_step(case)), ("level", "seen", "falling"))
    assert loop == ("level", "seen·1", "seen", "falling")
    shares = named_loops(
        replace(case, loops={"B": Loop(id="B", title="B", polarity="balancing", through=("level", "seen", "falling"))}),
        draw(case, 2, seed=1),
    ).shares
    assert shares == pytest.approx(-1)


def test_the_strongest_way_is_followed_first_and_weaker_ways_are_given_up():
    scores = {("a", "b"): 0.9, ("b", "a"): 0.9, ("a", "c"): 0.1, ("c", "b"): 0.1, ("b", "d"): 0.5, ("d", "a"): 0.5}
    assert strongest(scores, ["a"]) == (("a", "b"), ("a", "b", "d"))  # a → c → b comes to b weaker than a → b


def test_a_link_without_a_score_leads_nowhere():
    assert strongest({("a", "b"): 1.0, ("b", "a"): 0.0}, ["a"]) == ()


def many(planted):
    """A model of six stocks, each in the inflow of every other: more loops than are listed."""
    names = "abcdef"
    equations = {n: f'stock: {{ initial: "{1 + i}", in: [to_{n}] }}' for i, n in enumerate(names)}
    for i, n in enumerate(names):
        terms = " + ".join(f"{0.02 * (1 + (3 * i + 5 * k) % 7)} * {m}" for k, m in enumerate(names) if m != n)
        equations[f"to_{n}"] = f'flow: "{terms}"'
    return planted(equations, {"model": "at(a, 2009) > 0"})


def test_where_loops_are_too_many_the_search_finds_the_strongest_of_all(planted):
    system = every_step(many(planted))
    run, moments = ran(system), [12, 60, 108]
    every = all_loops(system)
    assert len(every) > 200
    found = loops_that_matter(system, run, moments)
    assert len(found) < len(every)
    assert set(found) <= set(every)
    sizes = np.abs(loop_scores(system, run, every, moments).shares[:, :, 0])
    assert {every[i] for i in sizes.argmax(axis=0)} <= set(found)


def test_where_loops_are_few_all_are_listed(logistic):
    system = every_step(logistic)
    assert loops_that_matter(system, ran(system), [12]) == all_loops(system)


def test_found_loops_are_scored_if_the_case_names_none(planted):
    case = planted(LOGISTIC, CLAIM)
    found = found_loops(case, draw(case, 8, seed=1))
    assert set(found.titles) == {"growing → level", "crowding → level"}
    assert found.loops == ("L1", "L2")
    assert np.abs(found.shares).sum(axis=0) == pytest.approx(1)


def test_only_the_largest_of_many_loops_are_reported(planted):
    case = many(planted)
    found = found_loops(case, draw(case, 1, seed=1), most=5)
    size = np.abs(found.shares).mean(axis=(1, 2))
    assert len(found.loops) == 5
    assert (np.diff(size) <= 0).all()


def test_a_model_without_loops_is_refused(planted):
    case = planted({"x": 'auxiliary: "time"'}, {"model": "at(x, 2009) > 0"})
    with pytest.raises(UsageError, match="no feedback loop"):
        found_loops(case, draw(case, 1, seed=1))


def test_a_long_run_has_sixty_periods_and_a_short_one_as_many_as_units(planted):
    case = planted(LOGISTIC, CLAIM)
    long = replace(case, model=replace(case.model, time=replace(case.model.time, stop=2300.0)))
    assert found_loops(long, draw(long, 1, seed=1)).times.size == 60
    brief = replace(case, model=replace(case.model, time=replace(case.model.time, stop=2000.5)))
    assert found_loops(brief, draw(brief, 1, seed=1)).times.size == 1

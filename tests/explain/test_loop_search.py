"""Loops of models with too many to list: the loops found and the leading ones agree with another program."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from tests.explain.scored_loops import loop_scores

from wherenow.engine.backend import Inputs
from wherenow.engine.lowering.lower import lower
from wherenow.engine.reference import ReferenceBackend
from wherenow.exchange.xmile.writing.xmile_writer import write_xmile
from wherenow.explain.loops.link_scores import LISTED, all_loops, loops_that_matter, strongest
from wherenow.model.elaboration.elaborate import elaborate

YEARLY = range(12, 121, 12)


def crowded(planted, kinds):
    """A model of ``kinds`` species, each of which helps or hinders each other (Lotka 1925; Volterra 1926)."""
    chance = np.random.default_rng(3)
    names = "abcdefghij"[:kinds]
    equations = {}
    for name in names:
        acts = " + ".join(f"from_{other}_to_{name}" for other in names if other != name)
        rate = f"{chance.uniform(0.2, 0.9):.2f} - {name} / {chance.uniform(60, 150):.0f} + {acts}"
        equations[name] = f'stock: {{ initial: "{chance.uniform(5, 40):.1f}", in: [growth_{name}] }}'
        equations[f"growth_{name}"] = f'flow: "{name} * ({rate})"'
    for source, target in permutations(names, 2):
        size = chance.normal(0, 0.02) / kinds
        equations[f"from_{source}_to_{target}"] = f'auxiliary: "{size:.6f} * {source}"'
    return planted(equations, {"model": "at(a, 2009) > 0"}).model


@pytest.fixture(scope="module", params=[8, 10])
def both(request, planted, tmp_path_factory):
    """Our shares and pysimlin's, ``[moment]`` by the loop's variables, and how many loops pysimlin could list.

    Of the model of 8 it lists all 16,072; of that of 10, with over a million, it samples as we do.
    """
    import simlin

    model = crowded(planted, request.param)
    system = elaborate(replace(model, time=replace(model.time, save=model.time.step)))
    program = lower(system)
    ran = ReferenceBackend(program).run(Inputs(np.array(program.defaults)[:, None]))
    found = loop_scores(system, ran, loops_that_matter(system, ran, YEARLY), YEARLY)
    assert len(all_loops(system, most=LISTED + 1)) > LISTED
    path = write_xmile(model, tmp_path_factory.mktemp("crowded") / "crowded.xmile")
    analysis = simlin.load(path).analyze()
    ours = {frozenset(loop): shares[:, 0] for loop, shares in zip(found.loops, found.shares, strict=True)}
    theirs = {frozenset(x.variables): np.array(x.behavior_time_series)[list(YEARLY)] for x in analysis.loops}
    return ours, theirs, analysis.universe_loops if analysis.enumeration_complete else None


def test_the_same_loop_leads_in_every_year_as_pysimlin_says(both):
    ours, theirs, _ = both
    for moment in range(len(YEARLY)):
        leader = max(theirs, key=lambda loop: abs(theirs[loop][moment]))
        assert max(ours, key=lambda loop: abs(ours[loop][moment])) == leader


def test_the_twelve_loops_that_matter_most_to_pysimlin_are_found(both):
    ours, theirs, _ = both
    most = sorted(theirs, key=lambda loop: -np.abs(theirs[loop]).mean())[:12]
    assert set(most) <= set(ours)


def test_loops_that_both_find_stand_to_each_other_as_pysimlin_says(both):
    # each divides by all the loops that it knows, so that shares are alike only up to one factor at each moment
    ours, theirs, _ = both
    common = sorted(set(ours) & set(theirs), key=sorted)
    assert len(common) > 40
    mine, others = (np.array([known[loop] for loop in common]) for known in (ours, theirs))
    mine, others = (shares / np.abs(shares).max(axis=0) for shares in (mine, others))
    assert mine == pytest.approx(others, abs=1e-6)


def test_the_search_keeps_few_of_the_loops_that_can_be_listed(both):
    ours, _, listed = both
    assert listed is None or len(ours) < listed / 10


def test_a_weaker_way_to_a_variable_is_given_up():
    # from s, the way over x to y is tried first; y is not passed again by the weaker direct one
    scores = {("s", "x"): 0.9, ("x", "y"): 0.9, ("s", "y"): 0.1, ("y", "s"): 1.0}
    assert strongest(scores, ["s"]) == (("s", "x", "y"),)


def test_a_link_that_carries_nothing_is_in_no_loop_that_matters():
    assert strongest({("s", "x"): 1.0, ("x", "s"): 0.0}, ["s"]) == ()

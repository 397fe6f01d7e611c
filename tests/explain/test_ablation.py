"""Cuts as inputs of one program: they change what they should, and no other bit."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from wherenow.claims.checking.checked_claims import read_claims
from wherenow.claims.judge import judge
from wherenow.engine.backend import Inputs
from wherenow.engine.lowering.lower import lower
from wherenow.engine.native import Native
from wherenow.ensemble.draws import draw
from wherenow.ensemble.simulate import simulate
from wherenow.errors import UsageError
from wherenow.explain.ablation.ablation import links_of, prepare_ablation
from wherenow.explain.ablation.reachability import Reach
from wherenow.explain.ablation.reruns import last_read
from wherenow.model.cuts import switch_of, with_switches, without_links
from wherenow.model.elaboration.elaborate import elaborate

EQUATIONS = {
    "strength": 'parameter: { prior: "uniform(0.5, 1.5)" }',
    "push": "input: { default: 1 }",
    "level": 'stock: { initial: "10", in: [rising], out: [falling] }',
    "rising": 'flow: "push * strength + 0.01 * late"',
    "falling": 'flow: "0.05 * level"',
    "late": 'auxiliary: "smth1(level, 2) * normal(1, 0.1)"',
    "shadow": 'auxiliary: "2 * late"',
    "constant": 'auxiliary: "3 * strength"',
    "sum_of": 'auxiliary: "shadow + constant"',
}
CLAIM = {
    "model": "at(sum_of, 2006) > 20 and at(level, 2005) > 10",
    "against": '{ do: { push: "from(2003-01, 0)" }, expect: "at(level@against, 2006) < at(level, 2006) - 2" }',
}


@pytest.fixture(scope="module")
def case(planted):
    return planted(EQUATIONS, CLAIM)


def ran(model, **switched):
    program = lower(elaborate(model), ["level", "sum_of", "late"])
    rows = np.repeat(np.array(program.defaults)[:, None], 16, axis=1)
    rows[program.parameters.index("strength")] = np.linspace(0.5, 1.5, 16)
    for name, value in switched.items():
        rows[program.parameters.index(name)] = value
    return Native(program).run(Inputs(rows)).values


def test_a_program_whose_links_all_have_switches_has_the_bits_of_the_program_without(case):
    switched = with_switches(case.model, links_of(case))
    assert np.array_equal(ran(switched), ran(case.model))


@pytest.mark.parametrize("link", [("level", "falling"), ("late", "rising"), ("late", "shadow"), ("rising", "level")])
def test_a_switched_cut_has_the_bits_of_a_model_with_the_link_cut_for_good(case, link):
    switched = with_switches(case.model, links_of(case))
    assert np.array_equal(ran(switched, **{switch_of(link): 1.0}), ran(without_links(case.model, [link])))


def test_a_cut_from_a_date_changes_nothing_before_it(case):
    whole, cut = ran(case.model), ran(without_links(case.model, [("level", "falling")], since=2005.0))
    same = (whole == cut).all(axis=(0, 2))
    assert same[: 5 * 12].all()
    assert not same[6 * 12 :].any()


def test_a_source_is_seen_at_its_neutral_value(planted):
    case = planted({"x": 'auxiliary: "time - 1990"', "y": 'auxiliary: "2 * x"'}, {"model": "at(y, 2009) > 0"})
    cut = without_links(case.model, [("x", "y")], neutral={"x": 7.0})
    program = lower(elaborate(cut), ["y"])
    assert (Native(program).run(Inputs(np.array(program.defaults)[:, None])).values == 14).all()


def test_a_neutral_value_of_what_is_not_cut_is_refused(case):
    with pytest.raises(UsageError, match="no link from 'late' is cut"):
        without_links(case.model, [("level", "falling")], neutral={"late": 0.0})


def test_with_nothing_cut_the_answers_are_those_of_judging(case):
    members = draw(case, 64, seed=1)
    (reading,) = read_claims(case)
    whole = prepare_ablation(case, members, threads=1).whole
    runs = simulate(case, members, None, ("sum_of", "level"), threads=1)
    (found,) = judge(case, runs)
    assert found.model is not None
    assert found.against is not None
    assert whole.holds.sum() <= min(found.model.share.holding, found.against.share.holding)
    assert reading.claim.id == found.id


def test_a_counterfactual_that_goes_on_from_the_run_without_it_answers_as_one_from_the_start(case):
    members = draw(case, 64, seed=1)
    short = prepare_ablation(case, members, threads=1)
    assert [(0 < b.first < b.end < 120) for b in short.branches] == [True]
    whole = replace(short, branches=tuple(replace(b, first=0, end=121) for b in short.branches), ends=(121,), base=[])
    sets = [frozenset(), *(frozenset({link}) for link in short.links), frozenset(short.links)]
    for one, other in zip(short.each(sets), whole.each(sets), strict=True):
        assert np.array_equal(one.holds, other.holds)
        assert np.array_equal(one.margin(0), other.margin(0))


def test_draws_in_blocks_answer_as_all_at_once(case, monkeypatch):
    members = draw(case, 50, seed=1)
    sets = [frozenset(), *(frozenset({link}) for link in links_of(case))]
    whole = list(prepare_ablation(case, members, threads=1).each(sets))
    monkeypatch.setattr(sys.modules[prepare_ablation.__module__], "BLOCK", 16)
    for one, other in zip(prepare_ablation(case, members, threads=2).each(sets), whole, strict=True):
        assert np.array_equal(one.holds, other.holds)
        assert np.array_equal(one.margin(0), other.margin(0))


def test_a_variable_computed_from_constants_does_not_move(case):
    reach = Reach(elaborate(case.model))
    assert {"constant", "strength", "push"} <= reach.still
    assert reach.still.isdisjoint({"level", "rising", "falling", "late", "shadow", "sum_of"})


def test_a_cut_of_what_never_moves_changes_nothing_unless_something_stirs_it(case):
    reach = Reach(elaborate(case.model))
    assert reach.changed_by([("push", "rising")]) == set()
    assert "level" in reach.changed_by([("push", "rising")], touched=["push"])
    assert reach.changed_by([("shadow", "sum_of")]) == {"sum_of"}


@pytest.mark.parametrize(
    ("model", "last"),
    [
        ("at(level, 2006) > 1", 2007),
        ("at(level, 2006-06) > 1", 2006.5),
        ("mean(level, 2001, 2004) > at(level, 2003)", 2005),
        ("always[2001, 2004-06](level > 1)", 2004.5),
        ("eventually[2001, 2005](mean(level, 2001, 2008) > level)", 2009),
        ("always(level > 1)", np.inf),
        ("first[2001, 2004](level > 10) < 2003", 2005),
        ("at(level, first[2001, 2004](level > 10)) > 1", np.inf),
    ],
)
def test_the_last_date_that_a_claim_reads_is_known_or_taken_as_never(planted, model, last):
    case = planted({"level": 'stock: { initial: "10", in: [rising] }', "rising": 'flow: "1"'}, {"model": model})
    (reading,) = read_claims(case)
    assert last_read(reading.model, {}) == pytest.approx(last)


def test_a_flow_is_not_cut_from_what_its_equation_does_not_say(planted):
    kept = {
        "pool": "stock: { initial: 5, in: [coming], out: [going], non_negative: true }",
        "coming": "flow: 1 + wave",
        "going": "flow: pool * 0.5 + 1",
        "wave": "auxiliary: sin(time)",
    }
    case = planted(kept, {"model": "at(pool, 2005) > 0"})
    assert ("coming", "going") not in links_of(case)
    assert ("pool", "going") in links_of(case)
    with_switches(case.model, links_of(case))

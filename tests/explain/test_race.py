"""A race evaluates fewer draws; its verdicts are those of all draws at least as often as it promises."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherenow.ensemble.draws import draw
from wherenow.execution import Execution
from wherenow.explain.ablation import schedule as asking
from wherenow.explain.ablation.mechanisms import Tabulation, tabulate
from wherenow.explain.ablation.race import ERROR, FIRST, bounds
from wherenow.explain.ablation.verdict import Why, carries
from wherenow.explain.reasons import markdown

DRAWS = 500


@given(st.data())
def test_bounds_hold_what_was_found_and_what_is_left(data):
    population = data.draw(st.integers(1, 300))
    asked = data.draw(st.integers(0, population))
    hits = data.draw(st.integers(0, asked))
    low, high = bounds(hits, asked, population, 0.05)
    assert hits <= low <= high <= hits + population - asked


def test_a_population_of_which_all_was_asked_is_known():
    assert bounds(3, 10, 10, 1e-9) == (3, 3)


@pytest.mark.parametrize("hits", [0, 2, 50, 97, 100])
def test_looked_at_after_every_draw_bounds_fail_no_more_often_than_they_may(hits):
    """2,000 orders of a population of 100, bounds of 20%: an excess over 20% is 4 standard errors at 23.6%."""
    population = np.zeros(100, bool)
    population[:hits] = True
    generator = np.random.default_rng(hits)
    failed = 0
    for _ in range(2000):
        found = np.cumsum(generator.permutation(population)).tolist()
        intervals = (bounds(one, n, 100, 0.2) for n, one in enumerate(found, 1))
        failed += any(not low <= hits <= high for low, high in intervals)
    assert failed / 2000 < 0.2 + 4 * 0.009


def test_bounds_of_the_usual_kind_would_fail_more_often_under_as_many_looks():
    """Why the bounds are those of a confidence sequence: an interval that is right at each look alone is not enough."""
    generator = np.random.default_rng(1)
    failed = 0
    for _ in range(500):
        found = np.cumsum(generator.permutation(np.arange(100) < 50))
        n = np.arange(1, 101)
        share = (found + 1) / (n + 2)
        spread = 1.2816 * np.sqrt(share * (1 - share) / (n + 2) * (100 - n) / 99)  # 80% at any one n
        failed += bool((np.abs(share - 0.5) > spread + 1e-9)[9:90].any())
    assert failed / 500 > 0.3


EQUATIONS = {
    "strength": 'parameter: { prior: "uniform(0.5, 1.5)" }',
    "often": 'parameter: { prior: "uniform(0, 1)" }',
    "x": 'auxiliary: "(time - 2000) * strength"',
    "z": 'auxiliary: "(time - 2000) * often"',
}
LATE = "at(y, 2009) > 1"
PLANTED = {
    "all of it": ('auxiliary: "x"', "[x -> y]", Why.REASON),
    "none of it": ('auxiliary: "2 * x + 0.0001 * z"', "[z -> y]", Why.OTHER),
    "a third of it": ('auxiliary: "x + if often < 0.33 then -0.66 * x else 0 * z"', "[x -> y]", Why.REASON),
    "each enough": ('auxiliary: "max(x, 4 * strength * (time - 2000))"', "[x -> y]", Why.OTHER),
}


def raced(case, draws, **options):
    making = Tabulation(
        case, draw(case, draws, seed=1, design="random"), execution=Execution(threads=1), error=ERROR, **options
    )
    making.go()
    return making


@pytest.fixture(scope="module", params=PLANTED)
def planted_one(request, planted):
    y, mechanism, word = PLANTED[request.param]
    case = planted({**EQUATIONS, "y": y}, {"model": LATE, "mechanism": mechanism})
    whole = tabulate(case, draw(case, DRAWS, seed=1, design="random"), execution=Execution(threads=1))["it"]
    return raced(case, DRAWS), whole, word


def test_the_verdict_is_the_planted_truth_and_that_of_all_draws(planted_one):
    making, whole, word = planted_one
    assert making.table()["it"].answer.word is whole.answer.word is word


def test_the_mechanisms_that_carry_a_claim_are_those_of_all_draws(planted_one):
    making, whole, _ = planted_one
    changes = making.table()["it"].changes
    assert {name for name, c in changes.items() if carries(c)} == {n for n, c in whole.changes.items() if carries(c)}


def test_clear_answers_need_few_draws(planted_one):
    making, _, _ = planted_one
    counts = [len(bits) for cuts, bits in making._schedule.answered.bits.items() if cuts]
    assert max(counts) < DRAWS
    assert min(counts) <= 2 * FIRST


def test_answers_at_a_limit_need_all_draws(planted):
    """Without x the claim holds where z is enough, which is half of the draws: the limit of carrying."""
    y = 'auxiliary: "if often > 0.5 then max(x, 9 * strength) else x"'
    case = planted({**EQUATIONS, "y": y}, {"model": LATE, "mechanism": "[x -> y]"})
    making, whole = (
        raced(case, DRAWS),
        tabulate(case, draw(case, DRAWS, seed=1, design="random"), execution=Execution(threads=1))["it"],
    )
    assert making.table()["it"].changes["x → y"] == whole.changes["x → y"]
    assert making.table()["it"].answer.word is whole.answer.word


def test_a_claim_that_does_not_hold_is_not_cut_further(planted):
    case = planted({**EQUATIONS, "y": 'auxiliary: "x"'}, {"model": "at(y, 2009) > 9", "mechanism": "[x -> y]"})
    making = raced(case, DRAWS)
    assert making.table()["it"].answer.word is Why.UNDETERMINED
    assert {len(bits) for cuts, bits in making._schedule.answered.bits.items() if cuts} == {FIRST}


def test_with_fewer_draws_than_a_first_round_all_are_asked(planted):
    case = planted({**EQUATIONS, "y": 'auxiliary: "x"'}, {"model": LATE, "mechanism": "[x -> y]"})
    whole = tabulate(case, draw(case, 16, seed=1, design="random"), execution=Execution(threads=1))
    assert raced(case, 16).table().rows == whole.rows


def test_a_race_that_was_run_is_not_run_again(planted, tmp_path, monkeypatch):
    monkeypatch.setenv("WHERENOW_CACHE", str(tmp_path))
    case = planted({**EQUATIONS, "y": 'auxiliary: "x"'}, {"model": LATE, "mechanism": "[x -> y]"})
    first = raced(case, DRAWS, keep=True).table()
    monkeypatch.setattr(asking, "batched", None)
    assert raced(case, DRAWS, keep=True).table() == first


def test_the_table_says_that_it_was_raced_and_how_sure_it_is(planted):
    case = planted({**EQUATIONS, "y": 'auxiliary: "x"'}, {"model": LATE, "mechanism": "[x -> y]"})
    table = raced(case, DRAWS).table()
    assert table.to_dict()["error"] == ERROR
    assert "500 draws (prior only), and each cut on as many of them" in markdown(table)
    assert "at least 99%" in markdown(table)

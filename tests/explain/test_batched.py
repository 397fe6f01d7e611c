"""Few draws: sets of cuts side by side give the answers that each gives alone, to the bit."""

import numpy as np
import pytest

from wherenow.ensemble.draws import draw
from wherenow.explain.ablation.ablation import prepare_ablation
from wherenow.explain.ablation.schedule import COLUMNS, batched

MODEL = {
    "strength": 'parameter: { prior: "uniform(0.2, 1.5)" }',
    "chance": 'auxiliary: "normal(0, 1)"',
    "people": 'stock: { initial: "1 + 0.1 * strength", in: [arriving], out: [leaving] }',
    "arriving": 'flow: "people * strength"',
    "leaving": 'flow: "people * held"',
    "held": 'auxiliary: "people ^ 2 / 1e4"',
    "trade": 'auxiliary: "2 * people + chance"',
    "aside": 'auxiliary: "trade * 3"',
}
CLAIMS = {
    "counterfactual": {
        "model": "at(trade, 2009) > 40 and always[2000, 2009](trade > -4)",
        "against": '{ do: { held: "from(2003-01, 2)" }, expect: "mean(trade@against, 2007, 2009) < at(trade, 2009)" }',
    },
    "from the start": {
        "against": '{ do: { strength: "0.1" }, expect: "at(trade@against, 2005) < 0.5 * at(trade, 2005)" }',
    },
    "never holds": {
        "model": "at(trade, 2009) < -1000",
        "against": '{ do: { trade: "from(2003-01, 0)" }, expect: "at(trade@against, 2009) < at(trade, 2009)" }',
    },
}


@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize("draws", [5, 16, 100])
def test_side_by_side_the_answers_are_those_of_each_alone(planted, claim, draws):
    case = planted(MODEL, CLAIMS[claim])
    ablation = prepare_ablation(case, draw(case, draws, seed=1), threads=1)
    sets = [frozenset(), *(frozenset({link}) for link in ablation.links), frozenset(ablation.links)]
    found = 0
    for together, alone in zip(batched(ablation, sets), ablation.each(sets), strict=True):
        assert np.array_equal(together.holds, alone.holds)
        assert np.array_equal(together.finite, alone.finite)
        found += 1
    assert found == len(sets)


def test_runs_that_turn_non_finite_with_a_cut_are_reported_for_each_set(planted):
    case = planted(
        {
            "strength": 'parameter: { prior: "uniform(100, 200)" }',
            "people": 'stock: { initial: "1", in: [arriving] }',
            "arriving": 'flow: "strength"',
            "held": 'auxiliary: "people"',
            "burst": 'auxiliary: "exp(people - held)"',
            "more": 'auxiliary: "burst + people"',
        },
        {"model": "at(more, 2009) > 1"},
    )
    ablation = prepare_ablation(case, draw(case, 16, seed=1), threads=1)
    gone, kept = batched(ablation, [frozenset({("people", "held")}), frozenset({("people", "more")})])
    assert not gone.finite.any()
    assert kept.finite.all()


def test_many_draws_are_asked_a_set_at_a_time(planted):
    case = planted(MODEL, CLAIMS["counterfactual"])
    ablation = prepare_ablation(case, draw(case, COLUMNS, seed=1), threads=1)
    (alone,) = batched(ablation, [frozenset(ablation.links)])
    assert alone.robustness

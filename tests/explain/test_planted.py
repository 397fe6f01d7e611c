"""Twelve models with a planted mechanism: the table must say the truth of every one."""

import pytest

from wherenow.ensemble.draws import draw
from wherenow.execution import Execution
from wherenow.explain.ablation.mechanisms import tabulate
from wherenow.explain.ablation.verdict import Why

RISES = 'auxiliary: "(time - 2000) * strength"'
STRENGTH = 'parameter: { prior: "uniform(0.5, 1.5)" }'
COMMON = {"strength": STRENGTH, "x": RISES, "z": 'auxiliary: "2 * (time - 2000) * strength"'}
LATE = "at(y, 2009) > 2"

PLANTED = {
    "direct": ({**COMMON, "y": 'auxiliary: "x"'}, "[x -> y]", LATE, Why.REASON, {"x → y"}),
    "another cause": ({**COMMON, "y": 'auxiliary: "z + 0.001 * x"'}, "[x -> y]", LATE, Why.OTHER, {"z → y"}),
    "confounded": (
        {**COMMON, "x": 'auxiliary: "0.5 * z"', "y": 'auxiliary: "z + 1e-6 * x"'}, "[x -> y]", LATE, Why.OTHER,
        {"z → y"},
    ),
    "redundant": ({**COMMON, "y": 'auxiliary: "max(x, z)"'}, "[x -> y]", LATE, Why.OTHER, set()),
    "over-determined": (
        {**COMMON, "v": RISES, "w": RISES, "y": 'auxiliary: "x + v + w"'}, "[x -> y]", LATE, Why.OTHER, set(),
    ),
    "a chain": (
        {**COMMON, "m": 'auxiliary: "x ^ 2"', "y": 'auxiliary: "m"'}, "[m -> y]", LATE, Why.REASON, {"x → m", "m → y"},
    ),
    "delayed": ({**COMMON, "y": 'auxiliary: "smth1(x, 2)"'}, "[x -> y]", LATE, Why.REASON, {"x → y"}),
    "a loop": (
        {"strength": STRENGTH, "y": 'stock: { initial: "1", in: [growing] }', "growing": 'flow: "y * strength"'},
        "[y -> growing]", "at(y, 2009) > 100", Why.REASON, {"y → growing", "growing → y"},
    ),
    "both needed": ({**COMMON, "y": 'auxiliary: "min(x, z)"'}, "[x -> y]", LATE, Why.REASON, {"x → y", "z → y"}),
    "true by construction": ({**COMMON, "y": 'auxiliary: "exp(x)"'}, "[x -> y]", "at(y, 2009) > 0", Why.OTHER, set()),
    "false": ({**COMMON, "y": 'auxiliary: "x"'}, "[x -> y]", "at(y, 2009) > 1000", Why.FAILS, {}),
    "in some draws": ({**COMMON, "y": 'auxiliary: "x"'}, "[x -> y]", "at(y, 2009) > 9.5", Why.UNDETERMINED, {"x → y"}),
}  # fmt: skip


@pytest.fixture(scope="module", params=list(PLANTED))
def told(request, planted):
    equations, mechanism, model, word, carriers = PLANTED[request.param]
    case = planted(equations, {"model": model, "mechanism": mechanism})
    return request.param, tabulate(case, draw(case, 64, seed=1), execution=Execution(threads=1))["it"], word, carriers


def test_the_verdict_is_the_planted_truth(told):
    _, row, word, _ = told
    assert row.answer.word is word


def test_the_links_that_carry_it_are_the_planted_ones(told):
    name, row, _, carriers = told
    if name == "false":
        assert not row.strongest(9)  # nothing can be taken from what never holds
    else:
        assert {n for n, c in row.strongest(9) if c.cut < 0.5 * c.whole} - {"time → x"} == carriers


def test_a_claim_true_by_construction_has_no_explanation(planted):
    equations, mechanism, model, _, _ = PLANTED["true by construction"]
    case = planted(equations, {"model": model, "mechanism": mechanism})
    row = tabulate(case, draw(case, 64, seed=1), execution=Execution(threads=1))["it"]
    assert row.answer.words.endswith("unexplained by the model: it holds with every link cut")


def test_a_counterfactual_is_asked_with_the_link_cut_in_both_runs(planted):
    case = planted(
        {**COMMON, "m": 'auxiliary: "0.001 * x"', "y": 'auxiliary: "m + x"'},
        {"against": '{ do: { x: 0 }, expect: "at(y@against, 2009) < at(y, 2009) - 2" }', "mechanism": "[m -> y]"},
    )
    row = tabulate(case, draw(case, 64, seed=1), execution=Execution(threads=1))["it"]
    assert row.answer.word is Why.OTHER
    assert [name for name, _ in row.strongest()] == ["x → y"]

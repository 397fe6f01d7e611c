"""Differences whose parts are known."""

import pytest

from wherenow.case.case_types import Scenario
from wherenow.ensemble.draws import draw
from wherenow.errors import Text, UsageError
from wherenow.explain.decomposition import accumulated, against, between

STRENGTH = 'parameter: { prior: "uniform(0.5, 1.5)" }'


@pytest.fixture(scope="module")
def case(planted):
    return planted(
        {
            "strength": STRENGTH,
            "push": "input: { default: 1 }",
            "level": 'stock: { initial: "10", in: [rising], out: [falling] }',
            "rising": 'flow: "push * strength"',
            "falling": 'flow: "0.05 * level"',
            "sum_of": 'auxiliary: "level + 3 * push"',
            "product": 'auxiliary: "level * push"',
            "late": 'auxiliary: "smth1(level, 2)"',
            "ticking": 'auxiliary: "time * level"',
        },
        {"model": "at(level, 2009) > 0"},
    )


PUSHED = Scenario(id="pushed", do={"push": Text("from(2003-01, 2)")})


def parts(difference):
    return {part.source: part.mean for part in difference.parts}


@pytest.mark.parametrize("variable", ["level", "rising", "falling", "sum_of", "product", "late"])
def test_the_parts_add_up_to_the_change(case, variable):
    found = against(case, draw(case, 32, seed=1), variable, 2008.0, PUSHED)
    assert sum(parts(found).values()) == pytest.approx(found.change, rel=1e-10)
    assert found.rest == pytest.approx(0, abs=1e-10 * abs(found.change))


def test_a_stock_differs_by_its_flows(case):
    found = between(case, draw(case, 32, seed=1), "level", 2002.0, 2008.0)
    assert set(parts(found)) == {"rising", "falling"}
    assert parts(found)["rising"] == pytest.approx(6 * 1.0, rel=1e-2)  # strength is 1 on average
    assert sum(parts(found).values()) == pytest.approx(found.change, rel=1e-10)


def test_a_term_of_a_sum_has_its_own_change(case):
    assert parts(against(case, draw(case, 8, seed=1), "sum_of", 2008.0, PUSHED))["push"] == pytest.approx(3)


def test_the_factors_of_a_product_share_what_they_do_together(case):
    members = draw(case, 1, seed=1)
    level = against(case, members, "level", 2008.0, PUSHED)
    product = parts(against(case, members, "product", 2008.0, PUSHED))
    # from a·b to A·B: a's part is (A - a) (b + B) / 2
    assert product["level"] == pytest.approx(level.change * (1 + 2) / 2)
    assert product["push"] == pytest.approx((2 - 1) * (level.before + level.after) / 2)


def test_an_array_or_an_input_or_an_unknown_name_is_refused(case):
    for name in ("push", "nothing"):
        with pytest.raises(UsageError):
            between(case, draw(case, 2, seed=1), name, 2002.0, 2008.0)


def test_a_date_outside_the_run_is_refused(case):
    with pytest.raises(UsageError, match="outside the run"):
        between(case, draw(case, 2, seed=1), "level", 2002.0, 2099.0)


def test_an_equation_that_names_time_is_not_compared_between_dates(case):
    with pytest.raises(UsageError, match="names time"):
        between(case, draw(case, 2, seed=1), "ticking", 2002.0, 2008.0)


def test_an_accumulated_flow_is_decomposed_step_by_step(case):
    members = draw(case, 8, seed=1)
    stock = parts(against(case, members, "level", 2008.0, PUSHED))
    flow = accumulated(case, members, "falling", 2008.0, scenario=PUSHED)
    assert flow.change == pytest.approx(-stock["falling"])
    assert parts(flow) == {"level": pytest.approx(flow.change)}


def test_a_flow_since_a_date_is_the_constant_flow_and_the_departures(case):
    found = accumulated(case, draw(case, 8, seed=1), "rising", 2008.0, since=2004.0)
    assert parts(found) == {"its own first value": pytest.approx(found.change)}  # nothing departs
    falling = accumulated(case, draw(case, 8, seed=1), "falling", 2008.0, since=2004.0)
    assert sum(parts(falling).values()) == pytest.approx(falling.change)

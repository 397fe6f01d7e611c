"""Claims of a small case whose truth is known in closed form."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from wherenow.case.case_types import Case, Prediction
from wherenow.case.reader import read_case
from wherenow.claims.checking.checked_claims import check_claims, needed_outputs
from wherenow.claims.evaluation.proportion import Share
from wherenow.claims.findings import Finding, OnData, OnModel, OnRecord, Word
from wherenow.claims.judge import counterfactuals_of, judge
from wherenow.ensemble.draws import draw
from wherenow.ensemble.runs import Ensemble
from wherenow.ensemble.simulate import simulate
from wherenow.ensemble.together import simulate_together
from wherenow.errors import InputError, Text, UsageError


@pytest.fixture(scope="module")
def town() -> Case:
    return read_case(Path(__file__).parents[1] / "cases" / "town")


@pytest.fixture(scope="module")
def runs(town) -> Ensemble:
    return simulate(town, draw(town, 256, seed=1), engine="reference")


@pytest.fixture(scope="module")
def findings(town, runs):
    return judge(town, runs)


def test_the_share_of_draws_is_that_of_the_prior(findings, runs):
    # (1 + r/24)^240 > 4/3 iff r > 24 ((4/3)^(1/240) - 1); r is uniform on 0 to 0.04
    threshold = 24 * ((4 / 3) ** (1 / 240) - 1)
    share = findings["grows"].model.share
    assert share.share == pytest.approx(1 - threshold / 0.04, abs=1 / 128)
    assert share.holding == (runs.draws["birth_rate"] > threshold).sum()


def test_robustness_quantiles_are_of_the_difference_in_its_unit(findings, runs):
    model = findings["grows"].model
    difference = runs["population"][-1] - 4 / 3 * runs["population"][120]
    assert model.unit == "person"
    assert model.robustness[0.5] == pytest.approx(np.quantile(difference, 0.5, method="inverted_cdf"))


def test_a_claim_on_data_holds_fails_or_has_no_data(findings):
    assert findings["counted"].data == OnData(
        Word.HOLDS, "at(census, 2005) > at(census, 2001)", pytest.approx(50), "person",
        ("2005-01-01 to 2005-12-31", "2001-01-01 to 2001-12-31"),
    )  # fmt: skip
    assert findings["births-cause-growth"].data.word is Word.FAILS
    assert findings["uncounted"].data.word is Word.NO_DATA
    assert findings["uncounted"].data.robustness is None


def test_parts_that_a_claim_does_not_ask_for_are_none(findings):
    assert findings["grows"].data is None
    assert findings["grows"].against is None


def test_a_counterfactual_compares_the_same_draws(findings):
    against = findings["births-cause-growth"].against
    assert against.share.share == 1
    assert against.scenario == "no-births"
    assert findings["standing-still"].against.share.share == 0


def test_a_counterfactual_may_leave_an_event_out(findings):
    assert findings["drought-dug-wells"].against.robustness[0.5] == pytest.approx(3)


def test_an_event_on_record_holds_unless_it_is_only_recalled(findings):
    assert findings["dry"].verdict == "holds"
    assert findings["rumoured"].verdict == "undetermined"


def test_a_claim_without_parts_is_not_testable_for_the_reason_noted(findings):
    assert findings["happy"].verdict == "not testable: Nobody asked the mayor."


def test_parts_that_disagree_make_a_mixed_verdict_that_says_which(findings):
    assert findings["births-cause-growth"].verdict == "mixed: holds on model and counterfactual, fails on data"


def test_every_claim_is_judged_once_in_order(town, findings):
    assert [f.id for f in findings] == list(town.claims)
    assert sum(findings.counts.values()) == len(town.claims)


def test_findings_are_json(findings):
    found = json.loads(json.dumps(findings.to_dict(), allow_nan=False))
    grows = next(c for c in found["claims"] if c["id"] == "grows")
    assert {"share", "low", "high"} <= set(grows["model"])
    assert grows["data"] is None
    assert grows["verdict"] == "undetermined"
    assert found["record"]["draws"] == 256
    assert set(found["counterfactuals"]) == {"no-births", "against:drought-dug-wells", "against:standing-still"}


def counterfactuals(case, draws):
    return dict(simulate_together(case, draws, counterfactuals_of(case), needed_outputs(case), engine="reference"))


def test_counterfactuals_are_run_once_for_claims_that_change_the_same(town):
    twin = replace(town.claims["standing-still"], id="twin", against=replace(
        town.claims["standing-still"].against, scenario=replace(town.claims["standing-still"].against.scenario, id="t")
    ))  # fmt: skip
    both = replace(town, claims={**town.claims, "twin": twin})
    made = counterfactuals(both, draw(town, 2))
    assert made["t"] is made["against:standing-still"]


def test_a_run_needs_to_save_only_what_claims_read(town):
    outputs = needed_outputs(town)
    assert set(outputs) == {"population", "thirst", "wells[north]", "wells[south]"}
    small = simulate(town, draw(town, 256, seed=1), outputs=outputs, engine="reference")
    assert judge(town, small)["thirst"].verdict == "holds"


def test_a_run_that_did_not_save_what_claims_read_is_refused(town):
    small = simulate(town, draw(town, 4), outputs=["population"], engine="reference")
    with pytest.raises(UsageError, match="did not save thirst"):
        judge(town, small)


def test_counterfactuals_of_other_draws_are_refused(town, runs):
    other = counterfactuals(town, draw(town, 256, seed=2))
    with pytest.raises(UsageError, match="other draws"):
        judge(town, runs, other)


def test_a_draw_without_a_value_is_neither_true_nor_false(town, runs):
    values = runs.values.copy()
    values[runs.names.index("thirst"), :, :6] = np.nan
    found = judge(town, replace(runs, values=values))["thirst"].model
    assert (found.share.holding, found.share.draws, found.share.undefined) == (250, 256, 6)
    assert found.share.share is found.share.low is found.share.high is None
    assert found.word is Word.UNDETERMINED
    assert found.to_dict()["share"] is None


def test_a_forecast_s_formulas_are_checked(town):
    foreseen = Prediction(
        id="x",
        says="",
        model=Text("max(population, 2010, 2090) > 1"),
        resolve=Text("at(censu, 2010) > 1"),
        by="2011",
        deadline=2011.0,
    )
    found = [d.message for d in check_claims(replace(town, predictions={"x": foreseen}))]
    assert found == [
        "there is no series 'censu'",
        "no run fills this window, which is read as 2010-01-01 to 2090-12-31",
    ]


def test_findings_say_which_days_are_read(findings):
    assert findings["grows"].model.reads
    assert all(" to " in r or len(r) == 10 for r in findings["grows"].model.reads)


def test_all_problems_of_all_formulas_are_reported_at_once(town):
    wrong = {
        "grows": replace(town.claims["grows"], model=Text("at(popultion, 2020) > 1", "claims.yaml", 4, 10)),
        "thirst": replace(town.claims["thirst"], data=Text("maen(census, 2001, 2002) > 1", "claims.yaml", 9, 10)),
        "against": replace(town.claims["even"], model=Text("at(thirst@against, 2010) > 1", "claims.yaml", 20, 10)),
    }
    broken = replace(town, claims=wrong)
    found = [str(d) for d in check_claims(broken)]
    assert [f.split(": ")[0] for f in found] == ["claims.yaml:4:13", "claims.yaml:9:10", "claims.yaml:20:13"]
    with pytest.raises(InputError, match="did you mean 'population'"):
        judge(broken, None)


def test_a_sound_case_has_no_problem(town):
    assert check_claims(town) == ()


# the verdict's rule


def finding(data=None, holding=None, against=None, record=None) -> Finding:
    def model(n):
        return None if n is None else OnModel(formula="", share=Share(n, 1000), robustness={}, unit=None)

    on_data = None if data is None else OnData(data, "", None, None)
    return Finding(
        id="x",
        kind="state",
        says="",
        evidence=(),
        event=record,
        data=on_data,
        model=model(holding),
        against=model(against),
    )


@pytest.mark.parametrize(("holding", "word"), [
    (1000, Word.HOLDS), (830, Word.HOLDS), (800, Word.UNDETERMINED), (500, Word.UNDETERMINED), (200, Word.UNDETERMINED),
    (170, Word.FAILS), (0, Word.FAILS),
])  # fmt: skip
def test_a_model_decides_where_the_whole_interval_lies_above_or_below(holding, word):
    assert finding(holding=holding).model.word is word


def test_few_draws_decide_less():
    assert OnModel(formula="", share=Share(9, 10), robustness={}, unit=None).word is Word.UNDETERMINED
    assert OnModel(formula="", share=Share(900, 1000), robustness={}, unit=None).word is Word.HOLDS


def test_a_formula_without_a_value_in_any_draw_decides_nothing():
    assert OnModel(formula="", share=Share(0, 10, undefined=10), robustness={}, unit=None).word is Word.UNDETERMINED


@pytest.mark.parametrize(("parts", "word"), [
    ({}, Word.UNTESTABLE),
    ({"data": Word.HOLDS}, Word.HOLDS),
    ({"data": Word.FAILS}, Word.FAILS),
    ({"data": Word.NO_DATA}, Word.UNDETERMINED),
    ({"data": Word.NO_DATA, "holding": 1000}, Word.HOLDS),
    ({"data": Word.NO_DATA, "holding": 0}, Word.FAILS),
    ({"data": Word.HOLDS, "holding": 500}, Word.UNDETERMINED),
    ({"data": Word.FAILS, "holding": 500}, Word.FAILS),
    ({"data": Word.HOLDS, "holding": 0}, Word.MIXED),
    ({"data": Word.HOLDS, "holding": 1000, "against": 0}, Word.MIXED),
    ({"data": Word.HOLDS, "holding": 1000, "against": 1000}, Word.HOLDS),
    ({"record": OnRecord("e", "2014", "", "recalled")}, Word.UNDETERMINED),
    ({"record": OnRecord("e", "2014", "", "checked")}, Word.HOLDS),
])  # fmt: skip
def test_the_verdict_follows_from_the_parts(parts, word):
    assert finding(**parts).word is word

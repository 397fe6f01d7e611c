"""Reality checks of a Vensim model, judged like claims and shown in the table of cuts."""

import pytest
from typer.testing import CliRunner

from wherenow.case.model_files.convert import convert
from wherenow.case.model_files.opening import open_case
from wherenow.case.model_files.reality_claims import CHECKED, UNASKED, case_with_checks
from wherenow.claims.checking.checked_claims import check_claims, needed_outputs
from wherenow.claims.judge import judge
from wherenow.cli import app
from wherenow.ensemble.draws import central
from wherenow.ensemble.simulate import simulate
from wherenow.execution import Execution
from wherenow.explain.ablation.mechanisms import tabulate

MODEL = """{UTF-8}
workforce = INTEG (hiring, 100) ~ person ~ |
hiring = (target - workforce) / time to hire ~ person/Month ~ |
target = demand * 2 ~ person ~ |
demand = 100 ~ person ~ |
time to hire = 4 ~ Month ~ |
output = workforce * 10 ~ person ~ |
no demand :TEST INPUT: demand = 0 ~ ~ |
fading demand :TEST INPUT: demand = 100 * EXP(-Time) ~ ~ |
No Demand Means No Hiring :THE CONDITION: no demand :IMPLIES: hiring <= 0 ~ ~ |
No Demand Means Much :THE CONDITION: no demand :AND: workforce < 50 :IMPLIES: output > 1000 ~ ~ |
Workers Work :THE CONDITION: workforce > 100 :IMPLIES: output > 1000 ~ ~ |
Fading Fades :THE CONDITION: fading demand :IMPLIES: hiring <= 0 ~ ~ |
INITIAL TIME = 0 ~ Month ~ |
FINAL TIME = 24 ~ Month ~ |
TIME STEP = 0.25 ~ Month ~ |
SAVEPER = TIME STEP ~ Month ~ |
"""


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    path = tmp_path_factory.mktemp("vensim") / "workforce.mdl"
    path.write_text(MODEL)
    return case_with_checks(path)


@pytest.fixture(scope="module")
def findings(case):
    runs = simulate(case, central(), None, needed_outputs(case), threads=1)
    return {f.id: f for f in judge(case, runs)}


def test_each_constraint_is_a_claim_and_test_inputs_are_none(case):
    assert list(case.claims) == [
        "no_demand_means_no_hiring", "no_demand_means_much", "workers_work", "fading_fades",
    ]  # fmt: skip
    assert check_claims(case) == ()


def test_a_constraint_without_a_test_input_is_asked_of_the_model(case, findings):
    assert case.claims["workers_work"].model.content == "always((workforce > 100.0) implies (output > 1000.0))"
    assert findings["workers_work"].model.share.share == 1


def test_a_constraint_with_a_test_input_is_asked_of_the_run_with_it(case, findings):
    against = case.claims["no_demand_means_no_hiring"].against
    assert {name: text.content for name, text in against.scenario.do.items()} == {"demand": "0.0"}
    assert findings["no_demand_means_no_hiring"].against.share.share == 1


def test_further_parts_of_a_condition_are_judged_too(case, findings):
    expect = case.claims["no_demand_means_much"].against.expect.content
    assert expect == "always((workforce@against < 50.0) implies (output@against > 1000.0))"
    assert findings["no_demand_means_much"].against.share.share == 0


def test_checks_that_claims_cannot_express_are_listed_and_not_judged(case):
    claim = case.claims["fading_fades"]
    assert (claim.model, claim.against, claim.note) == (None, None, UNASKED)


def test_the_table_of_cuts_shows_them(case):
    table = tabulate(case, central(), execution=Execution(threads=1))
    assert [row.claim for row in table] == ["no_demand_means_no_hiring", "no_demand_means_much", "workers_work"]
    assert table["workers_work"].whole.share == 1
    assert table["workers_work"].changes["workforce → output"].cut == 0  # output stays at its first value, 1000


def test_the_command_asks_why_of_a_model_file(case):
    ran = CliRunner().invoke(app, ["why", str(case.folder), "--cut", "workforce -> output", "--draws", "1"])
    assert ran.exit_code == 0
    assert (
        "1 draws (prior only). Claims that a cut changes: 0 of 3." in ran.output
    )  # of one draw nothing can be told for sure


def test_a_converted_file_keeps_its_checks_as_the_claims_of_the_case(case, tmp_path):
    convert(case.folder, tmp_path / "case")
    converted = open_case(tmp_path / "case")
    assert list(converted.claims) == list(case.claims)
    assert converted.claims["fading_fades"].note == UNASKED
    assert converted.claims["workers_work"].note == CHECKED
    runs = simulate(converted, central(), None, needed_outputs(converted), threads=1)
    found = {f.id: f for f in judge(converted, runs)}
    assert found["workers_work"].model.share.share == 1
    assert found["no_demand_means_no_hiring"].against.share.share == 1
    assert found["no_demand_means_much"].against.share.share == 0


def test_nothing_is_wrong_with_the_claims_of_a_converted_file(case, tmp_path):
    CliRunner().invoke(app, ["convert", str(case.folder), str(tmp_path / "case")])
    told = CliRunner().invoke(app, ["check", str(tmp_path / "case")])
    assert "claims.yaml" not in told.output


def test_a_converted_file_without_checks_has_no_claims(tmp_path):
    path = tmp_path / "plain.mdl"
    path.write_text("\n".join(line for line in MODEL.splitlines() if ":TEST" not in line and ":THE" not in line))
    convert(path, tmp_path / "case")
    assert not (tmp_path / "case" / "claims.yaml").exists()


def test_a_constraint_on_names_that_the_model_lacks_is_said_and_not_judged(tmp_path):
    path = tmp_path / "workforce.mdl"
    path.write_text(MODEL.replace("workforce > 100 :IMPLIES:", "morale[team] > 100 :IMPLIES:"))
    found = case_with_checks(path)
    claim = found.claims["workers_work"]
    assert (claim.model, claim.note) == (None, "The model lacks morale, team.")
    assert check_claims(found) == ()
    checked = CliRunner().invoke(app, ["check", str(path)])
    message = "workforce.mdl:12:1: warning: the reality check 'Workers Work' names what the model lacks: morale, team"
    assert (checked.exit_code, message in checked.output) == (0, True)

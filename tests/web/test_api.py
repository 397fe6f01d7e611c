"""The REST API, as a program uses it."""

from __future__ import annotations

import json

import pytest

import wherenow


def test_the_api_describes_itself(client):
    paths = client.get("/api/openapi.json").json()["paths"]
    assert {"/api/case", "/api/run", "/api/outlook", "/api/claims", "/api/explain/{variable}"} <= set(paths)


def test_the_case_tells_its_levers_and_scenarios(client):
    found = client.get("/api/case").json()
    assert found["levers"]["rationing"]["range"] == [0.5, 1.0]
    assert set(found["scenarios"]) == {"no-drought", "new-drought"}


def test_a_run_gives_fans_and_what_changes(client):
    found = client.post("/api/run", json={"levers": {"rationing": 0.5}, "series": ["water"]}).json()
    assert [fan["name"] for fan in found["fans"]] == ["water"]
    assert found["change"]["forecasts"][0]["p"] >= found["change"]["forecasts"][0]["base"]
    assert found["basis"] == "prior only"


def test_levers_at_the_baseline_change_nothing(client):
    found = client.post("/api/run", json={}).json()
    assert all(f["change"] == 0 for f in found["change"]["forecasts"])


def test_a_wrong_name_is_reported_with_what_was_probably_meant(client):
    answer = client.post("/api/run", json={"levers": {"rationin": 0.5}})
    assert answer.status_code == 400
    assert "did you mean 'rationing'" in answer.json()["error"]


def test_a_value_outside_a_levers_range_is_reported(client):
    answer = client.post("/api/run", json={"levers": {"rationing": 7}})
    assert answer.status_code == 400
    assert "outside the range" in answer.json()["error"]


def test_no_more_series_are_run_than_the_limit(client):
    assert client.post("/api/run", json={"series": ["water"] * 13}).status_code == 422


def test_the_outlook_is_that_of_the_case(client, lake):
    assert client.get("/api/outlook").json() == json.loads(json.dumps(lake.outlook.result().to_dict()))


def test_claims_are_filtered(client, lake):
    everything = client.get("/api/claims").json()
    assert len(everything) == len(lake.case.claims)
    kinds = {c["kind"] for c in everything}
    for kind in kinds:
        assert {c["kind"] for c in client.get(f"/api/claims?kind={kind}").json()} == {kind}
    assert client.get("/api/claims?text=nothinglikeit").json() == []


def test_one_claim_is_described_completely(client):
    assert client.get("/api/claims/lake-recovers").json()["model"]["formula"]


def test_a_missing_claim_is_not_found(client):
    assert client.get("/api/claims/none").status_code == 404


def test_a_variable_is_explained_by_its_equation_and_what_it_reads(client):
    found = client.get("/api/explain/saving").json()
    assert "greatest_saving" in found["reads"]
    assert found["read_by"] == ["wanted_use"]
    assert "greatest_saving * effect_of_filling(filling)" in found["equations"][0][1]


def test_progress_ends_when_the_outlook_is_made(client):
    lines = [line for line in client.get("/api/progress").text.splitlines() if line]
    assert json.loads(lines[-1].removeprefix("data: ")) == {"done": True}


def test_work_that_a_newer_request_replaced_is_dropped(client):
    asked = {"X-Client": "me"}
    assert client.post("/api/run", json={}, headers={**asked, "X-Turn": "7"}).status_code == 200
    assert client.post("/api/run", json={}, headers={**asked, "X-Turn": "6"}).status_code == 204


def test_a_value_is_explained_in_words_numbers_and_evidence(client):
    found = client.get("/api/explain/water/why?at=2013-01&since=2009-01").json()
    assert found["paragraph"].startswith("From January 2009 to January 2013")
    first = found["steps"][0]
    assert sum(part["mean"] for part in first["parts"]) + first["rest"] == pytest.approx(first["change"])
    assert found["diagram"].startswith("water")


def test_a_value_is_explained_against_a_scenario(client):
    found = client.get("/api/explain/water/why?at=2013-01&against=no-drought").json()
    assert found["scenario"] == "no-drought"
    assert "The rains do not fail" in found["paragraph"]


@pytest.mark.parametrize("query", ["at=2013-01&since=2009-01&against=no-drought", "at=never", "against=nothing"])
def test_a_comparison_that_cannot_be_made_is_reported(client, query):
    answer = client.get(f"/api/explain/water/why?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_loops_are_reported_with_when_each_leads(client):
    found = client.get("/api/loops").json()
    assert found["leading"]
    assert {loop["id"] for loop in found["loops"]} >= {one["loop"] for one in found["leading"]}


def test_reasons_are_being_made_until_they_are_the_objects_that_python_has(client, lake):
    assert client.get("/api/reasons").status_code in (200, 202)
    lake.reasons.result(120)
    assert client.get("/api/reasons").json() == json.loads(json.dumps(lake.reasons.result().to_dict()))


def test_a_question_about_data_is_answered_as_python_answers_it(client, lake):
    found = client.get("/api/ask", params={"question": "at(lake_volume, 2019) > 60"}).json()
    assert found == json.loads(json.dumps(wherenow.ask(lake.case, "at(lake_volume, 2019) > 60").to_dict()))


def test_a_series_is_predicted_at_every_date_asked_for(client, lake):
    found = client.get("/api/predict", params={"series": "lake_volume", "at": ["2018", "2019"]}).json()
    assert found == json.loads(json.dumps(wherenow.predict(lake.case, "lake_volume", ["2018", "2019"]).to_dict()))


def test_the_basis_of_answers_is_read_once_for_an_analysis(client, lake, monkeypatch):
    basis = lake.headline.basis
    monkeypatch.setattr("wherenow.foresight.ask.basis", lambda _: pytest.fail("the basis is read again"))
    assert client.get("/api/ask", params={"question": "at(lake_volume, 2018) > 60"}).status_code == 200
    assert client.get("/api/predict", params={"series": "lake_volume", "at": "2018"}).status_code == 200
    assert lake.headline.basis is basis


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/api/ask?question=at(lake_volum, 2019) > 60", "lake_volume"),
        ("/api/ask?question=at(lake_volume, 2019)", "condition"),
        ("/api/predict?series=lake_volum&at=2019", "did you mean 'lake_volume'"),
        ("/api/predict?series=lake_volume&at=2010", "recorded up to 2015-07-01"),
        ("/api/predict?series=lake_volume&at=soon", "soon"),
        ("/api/predict?series=lake_volume&at=9999", "more than 1000"),
        ("/api/ask?question=at(lake_volume, 9999) > 60", "more than 1000"),
    ],
)
def test_a_question_or_a_date_that_is_wrong_is_reported(client, address, said):
    answer = client.get(address)
    assert answer.status_code == 400
    assert said in answer.json()["error"]


@pytest.mark.parametrize("query", ["ask", "ask?question=", "predict?series=lake_volume"])
def test_a_question_without_its_parts_is_refused(client, query):
    assert client.get(f"/api/{query}").status_code == 422

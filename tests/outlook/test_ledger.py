import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from wherenow.case.reader import read_case
from wherenow.case.types import Prediction
from wherenow.ensemble.draws import draw
from wherenow.errors import InputError, Text, UsageError
from wherenow.outlook.ledger import entries, register, resolve, score


def prediction(name: str, model: str, rule: str) -> Prediction:
    return Prediction(name, f"it is {name}", Text(model), Text(rule), "12", 12.0)


@pytest.fixture(scope="module")
def line():
    """A line that rises, with two forecasts of it that its readings will decide, and one that they will not."""
    case = read_case(Path(__file__).parents[1] / "cases" / "line")
    asked = (
        prediction("high", "at(height, 10) > 4", "at(readings, 9) > 4"),
        prediction("low", "at(height, 10) < -4", "at(readings, 9) < -4"),
        prediction("later", "at(height, 10) > 5", "at(readings, 20) > 5"),
    )
    return replace(case, predictions={p.id: p for p in asked})


@pytest.fixture
def ledger(line, tmp_path):
    path = tmp_path / "ledger.sqlite"
    register(line, draw(line, 256), path)
    return path


def test_a_forecast_is_registered_with_the_share_of_draws_in_which_it_comes_true(line, ledger):
    draws = draw(line, 256)
    share = np.mean(draws["height_at_start"] + 10 * draws["slope"] > 4)
    assert {r.id: r.p for r in entries(ledger)}["high"] == pytest.approx(share)


def test_the_entry_says_what_case_and_draws_it_rests_on(line, ledger):
    entry = entries(ledger)[0]
    assert (entry.case_hash, entry.draws_hash, entry.basis) == (line.hash, draw(line, 256).hash, "prior only")


def test_a_forecast_is_registered_once(line, ledger):
    before = entries(ledger)
    assert register(line, draw(line, 64, seed=9), ledger) == ()
    assert entries(ledger) == before


def test_data_decide_a_forecast_by_the_rule_it_was_registered_with(line, ledger):
    assert {r.id: r.outcome for r in resolve(line, ledger)} == {"high": True, "low": False}


def test_a_forecast_stays_open_while_the_data_do_not_reach_it(line, ledger):
    resolve(line, ledger)
    assert {r.id: r.outcome for r in entries(ledger)}["later"] is None


def test_another_rule_afterwards_is_refused(line, ledger):
    bent = replace(line.predictions["high"], resolve=Text("at(readings, 9) > 0"))
    with pytest.raises(UsageError, match="not the one it was registered with"):
        resolve(replace(line, predictions={**line.predictions, "high": bent}), ledger)


def test_scores_are_those_of_the_resolved_forecasts(line, ledger):
    resolve(line, ledger)
    p = {r.id: r.p for r in entries(ledger)}
    found = score(entries(ledger))
    assert (found.resolved, found.open) == (2, 1)
    assert found.brier == pytest.approx(((p["high"] - 1) ** 2 + p["low"] ** 2) / 2)
    assert found.log == pytest.approx(-(np.log(p["high"]) + np.log(1 - p["low"])) / 2)


def test_nothing_resolved_has_no_score(ledger):
    assert score(entries(ledger)).brier is None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entries SET body = replace(body, 'it is high', 'it is low') WHERE number = 1",
        "DELETE FROM entries WHERE number = 1",
        "DELETE FROM entries WHERE number = 2",
        "UPDATE entries SET forecast = 'other' WHERE number = 3",
        "UPDATE entries SET previous = hash WHERE number = 2",
    ],
)
def test_tampering_shows(ledger, change):
    with sqlite3.connect(ledger) as file:
        file.execute(change)
    file.close()
    with pytest.raises(InputError, match="tampered with"):
        entries(ledger)


def test_something_else_is_no_ledger(tmp_path):
    (tmp_path / "ledger.sqlite").write_bytes(b"not a database at all" * 100)
    with pytest.raises(InputError, match="no ledger"):
        entries(tmp_path / "ledger.sqlite")


def test_a_missing_ledger_is_told(tmp_path):
    with pytest.raises(UsageError, match="there is no ledger at"):
        entries(tmp_path / "ledger.sqlite")


def test_a_case_without_forecasts_registers_nothing(line, tmp_path):
    with pytest.raises(UsageError, match="registers no forecasts"):
        register(replace(line, predictions={}), draw(line, 8), tmp_path / "ledger.sqlite")


def test_a_failure_half_way_leaves_the_ledger_as_it_was(line, ledger, monkeypatch):
    def fail(*_):
        raise RuntimeError

    monkeypatch.setattr("wherenow.outlook.ledger.outcome", fail)
    before = entries(ledger)
    with pytest.raises(RuntimeError):
        resolve(line, ledger)
    assert entries(ledger) == before


def test_a_forecast_without_a_value_in_some_draw_is_not_registered(line, tmp_path):
    undecided = {"x": prediction("x", "ln(at(height, 10)) > 0", "at(readings, 9) > 4")}
    with pytest.raises(UsageError, match=r"the forecast 'x': no value in .* of 64 runs, so that it has no probability"):
        register(replace(line, predictions=undecided), draw(line, 64), tmp_path / "ledger.sqlite")

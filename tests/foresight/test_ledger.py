import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from wherenow.case.case_types import Prediction
from wherenow.case.reader import read_case
from wherenow.errors import InputError, Text, UsageError
from wherenow.foresight import ledger as ledgers
from wherenow.foresight.headline import headline
from wherenow.foresight.ledger import entries, register, resolve, score

STORED = Path(__file__).parents[1] / "robust" / "stored"


def prediction(name: str, rule: str) -> Prediction:
    return Prediction(id=name, says=f"it is {name}", model=None, resolve=Text(rule), by="12", deadline=12.0)


@pytest.fixture(scope="module")
def line():
    """A line that rises, known up to 6, with two forecasts that its later readings decide, and one that they do not."""
    case = read_case(Path(__file__).parents[1] / "cases" / "line")
    readings = case.data["readings"]
    known = readings.until(6.0)
    later = replace(
        readings,
        **{
            f: getattr(readings, f)[len(known) :]
            for f in ("dates", "times", "values", "source", "licence", "quality", "note")
        },
    )
    asked = (
        prediction("high", "at(readings, 9) > 4"),
        prediction("low", "at(readings, 9) < -4"),
        prediction("later", "at(readings, 10) > 5"),
    )
    return replace(
        case, data={"readings": known}, later={"readings": later}, cutoff=6.0, cutoff_date="6",
        predictions={p.id: p for p in asked},
    )  # fmt: skip


@pytest.fixture(scope="module")
def drawn(line):
    return headline(line, tuple(line.predictions), draws=400, threads=1)


@pytest.fixture
def ledger(line, drawn, tmp_path):
    path = tmp_path / "ledger.sqlite"
    register(line, path, forecasts=drawn)
    return path


def test_a_forecast_is_registered_with_its_published_probability(drawn, ledger):
    assert {r.id: r.p for r in entries(ledger)} == {name: a.p for name, a in drawn.answers.items()}


def test_the_entry_says_what_case_it_rests_on_and_what_model_and_history_say(line, drawn, ledger):
    entry, answer = entries(ledger)[0], drawn.answers["high"]
    assert (entry.case_hash, entry.basis) == (line.hash, "not fitted: the priors of its parameters")
    assert (entry.model, entry.history) == (answer.model, answer.history)


def test_a_forecast_stays_frozen_when_it_is_registered_again(line, drawn, ledger):
    before = entries(ledger)
    assert register(line, ledger, forecasts=drawn).added == ()
    assert entries(ledger) == before


def test_registering_again_says_what_is_frozen_since_when_and_whether_the_case_has_changed(line, drawn, ledger):
    other = replace(line, hash="another")
    frozen = register(other, ledger, forecasts=drawn).frozen
    assert [(f.entry.id, f.changed) for f in frozen] == [("high", True), ("low", True), ("later", True)]
    assert "frozen at" in str(frozen[0])
    assert "the case has changed since" in str(frozen[0])


def test_a_forecast_may_be_registered_again_beside_what_was_registered_before(line, drawn, ledger):
    register(line, ledger, again=True, forecasts=drawn)
    assert [r.id for r in entries(ledger)] == ["high", "low", "later"] * 2


def test_every_registration_of_a_forecast_is_resolved_and_scored(line, drawn, ledger):
    register(line, ledger, again=True, forecasts=drawn)
    resolve(line, ledger)
    assert score(entries(ledger)).resolved == 4


def test_a_ledger_of_the_first_version_takes_its_forecasts_again(line, tmp_path):
    path = tmp_path / "ledger.sqlite"
    shutil.copy(STORED / "ledger-1.sqlite", path)
    before = entries(path)
    asked = {"f0": prediction("f0", "at(readings, 9) > 4")}
    register(replace(line, predictions=asked), path, again=True)
    assert entries(path)[: len(before)] == before
    assert len(entries(path)) == len(before) + 1


def test_data_decide_a_forecast_by_the_rule_it_was_registered_with(line, ledger):
    assert {r.id: r.outcome for r in resolve(line, ledger)} == {"high": True, "low": False}


def test_a_forecast_stays_open_while_the_data_do_not_reach_it(line, ledger):
    resolve(line, ledger)
    assert {r.id: r.outcome for r in entries(ledger)}["later"] is None


def test_a_rule_that_is_changed_afterwards_does_not_change_how_a_registered_forecast_is_decided(line, ledger):
    bent = replace(line.predictions["low"], resolve=Text("at(readings, 9) > 0"))
    resolve(replace(line, predictions={**line.predictions, "low": bent}), ledger)
    assert {r.id: r.outcome for r in entries(ledger)}["low"] is False


def test_each_registration_is_decided_by_its_own_rule(line, ledger):
    other = replace(line, predictions={"low": replace(line.predictions["low"], resolve=Text("at(readings, 9) > 4"))})
    register(other, ledger, again=True)
    resolve(other, ledger)
    assert [r.outcome for r in entries(ledger) if r.id == "low"] == [False, True]


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


def test_a_missing_ledger_is_reported(tmp_path):
    with pytest.raises(UsageError, match="there is no ledger at"):
        entries(tmp_path / "ledger.sqlite")


def test_a_case_without_forecasts_registers_nothing(line, tmp_path):
    with pytest.raises(UsageError, match="registers no forecasts"):
        register(replace(line, predictions={}), tmp_path / "ledger.sqlite")


def test_a_failure_half_way_leaves_the_ledger_as_it_was(line, ledger, monkeypatch):
    def fail(*_):
        raise RuntimeError

    monkeypatch.setattr("wherenow.foresight.ledger.outcome", fail)
    before = entries(ledger)
    with pytest.raises(RuntimeError):
        resolve(line, ledger)
    assert entries(ledger) == before


def test_a_forecast_without_a_value_in_some_draw_is_not_registered(line, tmp_path):
    asked = {"x": prediction("x", "ln(at(readings, 9) - 5) > 0")}
    found = register(replace(line, predictions=asked), tmp_path / "ledger.sqlite")
    assert (found.added, found.undefined) == ((), ("x",))


def test_a_second_writer_waits_from_the_start_of_a_transaction(line, tmp_path):
    path = tmp_path / "ledger.sqlite"
    register(line, path)
    locked = pytest.raises(sqlite3.OperationalError, match="locked")
    with closing(sqlite3.connect(path, timeout=0)) as second, ledgers._writing(path), locked:
        second.execute("BEGIN IMMEDIATE")

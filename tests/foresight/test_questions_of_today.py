"""Questions about a case's data, and the changes of its main forecasts under scenarios."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from tests.foresight.data import walk_record

from wherenow.case.new import TEMPLATE
from wherenow.case.reader import read_case
from wherenow.ensemble.draws import draw
from wherenow.ensemble.simulate import simulate
from wherenow.errors import InputError, Text, UsageError
from wherenow.foresight.ahead import basis
from wherenow.foresight.ask import ParsedQuestion, answered, answers, ask, drawn_for, predict
from wherenow.foresight.headline import headline, rule_of
from wherenow.foresight.ingredients.history import METHODS
from wherenow.foresight.ingredients.level import steps
from wherenow.foresight.pooling.pool import POOL

DRAWS = 200


@pytest.fixture(scope="module")
def lake():
    return read_case(TEMPLATE)


@pytest.fixture(scope="module")
def known(lake):
    return basis(lake)


@pytest.mark.parametrize("rule", ["at(lake_volume, 2019) > 0.001", "at(lake_volume, 2019) > 1e6"])
def test_no_question_gets_zero_or_a_hundred_per_cent(lake, known, rule):
    assert 0 < ask(lake, rule, draws=DRAWS, known=known).p < 1


def test_what_data_decide_has_an_outcome_and_no_probability(lake, known):
    found = ask(lake, "at(lake_volume, 2015-07-01) > 0", draws=DRAWS, known=known)
    assert (found.outcome, found.p, found.words) == (True, None, "")


def test_a_question_and_its_opposite_sum_to_one(lake, known):
    asked = {"yes": Text("at(lake_volume, 2019) > 60"), "no": Text("not at(lake_volume, 2019) > 60")}
    found = answers(known, asked, draws=DRAWS)
    assert found["yes"].p + found["no"].p == pytest.approx(1, abs=0.011)


def test_a_maximum_over_a_window_is_above_a_threshold_at_least_as_often_as_a_date_in_it(lake, known):
    asked = {"date": Text("at(lake_volume, 2019) > 60"), "window": Text("max(lake_volume, 2017, 2019) > 60")}
    found = answers(known, asked, draws=DRAWS)
    assert found["window"].p >= found["date"].p


def test_a_question_without_value_in_some_draws_has_no_probability(known):
    asked = {"": ParsedQuestion.read(known, Text("at(lake_volume, 2019) > 60"))}
    drawn = drawn_for(known, tuple(asked.values()), 0, DRAWS)
    holes = drawn["lake_volume"].draws[POOL].copy()
    holes[:, :50] = np.nan
    ahead = replace(drawn["lake_volume"], draws={**drawn["lake_volume"].draws, POOL: holes})
    found = answered(known, asked, {"lake_volume": ahead})[""]
    assert (found.p, found.words, found.undefined) == (None, "", pytest.approx(0.25))


def test_answers_do_not_depend_on_what_is_asked_beside_them(lake, known):
    rule = Text("at(household_use, 2018) > 0.001")
    alone = answers(known, {"a": rule}, draws=DRAWS)["a"]
    beside = answers(known, {"b": Text("at(lake_volume, 2018) > 60"), "a": rule}, draws=DRAWS)["a"]
    assert beside.history == alone.history


def test_a_wrong_question_is_reported_with_its_place(lake, known):
    with pytest.raises(InputError, match=":1:4: "):
        ask(lake, "at(lake_volum, 2019) > 60", known=known)


def test_a_question_of_thousands_of_data_ahead_is_refused(lake, known):
    with pytest.raises(UsageError, match="more than 1000"):
        ask(lake, "at(lake_volume, 9999) > 60", known=known)
    with pytest.raises(UsageError, match="more than 1000"):
        predict(lake, "lake_volume", ["9999"], known=known)


def test_a_date_within_the_record_cannot_be_predicted(lake, known):
    with pytest.raises(UsageError, match="recorded up to 2015-07-01"):
        predict(lake, "lake_volume", ["2014"], known=known)


def test_quantiles_ascend_and_dates_too(lake, known):
    found = predict(lake, "lake_volume", ["2019", "2018"], draws=DRAWS, known=known)
    assert found.dates == ("2018", "2019")
    assert all((np.diff(q, axis=1) >= 0).all() for q in found.quantiles.values())


@pytest.fixture(scope="module")
def first(lake):
    asked = replace(next(iter(lake.predictions.values())), id="full", resolve=Text("at(lake_volume, 2019) > 60"))
    case = replace(lake, predictions={**lake.predictions, "full": asked})
    return headline(case, ("full",), draws=DRAWS)


def test_a_scenario_moves_every_pooled_draw_by_what_it_changes_in_one_run_of_the_model(lake, first):
    draws = draw(lake, 16)
    base = simulate(lake, draws, None, first.outputs)
    other = replace(base, values=base.values * 1.1)
    drawn = first.drawn["lake_volume"]
    record = first.basis.what.records["lake_volume"]
    moved = first.moved("lake_volume", base, other)
    assert record.kind == "log"
    assert np.log(moved / drawn.draws[POOL])[drawn.dates <= base.times[-1]] == pytest.approx(np.log(1.1), abs=1e-3)


def test_a_scenario_that_changes_nothing_moves_nothing(lake, first):
    base = simulate(lake, draw(lake, 16), None, first.outputs)
    assert first.moved("lake_volume", base, base) == pytest.approx(first.drawn["lake_volume"].draws[POOL])


def test_a_condition_on_the_model_is_asked_of_the_series_that_observe_its_variables(lake):
    observation = lake.observations["lake_volume"]
    claim = replace(
        next(iter(lake.claims.values())), resolve=None, model=Text(f"at({observation.of.content.strip()}, 2019) > 60")
    )
    assert rule_of(replace(lake, claims={"c": claim}), "c").content == "at(lake_volume, 2019) > 60"


def test_a_condition_on_variables_that_no_data_observe_is_decided_by_none(lake):
    claim = replace(next(iter(lake.claims.values())), resolve=None, model=Text("at(saving, 2019) > 0.5"))
    assert rule_of(replace(lake, claims={"c": claim}), "c") is None


def test_one_date_is_a_date_and_not_its_letters(lake, known):
    one, several = (predict(lake, "lake_volume", at, draws=DRAWS, known=known) for at in ("2019", ["2019"]))
    assert one.dates == several.dates == ("2019",)


def test_an_answer_says_which_methods_this_installation_lacks(lake, known, monkeypatch):
    assert ask(lake, "at(lake_volume, 2019) > 60", draws=DRAWS, known=known).lacking == ()
    monkeypatch.setattr("wherenow.foresight.ingredients.history.find_spec", lambda _: None)
    found = ask(lake, "at(lake_volume, 2019) > 60", draws=DRAWS, known=known)
    assert found.lacking == ("ETS", "ARIMA")


def test_a_question_asked_of_warm_caches_imports_none_of_the_slow_libraries():
    program = (
        "import sys; from wherenow.case.reader import read_case; from wherenow.case.new import TEMPLATE;"
        "from wherenow.foresight.ask import ask; print(ask(read_case(TEMPLATE), 'at(lake_volume, 2019) > 60').p,"
        "*({'statsforecast', 'pandas', 'scipy.stats', 'scipy.optimize'} & set(sys.modules)))"
    )
    first, second = (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
        for _ in range(2)
    )
    assert "statsforecast" in first or len(first) == 1
    assert second == first[:1]


@pytest.mark.parametrize("name", ["ETS", "ARIMA"])
def test_a_cached_forecast_is_the_one_that_was_made(name, tmp_path, monkeypatch):
    monkeypatch.setenv("WHERENOW_CACHE", str(tmp_path))
    r = walk_record(20)
    made, cached = (
        METHODS[name](r, steps({"a": r})["a"], np.array([20.0, 23.0]), np.random.default_rng(0), 50) for _ in range(2)
    )
    assert list(tmp_path.iterdir())
    assert (made == cached).all()

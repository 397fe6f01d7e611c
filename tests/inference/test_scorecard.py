from dataclasses import replace

import pytest

from wherenow.errors import InputError
from wherenow.inference.backtest import backtest
from wherenow.inference.scorecard import FILE, save_scorecard, scorecard, scorecard_of


@pytest.fixture(scope="module")
def card(line, quick):
    return scorecard(backtest(line, (5.0, 7.0), seed=1, effort=quick, threads=1, draws=200), ("5", "7"))


def test_it_has_a_pit_for_each_forecast_and_skill_against_each_method(card):
    assert card.forecasts == len(card.pits) == 6
    assert card.best in card.skills
    assert card.skills["persistence"][1] <= card.skills["persistence"][0] <= card.skills["persistence"][2]


def test_it_is_found_again_beside_the_case(card, line, tmp_path):
    here = replace(line, folder=tmp_path)
    assert scorecard_of(here) is None
    save_scorecard(card, here, tmp_path / FILE)
    assert scorecard_of(here) == card


def test_that_of_another_state_of_the_case_is_not_used(card, line, tmp_path):
    here = replace(line, folder=tmp_path)
    save_scorecard(card, here, tmp_path / FILE)
    assert scorecard_of(replace(here, hash="another")) is None


@pytest.mark.parametrize("text", ["[]", "{}", "no json", '{"case_hash": "%s"}'])
def test_something_else_is_told(line, tmp_path, text):
    here = replace(line, folder=tmp_path)
    (tmp_path / FILE).write_text(text.replace("%s", line.hash))
    with pytest.raises(InputError, match="no scorecard"):
        scorecard_of(here)

"""``wherenow ensemble``."""

import json
from pathlib import Path

TOWN = Path(__file__).parents[1] / "cases" / "town"


def test_ensemble_prints_one_line_per_series_and_the_hash_of_all_numbers(wherenow):
    result = wherenow("ensemble", TOWN, "--draws", 200, "--save", "population")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1].split()[0].lower() == "population"
    assert "200 draws, 0 of them not finite; sha256" in result.stderr


def test_ensemble_in_json_has_the_summary_of_each_time(wherenow):
    found = json.loads(wherenow("ensemble", TOWN, "--draws", 50, "--save", "population", "--json").stdout)
    (series,) = found["series"]
    assert len(series["mean"]) == len(found["times"])
    assert series["least"][-1] <= series["mean"][-1] <= series["greatest"][-1]


def test_an_unknown_scenario_is_misuse(wherenow):
    result = wherenow("ensemble", TOWN, "--scenario", "nonsense")
    assert result.exit_code == 2
    assert "no scenario 'nonsense'" in result.stderr

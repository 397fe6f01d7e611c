import json

from wherenow.commands.analysis.sensitivity_command import _percent


def test_it_prints_indices_as_json_and_draws_them(wherenow, town, tmp_path):
    result = wherenow("sensitivity", town, "--of", "grows", "--base", 32, "--chart", tmp_path / "bars.svg", "--json")
    assert result.exit_code == 0
    (found,) = json.loads(result.stdout)
    assert found["indices"]
    assert (tmp_path / "bars.svg").read_text().startswith("<svg")


def test_it_prints_a_table_and_a_sentence(wherenow, town):
    result = wherenow("sensitivity", town, "--of", "population", "--base", 32)
    assert result.exit_code == 0
    assert "depends most on" in result.stdout


def test_a_base_that_is_no_power_of_two_is_misuse(wherenow, town):
    result = wherenow("sensitivity", town, "--base", 100)
    assert result.exit_code == 2
    assert "try 128" in result.stderr


def test_an_unknown_outcome_is_misuse(wherenow, town):
    assert wherenow("sensitivity", town, "--of", "popluation").exit_code == 2


def test_an_estimate_just_below_nothing_is_nothing():
    assert [_percent(share) for share in (-0.004, 0.004, -0.05)] == ["0%", "0%", "-5%"]

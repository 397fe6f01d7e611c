import json
from pathlib import Path

SCHOOL = Path(__file__).parents[2] / "cases" / "school-influenza"


def test_it_prints_combinations_as_json(wherenow):
    result = wherenow("levers", SCHOOL, "--draws", 64, "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert {row["outcome"] for row in found} == {"no-return", "safely-no-return", "nobody-in-bed"}
    assert all(set(c["levers"]) == {"new_boys"} for row in found for c in row["combinations"])


def test_it_prints_a_table_and_sentences(wherenow):
    result = wherenow("levers", SCHOOL, "--draws", 64, "--of", "no-return")
    assert result.exit_code == 0
    assert "(baseline)" in result.stdout


def test_an_unknown_lever_is_misuse_with_a_hint(wherenow):
    result = wherenow("levers", SCHOOL, "--draws", 64, "--lever", "new_boy")
    assert result.exit_code == 2
    assert "new_boys" in result.stderr


def test_an_unknown_lever_is_reported_with_the_known_ones(wherenow, tmp_path):
    wherenow("new", tmp_path / "lake")
    assert "the case has rationing" in wherenow("levers", tmp_path / "lake", "--lever", "x").stderr

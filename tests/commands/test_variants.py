import json


def test_it_weighs_the_variants_of_a_case(wherenow, town):
    growth = town.parent / "growth"
    result = wherenow("variants", growth, "--particles", 128, "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert len(found["candidates"]) == 3
    assert found["averaged"].keys() == {"keeps-growing"}
    assert "averaged" in wherenow("variants", growth, "--particles", 64).stdout


def test_a_case_without_variants_is_misuse(wherenow, town):
    assert wherenow("variants", town).exit_code == 2

import json
import shutil
from pathlib import Path

import pytest

CASES = Path(__file__).parents[2] / "cases"


@pytest.fixture
def ebola(tmp_path):
    ignored = shutil.ignore_patterns("*.nc", "*.json")
    return shutil.copytree(CASES / "ebola-2014", tmp_path / "ebola-2014", ignore=ignored)


def test_later_figures_are_scored_from_the_cut_off_and_stored_separately(wherenow, ebola):
    result = wherenow("backtest", ebola, "--later", "--horizon", "0.05", "--store", "--json")
    assert result.exit_code == 0, result.output
    card = json.loads(result.stdout)["stated"]
    assert card["origins"] == ["2014-08-31"]
    assert card["data"] == 4  # two weeks of two countries
    assert (ebola / "later.json").is_file()
    assert not (ebola / "backtest.json").exists()


def test_a_case_without_later_figures_cannot_be_scored_against_them(wherenow):
    result = wherenow("backtest", CASES / "school-influenza", "--later")
    assert result.exit_code == 2
    assert "has no figures in later/" in result.stderr

import pytest

from wherenow.errors import UsageError
from wherenow.execution import Execution
from wherenow.exploration.sensitivity import sensitivity


@pytest.fixture(scope="module")
def found(line):
    return sensitivity(line, "at(height, 4)", trajectories=8, base=512, execution=Execution(threads=1))


def test_shares_of_a_sum_are_its_variances(found):
    """height has variance 4, slope × 4 has 16."""
    shares = {row.name: row.total for row in found.indices}
    assert shares["slope"] == pytest.approx(0.8, abs=0.04)
    assert shares["height_at_start"] == pytest.approx(0.2, abs=0.04)


def test_a_parameter_without_effect_has_no_index_of_its_own(found):
    assert "unseen" not in {row.name for row in found.indices}


def test_every_unknown_is_screened(found, line):
    assert {e.name for e in found.effects} == set(line.priors)


def test_runs_are_counted(found):
    assert found.runs == 8 * 4 + 512 * (3 + 3)


def test_the_finding_is_reported_in_words(found):
    assert "depends most on slope (8" in found.sentence


def test_json_has_effects_and_indices(found):
    told = found.to_dict()
    assert {e["name"] for e in told["effects"]} >= {"slope", "unseen"}


def test_the_posterior_must_be_there_to_be_asked_for(line):
    with pytest.raises(UsageError, match="no posterior"):
        sensitivity(line, "height", basis="posterior")

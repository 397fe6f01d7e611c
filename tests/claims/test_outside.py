"""Dates that no run comes to are warned of where they stand."""

import pytest

from wherenow.case.new import new_case
from wherenow.case.reader import read_case
from wherenow.claims.judge import check_claims
from wherenow.errors import Severity


def warned(tmp_path, formula):
    """What is said of a claim on the lake, whose run is from 2000-01 to 2020-07."""
    folder = new_case(tmp_path / "lake")
    claims = folder / "claims.yaml"
    text = claims.read_text()
    assert "at(water, 2020-01) > 60" in text
    claims.write_text(text.replace("at(water, 2020-01) > 60", formula))
    return check_claims(read_case(folder))


@pytest.mark.parametrize(
    "formula",
    [
        "at(water, 2030) > 60",
        "at(water, 2020-08) > 60",
        "max(water, 2015, 2025) > 60",
        "always[1990, 2000](water > 60)",
        "first[2010, 2022](water > 60) < 2022",
    ],
)
def test_a_date_outside_the_run_is_warned_of(tmp_path, formula):
    (found,) = warned(tmp_path, formula)
    assert found.severity is Severity.WARNING
    assert found.location.file.endswith("claims.yaml")
    assert "the run is from 2000 to 2020.5" in str(found)


@pytest.mark.parametrize("formula", ["at(water, 2020) > 60", "at(water, 2000) > 60", "max(water, 2000, 2020-06) > 60"])
def test_a_date_within_the_run_is_not(tmp_path, formula):
    assert warned(tmp_path, formula) == ()

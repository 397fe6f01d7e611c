"""Windows and dates at which no run has a value are refused at their place."""

from dataclasses import replace

import pytest

from wherenow.case.new import new_case
from wherenow.case.reader import read_case
from wherenow.claims.checking.checked_claims import check_claims
from wherenow.claims.checking.formula_check import check_formula
from wherenow.claims.checking.out_of_run import outside_run
from wherenow.claims.evaluation.robustness import robustness
from wherenow.claims.evaluation.sources import declared_model, run_signals
from wherenow.claims.formulas.formula import parse_formula
from wherenow.ensemble.draws import draw
from wherenow.ensemble.simulate import simulate
from wherenow.errors import Severity, Text


def told(tmp_path, formula):
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
def test_a_question_undefined_in_every_run_is_refused(tmp_path, formula):
    (found,) = told(tmp_path, formula)
    assert found.severity is Severity.ERROR
    assert found.location.file.endswith("claims.yaml")
    assert "the run is from 2000-01-01 to 2020-07-01" in str(found)


@pytest.mark.parametrize("formula", ["at(water, 2020) > 60", "at(water, 2000) > 60", "max(water, 2000, 2020-06) > 60"])
def test_a_date_within_the_run_is_accepted(tmp_path, formula):
    assert told(tmp_path, formula) == ()


def test_a_window_to_the_very_end_of_the_run_is_warned_of(lake_runs):
    """2020 is the whole year, and the run ends on its first day."""
    case, _ = lake_runs
    checked = check_formula(parse_formula(Text("max(water, 2015, 2020) > 60")), declared_model(case))
    (found,) = outside_run([checked], replace(case.model.time, stop=2020.0))
    assert found.severity is Severity.WARNING
    assert "read to the end of its period, 2015-01-01 to 2020-12-31, and the run ends on 2020-01-01" in str(found)


@pytest.mark.parametrize(
    ("formula", "read"),
    [
        ("max(water, 2015, 2025) > 60", "2015-01-01 to 2025-12-31"),
        ("max(water, 2015-02, 2024-02) > 60", "2015-02-01 to 2024-02-29"),
        ("max(water, 2015-02-03, 2024-02-05) > 60", "2015-02-03 to 2024-02-05"),
        ("at(water, 2025-01-20) > 60", "2025-01-20"),
    ],
)
def test_the_times_that_dates_stand_for_are_shown(tmp_path, formula, read):
    (found,) = told(tmp_path, formula)
    assert f"which is read as {read}" in found.message


@pytest.mark.parametrize(
    "formula",
    [
        "at(water, {})",
        "max(water, 2000, {})",
        "mean(water, {}, {})",
        "growth(water, 2000, {})",
        "trend(water, 2000, {})",
    ],
)
@pytest.mark.parametrize("date", ["2000-02", "2019-12-31", "2020", "2020-06", "2020-07", "2020-07-01", "2021"])
def test_a_formula_is_reported_exactly_where_it_has_no_value_in_any_run(lake_runs, formula, date):
    case, runs = lake_runs
    checked = check_formula(parse_formula(Text(formula.format(date, date) + " > 0")), declared_model(case))
    defined = robustness(checked, run_signals(case, runs)).defined.any()
    assert bool([*outside_run([checked], case.model.time)]) is not defined


@pytest.fixture(scope="module")
def lake_runs(tmp_path_factory):
    case = read_case(new_case(tmp_path_factory.mktemp("case") / "lake"))
    return case, simulate(case, draw(case, 2), None, ["water"])

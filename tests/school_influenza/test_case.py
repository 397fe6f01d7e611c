"""A second case, quite unlike the first: days for years, boys for fighters, and an unchanged engine."""

import re
from pathlib import Path

import numpy as np
import pytest

from wherenow.case.case_types import Case
from wherenow.case.checking.check import check_case
from wherenow.case.reader import read_case
from wherenow.claims.checking.checked_claims import check_claims, needed_outputs
from wherenow.claims.judge import judge
from wherenow.ensemble.draws import draw
from wherenow.ensemble.simulate import simulate

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "cases" / "school-influenza"
CORE = ("language", "model", "engine", "case", "ensemble", "inference", "claims", "explain", "outlook", "report")


@pytest.fixture(scope="module")
def case() -> Case:
    return read_case(FOLDER)


@pytest.fixture(scope="module")
def runs(case):
    return simulate(case, draw(case, 512))


def test_it_checks_without_error_or_warning(case):
    assert check_case(FOLDER) == ()
    assert check_claims(case) == ()


def test_nobody_is_lost_and_nobody_is_made_but_by_arrival(case, runs):
    states = ("susceptible", "infectious", "in_bed", "convalescent", "recovered")
    total = sum(runs[name] for name in states)
    first = total[0]
    brought = total[-1] - first
    assert np.all(brought > 0)
    assert np.all(brought <= 1.001)  # one boy at most, by parts of him where a chain begins late
    np.testing.assert_allclose(total[runs.times >= 1.5], np.broadcast_to(total[-1], total[runs.times >= 1.5].shape))


def test_no_state_is_ever_negative(runs):
    for name in ("susceptible", "infectious", "in_bed", "convalescent", "recovered"):
        assert runs[name].min() > -1e-9, name


def test_an_outbreak_grows_only_while_one_case_makes_more_than_one(runs):
    growing = np.diff(runs["infectious"], axis=0) > 1e-9
    after_arrival = runs.times[:-1] >= 1.5
    over_one = np.maximum(runs["reproduction"][:-1], runs["reproduction"][1:]) > 1
    assert np.all(over_one[after_arrival] | ~growing[after_arrival])


def test_without_the_boy_nobody_is_ill(case):
    without = simulate(case, draw(case, 64), "nobody-brings-it", ["taken_ill"])
    assert np.all(without["taken_ill"] == 0)


def test_an_outbreak_ends_when_the_susceptible_are_not_replaced(case):
    draws = draw(case, 256)
    findings = judge(case, simulate(case, draws, None, needed_outputs(case)))
    found = {finding.id: finding for finding in findings}
    assert found["brought-in"].against.share.share == 1.0
    assert all(found[name].data.word == "holds" for name in ("all-at-once", "over-in-a-fortnight", "two-thirds"))


def test_the_core_knows_nothing_of_any_case():
    known = ("builtin.py",)  # which cases are shipped
    for room in CORE:
        for path in (ROOT / "src" / "wherenow" / room).rglob("*"):
            if path.suffix in (".py", ".html", ".css", ".js") and path.name not in known:
                code = re.sub(r"^ *>>> .*$", "", path.read_text("utf-8"), flags=re.M)  # examples may open a case
                assert not re.search(r"iraq|baghdad|influenza|ebola|liberia", code, re.I), path


def test_the_tutorial_shows_what_is_in_the_case():
    text = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
    shown = re.findall(r"```yaml\n# (\S+)\n(.*?)```", text, re.S)
    assert len(shown) > 6
    for file, piece in shown:
        assert piece in (FOLDER / file).read_text("utf-8"), piece

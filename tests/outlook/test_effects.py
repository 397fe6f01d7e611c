"""An outlook assembled from stored parts equals one computed from scratch, whatever was edited."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wherenow import parts
from wherenow.case.reader import read_case
from wherenow.ensemble import together
from wherenow.outlook.case_outlook import forecast

pytestmark = pytest.mark.cached

CASE = Path(__file__).parents[2] / "cases" / "school-influenza"
EDITS = (
    ("claims.yaml", "says: One boy brought it", "says: It was one boy who brought it"),
    ("claims.yaml", 'at(taken_ill@against, 20) < 1"', 'at(taken_ill@against, 20) < 2"'),
    ("claims.yaml", "{ susceptible: hold(0) }", "{ susceptible: hold(5) }"),
    ("claims.yaml", "at(reproduction, 60) < 1\n", "at(reproduction, 60) < 0.9\n"),
    ("claims.yaml", "max(confined, 7, 14) > 250", "max(confined, 7, 14) > 400"),
    ("scenarios.yaml", "title: The virus comes back", "title: It is back"),
    ("scenarios.yaml", 'from(45, 1, 46)" }\nnew-term', 'from(44, 1, 46)" }\nnew-term'),
    ("events.yaml", "add: 1", "add: 2"),
    ("data/school.csv", "confined,8,6,", "confined,8,7,"),
    ("observations.yaml", "normal(10)", "normal(12)"),
    ("model/school.yaml", "share_susceptible * boys", "0.99 * share_susceptible * boys"),
    ("display.yaml", "in_bed: Boys in bed", "in_bed: In bed"),
    ("levers.yaml", "range: [0, 20]", "range: [0, 30]"),
    ("case.yaml", "cutoff: 20", "cutoff: 21"),
    ("case.yaml", "show: [in_bed, reproduction]", "show: [in_bed]"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("edited") / CASE.name
    shutil.copytree(CASE, place)
    return place


def answer(folder):
    """Return the outlook as JSON types, without times of the clock."""
    return without_seconds(forecast(read_case(folder), 16).to_dict())


def without_seconds(value):
    if isinstance(value, dict):
        return {key: without_seconds(one) for key, one in value.items() if key != "seconds"}
    return [without_seconds(one) for one in value] if isinstance(value, list) else repr(value)


@given(edits=st.lists(st.sampled_from(EDITS), min_size=1, max_size=2, unique=True))
@settings(max_examples=25)
def test_after_any_edit_the_stored_parts_give_the_answer_of_an_empty_cache(folder, edits):
    """The parts that earlier examples stored are still there."""
    for name, old, new in edits:
        content = (CASE / name).read_text("utf-8")
        assert old in content
        (folder / name).write_text(content.replace(old, new, 1), "utf-8")
    try:
        put_together = answer(folder)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(parts, "stored", lambda name: None)
            assert put_together == answer(folder)
    finally:
        for name, _, _ in edits:
            shutil.copy(CASE / name, folder / name)


def test_an_edited_claim_runs_no_scenario_again(folder, monkeypatch):
    ran = []
    answer(folder)
    simulate = together.simulate_together
    monkeypatch.setattr(
        "wherenow.outlook.case_outlook.simulate_together",
        lambda *given, **asked: (ran.append(name) or (name, runs) for name, runs in simulate(*given, **asked)),
    )
    name, old, new = EDITS[0]
    (folder / name).write_text((CASE / name).read_text("utf-8").replace(old, new, 1), "utf-8")
    answer(folder)
    shutil.copy(CASE / name, folder / name)
    assert ran == [together.AS_IT_IS]

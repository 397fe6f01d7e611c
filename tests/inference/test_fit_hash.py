"""A stored fit is used until something that it reads changes; edits of claims do not affect it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from wherenow.case.reader import read_case
from wherenow.case.variants import with_variant
from wherenow.foresight.ingredients.blind import blinded
from wherenow.foresight.trials.store import stored_trial
from wherenow.inference.as_of import known_at
from wherenow.inference.fitted import fitted_elsewhere
from wherenow.inference.posterior import posterior_of, unused_posterior

CASE = Path(__file__).parents[2] / "cases" / "ebola-2014"


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(CASE, tmp_path / CASE.name)


def fits(case):
    """Return whether the posteriors and the backtest beside a case are those of its present state."""
    found = {posterior_of(case) is not None, stored_trial(case) is not None, not fitted_elsewhere(case)}
    found |= {posterior_of(with_variant(case, name), name) is not None for name in case.variants}
    assert len(found) == 1, "some are used and others are not"
    return found.pop()


@pytest.mark.parametrize(
    "file", ["claims.yaml", "forecasts.yaml", "levers.yaml", "scenarios.yaml", "loops.yaml", "sentences.csv"]
)
def test_an_edit_of_what_no_fit_reads_keeps_the_fit(folder, file):
    (folder / file).write_text((folder / file).read_text("utf-8") + "\n", "utf-8")
    edited = read_case(folder)
    assert edited.hash != read_case(CASE).hash
    assert fits(edited)
    assert unused_posterior(edited) == ""


@pytest.mark.parametrize("file", ["case.yaml", "events.yaml", "observations.yaml", "model", "data"])
def test_any_other_edit_discards_the_fit(folder, file):
    place = folder / file
    path = min(place.iterdir()) if place.is_dir() else place
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    assert not fits(read_case(folder))


def test_a_case_that_is_changed_after_reading_has_no_fit():
    case = read_case(CASE)
    assert fits(case)
    for changed in (known_at(case, case.model.time.start + 0.5), blinded(case), replace(case, hash="another")):
        assert changed.fit_hash == ""
        assert posterior_of(changed) is None
        for name in case.variants:
            assert posterior_of(with_variant(changed, name), name) is None

"""Forecasts from earlier origins read nothing later, are stored beside the case, and can use blinder priors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.foresight.worlds import HORIZONS, world

from wherenow.case.reader import read_case
from wherenow.distributions.prior import Prior, parse_prior
from wherenow.errors import InputError, Text
from wherenow.execution import Execution
from wherenow.foresight.ingredients.blind import blinded
from wherenow.foresight.ingredients.model_forecasts import CORRECTED, FITTED
from wherenow.foresight.pooling.pool import POOL
from wherenow.foresight.pooling.weights import MODELS
from wherenow.foresight.trials.scorecard import scorecard
from wherenow.foresight.trials.store import FILE, save, stored_trial
from wherenow.foresight.trials.trial import judge, learned_from, trial
from wherenow.inference.calibrate import Effort

QUICK = Effort(runs=2, particles=64, moves=5, rounds=1)


@pytest.fixture(scope="module")
def line():
    return read_case(Path(__file__).parents[1] / "cases" / "line")


@pytest.fixture(scope="module")
def tried(line):
    return trial(line, [5.0, 7.0], (1.0, 2.0), effort=QUICK, draws=100, execution=Execution(threads=1))


def given(found, origin: float) -> list:
    """All that was said from one origin: the probabilities of questions."""
    return [a.p for a in found.asked if a.question.origin == origin]


def test_data_after_an_origin_change_no_forecast_from_it(line, tried):
    readings = line.data["readings"]
    later = replace(readings, values=np.where(readings.times > 5.0, readings.values + 3.0, readings.values))
    other = trial(
        replace(line, data={**line.data, "readings": later}),
        [5.0, 7.0],
        (1.0, 2.0),
        effort=QUICK,
        draws=100,
        execution=Execution(threads=1),
    )
    assert given(other, 5.0) == given(tried, 5.0)
    assert given(other, 7.0) != given(tried, 7.0)


def test_the_posterior_of_the_whole_case_is_used_at_no_origin(line, tried, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "wherenow.foresight.ingredients.structures.posterior_of", lambda case, *_: asked.append(case.hash)
    )
    trial(line, [5.0], (1.0,), effort=QUICK, draws=100, execution=Execution(threads=1))
    assert asked
    assert line.hash not in asked


def test_weights_at_an_origin_are_learned_from_data_known_by_then():
    origins = world("true", 0, number=2, draws=100)[:8]
    last = origins[-1]
    worse = replace(origins[-2], came={s: v + 50.0 for s, v in origins[-2].came.items()})
    # of the origin a year before, only the first of three data is known at the last origin
    worse = replace(worse, came={s: np.append(origins[-2].came[s][:1], v[1:]) for s, v in worse.came.items()})
    whole, changed = (judge("x", [*origins[:-2], o, last], HORIZONS) for o in (origins[-2], worse))
    assert given(whole, last.origin) == given(changed, last.origin)


def test_where_there_are_blind_forecasts_they_earn_the_weights():
    origins = world("true", 0, number=2, draws=100)[:8]
    wrong = [
        replace(o, draws={s: {n: v + 50.0 * (n in MODELS) for n, v in d.items()} for s, d in o.draws.items()})
        for o in origins
    ]
    blind = judge("x", wrong, HORIZONS)
    stated, by_blind = (judge("x", origins, HORIZONS, blind=b) for b in (None, blind))
    weights = [learned_from(t.data).weights.of("s0", 0, (*MODELS, "random walk")) for t in (stated, by_blind)]
    assert weights[1][FITTED] + weights[1][CORRECTED] < 0.1 < 0.5 < weights[0][FITTED] + weights[0][CORRECTED]
    assert by_blind.data[0].scores["random walk"] == stated.data[0].scores["random walk"]


def test_stored_answers_are_read_unchanged(line, tried, tmp_path):
    here = replace(line, folder=tmp_path)
    card = scorecard(tried, str)
    save(here, tried, card, None, tmp_path / FILE)
    found = stored_trial(here)
    assert (found.card.questions, found.card.tracks, found.blind) == (card.questions, card.tracks, None)
    assert [d.evidence.series for d in found.data] == [d.evidence.series for d in tried.data]
    pits = [d.scores[POOL].pit for d in found.data]
    assert pits == pytest.approx([d.scores[POOL].pit for d in tried.data], abs=1e-4)


def test_what_was_stored_for_another_state_of_the_case_is_not_used(line, tried, tmp_path):
    here = replace(line, folder=tmp_path)
    save(here, tried, scorecard(tried, str), None, tmp_path / FILE)
    assert stored_trial(replace(here, hash="another")) is None


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"case_hash": "HASH", "format": 3}'])
def test_a_damaged_file_is_reported(line, tmp_path, content):
    (tmp_path / FILE).write_text(content.replace("HASH", line.hash))
    with pytest.raises(InputError, match="not a stored backtest"):
        stored_trial(replace(line, folder=tmp_path))


@pytest.mark.parametrize(
    "written",
    [
        "normal(1.0, 0.5)",
        "lognormal(1.0, 0.5)",
        "halfnormal(0.5)",
        "exponential(0.5)",
        "gamma(9.0, 0.5)",
        "beta(20.0, 30.0)",
    ],
)
def test_blinder_priors_are_twice_as_wide(line, written):
    prior = parse_prior(Text(written))
    case = replace(line, priors={"slope": prior})
    u = (np.arange(4000) + 0.5) / 4000

    def spread(p: Prior) -> float:
        values = p.quantile(u)
        return float(np.log(values).std() if p.name == "lognormal" else values.std())

    assert spread(blinded(case).priors["slope"]) == pytest.approx(2 * spread(prior), rel=0.03)


@pytest.mark.parametrize("written", ["normal(1.0, 0.5)", "triangular(0.0, 1.0, 2.0)"])
def test_blinder_priors_keep_their_range(line, written):
    prior = parse_prior(Text(written), 0.0, 2.0)
    found = blinded(replace(line, priors={"slope": prior})).priors["slope"]
    values = found.quantile(np.linspace(0.0005, 0.9995, 999))
    assert values.min() >= 0
    assert values.max() <= 2


def test_a_blinded_case_has_a_hash_of_its_own(line):
    assert blinded(line).hash != line.hash


def test_an_origin_learns_from_an_earlier_trial_as_from_earlier_origins_of_its_own():
    origins = world("true", 0, number=2, draws=100)[:9]
    whole = judge("true", origins, HORIZONS)
    last = judge("true", origins[-1:], HORIZONS, before=whole.data)
    assert [a.p for a in last.asked] == [a.p for a in whole.asked if a.question.origin == origins[-1].origin]
    assert [a.p for a in last.asked] != [a.p for a in judge("true", origins[-1:], HORIZONS).asked]
    assert len(last.data) < len(whole.data)

from dataclasses import replace

import numpy as np
import pytest

from wherenow.errors import UsageError
from wherenow.inference.backtest import MODEL, backtest, default_origins
from wherenow.inference.known import known_at


@pytest.fixture(scope="module")
def found(line, quick):
    return backtest(line, (5.0, 7.0), horizon=2.0, seed=1, effort=quick, threads=1, draws=400)


def test_every_datum_after_an_origin_is_forecast(found):
    ours = {(s.origin, s.time) for s in found.scored if s.method == MODEL}
    assert ours == {(5.0, 5.0), (5.0, 6.0), (5.0, 7.0), (7.0, 7.0), (7.0, 8.0), (7.0, 9.0)}


def test_nothing_later_than_the_origin_is_in_the_case_handed_to_a_fit(line):
    known = known_at(line, 5.0)
    assert known.data["readings"].times.max() <= 5.0


def test_later_data_change_nothing_that_was_forecast_before_them(line, quick, found):
    data = line.data["readings"]
    changed = replace(data, values=np.where(data.times > 7, 99.0, data.values))
    again = backtest(
        replace(line, data={"readings": changed}), (5.0,), horizon=2.0, seed=1, effort=quick, threads=1, draws=400
    )
    before = {s.time: s.score for s in found.scored if s.method == MODEL and s.origin == 5.0}
    assert {s.time: s.score for s in again.scored if s.method == MODEL} == before


def test_coverage_is_a_share(found):
    assert 0 <= found.coverage() <= 1


def test_json_has_every_score(found):
    assert len(found.to_dict()["scores"]) == len(found.scored)


def test_no_origin_with_data_on_both_sides_is_told(line, quick):
    with pytest.raises(UsageError, match="no origin has data"):
        backtest(line, (0.5,), effort=quick, threads=1)


def test_default_origins_lie_within_the_data(line):
    origins = default_origins(line)
    assert min(origins) > 1
    assert max(origins) < 9

from dataclasses import replace

import numpy as np
import pytest

from wherenow.errors import Text
from wherenow.execution import Execution
from wherenow.inference.calibrate import tempered_posterior
from wherenow.inference.checking.fit import binomial_range, fit, tally
from wherenow.inference.likelihood.observation_model import Observer


@pytest.fixture(scope="module")
def seen(line, quick):
    return fit(line, tempered_posterior(line, 1, quick, execution=Execution(threads=1)), threads=1)[0]


def test_the_true_model_holds_most_data_in_its_nine_tenths(seen):
    assert seen.data == 9
    assert seen.in_ninety >= 7 / 9


def test_the_true_model_is_not_biased(seen):
    assert abs(seen.bias) < 0.25


def test_the_median_discrepancy_is_reported(seen):
    assert seen.discrepancy == pytest.approx(0, abs=1e-5)


def test_the_true_models_data_lie_as_far_off_as_its_replicates(seen):
    assert 0.02 < seen.p < 0.98


def test_data_far_off_have_a_small_p(line, quick):
    data = line.data["readings"]
    wild = replace(line, data={"readings": replace(data, values=data.values + 3 * (-1.0) ** np.arange(len(data)))})
    assert fit(wild, tempered_posterior(wild, 1, quick, execution=Execution(threads=1)), threads=1)[0].p < 0.01


def test_a_count_is_shown_beside_its_range_in_replicates(seen):
    low, high = seen.likely
    assert 5 <= low <= 8
    assert high == 9
    assert 0.2 < seen.all_inside < 0.7  # 0.9^9 is 0.39


def test_each_datum_is_predicted_from_the_others(seen):
    found = tally([seen])
    assert found.data == len(seen.leave_one_out.pits) == 9
    assert sum(found.bins) == 9
    assert found.ninety == seen.leave_one_out.inside()
    assert f"{found.ninety} of 9 data" in found.sentence


def test_a_series_that_no_unknown_moves_checks_nothing(line, quick):
    fixed = replace(line, observations={"readings": replace(line.observations["readings"], of=Text("1.5"))})
    posterior = tempered_posterior(fixed, 1, quick, execution=Execution(threads=1))
    (row,) = fit(fixed, posterior, threads=1)
    assert row.leave_one_out is None
    assert tally([row]).data == 0


def test_both_checks_are_of_one_run_of_the_model(line, quick, monkeypatch):
    posterior, runs, predict = tempered_posterior(line, 1, quick, execution=Execution(threads=1)), [], Observer.predict
    monkeypatch.setattr(Observer, "predict", lambda *given: runs.append(given) or predict(*given))
    fit(line, posterior, threads=1)
    assert len(runs) == 1


@pytest.mark.parametrize("n", [1, 8, 18, 363])
def test_a_binomial_range_leaves_out_at_most_a_twentieth_at_either_end(n):
    from scipy.stats import binom

    low, high = binomial_range(n, 0.9)
    assert binom.cdf(low - 1, n, 0.9) < 0.05 <= binom.cdf(low, n, 0.9)
    assert binom.sf(high, n, 0.9) <= 0.05 < binom.sf(high - 1, n, 0.9)

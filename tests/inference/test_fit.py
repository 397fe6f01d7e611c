from dataclasses import replace

import numpy as np
import pytest

from wherenow.inference.calibrate import tempered_posterior
from wherenow.inference.fit import fit


@pytest.fixture(scope="module")
def seen(line, quick):
    return fit(line, tempered_posterior(line, 1, quick, threads=1), threads=1)[0]


def test_the_true_model_holds_most_data_in_its_nine_tenths(seen):
    assert seen.data == 9
    assert seen.in_ninety >= 7 / 9


def test_the_true_model_is_not_biased(seen):
    assert abs(seen.bias) < 0.25


def test_the_median_discrepancy_is_told(seen):
    assert seen.discrepancy == pytest.approx(0, abs=1e-5)


def test_the_true_models_data_lie_as_far_off_as_its_replicates(seen):
    assert 0.02 < seen.p < 0.98


def test_data_far_off_have_a_small_p(line, quick):
    data = line.data["readings"]
    wild = replace(line, data={"readings": replace(data, values=data.values + 3 * (-1.0) ** np.arange(len(data)))})
    assert fit(wild, tempered_posterior(wild, 1, quick, threads=1), threads=1)[0].p < 0.01

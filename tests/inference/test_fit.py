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

"""The scales of errors, and how near the treatment of counts comes to Poisson counts around a lognormal rate."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from wherenow.case.observation import ErrorModel
from wherenow.distributions.prior import prior
from wherenow.errors import Text
from wherenow.inference.likelihood.density import likelihood
from wherenow.inference.likelihood.measurement_error import ErrorScale
from wherenow.inference.predict import replicated

SPAN = 1 / 6
SCALES = {
    "logarithm": ErrorScale(low=0.0, least=0.0),
    "with an offset": ErrorScale(low=-20.0, least=0.0, floor=0.02),
    "logit": ErrorScale(low=0.0, high=1.0, floor=1e-6),
    "counts": ErrorScale(low=-0.5 / SPAN, least=0.0, floor=1e-3, span=SPAN),
}


@pytest.mark.parametrize("scale", SCALES.values(), ids=SCALES)
@given(scaled=st.floats(-30, 30), seed=st.integers(0, 9))
def test_no_draw_lies_outside_the_range_of_its_series(scale, scaled, seed):
    drawn = scale.drawn(np.full(5, scaled), np.random.default_rng(seed))
    assert (drawn >= 0).all()
    assert (drawn <= scale.high).all()


@pytest.mark.parametrize("scale", SCALES.values(), ids=SCALES)
@given(value=st.floats(0.01, 0.99))
def test_a_scale_leads_there_and_back(scale, value):
    assert scale.back(scale.path(np.array([value]))) == pytest.approx([value], abs=1e-9)


def test_drawn_counts_are_whole_numbers_in_their_span():
    counts = SCALES["counts"].drawn(np.random.default_rng(0).normal(3, 1, 500), np.random.default_rng(1)) * SPAN
    assert counts == pytest.approx(np.round(counts))
    assert len(set(np.round(counts))) > 20


def test_a_path_that_is_not_finite_gives_no_count():
    assert np.isnan(SCALES["counts"].drawn(np.array([np.nan]), np.random.default_rng(0))).all()


def counted(line, counts, log_sd):
    """The line with a flat path at ``height_at_start`` seen in these counts over SPAN, as rates."""
    data = line.data["readings"]
    n = len(counts)
    series = replace(
        data, dates=data.dates[:1] * n, times=np.linspace(1, 9, n), values=np.asarray(counts) / SPAN,
        source=data.source[:1] * n, licence=data.licence[:1] * n, note=data.note[:1] * n, quality=("read",) * n,
    )  # fmt: skip
    seen = replace(
        line.observations["readings"], of=Text("exp(height_at_start)"), error=ErrorModel("counts", (log_sd, SPAN)),
        discrepancy=prior("uniform", 0.0, 1e-6),
    )  # fmt: skip
    return replace(line, data={"readings": series}, observations={"readings": seen})


def moments(log_density, log_rates):
    weights = np.exp(log_density - log_density.max())
    weights /= weights.sum()
    mean = weights @ log_rates
    return mean, np.sqrt(weights @ (log_rates - mean) ** 2)


def exact(counts, log_rates, log_sd):
    """The log density of Poisson counts around a rate with lognormal errors, by the trapezoid rule."""
    nodes = np.linspace(-7, 7, 1401)
    weights = np.exp(-0.5 * nodes**2)
    means = SPAN * np.exp(log_rates[:, None] + log_sd * nodes)
    return sum(np.log(poisson.pmf(k, means) @ (weights / weights.sum())) for k in counts)


@pytest.mark.parametrize("log_sd", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("mean", [0.5, 2, 5, 20, 200])
def test_counts_are_as_likely_as_poisson_counts_around_a_lognormal_rate(line, mean, log_sd):
    """What eight counts say of their log rate: its mean to 5% of its standard deviation, that to 2%."""
    rng = np.random.default_rng(7)
    log_rates = np.log(mean / SPAN) + np.linspace(-3, 3, 201)
    for _ in range(3):
        counts = rng.poisson(mean * np.exp(log_sd * rng.standard_normal(8)))
        target = likelihood(counted(line, counts, log_sd))
        values = np.repeat(target.space.values(np.zeros((len(target.space), 1))), len(log_rates), axis=1)
        values[target.space.names.index("height_at_start")] = log_rates
        ours = target.filtered(values, target.observer.predict(target.space.names, values))[0][0]
        theirs = exact(counts, log_rates, log_sd)
        middle, width = moments(ours, log_rates)
        true_middle, true_width = moments(theirs, log_rates)
        assert abs(middle - true_middle) < 0.05 * true_width
        assert width == pytest.approx(true_width, rel=0.02)
        assert ours.max() == pytest.approx(theirs.max(), abs=0.1)


@pytest.mark.parametrize("error", [ErrorModel("normal", (5.0,)), ErrorModel("student", (3.0, 5.0))])
def test_predictions_beyond_a_stated_range_are_limited_to_its_ends(line, error):
    seen = replace(line.observations["readings"], error=error, range=(0.0, 4.0))
    case = replace(line, observations={"readings": seen})
    known = likelihood(case)
    values = known.space.values(np.random.default_rng(0).standard_normal((len(known.space), 200)))
    drawn = replicated(case, known, values, known.observer.predict(known.space.names, values))["readings"].values
    assert drawn.min() == 0.0
    assert drawn.max() == 4.0
    assert 0 < (drawn == 0.0).mean() < 0.6

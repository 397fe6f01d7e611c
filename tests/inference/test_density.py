from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logit
from scipy.stats import multivariate_normal, nbinom, t

from wherenow.case.observation import ErrorModel
from wherenow.distributions.prior import prior
from wherenow.errors import InputError, Text
from wherenow.inference.likelihood.density import independent, likelihood
from wherenow.inference.likelihood.discrepancy import SIZE, TIME


def observed(case, **changes):
    """The case with another observation of its readings."""
    return replace(case, observations={"readings": replace(case.observations["readings"], **changes)})


def at(target, **values):
    """One draw in the target's space with some parameters at given values, the others at their medians."""
    z = np.zeros((len(target.space), 1))
    given = target.space.values(z)
    for name, value in values.items():
        given[target.space.names.index(name)] = value
    return target.space.z(given)


def dense(case, height, slope, size, span):
    data = case.data["readings"]
    gap = np.abs(data.times[:, None] - data.times)
    covariance = size**2 * np.exp(-gap / span) + 0.25 * np.eye(len(data.times))
    return multivariate_normal.logpdf(data.values, height + slope * data.times, covariance)


def test_the_filter_gives_the_density_of_the_whole_series(line):
    case = observed(line, discrepancy=prior("lognormal", 1.0, 0.5))
    target = likelihood(case)
    z = at(target, height_at_start=1.0, slope=0.3, **{SIZE + "readings": 0.8, TIME + "readings": 2.0})
    assert target(z)[0] == pytest.approx(dense(case, 1.0, 0.3, 0.8, 2.0), rel=1e-5)


def test_all_draws_are_evaluated_at_once(line):
    target = likelihood(line)
    z = np.random.default_rng(0).standard_normal((len(target.space), 7))
    each = [target(z[:, k : k + 1])[0] for k in range(7)]
    assert target(z) == pytest.approx(each, rel=1e-12)


def test_after_a_break_what_was_missed_before_says_nothing(line):
    case = observed(line, discrepancy=prior("lognormal", 1.0, 0.5), breaks=(4.5,))
    target = likelihood(case)
    z = at(target, height_at_start=1.0, slope=0.3, **{SIZE + "readings": 0.8, TIME + "readings": 2.0})
    data = case.data["readings"]
    parts = [replace(data, times=data.times[s], values=data.values[s]) for s in (slice(0, 4), slice(4, None))]
    expected = sum(dense(replace(case, data={"readings": part}), 1.0, 0.3, 0.8, 2.0) for part in parts)
    assert target(z)[0] == pytest.approx(expected, rel=1e-5)


def test_recalled_figures_have_wider_errors(line):
    data = line.data["readings"]
    recalled = replace(line, data={"readings": replace(data, quality=("recalled",) * len(data))})
    z = at(likelihood(line), height_at_start=1.5, slope=0.4)
    missed = data.values - 1.5 - 0.4 * data.times
    expected = -0.5 * (missed**2).sum() - len(data) * 0.5 * np.log(2 * np.pi)
    assert likelihood(recalled)(z)[0] == pytest.approx(expected, rel=1e-4)


def test_lognormal_errors_are_of_logarithms(line):
    data = line.data["readings"]
    case = observed(line, error=ErrorModel("lognormal", (0.2, 3.0)))
    z = at(likelihood(case), height_at_start=1.5, slope=0.4)
    missed = np.log(data.values + 3) - np.log(4.5 + 0.4 * data.times)
    expected = -0.5 * (missed**2).sum() / 0.04 - len(data) * np.log(0.2 * np.sqrt(2 * np.pi))
    assert likelihood(case)(z)[0] == pytest.approx(expected, rel=1e-4)


def test_student_errors_stand_by_themselves(line):
    data = line.data["readings"]
    case = observed(line, error=ErrorModel("student", (4.0, 0.5)))
    target = likelihood(case)
    assert not any(name.startswith((SIZE, TIME)) for name in target.space.names)
    z = at(target, height_at_start=1.5, slope=0.4)
    expected = t.logpdf((data.values - 1.5 - 0.4 * data.times) / 0.5, 4).sum() - len(data) * np.log(0.5)
    assert target(z)[0] == pytest.approx(expected, rel=1e-6)


def test_counts_may_be_negative_binomial(line):
    data = line.data["readings"]
    counts = replace(line, data={"readings": replace(data, values=np.round(data.values))})
    case = observed(counts, error=ErrorModel("negbinomial", (3.0,)))
    target = likelihood(case)
    z = at(target, height_at_start=1.5, slope=0.4)
    mean = 1.5 + 0.4 * data.times
    expected = nbinom.logpmf(np.round(data.values), 3, 3 / (3 + mean)).sum()
    assert target(z)[0] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    "changes",
    [
        {"over": 2.0},
        {"over": 0.0, "breaks": (4.5,), "recalled": 2.0},
        {"error": ErrorModel("lognormal", (0.2, 3.0)), "over": 1.3},
        {"error": ErrorModel("student", (4.0, 0.5)), "over": 2.0, "recalled": 3.0},
        {"error": ErrorModel("negbinomial", (3.0,)), "over": 1.0, "recalled": 2.0},
        {"error": ErrorModel("logitnormal", (0.2, -1.0, 9.0)), "over": 1.3, "recalled": 2.0},
        {"error": ErrorModel("counts", (0.3, 0.5)), "over": 1.3, "recalled": 2.0},
    ],
    ids=["means that overlap", "breaks, recalled", "logarithms", "student", "negative binomial", "logits", "counts"],
)
def test_the_streamed_likelihood_equals_that_of_the_stored_run(line, changes):
    data = line.data["readings"]
    quality = tuple("recalled" if k % 3 else "exact" for k in range(len(data)))
    readings = replace(data, values=np.round(np.abs(data.values) + 1), quality=quality)
    target = likelihood(observed(replace(line, data={"readings": readings}), **changes))
    z = np.random.default_rng(1).standard_normal((len(target.space), 300))
    values = target.space.values(z)
    predicted = target.observer.predict(target.space.names, values)
    with np.errstate(invalid="ignore"):
        kept = [target.filtered(values, predicted)[0]]
        kept += [independent(o, d, predicted[d.name])[None] for o, d in target.others]
    assert target.by_series(z) == pytest.approx(np.concatenate(kept), rel=1e-11, abs=1e-11)


def test_data_that_no_unknown_moves_add_the_same_to_every_draw(line):
    still = replace(
        line.observations["readings"], series="still", of=Text("1.5"), error=ErrorModel("student", (4.0, 2.0))
    )
    moved = replace(line.observations["readings"], error=ErrorModel("student", (4.0, 0.5)))
    data = {**line.data, "still": replace(line.data["readings"], name="still")}
    target = likelihood(replace(line, observations={"still": still, "readings": moved}, data=data))
    assert [data.name for _, data in target.others] == ["readings", "still"]
    z = np.random.default_rng(1).standard_normal((len(target.space), 5))
    expected = t.logpdf((line.data["readings"].values - 1.5) / 2, 4).sum() - len(line.data["readings"]) * np.log(2)
    assert target.by_series(z)[1] == pytest.approx(np.full(5, expected))
    assert np.ptp(target.by_series(z)[0]) > 0


def test_likelihoods_have_the_same_bits_for_any_number_of_threads(line):
    one, two = (likelihood(observed(line, over=1.3), threads=n) for n in (1, 2))
    z = np.random.default_rng(1).standard_normal((len(one.space), 2500))
    assert np.array_equal(one.by_series(z), two.by_series(z))


def test_a_mean_over_a_span_is_the_mean_of_the_path(line):
    """Of a straight line it is the value in the middle."""
    z = at(likelihood(line), height_at_start=1.5, slope=0.4)
    assert likelihood(observed(line, over=1.7))(z) == pytest.approx(likelihood(line)(z), rel=1e-9)


def test_a_datum_without_logarithm_is_reported_with_its_date(line):
    data = line.data["readings"]
    values = data.values.copy()
    values[2] = 0.0
    case = observed(
        replace(line, data={"readings": replace(data, values=values)}), error=ErrorModel("lognormal", (0.2,))
    )
    with pytest.raises(InputError, match="'readings' is not positive at 3") as told:
        likelihood(case)
    assert told.value.diagnostics[0].location.file.endswith("observations.yaml")


def test_a_model_that_turns_non_finite_is_impossible(line):
    from wherenow.language.parser import parse

    text = Text("1 / (height_at_start * 0)")
    case = observed(line, of=text)
    assert parse(text)
    assert likelihood(case)(np.zeros((5, 1)))[0] == -np.inf


def test_logitnormal_errors_are_of_logits_between_their_bounds(line):
    data = line.data["readings"]
    case = observed(line, error=ErrorModel("logitnormal", (0.2, -5.0, 20.0)))
    z = at(likelihood(case), height_at_start=1.5, slope=0.4)
    missed = logit((data.values + 5) / 25) - logit((6.5 + 0.4 * data.times) / 25)
    expected = -0.5 * (missed**2).sum() / 0.04 - len(data) * np.log(0.2 * np.sqrt(2 * np.pi))
    assert likelihood(case)(z)[0] == pytest.approx(expected, rel=1e-4)


def test_a_share_outside_its_bounds_is_reported_with_its_date(line):
    case = observed(line, error=ErrorModel("logitnormal", (0.2, 0.0, 2.0)))
    with pytest.raises(InputError, match="'readings' is not between 0 and 2 at"):
        likelihood(case)


def test_negative_counts_are_reported_with_their_date(line):
    data = line.data["readings"]
    below = replace(line, data={"readings": replace(data, values=data.values - 5)})
    with pytest.raises(InputError, match="'readings' is negative at"):
        likelihood(observed(below, error=ErrorModel("counts", (0.2, 0.5))))

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import nbinom, norm, t

from wherenow.case.observation import ErrorModel
from wherenow.execution import Execution
from wherenow.inference.calibrate import tempered_posterior
from wherenow.inference.checking.leave_one_out import LeaveOneOut, leave_one_out, predictive_densities
from wherenow.inference.likelihood.density import likelihood


def test_a_datum_is_predicted_as_by_the_posterior_of_all_others(line, quick):
    """The line's posterior without a datum has a closed form."""
    known = likelihood(line, threads=1)
    posterior = tempered_posterior(line, 1, replace(quick, particles=2048), execution=Execution(threads=1))
    found = leave_one_out(known, posterior.flat)["readings"]
    data = line.data["readings"]
    for i, pit in enumerate(found.pits):
        rest = np.arange(len(data)) != i
        design = np.stack([np.ones(rest.sum()), data.times[rest]], axis=1)
        covariance = np.linalg.inv(design.T @ design / 0.25 + np.diag([1 / 4, 1]))
        mean = covariance @ (design.T @ data.values[rest] / 0.25)
        at = np.array([1.0, data.times[i]])
        expected = norm.cdf(data.values[i], at @ mean, np.sqrt(at @ covariance @ at + 0.25))
        assert pit == pytest.approx(expected, abs=0.03)
    assert found.doubtful == 0


@pytest.mark.parametrize(
    ("error", "below"),
    [
        (ErrorModel("student", (4.0, 0.5)), lambda y, mean: t.cdf((y - mean) / 0.5, 4)),
        (ErrorModel("negbinomial", (3.0,)), lambda y, mean: (
            nbinom.cdf(y, 3, 3 / (3 + mean)) + nbinom.cdf(y - 1, 3, 3 / (3 + mean))) / 2),
    ],
    ids=["student", "count"],
)  # fmt: skip
def test_errors_that_stand_by_themselves_have_their_share_below(line, error, below):
    data = line.data["readings"]
    data = replace(data, values=np.round(np.abs(data.values)) * (np.arange(len(data)) > 1))
    case = replace(line, data={"readings": data})
    case = replace(case, observations={"readings": replace(line.observations["readings"], error=error)})
    known = likelihood(case)
    values = known.space.values(np.full((len(known.space), 1), 0.5))
    mean = known.observer.predict(known.space.names, values)["readings"][:, 0]
    assert predictive_densities(known, values).shares[:, 0] == pytest.approx(
        below(data.values, np.maximum(mean, 1e-9)), abs=1e-9
    )


def test_predictions_are_counted_by_its_middle():
    assert LeaveOneOut((0.01, 0.1, 0.5, 0.94, 0.96), 0).inside() == 3
    assert LeaveOneOut((0.01, 0.3, 0.5, 0.94, 0.96), 0).inside(0.5) == 2

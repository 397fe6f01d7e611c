import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from wherenow.case.reader import read_case
from wherenow.errors import InputError, UsageError
from wherenow.execution import Execution
from wherenow.inference.calibrate import FORGOTTEN, Effort, _work, calibrate, tempered_posterior
from wherenow.inference.checking.identifiability import learned
from wherenow.inference.posterior import posterior_of, read_posterior, save_posterior
from wherenow.inference.sampling.diagnostics import ESS, RHAT


@pytest.fixture(scope="module")
def posterior(line, quick):
    return calibrate(line, seed=1, effort=quick, execution=Execution(threads=1))


def two(posterior):
    rows = [posterior.names.index(n) for n in ("height_at_start", "slope")]
    return posterior.values[rows].reshape(2, -1)


def test_a_linear_gaussian_posterior_has_the_closed_forms_mean(posterior, closed_form):
    mean, covariance = closed_form
    drawn = two(posterior)
    error = np.sqrt(np.diag(covariance) / 400)  # at least 400 effective draws
    assert np.abs(drawn.mean(axis=1) - mean) == pytest.approx([0, 0], abs=float(4 * error.max()))


def test_a_linear_gaussian_posterior_has_the_closed_forms_spread(posterior, closed_form):
    _, covariance = closed_form
    assert np.cov(two(posterior)) == pytest.approx(covariance, rel=0.15)


def test_its_evidence_is_the_closed_forms(line, posterior):
    from scipy.stats import multivariate_normal

    data = line.data["readings"]
    design = np.stack([np.ones(len(data)), data.times], axis=1)
    covariance = design @ np.diag([4.0, 1.0]) @ design.T + 0.25 * np.eye(len(data))
    expected = multivariate_normal.logpdf(data.values, np.zeros(len(data)), covariance)
    assert posterior.record["evidence"] == pytest.approx(expected, abs=0.5)


def test_a_parameter_that_no_datum_speaks_of_keeps_its_prior(line, posterior):
    unseen = {row.name: row for row in learned(line, posterior)}["unseen"]
    assert unseen.unlearned


def test_the_record_says_which_parameters_have_not_converged(posterior):
    record = posterior.record
    worst = {n: min(record["bulk"][n], record["tail"][n]) for n in posterior.names}
    assert record["failing"] == [n for n in posterior.names if record["rhat"][n] >= RHAT or worst[n] <= ESS]
    assert record["evaluations"] > 0


def test_a_calibration_that_is_too_short_names_what_has_not_converged(line, quick):
    short = calibrate(
        line, seed=1, effort=replace(quick, particles=64, moves=1, round=1, rounds=1), execution=Execution(threads=1)
    )
    assert set(short.record["failing"]) >= {"slope"}


def test_the_same_seed_gives_the_same_bits(line, posterior, quick):
    again = calibrate(line, seed=1, effort=quick, execution=Execution(threads=2))
    assert np.array_equal(again.values, posterior.values)


class StopError(Exception):
    pass


def test_a_finished_calibration_that_is_resumed_gives_its_posterior_again(line, posterior, tmp_path, quick):
    state = tmp_path / "state.npz"
    calibrate(line, seed=1, effort=quick, execution=Execution(threads=1), state_file=state)
    again = calibrate(line, seed=1, effort=quick, execution=Execution(threads=1), state_file=state, resume=True)
    assert np.array_equal(again.values, posterior.values)


@pytest.mark.parametrize("after", [1, 3, 6])
def test_a_stopped_calibration_goes_on_to_the_same_bits(line, posterior, tmp_path, after, quick):
    state, told = tmp_path / "state.npz", []

    def stop(message):
        told.append(message)
        if len(told) > after:
            raise StopError

    with pytest.raises(StopError):
        calibrate(line, seed=1, effort=quick, execution=Execution(threads=1, progress=stop), state_file=state)
    resumed = calibrate(line, seed=1, effort=quick, execution=Execution(threads=1), state_file=state, resume=True)
    assert np.array_equal(resumed.values, posterior.values)


def test_a_state_of_another_seed_is_refused(line, tmp_path, quick):
    state = tmp_path / "state.npz"
    calibrate(line, seed=1, effort=quick, execution=Execution(threads=1), state_file=state)
    with pytest.raises(InputError, match="started with another seed"):
        calibrate(line, seed=2, effort=quick, execution=Execution(threads=1), state_file=state, resume=True)


def test_a_damaged_state_is_refused(line, tmp_path, quick):
    state = tmp_path / "state.npz"
    state.write_bytes(b"not a state")
    with pytest.raises(InputError, match="not a state of a calibration"):
        calibrate(line, seed=1, effort=quick, state_file=state, resume=True)


def test_a_case_without_observations_cannot_be_calibrated(line, quick):
    with pytest.raises(UsageError, match="no observed data"):
        calibrate(replace(line, observations={}), effort=quick)


def test_tempering_alone_comes_near_the_closed_form(line, closed_form, quick):
    quick = tempered_posterior(line, seed=3, effort=quick, execution=Execution(threads=1))
    mean, covariance = closed_form
    assert np.abs(two(quick).mean(axis=1) - mean).max() < 4 * np.sqrt(covariance.max() / 200)


def test_a_posterior_is_stored_whole(posterior, tmp_path):
    save_posterior(posterior, tmp_path / "posterior.nc")
    back = read_posterior(tmp_path / "posterior.nc")
    assert np.array_equal(back.values, posterior.values)
    assert back.names == posterior.names
    assert back.record == posterior.record


def test_other_tools_can_open_a_stored_posterior(posterior, tmp_path):
    import arviz

    save_posterior(posterior, tmp_path / "posterior.nc")
    opened = arviz.from_netcdf(tmp_path / "posterior.nc", engine="h5netcdf")
    assert set(opened.groups()) >= {"posterior", "log_likelihood"}


def test_a_posterior_of_another_state_of_the_case_is_not_used(line, posterior, tmp_path):
    save_posterior(posterior, tmp_path / "posterior.nc")
    here = replace(line, folder=tmp_path)
    assert posterior_of(here) is not None
    assert posterior_of(replace(here, hash="another")) is None


def test_something_else_is_not_read_as_a_posterior(tmp_path):
    (tmp_path / "posterior.nc").write_bytes(b"CDF nonsense")
    with pytest.raises(InputError, match="not a posterior by wherenow"):
        read_posterior(tmp_path / "posterior.nc")


def test_draws_of_a_posterior_run_the_model(line, posterior):
    from wherenow.ensemble.simulate import simulate

    runs = simulate(line, posterior.draws(50), engine="reference")
    assert runs.record.basis == "posterior"
    assert set(posterior.draws(50).names) == set(line.priors)


def test_spreads_of_many_parameters_are_not_those_that_tempering_left():
    """Sixty unknowns and 64 particles a run: tempering leaves them too close together, all runs alike."""
    rng = np.random.default_rng(3)
    design, y = rng.standard_normal((4, 60)) / np.sqrt(60), np.zeros(4)

    def log_likelihood(z):
        return -0.5 * ((y[:, None] - design @ z) ** 2).sum(axis=0) / 0.05**2

    spread = np.sqrt(np.diag(np.linalg.inv(np.eye(60) + design.T @ design / 0.05**2)))
    target = Target(range(60), log_likelihood)
    effort = Effort(runs=4, particles=64, moves=10, round=40, rounds=60, target=1.1)
    states = list(_work(target, 1, effort, None, lambda _: None))
    first = next(s for s in states if all(run.power == 1.0 for run in s.runs))
    began, ended = (np.median(s.chains.std(axis=(1, 2)) / spread) for s in (first, states[-1]))
    assert began < 0.9
    assert states[-1].remembered < FORGOTTEN
    assert ended == pytest.approx(1, abs=0.06)


@dataclass
class Target:
    """What calibration asks of a likelihood."""

    space: range
    log_likelihood: Callable

    def __call__(self, z):
        return self.log_likelihood(z)


def test_a_posterior_of_a_wherenow_that_inferred_other_things_is_not_used(line, posterior, tmp_path):
    shutil.copytree(line.folder, tmp_path / "line")
    case = read_case(tmp_path / "line")
    save_posterior(replace(posterior, names=("other", *posterior.names[1:])), case.folder / "posterior.nc")
    assert posterior_of(case) is None

import shutil
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherenow.case.reader import read_case
from wherenow.errors import InputError, UsageError
from wherenow.inference.nuts import Averaging, Counts, Settings, calibrate_by_nuts, chains, trajectories_said, windows
from wherenow.inference.posterior import posterior_of, save_posterior
from wherenow.inference.states import write_state

SHORT = Settings(warm_up=60, draws=50, look=50, particles=64)


@given(st.integers(20, 5000))
def test_the_parts_of_a_warm_up_make_the_whole(warm_up):
    parts = windows(warm_up)
    learning = [n for n, learns in parts if learns]
    assert sum(n for n, _ in parts) == warm_up
    assert all(later >= 2 * n for n, later in pairwise(learning))


def test_dual_averaging_comes_to_the_step_with_the_share_that_is_wanted():
    averaging = Averaging.around(3.0)
    for _ in range(1000):
        averaging = averaging.seen(float(np.exp(-np.exp(averaging.now))), 0.8)
    assert np.exp(averaging.mean) == pytest.approx(-np.log(0.8), rel=0.05)


def test_trajectories_that_diverged_are_said_with_what_they_mean():
    said = trajectories_said(Counts(draws=400, diverged=3), Settings())
    assert said.startswith("3 of 400 trajectories diverged")
    assert "spreads be too small" in said


def test_trajectories_that_were_ended_are_said():
    assert "7 were ended at 1,023 steps" in trajectories_said(Counts(draws=400, cut=7), Settings())


@pytest.mark.parametrize("library", ["jax", "blackjax"])
def test_without_its_libraries_nuts_is_refused_and_the_extra_is_named(line, monkeypatch, library):
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, "wherenow.inference.hamiltonian", raising=False)
    monkeypatch.delitem(sys.modules, "wherenow.engine.jax_trace", raising=False)
    with pytest.raises(UsageError, match=r"needs JAX and BlackJAX.*wherenow\[jax\]"):
        calibrate_by_nuts(line, settings=SHORT)


def changed(line, folder, of, to):
    """The line with other words in its model."""
    shutil.copytree(line.folder, folder / "line")
    for path in (folder / "line").rglob("*.yaml"):
        path.write_text(path.read_text("utf-8").replace(of, to), "utf-8")
    return read_case(folder / "line")


def test_a_discrete_unknown_is_refused_with_what_to_do(line, tmp_path):
    case = changed(line, tmp_path, '"uniform(0, 1)"', '"discrete(0, 1)"')
    with pytest.raises(UsageError, match=r"discrete unknown has none: unseen.*by tempered runs"):
        calibrate_by_nuts(case, settings=SHORT)


def test_a_method_without_gradients_is_refused_with_what_to_do(line, tmp_path):
    case = changed(line, tmp_path, "method: euler", "method: rk45")
    with pytest.raises(UsageError, match=r"not rk45.*by tempered runs"):
        calibrate_by_nuts(case, settings=SHORT)


@pytest.fixture(scope="module")
def there():
    """What NUTS needs."""
    pytest.importorskip("jax")
    pytest.importorskip("blackjax")


@pytest.fixture(scope="module")
def posterior(line, there):
    return calibrate_by_nuts(line, 1, Settings(warm_up=400, particles=64), threads=1)


def test_a_linear_gaussian_posterior_has_the_closed_form(posterior, closed_form):
    mean, covariance = closed_form
    rows = [posterior.names.index(n) for n in ("height_at_start", "slope")]
    drawn = posterior.values[rows].reshape(2, -1)
    error = np.sqrt(np.diag(covariance) / 400)  # at least 400 effective draws
    assert (np.abs(drawn.mean(axis=1) - mean) < 4 * error).all()
    assert np.cov(drawn) == pytest.approx(covariance, rel=0.2)


def test_the_record_names_the_sampler_and_how_it_went(posterior):
    record = posterior.record
    assert record["sampler"] == "nuts"
    assert record["settings"]["warm_up"] == 400
    assert record["failing"] == []
    assert record["divergences"] == 0
    assert record["evaluations"] > record["draws"]


def test_a_stored_posterior_by_nuts_is_the_cases(line, posterior, tmp_path):
    shutil.copytree(line.folder, tmp_path / "line")
    save_posterior(posterior, tmp_path / "line" / "posterior.nc")
    found = posterior_of(read_case(tmp_path / "line"))
    assert found is not None
    assert np.array_equal(found.values, posterior.values)


@pytest.fixture(scope="module")
def short(line, there, tmp_path_factory):
    """A calibration that ends too early, and its state."""
    state = tmp_path_factory.mktemp("short") / "state.npz"
    return calibrate_by_nuts(line, 1, SHORT, threads=1, state_file=state), state


def test_too_few_draws_are_said_not_to_have_converged(short):
    posterior, _ = short
    assert posterior.values.shape[1:] == (4, 50)
    assert "have not converged" in posterior.record["convergence"]


def test_a_calibration_goes_on_from_its_state_in_a_file(line, short):
    posterior, state = short
    again = calibrate_by_nuts(line, 1, SHORT, threads=1, state_file=state, resume=True)
    assert np.array_equal(again.values, posterior.values)
    assert again.record == posterior.record


@pytest.mark.usefixtures("there")
@pytest.mark.parametrize("key", [{"sampler": "tempered runs"}, {"sampler": "nuts", "settings": {"draws": 1}}])
def test_a_state_of_another_calibration_is_refused(line, tmp_path, key):
    write_state(tmp_path / "state.npz", key, {}, {})
    with pytest.raises(InputError, match=r"begun with another (sampler|case_hash, seed, settings)"):
        calibrate_by_nuts(line, 1, SHORT, state_file=tmp_path / "state.npz", resume=True)


@pytest.fixture(scope="module")
def walled(there):
    """``f(state to go on from, seed)``: all states of chains where all is as likely below 0, and nothing above."""
    from jax import numpy as jnp

    from wherenow.inference.hamiltonian import Trajectories

    walker = Trajectories(lambda z: jnp.where(z[0] < 0, 0.0, -jnp.inf), 6)

    def states(begun=None, seed=1):
        return list(chains(lambda z: np.where(z[0] < 0, 0.0, -np.inf), walker, 3, seed, SHORT, begun, lambda _: None))

    return states


def test_trajectories_that_run_into_what_is_not_finite_have_diverged(walled):
    last = walled()[-1]
    assert 0 < last.counts.diverged < last.counts.draws
    assert (last.kept[0] < 0).all()


def test_chains_stopped_anywhere_go_on_to_the_same_bits(walled):
    states = walled()
    assert len(states) > 5
    for state in states[:-1]:
        last = walled(state)[-1]
        assert np.array_equal(last.kept, states[-1].kept)
        assert last.counts == states[-1].counts


def test_another_seed_makes_other_draws(walled):
    assert not np.array_equal(walled()[-1].kept, walled(seed=2)[-1].kept)

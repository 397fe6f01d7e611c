from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wherenow.distributions.prior import prior
from wherenow.ensemble.draws import DESIGNS, POSTERIOR, Draws, draw, read_draws
from wherenow.errors import InputError, UsageError


@dataclass
class Priors:
    priors: dict


THREE = Priors({"a": prior("uniform", 0, 1), "b": prior("normal", 5, 2), "c": prior("lognormal", 0.1, 0.5)})


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 5), st.sampled_from(["sobol", "random"]))
@settings(max_examples=30)
def test_a_draw_does_not_depend_on_how_many_are_made(n, m, seed, design):
    few, many = draw(THREE, min(n, m), seed, design), draw(THREE, max(n, m), seed, design)
    assert np.array_equal(few.values, many.values[:, : len(few)])


@pytest.mark.parametrize("design", DESIGNS)
def test_a_seed_gives_the_same_draws_again_and_another_seed_others(design):
    assert draw(THREE, 8, 3, design).hash == draw(THREE, 8, 3, design).hash
    assert draw(THREE, 8, 3, design).hash != draw(THREE, 8, 4, design).hash


@pytest.mark.parametrize("design", DESIGNS)
def test_draws_follow_their_priors(design):
    drawn = draw(THREE, 4096, 1, design)
    assert np.mean(drawn["b"]) == pytest.approx(5, abs=0.1)
    assert np.std(drawn["b"]) == pytest.approx(2, abs=0.1)
    assert np.median(drawn["c"]) == pytest.approx(0.1, rel=0.03)


def test_a_latin_hypercube_has_one_draw_in_each_stratum():
    strata = np.floor(draw(THREE, 50, 1, "latin")["a"] * 50)
    assert sorted(strata) == list(range(50))


def test_sobol_points_fill_every_interval_of_a_power_of_two_evenly():
    cells = np.floor(draw(THREE, 64, 1, "sobol")["a"] * 64)
    assert sorted(cells) == list(range(64))


@pytest.mark.parametrize("design", DESIGNS)
def test_no_draw_is_infinite(design):
    assert np.isfinite(draw(THREE, 3000, 0, design).values).all()


def test_a_case_without_priors_has_draws_without_parameters():
    assert draw(Priors({}), 5).values.shape == (0, 5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((8, 0, "sobl"), "there is no design 'sobl': did you mean 'sobol'"),
        ((0,), "between 1 and"),
        ((8, -1), "whole number"),
    ],
)
def test_a_wrong_call_is_reported(arguments, message):
    with pytest.raises(UsageError, match=message):
        draw(THREE, *arguments)


def test_draws_are_read_back_as_they_were_saved(tmp_path):
    made = Draws(
        names=("a", "b"), values=np.array([[1.0, 2.0], [3.0, 4.0]]), seed=7, design="emcee", basis=POSTERIOR, first=4
    )
    made.save(tmp_path / "posterior.npz")
    read = read_draws(tmp_path / "posterior.npz")
    assert (read.names, read.seed, read.design, read.basis, read.first) == (("a", "b"), 7, "emcee", POSTERIOR, 4)
    assert read.hash == made.hash
    assert [p.name for p in tmp_path.iterdir()] == ["posterior.npz"]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PK\x03\x04 nothing"])
def test_a_file_that_holds_no_draws_is_refused(tmp_path: Path, content):
    (tmp_path / "draws.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"draws\.npz is not a file of draws"):
        read_draws(tmp_path / "draws.npz")


def test_a_missing_file_is_reported(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_draws(tmp_path / "none.npz")


def test_taken_draws_keep_their_numbers():
    part = draw(THREE, 10).take(4, 7)
    assert (part.first, len(part)) == (4, 3)


def test_a_parameter_can_be_fixed_in_all_draws():
    drawn = draw(THREE, 4).fixed({"a": 9.0, "d": 2.0})
    assert drawn["a"].tolist() == [9.0] * 4
    assert drawn["d"].tolist() == [2.0] * 4
    assert np.array_equal(drawn["b"], draw(THREE, 4)["b"])


def test_draws_that_are_not_numbers_are_refused():
    with pytest.raises(UsageError, match="'b' are not all finite"):
        Draws(names=("a", "b"), values=np.array([[1.0], [np.nan]]), seed=0, design="random")


def test_making_draws_leaves_the_given_array_writable():
    values = np.ones((1, 2))
    Draws(names=("a",), values=values, seed=0, design="random")
    values[0, 0] = 5
    assert values[0, 0] == 5

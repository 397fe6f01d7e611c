import numpy as np
import pytest

from wherenow.errors import UsageError
from wherenow.exploration.estimators import NOISE, REST, indices, screen

NAMES = ("a", "b", "c", "d")


def ishigami(shares, first):
    """Ishigami & Homma (1990), of three uniforms on (-π, π); the fourth does nothing."""
    x, y, z, _ = np.pi * (2 * shares - 1)
    return np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)


@pytest.fixture(scope="module")
def found():
    return {row.name: row for row in indices(NAMES, NAMES, ishigami, base=4096, seed=1)}


def test_indices_alone_are_the_closed_forms(found):
    assert [found[n].alone for n in NAMES] == pytest.approx([0.3139, 0.4424, 0.0, 0.0], abs=0.02)


def test_total_indices_are_the_closed_forms(found):
    assert [found[n].total for n in NAMES] == pytest.approx([0.5576, 0.4424, 0.2437, 0.0], abs=0.02)


def test_a_parameter_without_effect_is_last(found):
    assert list(found)[-1] == "d"
    assert NOISE not in found


@pytest.mark.parametrize("seed", [0, 1])
def test_equal_seeds_give_equal_indices_and_errors(seed):
    assert indices(NAMES, NAMES, ishigami, base=64, seed=seed) == indices(NAMES, NAMES, ishigami, base=64, seed=seed)


def test_the_rest_has_one_index_together():
    rows = {row.name: row for row in indices(NAMES, ("a",), ishigami, base=2048, seed=2)}
    assert rows.keys() == {"a", REST}
    assert rows[REST].total == pytest.approx(1 - 0.3139, abs=0.03)


def noisy(shares, first):
    """x + luck, each with variance 1/12: half and half."""
    return shares[0] + np.random.default_rng(first).random(shares.shape[1])


def test_chance_has_an_index_of_its_own():
    rows = {row.name: row for row in indices(("x",), ("x",), noisy, base=4096, seed=3)}
    assert rows["x"].alone == pytest.approx(0.5, abs=0.03)
    assert rows[NOISE].total == pytest.approx(0.5, abs=0.03)
    assert rows[NOISE].alone == pytest.approx(0.5, abs=0.03)


def test_screening_finds_effects_of_a_plane_exactly():
    effects = {e.name: e for e in screen(NAMES, lambda s, _: 3 * s[0] - 2 * s[1] + s[2], trajectories=8)}
    assert [effects[n].size for n in NAMES] == pytest.approx([3 * 0.95, 2 * 0.95, 0.95, 0.0], abs=1e-9)
    assert all(e.spread == pytest.approx(0, abs=1e-9) for e in effects.values())


def test_screening_puts_the_greatest_effect_first():
    assert [e.name for e in screen(NAMES, lambda s, _: s[2] - 5 * s[3], trajectories=8)][:2] == ["d", "c"]


def test_the_direction_is_the_sign_of_the_effect():
    rows = {row.name: row for row in indices(NAMES, NAMES, lambda s, _: s[0] - s[1], base=64)}
    assert rows["a"].direction > 0.5
    assert rows["b"].direction < -0.5


def test_rows_with_an_outcome_that_is_not_finite_are_left_out():
    def broken(shares, first):
        return np.where(shares[0] > 0.99, np.nan, shares[0])

    assert {row.name for row in indices(("x", "y"), ("x",), broken, base=256)} == {"x", REST}


@pytest.mark.parametrize(("outcome", "message"), [(1.0, "same in every run"), (np.nan, "not finite")])
def test_an_outcome_without_variance_or_value_is_reported(outcome, message):
    with pytest.raises(UsageError, match=message):
        indices(NAMES, NAMES, lambda s, _: np.full(s.shape[1], outcome), base=64)


def test_nothing_uncertain_is_reported():
    with pytest.raises(UsageError, match="nothing is uncertain"):
        screen((), ishigami)

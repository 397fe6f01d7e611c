"""Each loop of the argument can be switched off, and then what its name says changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from wherenow.case.case_types import Case
from wherenow.ensemble.draws import Draws, draw
from wherenow.ensemble.runs import Ensemble
from wherenow.ensemble.simulate import simulate

WithoutLink = Callable[[Case, str, str], Case]


@dataclass(frozen=True)
class Sign:
    """Where a loop shows: the mean of ``variable`` from ``start`` to ``stop`` is higher (1) or lower without it."""

    variable: str
    start: float
    stop: float
    without: int


SIGNS = {
    "R2": Sign("state_capacity", 2006, 2023, 1),
    "R3": Sign("grievance", 2006, 2023, -1),
    "R4": Sign("registered_fighters", 2015, 2023, -1),
    "R5": Sign("hostility", 2020, 2023, -1),
    "R6": Sign("trust", 2016, 2020, -1),
    "R7": Sign("leak_wanted", 2023, 2026, -1),
    "B1": Sign("extremist_strength", 2015, 2019, 1),
    "B2": Sign("restraint", 2020, 2023, -1),
    "B4": Sign("parallel_premium", 2023.5, 2026, 1),
    "B5": Sign("gas_dependence", 2024, 2026, 1),
    "B6": Sign("state_capacity", 2012, 2026, -1),
}
WATCHED = tuple(dict.fromkeys((
    *(s.variable for s in SIGNS.values()),
    "corruption", "alignment", "insecurity", "attacks_on_us_sites", "relations", "services", "protest",
)))  # fmt: skip


@pytest.fixture(scope="module")
def few(case: Case) -> Draws:
    return draw(case, 64, seed=2)


@pytest.fixture(scope="module")
def whole(case: Case, few: Draws) -> Ensemble:
    return simulate(case, few, outputs=WATCHED)


@pytest.fixture(scope="module")
def without(case: Case, few: Draws, without_link: WithoutLink) -> dict[str, Ensemble]:
    """The same draws with each loop switched off."""
    cuts = {name: loop.cut for name, loop in case.loops.items() if loop.cut is not None}
    return {name: simulate(without_link(case, *cut), few, outputs=WATCHED) for name, cut in cuts.items()}


def mean(runs: Ensemble, variable: str, start: float = 2006, stop: float = 2026) -> np.ndarray:
    within = (runs.times >= start) & (runs.times <= stop)
    return np.asarray(runs[variable][within].mean(axis=0))


def test_all_thirteen_loops_are_named_and_can_be_switched_off(case: Case) -> None:
    assert set(case.loops) == {f"R{n}" for n in range(1, 8)} | {f"B{n}" for n in range(1, 7)}
    assert all(loop.cut is not None for loop in case.loops.values())
    for name, loop in case.loops.items():
        assert loop.polarity == ("reinforcing" if name.startswith("R") else "balancing")


@pytest.mark.parametrize("loop", SIGNS)
def test_switching_a_loop_off_changes_what_its_name_says(
    loop: str, whole: Ensemble, without: dict[str, Ensemble]
) -> None:
    sign = SIGNS[loop]
    change = mean(without[loop], sign.variable, sign.start, sign.stop) - mean(
        whole, sign.variable, sign.start, sign.stop
    )
    assert np.mean(sign.without * change > 0) >= 0.8
    assert sign.without * np.median(change) > 0.01 * np.median(mean(whole, sign.variable, sign.start, sign.stop))


def test_without_r1_decay_is_less_and_draws_differ_less_in_it(whole: Ensemble, without: dict[str, Ensemble]) -> None:
    """A reinforcing loop drives apart: states that began better stay better, others sink."""
    with_it, off = mean(whole, "corruption", 2015, 2023), mean(without["R1"], "corruption", 2015, 2023)
    assert np.median(off) < np.median(with_it)
    assert np.std(off) < 0.9 * np.std(with_it)


def test_without_b3_governments_lean_further(whole: Ensemble, without: dict[str, Ensemble]) -> None:
    leaning, off = np.abs(whole["alignment"][48:]).mean(axis=0), np.abs(without["B3"]["alignment"][48:]).mean(axis=0)
    assert np.mean(off > leaning) >= 0.9


def test_no_two_loops_are_the_same_in_effect(whole: Ensemble, without: dict[str, Ensemble]) -> None:
    """Median relative changes of what is watched, as directions: none along another's or against it."""
    effects = []
    for runs in without.values():
        change = [
            np.median((mean(runs, v) - mean(whole, v)) / np.maximum(np.abs(mean(whole, v)), 1e-6)) for v in WATCHED
        ]
        effects.append(np.array(change) / np.linalg.norm(change))
    alike = np.abs(np.array(effects) @ np.array(effects).T) - np.eye(len(effects))
    assert alike.max() < 0.98

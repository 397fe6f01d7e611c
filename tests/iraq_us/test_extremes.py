"""Parameters at their 0.1% and 99.9% quantiles and levers at either end: nothing breaks, and people are conserved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pytest

from wherenow.case.case_types import Case, Scenario
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.runs import Ensemble
from wherenow.ensemble.simulate import simulate

Tails = Callable[[np.ndarray], Draws]
Pulled = Callable[[dict[str, float]], Scenario]
Stepwise = Callable[..., Ensemble]

SHARES = (
    "grievance", "local_partners", "discredit", "territory_held", "army_effectiveness", "coalition_effort",
    "insecurity", "threat", "capability", "legitimacy", "state_penetration", "hostility", "restraint",
    "provocation", "attack_offence",
    "decay_active", "decay_embedded", "corruption", "party_rule", "us_iran_tension", "iran_support", "dollar_relief",
    "us_presence", "us_engagement", "us_influence_iraq", "memory_of_2003", "memory_share", "perception_of_us", "trust",
    "dialogue", "state_capacity", "constitutional_implementation", "effort", "elite_capture", "institutional_power",
    "sovereignty", "services", "public_expectations", "anger", "protest", "spending_adequacy", "diversification",
    "gas_dependence", "bank_controls", "bank_compliance", "transfers_blocked", "stability",
)  # fmt: skip
"""Between 0 and 1 by what they mean."""

COUNTS = (
    "displaced", "returned", "driven_out", "still_mixed", "displaced_counted", "returns_counted",
    "unregistered_fighters", "registered_fighters", "insurgent_pool", "extremist_strength", "army_size",
    "conflict_deaths", "attacks_by_extremists", "attacks_on_us_sites", "fleeing", "fleeing_again", "returning",
    "settling", "joining", "extremists_removed", "oil_capacity", "oil_price", "public_spending", "non_oil_output",
    "gas_capture", "gas_flared", "gas_imports_from_iran", "renewable_power", "power_output", "dollar_leak",
    "aid_delivered", "regional_war",
)  # fmt: skip
"""Never below nothing."""

CEILINGS = {
    "registered_fighters": 600e3, "unregistered_fighters": 500e3, "extremist_strength": 500e3, "army_size": 3e6,
    "conflict_deaths": 1e6, "attacks_on_us_sites": 20e3, "parallel_exchange_rate": 5e3,
    "oil_capacity": 4e3, "power_output": 500, "us_aid": 100,
}  # fmt: skip
"""Twice and more what anyone has seen or feared: beyond it a run has exploded. In the variables' own units."""

WATCHED = tuple(
    dict.fromkeys((*SHARES, *COUNTS, *CEILINGS, "gdp_nominal", "relations", "alignment", "displaced_people"))
)


def check(runs: Ensemble, case: Case) -> None:
    assert runs.record.failed_draws == (), runs.record.failure
    extremes = {name: (runs[name].min(), runs[name].max()) for name in runs.names}
    for saved in runs.saved:
        low, high = extremes[saved.name]
        if saved.variable in SHARES:
            assert -1e-9 <= low <= high <= 1 + 1e-9, f"{saved.name} runs from {low} to {high}"
        if saved.variable in COUNTS:
            assert low >= -1e-6, f"{saved.name} falls to {low}"
        if saved.variable in CEILINGS:
            assert high <= CEILINGS[saved.variable], f"{saved.name} reaches {high}"
        if saved.variable in ("relations", "alignment"):
            assert -1 - 1e-9 <= low <= high <= 1 + 1e-9, f"{saved.name} runs from {low} to {high}"
    check_people(runs, case)
    check_output(runs, case)


def check_output(runs: Ensemble, case: Case) -> None:
    """Output is at most what the declared ranges allow at the highest oil price so far.

    It is oil, up to the limit of ports and water, and the rest: the state's share of that income, times the spending
    multiplier, at most twice where the economy is fully diversified. No fixed ceiling follows, because a lever makes
    two outbreaks of war a year and every outbreak multiplies the price, up to thousands of dollars in a corner.
    """
    limit, share, multiplier = (case.priors[n].high for n in ("oil_limit", "export_share", "spending_multiplier"))
    most = limit * 1e-3 * (1 + multiplier * share * 2)
    assert np.all(runs["gdp_nominal"] <= most * np.maximum.accumulate(runs["oil_price"], axis=0))


def check_people(runs: Ensemble, case: Case) -> None:
    """Those of a group who are displaced or returned are never more than the group."""
    population = case.model.variables["population"]
    for equation in population.equations:
        (group,) = equation.subscripts
        assert np.all(runs[f"displaced[{group}]"] + runs[f"returned[{group}]"] <= equation.expression.value)


def ends(parameters: int) -> np.ndarray:
    """Each parameter alone at either end."""
    single = np.eye(parameters, dtype=int)
    return np.concatenate([-single, single], axis=1)


def corners(parameters: int, draws: int, seed: int) -> np.ndarray:
    """Every parameter at one of its ends, at random."""
    return np.random.default_rng(seed).choice([-1, 1], size=(parameters, draws))


def lever_ends(case: Case) -> Iterator[dict[str, float]]:
    for name, lever in case.levers.items():
        yield from ({name: end} for end in lever.range)


def lever_corners(case: Case, count: int, seed: int) -> Iterator[dict[str, float]]:
    generator = np.random.default_rng(seed)
    for _ in range(count):
        yield {name: lever.range[generator.integers(2)] for name, lever in case.levers.items()}


def test_each_parameter_alone_at_either_end_breaks_nothing(case: Case, tails: Tails) -> None:
    check(simulate(case, tails(ends(len(case.priors))), outputs=WATCHED), case)


def test_all_parameters_at_random_ends_break_nothing(case: Case, tails: Tails) -> None:
    check(simulate(case, tails(corners(len(case.priors), 1000, seed=1)), outputs=WATCHED), case)


def test_each_lever_at_either_end_breaks_nothing(case: Case, tails: Tails, pulled: Pulled) -> None:
    draws = tails(corners(len(case.priors), 16, seed=2))
    for values in lever_ends(case):
        check(simulate(case, draws, pulled(values), outputs=WATCHED), case)


def test_every_scenario_breaks_nothing(case: Case, draws: Draws) -> None:
    few = Draws(names=draws.names, values=draws.values[:, :16], seed=draws.seed, design=draws.design)
    for scenario in ("no-withdrawal-2011", "no-war-on-is", "without-support", "regional-war"):
        check(simulate(case, few, scenario, outputs=WATCHED), case)


@pytest.mark.slow
def test_a_hundred_thousand_corners_of_parameters_and_levers_break_nothing(
    case: Case, tails: Tails, pulled: Pulled
) -> None:
    for number, values in enumerate(lever_corners(case, 50, seed=3)):
        scenario = pulled(values) if number else None
        check(simulate(case, tails(corners(len(case.priors), 2000, seed=number)), scenario, outputs=WATCHED), case)


@pytest.mark.slow
def test_every_scenario_breaks_nothing_at_the_corners(case: Case, tails: Tails) -> None:
    draws = tails(corners(len(case.priors), 500, seed=4))
    for scenario in case.scenarios:
        check(simulate(case, draws, scenario, outputs=WATCHED), case)


def test_hardly_a_draw_doubles_the_highest_oil_price_on_record(base: Ensemble, case: Case) -> None:
    record = case.data["brent_oil_price"].values.max()
    assert np.mean(base["oil_price"].max(axis=0) > 2 * record) < 0.01


def test_displacement_moves_people_and_makes_or_loses_none(base: Ensemble, case: Case) -> None:
    check_people(base, case)


@pytest.fixture(scope="module")
def stepwise(case: Case, draws: Draws) -> Stepwise:
    """Eight draws saved at every step, so that flows add up exactly (Euler)."""
    few = Draws(names=draws.names, values=draws.values[:, :8], seed=draws.seed, design=draws.design)
    time = replace(case.model.time, save=case.model.time.step)
    every = replace(case, model=replace(case.model, time=time), hash=f"{case.hash}/every step")

    def run(scenario: Scenario | None = None) -> Ensemble:
        return simulate(every, few, scenario)

    return run


def test_the_displaced_change_by_flight_return_and_settling_only(stepwise: Stepwise) -> None:
    assert_balanced(stepwise(), "displaced[yezidi]", {
        "fleeing[yezidi]": 1, "fleeing_again[yezidi]": 1, "returning[yezidi]": -1, "settling[yezidi]": -1,
    })  # fmt: skip


def test_fighters_who_register_leave_one_roll_for_the_other(stepwise: Stepwise) -> None:
    assert_balanced(stepwise(), "ansa_fighters", {
        "mobilising": 1, "called_up": 1, "state_hiring": 1, "standing_down": -1, "leaving_service": -1,
        "integrating": -1,
    })  # fmt: skip


def test_fighters_who_are_integrated_become_soldiers(stepwise: Stepwise, pulled: Pulled) -> None:
    runs = stepwise(pulled({"ansa_integration": 1.0}))
    assert runs["integrating"][-1].min() > 0
    assert_balanced(runs, "army_size", {"army_recruiting": 1, "integrating": 1, "army_leaving": -1})


def test_recruits_of_extremists_come_out_of_the_pool(stepwise: Stepwise) -> None:
    runs = stepwise()
    assert_balanced(runs, "insurgent_pool", {"pool_filling": 1, "joining": -1})
    assert_balanced(runs, "extremist_strength", {
        "joining": 1, "newcomers": 1, "extremists_removed": -1, "extremists_turned": -1,
    })  # fmt: skip


def assert_balanced(runs: Ensemble, level: str, flows: Mapping[str, int]) -> None:
    """What a level gains in each step is the sum of its flows in it, to rounding."""
    gains = sum(sign * runs[flow] for flow, sign in flows.items())[:-1] * runs.record.step
    np.testing.assert_allclose(np.diff(runs[level], axis=0), gains, atol=1e-9 * runs[level].max())

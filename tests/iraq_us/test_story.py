"""The run at central values and the middle of the priors reproduce history: peaks and turning points within a year."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from wherenow.case.case_types import Case, Scenario
from wherenow.ensemble.runs import Ensemble
from wherenow.ensemble.simulate import simulate

YEAR = 1.0


def yearly(runs: Ensemble, variable: str) -> dict[int, float]:
    """Means over calendar years of the median over draws."""
    middle = np.median(runs[variable], axis=1)
    return {y: float(middle[(runs.times >= y) & (runs.times < y + 1)].mean()) for y in range(2003, 2026)}


def data_by_year(case: Case, series: str) -> dict[int, float]:
    """Means over calendar years of the data with straight lines between them: readings are not evenly spaced."""
    data = case.data[series]
    months = np.arange(2003, 2024, 1 / 12) + 1 / 24
    months = months[(months >= data.times[0] - 0.5) & (months <= data.times[-1] + 0.5)]
    values = np.interp(months, data.times, data.values)
    return {int(y): float(values[months.astype(int) == y].mean()) for y in np.unique(months.astype(int))}


def peak(by_year: dict[int, float], first: int = 2004, last: int = 2023) -> int:
    within = {y: v for y, v in by_year.items() if first <= y <= last}
    return max(within, key=lambda y: within[y])


@pytest.mark.parametrize(
    ("variable", "series"),
    [
        ("conflict_deaths", "conflict_deaths"),
        ("recorded_attacks", "terrorist_attacks"),
        ("attacks_on_us_sites", "attacks_on_us_sites"),
        ("us_troops", "us_troops"),
        ("us_aid", "us_aid_appropriated"),
    ],
)
def test_the_highest_year_is_within_one_of_that_in_the_data(
    variable: str, series: str, base: Ensemble, case: Case
) -> None:
    first = 2012 if series == "attacks_on_us_sites" else 2004  # no series counts attacks on US sites before
    assert abs(peak(yearly(base, variable), first) - peak(data_by_year(case, series), first)) <= YEAR


def test_the_quietest_year_between_the_wars_is_that_of_the_data(base: Ensemble, case: Case) -> None:
    def quietest(by_year: dict[int, float]) -> int:
        return min(range(2007, 2015), key=lambda y: by_year[y])

    assert abs(quietest(yearly(base, "conflict_deaths")) - quietest(data_by_year(case, "conflict_deaths"))) <= YEAR


def test_deaths_stay_high_while_extremists_already_shrink(base: Ensemble) -> None:
    strength, deaths = yearly(base, "extremist_strength"), yearly(base, "conflict_deaths")
    assert strength[2016] < 0.8 * strength[2015]
    assert deaths[2016] > 5 * deaths[2011]


def test_2006_was_bloody_with_many_troops_and_2012_calmer_with_none(base: Ensemble) -> None:
    deaths, troops = yearly(base, "conflict_deaths"), yearly(base, "us_troops")
    assert troops[2006] > 100e3 > 1e3 > troops[2012]
    assert deaths[2006] > 1.5 * deaths[2012]


def test_displacement_after_tracking_began_peaks_within_a_year_of_the_count(quiet: Ensemble, case: Case) -> None:
    counted, after = quiet["displaced_counted"][:, 0], quiet.times >= 2014.5
    assert abs(quiet.times[after][counted[after].argmax()] - 2017.0) <= YEAR
    idps = case.data["idps"]
    assert abs(idps.times[idps.times > 2014][idps.values[idps.times > 2014].argmax()] - 2017.0) <= YEAR


@pytest.mark.parametrize(
    ("when", "counted"),
    [(2008.5, 2.75e6), (2013.0, 2.1e6), (2015.0, 2.1e6), (2016.1, 3.3e6), (2017.5, 3.35e6), (2022.5, 1.18e6)],
)
def test_the_displaced_are_about_as_many_as_were_counted(when: float, counted: float, quiet: Ensemble) -> None:
    assert np.interp(when, quiet.times, quiet["displaced_counted"][:, 0]) == pytest.approx(counted, rel=0.3)


def test_the_displaced_go_home_after_2017_if_later_than_they_did(quiet: Ensemble) -> None:
    """Before any fitting; 2.0 million were counted in mid-2018."""
    at = np.interp([2017.5, 2018.5, 2019.5], quiet.times, quiet["displaced_counted"][:, 0])
    assert at[1] < 0.85 * at[0]
    assert at[2] < 0.6 * at[0]


def test_the_middle_of_the_priors_counts_about_as_many_displaced_as_the_central_run(
    base: Ensemble, quiet: Ensemble
) -> None:
    """Who fled some weeks before counting began is counted all the same; the two were apart by a factor of two."""
    middle = np.median(base["displaced_counted"], axis=1)
    after = quiet.times >= 2014.5
    assert np.abs(np.log(middle[after] / quiet["displaced_counted"][after, 0])).max() < 0.3


def test_groups_are_on_no_roll_before_june_2014_and_tens_of_thousands_by_its_end(base: Ensemble) -> None:
    registered = base.at_centre("registered_fighters")
    assert np.interp(2014.4, base.times, registered) == 0
    assert np.interp(2015.0, base.times, registered) > 50e3
    assert 90e3 < np.interp(2018.2, base.times, registered) < 200e3


def test_attacks_on_us_sites_rise_after_2018_and_fall_after_october_2022(base: Ensemble) -> None:
    attacks = yearly(base, "attacks_on_us_sites")
    assert attacks[2020] > 4 * attacks[2018]
    assert attacks[2023] < 0.5 * attacks[2022]


def test_attacks_of_extremists_rise_in_spring_2020_and_fall_after_it_as_in_the_counts(
    quiet: Ensemble, case: Case
) -> None:
    def highest(times: np.ndarray, values: np.ndarray) -> float:
        within = (times >= 2018.5) & (times < 2022.5)
        return float(times[within][values[within].argmax()])

    counts = case.data["is_attacks"]
    quarters = np.convolve(quiet["attacks_by_extremists"][:, 0], np.ones(3) / 3, mode="same")
    assert abs(highest(quiet.times, quarters) - highest(counts.times, counts.values)) <= YEAR / 2


def test_they_rise_because_forces_leave_the_ground_and_not_because_of_a_date(quiet: Ensemble, case: Case) -> None:
    absences = tuple(e.id for e in case.events.values() if any(f.input == "unwatched" for f in e.effects))
    watched = simulate(case, quiet.draws, Scenario(id="watched", without=absences), outputs=["attacks_by_extremists"])

    def mean(first: float, last: float) -> float:
        return float(watched["attacks_by_extremists"][(watched.times >= first) & (watched.times < last)].mean())

    assert mean(2020.2, 2020.5) < mean(2019.2, 2019.5)


def test_the_street_rate_jumps_within_two_months_of_the_controls_and_eases(base: Ensemble) -> None:
    premium = base.at_centre("parallel_premium")

    def at(time: float) -> float:
        return float(np.interp(time, base.times, premium))

    assert at(2022.8) < 0.04
    assert at(2023.05) > 0.1
    assert at(2025.5) < 0.7 * at(2023.05)


def test_relations_turn_as_the_article_says(base: Ensemble) -> None:
    def relations(time: float) -> float:
        return float(np.interp(time, base.times, np.median(base["relations"], axis=1)))

    assert relations(2017.0) > relations(2013.5)
    assert relations(2020.1) < relations(2019.9)
    assert relations(2023.2) > relations(2020.5)


def test_protest_comes_in_waves(base: Ensemble) -> None:
    """Some draws have had two and more waves by 2023, none of them at a date that the model knows."""
    protest = base["protest"][base.times < 2023.2]
    high = protest > 0.1
    waves = np.sum(high[1:] & ~high[:-1], axis=0)
    assert np.mean(waves >= 2) > 0.1


NEVER: tuple[Callable[[Ensemble], np.ndarray], ...] = (
    lambda runs: runs["territory_held"][runs.times < 2012].max(axis=0) > 0.35,
    lambda runs: runs["registered_fighters"].max(axis=0) > 500e3,
)


@pytest.mark.parametrize("strange", NEVER)
def test_an_event_without_precedent_is_rare(strange: Callable[[Ensemble], np.ndarray], base: Ensemble) -> None:
    assert np.mean(strange(base)) < 0.1

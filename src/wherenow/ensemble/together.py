"""Run many scenarios of one case on the same draws, with one compiled program.

Each scenario's changes depend on its own parameter (:attr:`Intervention.when`), which is an input of the program, so
nothing is compiled again between scenarios.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace

from wherenow.case.case_types import Case, Scenario
from wherenow.case.scenario import ScenarioChanges, plan
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.runs import Ensemble
from wherenow.ensemble.simulate import prepare

AS_IT_IS = ""
"""The name under which the baseline is run."""


def simulate_together(
    case: Case,
    draws: Draws,
    scenarios: Mapping[str, Scenario | None],
    outputs: Iterable[str] | None = None,
    threads: int | None = None,
    engine: str = "native",
    *,
    known: Container[str] = (),
    overwrite: bool = False,
) -> Iterator[tuple[str, Ensemble]]:
    """Yield the runs of each of ``scenarios`` (None is the baseline), under its name, one after the other.

    Each has the bits of :func:`~wherenow.ensemble.simulate.simulate` alone, whose arguments and errors apply. Scenarios
    with the same actions share one run, labelled with the first of them. Only the runs that the caller holds stay in
    memory.

    Scenarios that are ``known`` are not run. With ``overwrite`` the values of each run but the baseline are overwritten
    by the next: fresh memory takes as long to fill as a run takes.
    """
    alike: dict[tuple[object, ...], list[str]] = {}
    for name, scenario in scenarios.items():
        alike.setdefault(_actions(scenario), []).append(name)
    plans = {names[0]: _planned(case, scenarios[names[0]]) for names in alike.values()}
    switched = {name: tuple(replace(i, when=happens(name)) for i in p.interventions) for name, p in plans.items()}
    ready = prepare(case, tuple(i for actions in switched.values() for i in actions), outputs, threads, engine)
    memory = ready.allocate(draws) if overwrite else None
    for names in alike.values():
        if all(name in known for name in names):
            continue
        first, planned = names[0], plans[names[0]]
        on = {happens(first): 1.0} if switched[first] else {}
        scenario = scenarios[first]
        fixed = {**planned.parameters, **on}
        shared = None if scenario is None else memory
        runs = ready.run(draws, scenario.id if scenario else AS_IT_IS, fixed, planned.series, shared)
        for name in names:
            yield name, runs


def happens(scenario: str) -> str:
    """Return the name of the parameter that activates a scenario if it is not 0."""
    return f"{scenario}·happens"


def _planned(case: Case, scenario: Scenario | None) -> ScenarioChanges:
    return ScenarioChanges() if scenario is None else plan(case, scenario)


def _actions(scenario: Scenario | None) -> tuple[object, ...]:
    """Return a value that is equal for two scenarios with the same actions, regardless of their names."""
    if scenario is None:
        return ()
    actions = tuple((target, text.content.strip()) for target, text in scenario.do.items())
    return (actions, tuple(sorted(scenario.without)))

"""Reproduce a recorded run to the same bits, or report why that is impossible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wherenow.case.scenario import ScenarioChanges, plan, scenario_of
from wherenow.case.types import Case
from wherenow.engine import noise
from wherenow.ensemble.draws import Draws
from wherenow.ensemble.runs import Runs
from wherenow.ensemble.simulate import prepare
from wherenow.errors import UsageError


def run_again(
    case: Case,
    draws: Draws,
    record: Mapping[str, Any],
    outputs: Iterable[str] | None = None,
    threads: int | None = None,
) -> Runs:
    """Reproduce the runs that ``record`` describes (:meth:`~wherenow.ensemble.runs.RunRecord.to_dict`).

    Scenario and engine are taken from the record; ``draws`` must match its hash.

    Raises
    ------
    UsageError
        If the bits would differ: another state of the case, other draws, or a model with noise and another version of
        the noise. A record without a version of its noise predates versions.
    """
    for what, recorded, given in (
        ("state of the case", record["case_hash"], case.hash),
        ("set of draws", record["draws_hash"], draws.hash),
    ):
        if recorded != given:
            raise UsageError(f"the record is of another {what}: {recorded[:12]}, not {given[:12]}")
    scenario = scenario_of(case, record["scenario"] or None)
    planned = plan(case, scenario) if scenario else ScenarioChanges()
    ready = prepare(case, planned.interventions, outputs, threads, record["engine"])
    made, now = record.get("noise", 1), noise.VERSION
    if ready.backend.program.streams and made != now:
        raise UsageError(
            f"the record's noise is of version {made}, this engine's of version {now}: the same ensemble, other bits",
            f"install the wherenow that made it ({record['version']}), or run the case anew",
        )
    return ready.run(draws, record["scenario"], planned.parameters, planned.series)

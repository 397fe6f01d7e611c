"""All tests of an audit, under their names in the literature."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wherenow.audit import evidence_tests, extremes, parameters, step, structure_tests
from wherenow.audit.bench import Bench
from wherenow.audit.results import ORDER, Audit, AuditFinding, Result, Test, Verdict
from wherenow.case.case_types import Case
from wherenow.errors import SimulationError, UsageError
from wherenow.execution import Progress, silent

FS, BARLAS, STERMAN = "Forrester & Senge 1980", "Barlas 1996", "Sterman 2000, ch. 21"
Ask = Callable[[Bench], Iterator[AuditFinding]]

TESTS: tuple[tuple[Test, Ask], ...] = (
    (Test("units", "Dimensional consistency", "Do both sides of every equation have one unit?", f"{FS}; {STERMAN}"),
     structure_tests.dimensional_consistency),
    (Test("conservation", "Structure assessment: conservation", "Does anything come from nothing?", STERMAN),
     structure_tests.conservation),
    (Test("control", "Structure assessment: first-order control", "Does each outflow stop at an empty stock?", STERMAN),
     structure_tests.control),
    (Test("signs", "Structure verification: signs of flows", "Does any flow run backwards at all times?", FS),
     structure_tests.signs),
    (Test("extremes", "Extreme conditions", "Does the model make sense with each input at its limits?",
          f"{FS}; {BARLAS}; {STERMAN}"), extremes.extreme_conditions),
    (Test("bounds", "Behavior anomaly: growth without bound", "Does anything grow for ever?", f"{FS}; {STERMAN}"),
     structure_tests.boundedness),
    (Test("step", "Integration error", "Does anything change with half the time step?", STERMAN),
     step.integration_error),
    (Test("divisors", "Parameter assessment: divisors", "Can a divisor be zero under its prior?", STERMAN),
     parameters.divisors),
    (Test("parameters", "Parameter assessment: evidence", "Do data inform every parameter?", f"{FS}; {STERMAN}"),
     parameters.parameter_assessment),
    (Test("reproduction", "Behavior reproduction: prior predictive", "Do the data lie within what the priors predict?",
          f"{FS}; {BARLAS}; {STERMAN}"), evidence_tests.behavior_reproduction),
    (Test("claims", "Behavior sensitivity: claims", "Could every claim have failed?", f"{BARLAS}; {STERMAN}"),
     evidence_tests.falsifiability),
    (Test("hindsight", "Hindsight", "Does anything mention what came after the cut-off?", "our own"),
     evidence_tests.hindsight),
)  # fmt: skip
"""Each test with its function, in the order of display."""


def audit(case: Case, seed: int = 0, progress: Progress = silent) -> Audit:
    """Run every test on ``case``, which may be a bare model.

    Runs are without noise. Raises InputError if the model has errors.
    """
    bench = Bench(case, seed)
    _ = bench.system  # raise an error in the model before any test runs
    results = []
    for test, ask in TESTS:
        progress(test.name.lower())
        try:  # a test raises UsageError if the model lacks its subject
            findings = tuple(sorted(ask(bench), key=lambda f: ORDER.index(f.verdict)))
            results.append(Result(test, findings[0].verdict if findings else Verdict.PASSES, findings))
        except (UsageError, SimulationError) as error:
            results.append(Result(test, Verdict.NOT_TESTED, note=str(error)))
    return Audit(case.name, tuple(results))

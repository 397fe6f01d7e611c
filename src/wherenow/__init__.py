"""wherenow: a written analysis as an executable, sourced and testable model.

    import wherenow

    case = wherenow.load("cases/iraq-us")              # a checked case: print it
    draws = wherenow.draw(case, 1000, seed=1)          # parameters from their priors
    runs = wherenow.simulate(case, draws)              # every variable, in every draw, over time
    dataset = runs.to_dataset()                        # xarray: draw × time, units in the attributes
    findings = wherenow.judge(case, runs)              # the claims on data, model and counterfactuals
    print(findings["withdrawal-worsens"].verdict)
    outlook = wherenow.forecast(case, draws)           # all of it, and the answer in two sentences
    print(outlook.answer)

Names are loaded when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wherenow.case.reader import read_case as load
    from wherenow.case.types import Case
    from wherenow.claims.findings import Finding, Findings
    from wherenow.claims.judge import judge
    from wherenow.ensemble.draws import Draws, draw, read_draws
    from wherenow.ensemble.runs import Runs
    from wherenow.ensemble.simulate import simulate
    from wherenow.errors import InputError, SimulationError, UsageError, WherenowError
    from wherenow.outlook.forecast import forecast
    from wherenow.outlook.types import Outlook

__all__ = [
    "Case",
    "Draws",
    "Finding",
    "Findings",
    "InputError",
    "Outlook",
    "Runs",
    "SimulationError",
    "UsageError",
    "WherenowError",
    "draw",
    "forecast",
    "judge",
    "load",
    "read_draws",
    "simulate",
]

_WHERE = {
    "Case": ("wherenow.case.types", "Case"),
    "Draws": ("wherenow.ensemble.draws", "Draws"),
    "Finding": ("wherenow.claims.findings", "Finding"),
    "Findings": ("wherenow.claims.findings", "Findings"),
    "InputError": ("wherenow.errors", "InputError"),
    "Outlook": ("wherenow.outlook.types", "Outlook"),
    "Runs": ("wherenow.ensemble.runs", "Runs"),
    "SimulationError": ("wherenow.errors", "SimulationError"),
    "UsageError": ("wherenow.errors", "UsageError"),
    "WherenowError": ("wherenow.errors", "WherenowError"),
    "draw": ("wherenow.ensemble.draws", "draw"),
    "forecast": ("wherenow.outlook.forecast", "forecast"),
    "judge": ("wherenow.claims.judge", "judge"),
    "load": ("wherenow.case.reader", "read_case"),
    "read_draws": ("wherenow.ensemble.draws", "read_draws"),
    "simulate": ("wherenow.ensemble.simulate", "simulate"),
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("wherenow")
    if name not in _WHERE:
        raise AttributeError(f"module 'wherenow' has no attribute {name!r}")
    module, attribute = _WHERE[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])

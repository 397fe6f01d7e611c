"""wherenow: a written analysis as an executable, sourced and testable model; any Vensim or XMILE model, from Python.

    import wherenow

    m = wherenow.open("teacup.mdl")                    # Vensim, XMILE, or a case folder
    run = m.run({"room temperature": 20})              # an xarray Dataset, with units
    runs = m.sample({"room temperature": "normal(70, 5)"}, n=10_000, seed=1)
    runs.plot("teacup temperature")                    # a fan

    case = wherenow.open("iraq-us")                    # a case has data, priors and claims as well
    draws = wherenow.draw(case, 1000, seed=1)          # parameters from their priors
    runs = wherenow.simulate(case, draws)              # every variable, in every draw, over time
    findings = wherenow.judge(case, runs)              # the claims on data, model and counterfactuals
    print(findings["withdrawal-worsens"].verdict)
    outlook = wherenow.forecast(case, draws)           # all of it, and the answer in two sentences
    print(outlook.answer)

Names are loaded when they are first used, so that importing the package costs next to nothing. What is not listed in
``__all__`` is private and may change.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wherenow.api.analysis import backtest, calibrate, explain, levers, sensitivity, why
    from wherenow.api.converting import convert
    from wherenow.api.model import Model
    from wherenow.api.model import open_model as open  # noqa: A004 - a public name, as in other libraries
    from wherenow.api.outlook import ask, audit, draw, forecast, judge, plot_data, predict, report, simulate
    from wherenow.api.simulation.displayed_runs import Runs
    from wherenow.case.case_types import Case
    from wherenow.claims.findings import Finding, Findings
    from wherenow.ensemble.draws import Draws, read_draws
    from wherenow.errors import InputError, SimulationError, UsageError, WherenowError
    from wherenow.outlook.outlook_types import Outlook

_NAMES = {
    "wherenow.api.analysis": ("backtest", "calibrate", "explain", "levers", "sensitivity", "why"),
    "wherenow.api.converting": ("convert",),
    "wherenow.api.model": ("Model", "open"),
    "wherenow.api.outlook": ("ask", "audit", "draw", "forecast", "judge", "plot_data", "predict", "report", "simulate"),
    "wherenow.api.simulation.displayed_runs": ("Runs",),
    "wherenow.case.case_types": ("Case",),
    "wherenow.claims.findings": ("Finding", "Findings"),
    "wherenow.ensemble.draws": ("Draws", "read_draws"),
    "wherenow.errors": ("InputError", "SimulationError", "UsageError", "WherenowError"),
    "wherenow.outlook.outlook_types": ("Outlook",),
}
"""The public names that each module defines."""
_WHERE = {name: module for module, names in _NAMES.items() for name in names}

__all__ = [
    "Case",
    "Draws",
    "Finding",
    "Findings",
    "InputError",
    "Model",
    "Outlook",
    "Runs",
    "SimulationError",
    "UsageError",
    "WherenowError",
    "ask",
    "audit",
    "backtest",
    "calibrate",
    "convert",
    "draw",
    "explain",
    "forecast",
    "judge",
    "levers",
    "open",
    "plot_data",
    "predict",
    "read_draws",
    "report",
    "sensitivity",
    "simulate",
    "why",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("wherenow")
    if name not in _WHERE:
        raise AttributeError(f"module 'wherenow' has no attribute {name!r}")
    from wherenow.gc_pause import imported

    return getattr(imported(_WHERE[name]), "open_model" if name == "open" else name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])


class _Package(ModuleType):
    """Keeps public functions visible where a package inside has the same name: ``explain`` and ``report``.

    Importing ``wherenow.explain.loops.link_scores`` sets the attribute ``explain`` of this module; without this the
    function would be there or not, depending on what was imported before.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _WHERE and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package

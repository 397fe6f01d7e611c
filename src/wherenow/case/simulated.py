"""The part of a case on which runs, fits and forecasts of data depend."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from wherenow.case.case_types import Case, Display, OutlookSettings


def simulated(case: Case) -> Case:
    """Return the case without what no run, fit or forecast of its data reads.

    That is its claims, scenarios, forecasts and loops, the actors and their bargain, the article, texts and labels for
    display, and the folder and its hash. A caller that reads one of these adds it to the key of its own result.
    """
    return replace(
        case,
        title="",
        question="",
        about="",
        folder=Path(),
        source=None,
        sectors={},
        levers={},
        scenarios={},
        claims={},
        loops={},
        issues={},
        actors={},
        outlook=OutlookSettings(),
        hash="",
        fitted=("", ""),
        predictions={},
        display=Display(),
        fetch={},
    )

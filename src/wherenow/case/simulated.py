"""The part of a case on which runs, fits and forecasts of data depend."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from wherenow.case.case_types import Case, Display, OutlookSettings
from wherenow.parts import content_of


@lru_cache(maxsize=8)
def simulated_content(case: Case) -> str:
    """Return a hash of the case without what no run, fit or forecast of its data reads.

    That is its claims, scenarios, forecasts and loops, the actors and their bargain, the article, texts and labels for
    display, and the folder and its hash. A caller that reads one of these adds it to the key of its own result.
    """
    parts = ("sectors", "levers", "scenarios", "claims", "loops", "issues", "actors", "predictions", "fetch")
    empty: dict[str, Any] = {part: {} for part in parts}
    empty |= {"outlook": OutlookSettings(), "display": Display(), "source": None, "folder": Path(), "fitted": ("", "")}
    return content_of(replace(case, title="", question="", about="", hash="", **empty))

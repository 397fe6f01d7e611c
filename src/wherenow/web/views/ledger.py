"""Forecasts: what was written down, what came, and how it scored."""

from __future__ import annotations

from typing import Any

from wherenow.outlook.words import words
from wherenow.web.analysis import Analysis
from wherenow.web.view import View


def context(analysis: Analysis, view: View) -> dict[str, Any]:
    """The open forecasts, as the case stands; the view's own setting is not among them."""
    comparison = analysis.comparison(View())
    claims = analysis.case.claims
    return {
        "open": [
            {
                "id": change.id,
                "says": change.says,
                "p": change.p,
                "words": words(change.p),
                "formula": " ".join(text.content.split()) if (text := claims[change.id].model) else "",
                "evidence": claims[change.id].evidence,
            }
            for change in comparison.forecasts
        ],
        "issued": analysis.case.cutoff_date,
    }

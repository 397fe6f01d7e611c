"""Can I trust it? Fit, what was learned, what the answer leans on, what is assumed, and how it was made."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from wherenow.inference.fit import SeriesFit, fit
from wherenow.inference.identify import Learned, learned
from wherenow.inference.posterior import posterior_of
from wherenow.outlook.influence import Influence
from wherenow.report.charts.fan import SMALL, fan_chart
from wherenow.report.charts.rows import Row
from wherenow.report.numbers import human_name
from wherenow.web.analysis import Analysis
from wherenow.web.influence import influences, least
from wherenow.web.view import View
from wherenow.web.views.where import cut


def context(analysis: Analysis, view: View) -> dict[str, Any]:
    """What there is to judge the model by. What the outlook brings is there when that is made."""
    made = analysis.outlook.result() if analysis.outlook.done() and not analysis.outlook.exception() else None
    fitted = _fitted(analysis)
    return {
        "observed": [(f, _chart(analysis, view, f)) for f in made.observed] if made else None,
        "influences": _influences(analysis),
        "least": f"{least(analysis):.2f}",
        "grounds": analysis.case.model.variables,
        "fitted": {row.series: row for row in fitted[0]},
        "learned": fitted[1],
        "record": made.record if made else None,
    }


def table(analysis: Analysis) -> list[list[Any]]:
    """What the answer leans on and what is assumed, as a table to take away."""
    rows: list[list[Any]] = [["what", "name", "forecast", "correlation", "assumption", "evidence"]]
    variables = analysis.case.model.variables
    for influence in _influences(analysis):
        own = variables.get(influence.name.partition("[")[0])
        grounds = (own.assumption, " ".join(own.evidence)) if own else ("", "")
        for forecast, correlation in influence.correlations.items():
            rows.append(["influence", influence.name, forecast, f"{correlation:.3f}", *grounds])
    rows += [["assumption", v.name, "", "", v.assumption, " ".join(v.evidence)]
             for v in variables.values() if v.assumption]  # fmt: skip
    return rows


def picture(analysis: Analysis) -> list[Row]:
    """What the answer leans on as rows of a picture: the strongest correlation of each unknown with a forecast."""
    return [Row(human_name(i.name), i.strongest, f"{i.strongest:.2f}") for i in _influences(analysis)]


def _chart(analysis: Analysis, view: View, fan: Any) -> Any:
    return fan_chart(cut(fan, view), human_name(fan.label), (), analysis.case.cutoff, SMALL)


@lru_cache(maxsize=4)
def _influences(analysis: Analysis) -> tuple[Influence, ...]:
    return influences(analysis)


@lru_cache(maxsize=4)
def _fitted(analysis: Analysis) -> tuple[tuple[SeriesFit, ...], tuple[Learned, ...]]:
    """The fit of each series and what was learned of each unknown; nothing where no posterior is stored."""
    posterior = posterior_of(analysis.case)
    if posterior is None or analysis.draws.basis != "posterior":
        return (), ()
    return fit(analysis.case, posterior, threads=analysis.threads), learned(analysis.case, posterior)

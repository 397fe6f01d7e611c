"""Draw the pictures of the gallery's pages: what the fitted models say, what was known, and what came.

``python docs/gallery/figures.py`` takes 1,000 draws of each posterior with seed 0, so that it always draws the same.
"""

from __future__ import annotations

from pathlib import Path

import altair as alt
import numpy as np
import vl_convert

from wherenow.case.case_types import Case, DataSeries
from wherenow.case.dates import decimal_year
from wherenow.case.reader import read_case
from wherenow.ensemble.runs import Ensemble
from wherenow.ensemble.simulate import simulate
from wherenow.foresight.ingredients.structures import fitted
from wherenow.inference.posterior import draws_of

HERE = Path(__file__).parent
CASES = HERE.parents[1] / "cases"
DRAWS = 1000
BLUE, ORANGE, BLACK = "#0072B2", "#D55E00", "#222222"  # Okabe & Ito 2008, safe for colour-blind readers
LEVELS = (0.05, 0.5, 0.95)

COUNTRIES = ("weekly_liberia", "weekly_sierra_leone")
STRUCTURES = {"as written": (BLUE, "as the article wrote it"), "behaviour-change": (ORANGE, "people become careful")}
CDC = (("2014-09-30", 8000), ("2015-01-20", 550_000))

WORLD = (
    ("population", "people", 1e-9, "Billion people"),
    ("manufacturing", "manufacturing_index", 1.0, "Manufacturing (UK of 1900 = 100)"),
    ("food_energy_per_person", "food_supply", 1.0, "Food, kcal a day for each person"),
    ("birth_rate", "births_counted", 1e3, "Births a year for a thousand people"),
)


def ebola() -> alt.LayerChart:
    """The total reported in both countries, under both structures, on a logarithmic axis."""
    case = read_case(CASES / "ebola-2014")
    layers = []
    for structure in fitted(case, equal=True):
        runs = simulate(structure.case, structure.posterior.draws(DRAWS), None, ["reported_both"])
        colour, says = STRUCTURES[structure.name]
        layers += _band(runs, "reported_both", colour, says, every=7)
    known, later = _totals(case)
    marks = [{"t": _when(decimal_year(d)), "y": y, "what": "the CDC's projection"} for d, y in CDC]
    points = [{**p, "what": "reported by 31 August"} for p in known] + [{**p, "what": "reported later"} for p in later]
    layers.append(_points(points + marks))
    return alt.layer(*layers).properties(width=560, height=320, title="Cases reported in Liberia and Sierra Leone")


def _totals(case: Case) -> tuple[list[dict[str, float]], list[dict[str, float]]]:
    both = [case.data[n].values for n in COUNTRIES], [case.later[n].values for n in COUNTRIES]
    totals = 92 + np.cumsum(np.concatenate([sum(both[0]), sum(both[1])]))  # 13 and 79 had been reported by 1 June
    times = np.concatenate([case.data[COUNTRIES[0]].times, case.later[COUNTRIES[0]].times])
    rows = [{"t": _when(t), "y": float(y)} for t, y in zip(times, totals, strict=True)]
    known = len(case.data[COUNTRIES[0]])
    return rows[:known], rows[known:]


def world() -> alt.ConcatChart:
    """Four series of the world from 1900 to 2100, with what was known in 1972 and what came."""
    case = read_case(CASES / "limits-to-growth")
    runs = simulate(case, draws_of(case, DRAWS), None, [variable for variable, *_ in WORLD])
    panels = []
    for variable, series, factor, title in WORLD:
        points = _data(case.data[series], factor, "known in 1972") + _data(case.later[series], factor, "later")
        layers = _band(runs, variable, BLUE, "fitted to the data of 1900 to 1971", every=4, log=False, factor=factor)
        panels.append(alt.layer(*layers, _points(points, log=False)).properties(width=330, height=190, title=title))
    return alt.concat(*panels, columns=2)


def _data(series: DataSeries, factor: float, what: str) -> list[dict[str, object]]:
    values = factor * series.values
    return [{"t": float(t), "y": float(y), "what": what} for t, y in zip(series.times, values, strict=True)]


def _band(
    runs: Ensemble, name: str, colour: str, says: str, *, every: int, log: bool = True, factor: float = 1.0
) -> list[alt.Chart]:
    low, middle, high = np.quantile(factor * np.asarray(runs[name]), LEVELS, axis=1)[:, ::every]
    rows = [
        {"t": _when(t) if log else float(t), "low": float(a), "y": float(b), "high": float(c), "what": says}
        for t, a, b, c in zip(runs.times[::every], low, middle, high, strict=True)
    ]
    base = alt.Chart(alt.Data(values=rows)).encode(x=_x(log))
    return [
        base.mark_area(opacity=0.22, color=colour).encode(y=_y("low", log), y2="high:Q"),
        base.mark_line(color=colour, strokeWidth=2).encode(y=_y("y", log), detail="what:N"),
    ]


def _points(rows: list[dict[str, object]], log: bool = True) -> alt.Chart:
    kinds = list(dict.fromkeys(str(r["what"]) for r in rows))
    fills, shapes = [BLACK, "white", BLACK], ["circle", "square", "triangle-up"]
    encode = {"legend": alt.Legend(title=None, orient="bottom")}
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_point(size=30, opacity=1)
        .encode(
            x=_x(log),
            y=_y("y", log),
            shape=alt.Shape("what:N", scale=alt.Scale(domain=kinds, range=shapes[: len(kinds)]), **encode),
            color=alt.value(BLACK),
            fill=alt.Fill("what:N", scale=alt.Scale(domain=kinds, range=fills[: len(kinds)]), **encode),
        )
    )


def _x(dated: bool) -> alt.X:
    if dated:
        return alt.X("t:T", title=None, axis=alt.Axis(format="%b %Y"))
    return alt.X("t:Q", title=None, axis=alt.Axis(format="d"), scale=alt.Scale(domain=[1900, 2100]))


def _y(field: str, log: bool) -> alt.Y:
    scale = alt.Scale(type="log") if log else alt.Scale(zero=True)
    return alt.Y(f"{field}:Q", title=None, scale=scale, axis=alt.Axis(format="~s"))


def _when(time: float) -> str:
    """A time in decimal years as Vega's date."""
    days = round((time - 2014) * 365)
    return str(np.datetime64("2014-01-01") + np.timedelta64(days, "D"))


if __name__ == "__main__":
    for name, chart in (("ebola-2014", ebola()), ("limits-to-growth", world())):
        drawn = chart.configure_view(stroke=None).to_dict()
        (HERE / f"{name}.svg").write_text(vl_convert.vegalite_to_svg(drawn), encoding="utf-8")

"""Draw the pictures of docs/iraq-us.md: bands of the priors, the central run, and the data.

    python docs/iraq-us/figures.py

Run it in the repository's root. It takes 1,000 draws of the priors with seed 1, so it always gives the
same files.
"""

from __future__ import annotations

from pathlib import Path

import altair as alt
import numpy as np
import vl_convert

import wherenow

HERE = Path(__file__).parent
CASE = HERE.parents[1] / "cases" / "iraq-us"

FIGURES: dict[str, list[tuple[str, str, str]]] = {  # file: [(variable, data series or "", title)]
    "violence": [
        ("conflict_deaths", "conflict_deaths", "Conflict deaths a year"),
        ("recorded_attacks", "terrorist_attacks", "Attacks as the GTD records them, a year"),
        ("attacks_by_extremists", "is_attacks", "Attacks by extremists a year, and counts of those of IS"),
        ("extremist_strength", "", "Extremist fighters"),
    ],
    "people": [
        ("displaced_counted", "idps", "Displaced people as counted"),
        ("returns_counted", "returnees", "Returned since 2014"),
        ("displaced[yezidi]", "idps_from_sinjar", "Displaced Yezidis, and the displaced from Sinjar"),
        ("protest", "", "Protest, 0 to 1"),
    ],
    "armed-groups": [
        ("registered_fighters", "pmf_strength", "Fighters on the rolls"),
        ("unregistered_fighters", "", "Fighters outside the rolls"),
        ("attacks_on_us_sites", "attacks_on_us_sites", "Attacks on US sites a year"),
        ("restraint", "", "Restraint, 0 to 1"),
    ],
    "forces-and-aid": [
        ("us_troops", "us_troops", "US troops (read, not modelled)"),
        ("us_aid", "us_aid_appropriated", "US aid appropriated, billion USD a year"),
        ("army_counted", "armed_forces_personnel", "Armed forces as printed"),
        ("army_effectiveness", "", "Effectiveness of the army, 0 to 1"),
    ],
    "money-and-energy": [
        ("parallel_exchange_rate", "parallel_exchange_rate", "Dinars for a dollar in the street"),
        ("gdp_nominal", "gdp_nominal", "GDP, billion USD a year"),
        ("public_spending", "", "Public spending, billion USD a year"),
        ("gas_imports_from_iran", "gas_imports_from_iran", "Gas from Iran, bcm a year"),
        ("gas_flared", "gas_flared", "Gas flared, bcm a year"),
        ("gas_dependence", "", "Share of power that hangs on gas from Iran"),
    ],
    "relations": [
        ("relations", "", "Relations, -1 hostile to 1 close"),
        ("tone_of_events", "event_tone", "Mean tone of a year's acts (Goldstein)"),
        ("alignment", "", "Government between Iran (-1) and the US (1)"),
        ("perception_of_us", "approval_of_us_leadership", "Approval of the US, share of adults"),
    ],
}
CUT = {"conflict_deaths": 30_000.0}  # the weeks of the invasion would flatten the rest


def main() -> None:
    case = wherenow.open(CASE).case
    outputs = [variable for panels in FIGURES.values() for variable, _, _ in panels]
    runs = wherenow.simulate(case, wherenow.draw(case, 1000, seed=1), outputs=outputs)
    for name, panels in FIGURES.items():
        chart = alt.concat(*(panel(case, runs, *p) for p in panels), columns=2).configure_view(stroke=None)
        svg = vl_convert.vegalite_to_svg(chart.to_dict())
        (HERE / f"{name}.svg").write_text(svg, encoding="utf-8")


def panel(case: wherenow.Case, runs: wherenow.Runs, variable: str, series: str, title: str) -> alt.LayerChart:
    top = CUT.get(variable, np.inf)
    quarterly = slice(None, None, 3)
    low, lower, middle, upper, high = np.minimum(runs.quantiles(variable), top)[:, quarterly]
    when = runs.times[quarterly]
    rows = [
        {"t": round(float(t), 3), **{k: float(f"{v:.4g}") for k, v in zip("abcdem", q, strict=True)}}
        for t, *q in zip(when, low, lower, middle, upper, high,
                         np.minimum(runs.at_centre(variable), top)[quarterly], strict=True)
    ]  # fmt: skip
    x = alt.X(
        "t:Q", title=None, axis=alt.Axis(format="d", grid=False, tickCount=6), scale=alt.Scale(domain=[2003, 2026])
    )
    base = alt.Chart(alt.Data(values=rows)).encode(x=x)
    layers = [
        base.mark_area(opacity=0.18, color="#1f6f8b").encode(y=alt.Y("a:Q", title=None), y2="e:Q"),
        base.mark_area(opacity=0.3, color="#1f6f8b").encode(y="b:Q", y2="d:Q"),
        base.mark_line(strokeWidth=1.5, color="#12465a").encode(y="c:Q"),
        base.mark_line(strokeWidth=1, strokeDash=[3, 2], color="#333333").encode(y="m:Q"),
        alt.Chart(alt.Data(values=[{"t": case.cutoff}])).mark_rule(color="#888888").encode(x=x),
    ]
    if series:
        data = case.data[series]
        points = [
            {"t": float(t), "v": float(v), "q": q}
            for t, v, q in zip(data.times, data.values, data.quality, strict=True)
            if t >= 2003
        ]
        colour = alt.Color(
            "q:N", legend=None, scale=alt.Scale(domain=["read", "recalled"], range=["#c1440e", "#e8b49c"])
        )
        layers.append(
            alt.Chart(alt.Data(values=points)).mark_circle(size=26, opacity=1).encode(x=x, y="v:Q", color=colour)
        )
    return alt.layer(*layers, title=alt.Title(title, fontSize=11, anchor="start")).properties(width=330, height=150)


if __name__ == "__main__":
    main()

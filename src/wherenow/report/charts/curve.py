"""The margin curve of a claim: the share of draws in which it holds by at least a margin."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from wherenow.foresight.verbal_probabilities import percent
from wherenow.outlook.outlook_types import Array
from wherenow.report.charts.axis import upright, value_axis
from wherenow.report.charts.fan import LEFT, RIGHT, SMALL, TOP
from wherenow.report.charts.scales import Scale, extent, ticks
from wherenow.report.charts.svg import drawing, element, line
from wherenow.report.wording.numbers import compact

POINTS = 120


def margin_curve(margins: Array, unit: str, says: str) -> Markup:
    """Draw the share of ``margins[draw]`` (finite, in ``unit``) that reach each value.

    At zero it is the share in which the claim holds; to the right the claim is stricter by that margin, to the left
    more lenient.
    """
    low, high = (float(v) for v in np.quantile(margins, (0.01, 0.99)))
    xs = Scale(*extent([low, high, 0.0], 4), LEFT, SMALL.width - RIGHT)
    ys = Scale(0, 1, SMALL.height - 44, TOP)
    ordered = np.sort(margins)
    at = np.unique(np.concatenate([np.linspace(xs.low, xs.high, POINTS), [0.0]]))
    shares = 1 - np.searchsorted(ordered, at, side="left") / len(ordered)
    holding = float((margins > 0).mean())
    base = ys(0)
    said = f"{says}: it holds in {percent(holding)} of draws; the median margin is {compact(float(np.median(margins)))}"
    return drawing(
        SMALL.width,
        SMALL.height,
        "Share of draws by margin",
        f"{said} {unit}.".replace(" .", "."),
        *value_axis(ys, LEFT, xs.end, lambda share: f"{100 * share:g}%", at=(0.0, 0.5, 1.0)),
        *(part for margin in ticks(xs.low, xs.high, 4) for part in _column(margin, xs, base)),
        element("path", class_="median", d=line(np.column_stack([xs(at), ys(shares)]))),
        upright("cutoff", xs(0), ys),
        element("circle", class_="share", cx=xs(0), cy=ys(holding), r=5.0),
        element("text", unit, class_="tick", x=SMALL.width - RIGHT, y=base + 38, text_anchor="end"),
        class_="chart curve",
    )


def _column(x: float, xs: Scale, base: float) -> tuple[Markup, Markup]:
    place = xs(x)
    return (
        element("line", class_="axis", x1=place, x2=place, y1=base, y2=base + 4),
        element("text", compact(x), class_="tick", x=place, y=base + 18, text_anchor="middle"),
    )

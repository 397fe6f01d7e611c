"""The same series under several scenarios in one chart."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from markupsafe import Markup

from wherenow.outlook.types import Fan
from wherenow.report.charts.fan import (
    LEFT,
    RIGHT,
    TOP,
    WIDE,
    Size,
    along,
    cutoff_line,
    describe,
    future,
    grid,
    window,
    years,
)
from wherenow.report.scales import Scale, extent
from wherenow.report.svg import band, drawing, element, line

MOST = 4
"""More than four bands cannot be told apart."""


def several_chart(fans: Mapping[str, Fan], label: str, cutoff: float | None = None, size: Size = WIDE) -> Markup:
    """Medians and 90% bands of one series under several scenarios, by the scenarios' titles; all on the same times.

    Lines differ in colour and in dashes, in the order given. Each but the first begins where it leaves the first.
    """
    first = next(iter(fans.values()))
    xs = Scale(float(first.times[0]), float(first.times[-1]), LEFT, size.width - RIGHT)
    ends = np.concatenate([f.quantiles[[0, -1]].ravel() for f in fans.values()])
    ys = Scale(*extent(ends.tolist(), 4), size.height - 26.0, TOP)
    own = [first, *(_apart(fan, first) for fan in list(fans.values())[1:])]
    bands = [
        element("path", class_=f"also band s{i}", d=band(along(f, 0.05, xs, ys), along(f, 0.95, xs, ys)))
        for i, f in enumerate(own, start=1)
    ]
    medians = [
        element("path", element("title", title), class_=f"also line s{i}", d=line(along(f, 0.5, xs, ys)))
        for i, (title, f) in enumerate(zip(fans, own, strict=True), start=1)
    ]
    said = " ".join(f"{title}: {describe(f, cutoff)}" for title, f in fans.items())
    parts = (future(cutoff, xs, ys), *grid(ys, size), *years(xs, ys, size), *bands, *cutoff_line(cutoff, xs, ys))
    return drawing(size.width, size.height, label, said, *parts, *medians, class_="chart fan")


def _apart(fan: Fan, first: Fan) -> Fan:
    """A fan from where it leaves another, both on the same times; whole where it never does."""
    differs = np.flatnonzero((fan.quantiles != first.quantiles).any(axis=0))
    return window(fan, float(fan.times[max(differs[0] - 1, 0)]), float(fan.times[-1])) if differs.size else fan

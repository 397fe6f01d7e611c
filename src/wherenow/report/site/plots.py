"""Small drawings of data series, tables over time and lookups."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from wherenow.case.case_types import DataSeries
from wherenow.language.syntax import Table
from wherenow.report.charts.axis import Scale, extent, ticks, value_axis
from wherenow.report.charts.svg import Points, drawing, element, line
from wherenow.report.wording.numbers import compact, human_unit

WIDTH, HEIGHT = 400.0, 190.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 14.0, 26.0, 26.0


def series_plot(series: DataSeries, label: str) -> Markup:
    """Draw the data of a series over time; figures that were recalled rather than read are hollow."""
    spans = f"{len(series)} data from {series.dates[0]} to {series.dates[-1]}"
    low, high = float(series.values.min()), float(series.values.max())
    description = f"{spans}, between {compact(low)} and {compact(high)} {human_unit(series.unit)}".strip() + "."
    xs, ys = _scales(series.times, series.values)
    points = np.column_stack([xs(series.times), ys(series.values)])
    dots = [
        element("circle", class_="datum" if quality == "read" else "datum recalled", cx=x, cy=y, r=3.0)
        for (x, y), quality in zip(points.tolist(), series.quality, strict=True)
    ]
    curve = element("path", class_="thread", d=line(points))
    return _drawn(label, description, xs, ys, human_unit(series.unit), curve, *dots)


def table_plot(table: Table, label: str, unit: str, span: tuple[float, float] | None = None) -> Markup:
    """Draw a table as a function; ``span`` is the range of its argument to show, None for all."""
    low, high = span or (table.xs[0], table.xs[-1])
    if low == high:
        low, high = low - 1, high + 1
    at, values = _path(table, low, high)
    description = f"From {compact(values[0])} at {low:g} to {compact(values[-1])} at {high:g}."
    xs, ys = _scales(at, values)
    points = np.column_stack([xs(at), ys(values)])
    return _drawn(label, description, xs, ys, human_unit(unit), element("path", class_="median", d=line(points)))


def _path(table: Table, low: float, high: float) -> tuple[Points, Points]:
    """Return the corners of a table's graph between ``low`` and ``high``; a step has two corners at one position."""
    xs, ys = np.array(table.xs), np.array(table.ys)
    inside = xs[(xs > low) & (xs < high)]
    at = np.concatenate([[low], inside, [high]])
    if table.between == "linear":
        return at, np.interp(at, xs, ys)
    before = ys[np.clip(np.searchsorted(xs, at, side="left") - 1, 0, len(ys) - 1)]
    after = ys[np.clip(np.searchsorted(xs, at, side="right") - 1, 0, len(ys) - 1)]
    if table.between == "next":
        before = ys[np.clip(np.searchsorted(xs, at, side="left"), 0, len(ys) - 1)]
        after = ys[np.clip(np.searchsorted(xs, at, side="right"), 0, len(ys) - 1)]
    return np.repeat(at, 2)[1:-1], np.column_stack([before, after]).ravel()[1:-1]


def _scales(at: Points, values: Points) -> tuple[Scale, Scale]:
    first, last = float(at[0]), float(at[-1])
    if first == last:
        first, last = first - 0.5, last + 0.5
    ends = extent([float(values.min()), float(values.max())], 4)
    return Scale(first, last, LEFT, WIDTH - RIGHT), Scale(*ends, HEIGHT - BOTTOM, TOP)


def _drawn(label: str, description: str, xs: Scale, ys: Scale, unit: str, *shapes: Markup) -> Markup:
    columns = []
    for x in ticks(xs.low, xs.high, 5):
        anchor = "end" if xs(x) > xs.end - 16 else "middle"  # the last label would otherwise extend beyond the drawing
        columns.append(element("text", f"{x:g}", class_="tick", x=xs(x), y=HEIGHT - 8, text_anchor=anchor))
    named = element("text", unit, class_="tick", x=4.0, y=14.0)
    parts = (*value_axis(ys, LEFT, xs.end), *columns, *shapes, named)
    return drawing(WIDTH, HEIGHT, label, description, *parts, class_="chart")

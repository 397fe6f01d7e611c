"""Fan charts: quantiles of a series over the draws, with the data on them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from markupsafe import Markup

from wherenow.outlook.outlook_types import SHARES, Datum, Fan
from wherenow.report.charts.axis import ChartSize, Scale, extent, time_axis, value_axis
from wherenow.report.charts.svg import band, drawing, element, line
from wherenow.report.wording.numbers import compact, human_unit
from wherenow.report.wording.texts import date
from wherenow.report.wording.times import TimeFormatter

SMALL = ChartSize(400, 230)
LEFT, RIGHT, TOP, BOTTOM = 48.0, 14.0, 16.0, 26.0


def fan_chart(fan: Fan, label: str, size: ChartSize = SMALL, time_unit: str = "year") -> Markup:
    """Draw the bands and the median of ``fan``, with its data over them."""
    clock = TimeFormatter(time_unit)
    xs = Scale(float(fan.times[0]), float(fan.times[-1]), LEFT, size.width - RIGHT)
    ends = [*fan.quantiles[[0, -1]].ravel().tolist(), *(d.value for d in fan.data)]
    ys = Scale(*extent(ends, 4), size.height - BOTTOM, TOP)
    ground = element("g", *value_axis(ys, xs.start, xs.end, zero="nought"), *years(clock, xs, ys))
    over = element("g", *_data(fan.data, fan.unit, xs, ys))
    parts = (ground, *bands(fan, xs, ys), over)
    return drawing(size.width, size.height, label, describe(fan, clock), *parts, class_="chart fan")


def describe(fan: Fan, clock: TimeFormatter) -> str:
    """Describe the chart for screen readers."""
    unit = human_unit(fan.unit)
    times = [float(fan.times[0]), float(fan.times[-1])]
    sentences = []
    for time in times:
        at = int(abs(fan.times - time).argmin())
        low, middle, high = (float(fan.quantiles[SHARES.index(q), at]) for q in (0.05, 0.5, 0.95))
        if math.isfinite(middle):
            sentences.append(
                f"in {clock.moment(time)} {compact(middle)} (90% of draws {compact(low)} to {compact(high)})"
            )
    median = f"Median {', '.join(sentences)}{', in ' + unit if unit else ''}." if sentences else ""
    data = f"{len(fan.data)} data points." if fan.data else ""
    return f"{median} {data}".strip()


def window(fan: Fan, start: float, stop: float) -> Fan:
    """Return the part of a fan from ``start`` to ``stop``, or the whole fan if the part has fewer than two times."""
    inside = (fan.times >= start - 1e-9) & (fan.times <= stop + 1e-9)
    if inside.sum() < 2 or inside.all():
        return fan
    data = tuple(d for d in fan.data if start <= d.time <= stop)
    return replace(
        fan, times=fan.times[inside], quantiles=fan.quantiles[:, inside], central=fan.central[inside], data=data
    )


def years(clock: TimeFormatter, xs: Scale, ys: Scale) -> list[Markup]:
    """Draw the time axis with a tick for each 80 pixels of the whole chart."""
    return time_axis(clock, xs, ys, max(3, int((xs.end + RIGHT) // 80)))


def bands(fan: Fan, xs: Scale, ys: Scale) -> list[Markup]:
    """Draw the bands and the median of a fan."""
    lowest, low, middle, high, highest = (np.column_stack([xs(fan.times), ys(row)]) for row in fan.quantiles)
    return [
        element("path", class_="band90", d=band(lowest, highest)),
        element("path", class_="band50", d=band(low, high)),
        element("path", class_="median", d=line(middle)),
    ]


def _data(data: tuple[Datum, ...], unit: str, xs: Scale, ys: Scale) -> list[Markup]:
    unit = human_unit(unit)
    dots = []
    for datum in data:
        if not (xs.low <= datum.time <= xs.high and math.isfinite(datum.value)):
            continue
        recalled = datum.quality == "recalled"
        tooltip = f"{date(datum.date)}: {compact(datum.value)} {unit}{', recalled' if recalled else ''}"
        kind = "datum recalled" if recalled else "datum"
        place = {"cx": xs(datum.time), "cy": ys(datum.value)}
        dots.append(element("circle", element("title", tooltip), class_=kind, **place, r=3.0))
    return dots

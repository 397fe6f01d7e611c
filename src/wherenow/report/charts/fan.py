"""Fan charts: quantiles of a series over the draws, with the data on them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from markupsafe import Markup

from wherenow.outlook.outlook_types import SHARES, Datum, Fan
from wherenow.report.charts.axis import time_axis
from wherenow.report.charts.scales import Scale, extent, ticks
from wherenow.report.charts.svg import Points, band, drawing, element, line
from wherenow.report.wording.numbers import compact, human_unit
from wherenow.report.wording.texts import date
from wherenow.report.wording.times import TimeFormatter


@dataclass(frozen=True, slots=True)
class FanSize:
    """The natural size of a chart in pixels, at which text is 12 pixels high."""

    width: float
    height: float

    @property
    def wanted_years(self) -> int:
        return max(3, int(self.width // 80))


SMALL = FanSize(400, 230)
LEFT, RIGHT, TOP, BOTTOM = 48.0, 14.0, 16.0, 26.0


def fan_chart(fan: Fan, label: str, size: FanSize = SMALL, time_unit: str = "year") -> Markup:
    """Draw the bands and the median of ``fan``, with its data over them."""
    clock = TimeFormatter(time_unit)
    xs = Scale(float(fan.times[0]), float(fan.times[-1]), LEFT, size.width - RIGHT)
    ends = [*fan.quantiles[[0, -1]].ravel().tolist(), *(d.value for d in fan.data)]
    ys = Scale(*extent(ends, 4), size.height - BOTTOM, TOP)
    ground = element("g", *grid(ys, size), *time_axis(clock, xs, ys, size.wanted_years))
    over = element("g", *_data(fan.data, fan.unit, xs, ys))
    parts = (ground, *_bands(fan, xs, ys), over)
    return drawing(size.width, size.height, label, describe(fan, clock), *parts, class_="chart fan")


def describe(fan: Fan, clock: TimeFormatter) -> str:
    """Describe the chart for screen readers."""
    unit = human_unit(fan.unit)
    times = [float(fan.times[0]), float(fan.times[-1])]
    said = []
    for time in times:
        at = int(abs(fan.times - time).argmin())
        low, middle, high = (float(fan.quantiles[SHARES.index(q), at]) for q in (0.05, 0.5, 0.95))
        if math.isfinite(middle):
            said.append(f"in {clock.moment(time)} {compact(middle)} (90% of draws {compact(low)} to {compact(high)})")
    median = f"Median {', '.join(said)}{', in ' + unit if unit else ''}." if said else ""
    data = f"{len(fan.data)} data points." if fan.data else ""
    return f"{median} {data}".strip()


def window(fan: Fan, start: float, stop: float) -> Fan:
    """Return the part of a fan from ``start`` to ``stop``, or the whole fan if the part has fewer than two times."""
    kept = (fan.times >= start - 1e-9) & (fan.times <= stop + 1e-9)
    if kept.sum() < 2 or kept.all():
        return fan
    data = tuple(d for d in fan.data if start <= d.time <= stop)
    return replace(fan, times=fan.times[kept], quantiles=fan.quantiles[:, kept], central=fan.central[kept], data=data)


def along(fan: Fan, share: float, xs: Scale, ys: Scale) -> Points:
    """Return a quantile of a fan as points on a chart."""
    return np.column_stack([xs(fan.times), ys(fan.quantiles[SHARES.index(share)])])


def _bands(fan: Fan, xs: Scale, ys: Scale) -> list[Markup]:
    return [
        element("path", class_="band90", d=band(along(fan, 0.05, xs, ys), along(fan, 0.95, xs, ys))),
        element("path", class_="band50", d=band(along(fan, 0.25, xs, ys), along(fan, 0.75, xs, ys))),
        element("path", class_="median", d=line(along(fan, 0.5, xs, ys))),
    ]


def grid(ys: Scale, size: FanSize, left: float = LEFT) -> list[Markup]:
    """Draw grid lines at round values from ``left`` on, with labels."""
    found = []
    for value in ticks(ys.low, ys.high, 4):
        y = ys(value)
        nought = value == 0 and ys.low < 0
        found.append(element("line", class_="nought" if nought else "grid", x1=left, x2=size.width - RIGHT, y1=y, y2=y))
        found.append(element("text", compact(value), class_="tick", x=left - 6, y=y + 4, text_anchor="end"))
    return found


def future(cutoff: float | None, xs: Scale, ys: Scale) -> Markup:
    """Draw the background of the time after the cut-off."""
    if cutoff is None or not xs.low <= cutoff <= xs.high:
        return Markup()
    return element("rect", class_="future", x=xs(cutoff), y=ys.end, width=xs.end - xs(cutoff), height=ys.start - ys.end)


def cutoff_line(cutoff: float | None, xs: Scale, ys: Scale) -> list[Markup]:
    """Draw the line at the cut-off."""
    if cutoff is None or not xs.low <= cutoff <= xs.high:
        return []
    x = xs(cutoff)
    return [element("line", class_="cutoff", x1=x, x2=x, y1=ys.end, y2=ys.start)]


def _data(data: tuple[Datum, ...], unit: str, xs: Scale, ys: Scale) -> list[Markup]:
    unit = human_unit(unit)
    found = []
    for datum in data:
        if not (xs.low <= datum.time <= xs.high and math.isfinite(datum.value)):
            continue
        recalled = datum.quality == "recalled"
        said = f"{date(datum.date)}: {compact(datum.value)} {unit}{', recalled' if recalled else ''}"
        kind = "datum recalled" if recalled else "datum"
        found.append(
            element("circle", element("title", said), class_=kind, cx=xs(datum.time), cy=ys(datum.value), r=3.0)
        )
    return found

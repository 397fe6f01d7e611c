"""The axis of time: years, months between them, or numbers if times are not dates."""

from __future__ import annotations

import math

from markupsafe import Markup

from wherenow.report.charts.scales import Scale, ticks
from wherenow.report.charts.svg import element
from wherenow.report.wording.times import TimeFormatter

MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200)
"""Months between ticks of dates."""


def time_axis(clock: TimeFormatter, xs: Scale, ys: Scale, wanted: int) -> list[Markup]:
    """Draw the axis below a chart, with at most about ``wanted`` ticks."""
    found = [element("line", class_="axis", x1=xs.start, x2=xs.end, y1=ys.start, y2=ys.start)]
    for i, time in enumerate(time_ticks(clock, xs.low, xs.high, wanted)):
        x = xs(time)
        found.append(element("line", class_="axis", x1=x, x2=x, y1=ys.start, y2=ys.start + 4))
        anchor, place = ("end", xs.end) if x > xs.end - 12 else ("middle", x)
        said = clock.tick(time, whole=i == 0)
        found.append(element("text", said, class_="tick", x=place, y=ys.start + 18, text_anchor=anchor))
    return found


def time_ticks(clock: TimeFormatter, low: float, high: float, wanted: int) -> tuple[float, ...]:
    """Return the times of ticks in ``[low, high]``."""
    if not clock.dated or high <= low:
        return ticks(low, high, wanted)
    months = next((m for m in MONTHS if 12 * (high - low) / m <= wanted), MONTHS[-1])
    first, last = math.ceil(low * 12 / months - 1e-6), math.floor(high * 12 / months + 1e-6)
    return tuple(k * months / 12 for k in range(first, last + 1))

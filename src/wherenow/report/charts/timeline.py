"""A timeline of events, with a lane for each sector, above a series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import shorten

from markupsafe import Markup

from wherenow.case.case_types import Event
from wherenow.outlook.outlook_types import Fan
from wherenow.report.charts.axis import Scale, extent, upright, value_axis
from wherenow.report.charts.fan import RIGHT, bands, years
from wherenow.report.charts.svg import drawing, element
from wherenow.report.wording.texts import date
from wherenow.report.wording.times import TimeFormatter

LANE, TOP, GAP, BOTTOM = 19.0, 8.0, 16.0, 26.0
NARROW = 800.0
"""A narrower drawing has the names of lanes above them instead of beside."""
BESIDE, ABOVE = 236.0, 40.0
"""Left edge of the lanes in a wide and in a narrow drawing."""
LETTERS = 38  # maximum number of letters in the name of a lane
SERIES = 110.0
"""Height of the series below the lanes."""


def timeline(
    lanes: Mapping[str, Sequence[Event]],
    fan: Fan,
    title: str,
    description: str,
    span: tuple[float, float],
    width: float = 1200.0,
    cutoff: float | None = None,
    *,
    clock: TimeFormatter,
) -> Markup:
    """Draw ``lanes`` of events, by name, above the bands of ``fan``, over ``span``.

    Its attributes let a script select a span by dragging.
    """
    narrow = width < NARROW
    lane, left = (LANE * 1.7, ABOVE) if narrow else (LANE, BESIDE)
    lanes_end = TOP + lane * len(lanes)
    height = lanes_end + GAP + SERIES + BOTTOM
    xs = Scale(*span, left, width - RIGHT)
    ends = [float(v) for row in (fan.quantiles[0], fan.quantiles[-1]) for v in row] + [d.value for d in fan.data]
    ys = Scale(*extent(ends, 3), height - BOTTOM, lanes_end + GAP)
    now = [xs(cutoff)] if cutoff is not None and xs.low <= cutoff <= xs.high else []
    parts = [element("rect", class_="future", x=x, y=TOP, width=xs.end - x, height=ys.start - TOP) for x in now]
    for i, (name, events) in enumerate(lanes.items()):
        parts += _lane(name, events, TOP + lane * (i + (0.7 if narrow else 0.5)), xs, narrow)
    parts += [
        *value_axis(ys, left, xs.end, zero="nought"),
        *years(clock, xs, ys),
        *bands(fan, xs, ys),
        *(upright("cutoff", x, Scale(0, 1, ys.start, TOP)) for x in now),
        element("rect", class_="brush", x=0, y=TOP, width=0, height=ys.start - TOP),
    ]
    reach = {"data_start": repr(span[0]), "data_stop": repr(span[1]), "data_left": xs.start, "data_right": xs.end}
    return drawing(width, height, title, description, *parts, class_="chart timeline", **reach)


def _lane(name: str, events: Sequence[Event], y: float, xs: Scale, narrow: bool) -> list[Markup]:
    x, up, anchor = (xs.start, -10, "start") if narrow else (xs.start - 12, 4, "end")
    parts = [
        element("text", shorten(name, LETTERS, placeholder="…"), class_="tick", x=x, y=y + up, text_anchor=anchor),
        element("line", class_="grid", x1=xs.start, x2=xs.end, y1=y, y2=y),
    ]
    for event in events:
        tooltip = f"{date(event.date)}: {event.event}"
        tone = event.goldstein or 0.0
        kind = "happening" + (" conflict" if tone < 0 else " cooperation" if tone > 0 else "")
        radius = 3.0 + abs(tone) * 0.4
        parts.append(element("circle", element("title", tooltip), class_=kind, cx=xs(event.time), cy=y, r=radius))
    return parts

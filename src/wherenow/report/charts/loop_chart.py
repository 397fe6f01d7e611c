"""Charts of feedback loops: the share of each in the model's behaviour over time, with its range over draws."""

from __future__ import annotations

import textwrap

import numpy as np
from markupsafe import Markup

from wherenow.explain.loops.loop_shares import NamedLoops
from wherenow.outlook.outlook_types import Array
from wherenow.report.charts.scales import Scale, ticks
from wherenow.report.charts.svg import band, drawing, element, line
from wherenow.report.charts.why_chart import STYLE, XMLNS

ROW, LABELS, AXIS = 46.0, 330.0, 20.0


def period_length(loops: NamedLoops) -> float:
    """Return the length of a period; 1 if there is only one."""
    return float(loops.times[1] - loops.times[0]) if len(loops.times) > 1 else 1.0


def course_chart(loops: NamedLoops, loop: int, said: str) -> Markup:
    """Draw the course of one loop: its mean share and 90% range, shaded while it leads."""
    width, height = 420.0, 84.0
    xs = _across(loops, 34.0, width - 8)
    parts = [*_course(loops, loop, xs, Scale(0, 1, height - AXIS, 6)), *_axis(xs, height)]
    for share in (0.0, 1.0):
        y = height - AXIS - share * (height - AXIS - 6) + 4
        parts.append(element("text", f"{100 * share:.0f}%", x=28, y=y, text_anchor="end", class_="soft"))
    return drawing(width, height, said, loops.titles[loop], STYLE, *parts, class_="chart why", xmlns=XMLNS)


def loops_chart(loops: NamedLoops) -> Markup:
    """Draw the courses of all loops below each other, starting with the one that drives the model most."""
    size = np.abs(loops.shares).mean(axis=2)
    order = np.argsort(-size.mean(axis=1), kind="stable")
    width, height = 900.0, ROW * len(order) + AXIS
    xs = _across(loops, LABELS, width - 10)
    parts: list[Markup] = [STYLE]
    for row, i in enumerate(order):
        base = ROW * (row + 1)
        label = textwrap.shorten(f"{loops.loops[i]}  {loops.titles[i]}", 48, placeholder="…")
        parts.append(element("text", element("title", loops.titles[i]), label, x=0, y=base - 12))
        parts.append(element("text", f"{100 * size[i].mean():.0f}%", x=LABELS - 12, y=base - 12, text_anchor="end",
                             class_="soft"))  # fmt: skip
        parts += _course(loops, int(i), xs, Scale(0, 1, base, base - ROW + 6))
    said = "; ".join(f"{x.first:.0f} to {x.last:.0f} {x.loop}" for x in loops.leading())
    return drawing(width, height, "Which loop leads when", f"Which loop leads: {said}", *parts, *_axis(xs, height),
                   class_="chart why", xmlns=XMLNS)  # fmt: skip


def _across(loops: NamedLoops, left: float, right: float) -> Scale:
    return Scale(float(loops.times[0]), float(loops.times[-1]) + period_length(loops), left, right)


def _course(loops: NamedLoops, loop: int, xs: Scale, ys: Scale) -> list[Markup]:
    size = np.abs(loops.shares)
    mean, length = size.mean(axis=2), period_length(loops)
    leads = (mean.argmax(axis=0) == loop) & (mean[loop] > 0)
    width = length * (xs.end - xs.start) / (xs.high - xs.low)
    parts = [
        element("rect", x=xs(float(t)), y=ys.end, width=width, height=ys.start - ys.end, class_="lead")
        for t in loops.times[leads]
    ]
    middles = xs(loops.times + length / 2)

    def at(values: Array) -> Array:
        return np.column_stack([middles, ys(values)])

    low, high = np.quantile(size[loop], (0.05, 0.95), axis=1)
    parts.append(element("path", d=band(at(low), at(high)), class_="range"))
    parts.append(element("path", d=line(at(mean[loop])), class_="mean"))
    return [*parts, element("line", x1=xs.start, x2=xs.end, y1=ys.start, y2=ys.start, class_="line")]


def _axis(xs: Scale, height: float) -> list[Markup]:
    return [
        element("text", f"{time:g}", x=xs(time), y=height - 4, text_anchor="middle", class_="soft")
        for time in ticks(xs.low, xs.high, 5)
        if xs(time) > xs.start + 8
    ]

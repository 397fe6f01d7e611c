"""Charts of reasons: the effect of each cut on each claim, the parts of a difference, and loops over time.

Each includes its own style, so that it works both in the report and as a separate file.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from markupsafe import Markup

from wherenow.explain.ablation.mechanisms import AblationTable, Sort
from wherenow.explain.ablation.verdict import ClaimChange, Why
from wherenow.explain.decomposition import Difference
from wherenow.explain.loops.loop_shares import NamedLoops
from wherenow.explain.narrative import Explanation
from wherenow.explain.reasons import Reasons
from wherenow.files import write_text
from wherenow.outlook.outlook_types import Array
from wherenow.report.charts.axis import Scale, ticks
from wherenow.report.charts.svg import XMLNS, band, drawing, element, line
from wherenow.report.wording.numbers import compact, human_name, quantity

CELL, LABELS, HEAD = 22.0, 370.0, 210.0
ROW, TITLES, AXIS = 46.0, 330.0, 20.0
STYLE = Markup(
    "<style>.why text{font:12px Inter,'Segoe UI','Noto Sans',sans-serif;fill:var(--ink,#19222d)}"
    ".why .soft{fill:var(--soft,#525d6b)}.why .line{stroke:var(--line,#dde1e6);fill:none}"
    ".why .cell{fill:var(--accent,#1a5a92)}.why .named{stroke:var(--event,#a8481a);stroke-width:1.5;fill:none}"
    ".why .lead{fill:var(--event,#a8481a);fill-opacity:0.13}.why .range{fill:var(--band90,#d2e2f1)}"
    ".why .mean{stroke:var(--accent,#1a5a92);stroke-width:2;fill:none}"
    ".why .more{fill:var(--accent,#1a5a92)}.why .less{fill:var(--event,#a8481a)}.why .head{font-weight:600}</style>"
)


def cuts_chart(table: AblationTable, titles: Mapping[str, str]) -> Markup:
    """Draw claims, grouped by verdict, against cuts: their reason, each loop, each sector.

    A fuller square means that the cut removes a larger share of the draws in which the claim holds; a frame marks what
    a claim names.
    """
    columns = [m for m in table.mechanisms if m.sort in (Sort.LOOP, Sort.SECTOR)]
    groups = [(word, [row for row in table if row.answer.word is word]) for word in Why]
    groups = [(word, rows) for word, rows in groups if rows and word is not Why.FAILS]
    width = LABELS + (1.5 + len(columns)) * CELL + 150
    parts: list[Markup] = [STYLE, _column("the reason it gives", 0.0)]
    for i, mechanism in enumerate(columns):
        title = titles.get(mechanism.name, "")
        parts.append(_column(f"{mechanism.name}  {title}" if mechanism.sort is Sort.LOOP else title, 1.5 + i))
    y = HEAD
    for word, rows in groups:
        parts.append(element("text", str(word), x=0, y=y + 15, class_="head"))
        y += CELL
        for row in rows:
            says = (element("title", row.says), textwrap.shorten(row.says, 52, placeholder="…"))
            parts.append(element("text", *says, x=LABELS - 10, y=y + 15, text_anchor="end"))
            parts.append(_cell(row.reason, 0.0, y, f"{row.says}, its reason", named=bool(row.named)))
            for i, mechanism in enumerate(columns):
                mine = mechanism.sort is Sort.LOOP and mechanism.links <= set(row.named)
                description = f"{row.says}, {titles.get(mechanism.name) or mechanism.name}"
                parts.append(_cell(row.changes.get(mechanism.name), 1.5 + i, y, description, mine))
            y += CELL
        y += 8
    description = f"{len(table.rows)} claims by {len(columns)} loops and sectors that are cut, on {table.draws} draws"
    return drawing(
        width, y + 4, "The effect of each cut on each claim", description, *parts, class_="chart why", xmlns=XMLNS
    )


def _column(label: str, place: float) -> Markup:
    x = LABELS + (place + 0.65) * CELL
    return element(
        "text",
        textwrap.shorten(label, 40, placeholder="…"),
        x=x,
        y=HEAD - 6,
        transform=f"rotate(-50 {x:.1f} {HEAD - 6:.1f})",
    )


def _cell(change: ClaimChange | None, place: float, y: float, label: str, named: bool) -> Markup:
    x, size = LABELS + place * CELL, CELL - 3
    parts = [element("rect", x=x, y=y, width=size, height=size, class_="line")]
    if change is not None and change.whole > 0:
        part = min(1.0, max(0.0, -change.change / change.whole))
        tooltip = f"{label}: {100 * change.whole:.0f}% of draws whole, {100 * change.cut:.0f}% cut"
        if part > 0.01:
            spot = {"x": x, "y": y + size * (1 - part), "width": size, "height": size * part}
            parts.append(element("rect", element("title", tooltip), **spot, class_="cell"))
    if named:
        parts.append(element("rect", x=x, y=y, width=size, height=size, class_="named"))
    return Markup("").join(parts)


def parts_chart(difference: Difference, label: str) -> Markup:
    """Draw the parts of a difference as bars, increases to the right and decreases to the left."""
    shown = [part for part in difference.parts if abs(part.mean) >= 0.02 * abs(difference.parts[0].mean)][:8]
    rows = [
        (label, difference.change, difference.low, difference.high),
        *((human_name(p.source), p.mean, p.low, p.high) for p in shown),
    ]
    reach = max((abs(v) for row in rows for v in row[1:]), default=1.0) or 1.0
    width, labels, height = 760.0, 250.0, 26.0 * len(rows) + 14
    xs = Scale(-reach, reach, labels + 10, width - 90)
    parts: list[Markup] = [STYLE, element("line", x1=xs(0.0), x2=xs(0.0), y1=4, y2=height - 6, class_="line")]
    for i, (name, mean, low, high) in enumerate(rows):
        y = 8 + 26 * i
        start, stop = sorted((xs(0.0), xs(mean)))
        kind = "more" if mean > 0 else "less"
        weight = "head" if i == 0 else None
        parts.append(element("text", name, x=labels, y=y + 12, text_anchor="end", class_=weight))
        parts.append(element("rect", x=start, y=y + 2, width=max(stop - start, 1.0), height=12, class_=kind))
        parts.append(element("line", x1=xs(low), x2=xs(high), y1=y + 8, y2=y + 8, stroke="currentColor"))
        parts.append(element("text", compact(mean), x=width - 80, y=y + 12, class_=weight))
    description = f"{label} changes by {quantity(difference.change, difference.unit)}; " + ", ".join(
        f"{human_name(p.source)} {compact(p.mean)}" for p in shown
    )
    title = f"What makes up the change in {label}"
    return drawing(width, height, title, description, *parts, class_="chart why", xmlns=XMLNS)


def period_length(loops: NamedLoops) -> float:
    """Return the length of a period; 1 if there is only one."""
    return float(loops.times[1] - loops.times[0]) if len(loops.times) > 1 else 1.0


def course_chart(loops: NamedLoops, loop: int, title: str) -> Markup:
    """Draw the course of one loop: its mean share and 90% range, shaded while it leads."""
    width, height = 420.0, 84.0
    xs = _across(loops, 34.0, width - 8)
    parts = [*_course(loops, loop, xs, Scale(0, 1, height - AXIS, 6)), *_axis(xs, height)]
    for share in (0.0, 1.0):
        y = height - AXIS - share * (height - AXIS - 6) + 4
        parts.append(element("text", f"{100 * share:.0f}%", x=28, y=y, text_anchor="end", class_="soft"))
    return drawing(width, height, title, loops.titles[loop], STYLE, *parts, class_="chart why", xmlns=XMLNS)


def loops_chart(loops: NamedLoops) -> Markup:
    """Draw the course of each loop, one below another, starting with the loop that drives the model most."""
    size = np.abs(loops.shares).mean(axis=2)
    order = np.argsort(-size.mean(axis=1), kind="stable")
    width, height = 900.0, ROW * len(order) + AXIS
    xs = _across(loops, TITLES, width - 10)
    parts: list[Markup] = [STYLE]
    for row, i in enumerate(order):
        base = ROW * (row + 1)
        label = textwrap.shorten(f"{loops.loops[i]}  {loops.titles[i]}", 48, placeholder="…")
        parts.append(element("text", element("title", loops.titles[i]), label, x=0, y=base - 12))
        mean = f"{100 * size[i].mean():.0f}%"
        parts.append(element("text", mean, x=TITLES - 12, y=base - 12, text_anchor="end", class_="soft"))
        parts += _course(loops, int(i), xs, Scale(0, 1, base, base - ROW + 6))
    description = "Which loop leads: " + "; ".join(f"{x.first:.0f} to {x.last:.0f} {x.loop}" for x in loops.leading())
    parts += _axis(xs, height)
    return drawing(width, height, "Which loop leads when", description, *parts, class_="chart why", xmlns=XMLNS)


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


def why_context(why: Reasons) -> dict[str, object]:
    """Return the context for the template of the section on reasons."""
    return {
        "why": why,
        "cuts_chart": cuts_chart(why.table, why.titles),
        "loops_chart": loops_chart(why.loops) if why.loops else None,
        "others": [row for row in why.table if row.answer.word is Why.OTHER],
        "failing": sum(row.answer.word is Why.FAILS for row in why.table),
        "differences": [(explanation, _first(explanation)) for _, explanation in why.differences],
    }


def pictures(why: Reasons) -> Mapping[str, Markup]:
    """Draw the pictures of the section on reasons, by file name."""
    loops = {"loops.svg": loops_chart(why.loops)} if why.loops else {}
    differences = {f"{claim}.svg": _first(explanation) for claim, explanation in why.differences}
    return {"cuts.svg": cuts_chart(why.table, why.titles), **loops, **differences}


def write_pictures(why: Reasons, folder: Path) -> tuple[Path, ...]:
    """Write the pictures into ``folder``, creating it if needed. Raises UsageError if it cannot be written."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, picture in pictures(why).items():
        write_text(folder / name, picture + "\n")
        paths.append(folder / name)
    return tuple(paths)


def _first(explanation: Explanation) -> Markup:
    step = explanation.steps[0]
    return parts_chart(step.difference, step.label)

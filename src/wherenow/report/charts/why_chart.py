"""Charts of reasons: the effect of each cut on each claim, and the parts of a difference.

Each includes its own style, so that it works both in the report and as a separate file.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from markupsafe import Markup

from wherenow.explain.ablation.mechanisms import AblationTable, Sort
from wherenow.explain.ablation.verdict import ClaimChange, Why
from wherenow.explain.decomposition import Difference
from wherenow.report.charts.scales import Scale
from wherenow.report.charts.svg import drawing, element
from wherenow.report.wording.numbers import compact, human_name, quantity

CELL, LABELS, HEAD = 22.0, 370.0, 210.0
STYLE = Markup(
    "<style>.why text{font:12px Inter,'Segoe UI','Noto Sans',sans-serif;fill:var(--ink,#19222d)}"
    ".why .soft{fill:var(--soft,#525d6b)}.why .line{stroke:var(--line,#dde1e6);fill:none}"
    ".why .cell{fill:var(--accent,#1a5a92)}.why .named{stroke:var(--event,#a8481a);stroke-width:1.5;fill:none}"
    ".why .lead{fill:var(--event,#a8481a);fill-opacity:0.13}.why .range{fill:var(--band90,#d2e2f1)}"
    ".why .mean{stroke:var(--accent,#1a5a92);stroke-width:2;fill:none}"
    ".why .more{fill:var(--accent,#1a5a92)}.why .less{fill:var(--event,#a8481a)}.why .head{font-weight:600}</style>"
)
XMLNS = "http://www.w3.org/2000/svg"


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
            parts.append(element("text", element("title", row.says), textwrap.shorten(row.says, 52, placeholder="…"),
                                 x=LABELS - 10, y=y + 15, text_anchor="end"))  # fmt: skip
            parts.append(_cell(row.reason, 0.0, y, f"{row.says}, its reason", named=bool(row.named)))
            for i, mechanism in enumerate(columns):
                mine = mechanism.sort is Sort.LOOP and mechanism.links <= set(row.named)
                said = f"{row.says}, {titles.get(mechanism.name) or mechanism.name}"
                parts.append(_cell(row.changes.get(mechanism.name), 1.5 + i, y, said, mine))
            y += CELL
        y += 8
    said = f"{len(table.rows)} claims by {len(columns)} loops and sectors that are cut, on {table.draws} draws"
    return drawing(width, y + 4, "What each cut takes from each claim", said, *parts, class_="chart why", xmlns=XMLNS)


def _column(said: str, place: float) -> Markup:
    x = LABELS + (place + 0.65) * CELL
    return element(
        "text",
        textwrap.shorten(said, 40, placeholder="…"),
        x=x,
        y=HEAD - 6,
        transform=f"rotate(-50 {x:.1f} {HEAD - 6:.1f})",
    )


def _cell(change: ClaimChange | None, place: float, y: float, said: str, named: bool) -> Markup:
    x, size = LABELS + place * CELL, CELL - 3
    parts = [element("rect", x=x, y=y, width=size, height=size, class_="line")]
    if change is not None and change.whole > 0:
        part = min(1.0, max(0.0, -change.change / change.whole))
        tooltip = f"{said}: {100 * change.whole:.0f}% of draws whole, {100 * change.cut:.0f}% cut"
        if part > 0.01:
            parts.append(element("rect", element("title", tooltip), x=x, y=y + size * (1 - part), width=size,
                                 height=size * part, class_="cell"))  # fmt: skip
    if named:
        parts.append(element("rect", x=x, y=y, width=size, height=size, class_="named"))
    return Markup("").join(parts)


def parts_chart(found: Difference, label: str) -> Markup:
    """Draw the parts of a difference as bars, increases to the right and decreases to the left."""
    shown = [part for part in found.parts if abs(part.mean) >= 0.02 * abs(found.parts[0].mean)][:8]
    rows = [
        (label, found.change, found.low, found.high),
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
    said = f"{label} changes by {quantity(found.change, found.unit)}; " + ", ".join(
        f"{human_name(p.source)} {compact(p.mean)}" for p in shown
    )
    return drawing(width, height, f"What the change of {label} is made of", said, *parts, class_="chart why",
                   xmlns=XMLNS)  # fmt: skip

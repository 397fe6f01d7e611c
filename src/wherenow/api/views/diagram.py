"""The stock-and-flow diagram of a model as SVG, from the file's own view or an automatic layout."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from markupsafe import Markup

from wherenow.api.edits.editing import SourceFile
from wherenow.api.notebooks.picture import Picture
from wherenow.api.views.model_view import Point, View, ViewArrow, ViewBox, laid_out
from wherenow.case.case_types import Case
from wherenow.errors import UsageError, did_you_mean
from wherenow.report.charts.svg import XMLNS, drawing, element, line

MARGIN = 60.0
LETTERS = 20
STYLE = Markup(
    "<style>.sd text{font:12px Inter,'Segoe UI','Noto Sans',sans-serif;fill:#19222d;text-anchor:middle}"
    ".sd .stock{fill:#fff;stroke:#19222d;stroke-width:1.6}.sd .valve{fill:#19222d}"
    ".sd .cloud{fill:#fff;stroke:#5b6673;stroke-dasharray:3 2}.sd .ghost{opacity:.55}"
    ".sd .pipe{fill:none;stroke:#19222d;stroke-width:5}.sd .bore{fill:none;stroke:#fff;stroke-width:2.5}"
    ".sd .link{fill:none;stroke:#1f5f8b;stroke-width:1.3}.sd .head{fill:#1f5f8b}.sd .flowhead{fill:#19222d}"
    ".sd .sign{font-weight:600;fill:#1f5f8b}.sd .dot{fill:#1f5f8b}</style>"
)


def diagram(case: Case, source: bytes | None, signs: Mapping[tuple[str, str], str], view: str | int) -> Picture:
    """Draw the diagram; see :meth:`wherenow.api.model.Model.diagram`."""
    found = views_of(case, source) or (laid_out(case),)
    chosen = _chosen(found, view)
    named = replace(chosen, arrows=tuple(_signed(a, chosen.boxes, signs) for a in chosen.arrows))
    title = f"{case.title or case.name}: {chosen.title}" if len(found) > 1 and chosen.title else case.title or case.name
    return Picture(title, str(_drawn(named, title)))


def views_of(case: Case, source: bytes | None) -> tuple[View, ...]:
    """Return the views of a model's file; none for a case folder, a model with cut links, or a file without views."""
    if case.folder.is_dir():
        return ()
    try:
        text = SourceFile.of(case, source).document.text
    except UsageError:
        return ()
    if case.folder.suffix.lower() == ".mdl":
        from wherenow.api.views.view_mdl import views

        return tuple(views(text, case.model.variables))
    from wherenow.api.views.view_xmile import views as xmile_views

    return tuple(xmile_views(text, str(case.folder), case.model.variables))


def _chosen(found: tuple[View, ...], view: str | int) -> View:
    if isinstance(view, str):
        by_title = {v.title: v for v in found}
        if view not in by_title:
            raise UsageError(f"there is no view '{view}'", did_you_mean(view, by_title) or ", ".join(by_title))
        return by_title[view]
    if not 0 <= view < len(found):
        raise UsageError(f"there is no view {view}", f"there are {len(found)}, counted from 0")
    return found[view]


def _signed(arrow: ViewArrow, boxes: Mapping[int, ViewBox], signs: Mapping[tuple[str, str], str]) -> ViewArrow:
    """Add the polarity of the link to the arrow, if the file gives none and it is known."""
    target = boxes[arrow.target]
    name = target.name or next((b.name for b in boxes.values() if b.kind == "flow name" and beside(b, target)), "")
    sign = signs.get((boxes[arrow.source].name, name), "")
    return arrow if arrow.pipe or arrow.sign else replace(arrow, sign=sign)


def beside(name: ViewBox, valve: ViewBox) -> bool:
    """Check whether a valve belongs to the flow whose name is near it."""
    return valve.kind == "valve" and abs(name.x - valve.x) < 60 and abs(name.y - valve.y) < 40


def _drawn(view: View, title: str) -> Markup:
    boxes = view.boxes.values()
    left, top = min(b.x - b.width / 2 for b in boxes) - MARGIN, min(b.y - b.height / 2 for b in boxes) - MARGIN
    right, bottom = max(b.x + b.width / 2 for b in boxes) + MARGIN, max(b.y + b.height / 2 for b in boxes) + MARGIN
    moved = {n: replace(b, x=b.x - left, y=b.y - top) for n, b in view.boxes.items()}
    arrows = [replace(a, through=tuple((x - left, y - top) for x, y in a.through)) for a in view.arrows]
    parts = [_pipe(a, moved) for a in arrows if a.pipe] + [_link(a, moved) for a in arrows if not a.pipe]
    parts += [_shape(b) for b in moved.values()]
    count, stocks = len({b.name for b in boxes if b.name}), [b.label for b in boxes if b.kind == "stock"]
    about = f"Stock-and-flow diagram of {count} variables; stocks: {', '.join(stocks)}."
    return drawing(right - left, bottom - top, title, about, STYLE, *parts, class_="sd", xmlns=XMLNS)


def _shape(box: ViewBox) -> Markup:
    x, y, width, height = box.x, box.y, box.width, box.height
    ghost = " ghost" if box.ghost else ""
    match box.kind:
        case "cloud":
            return element("ellipse", class_="cloud", cx=x, cy=y, rx=width / 2, ry=height / 2)
        case "valve":
            return _valve(x, y)
        case "flow":
            return element("g", _valve(x, y), *_words(box.label, x, y + 24), class_=f"flow{ghost}")
        case "flow beside":
            label = element("text", box.label, x=x + 14, y=y + 4, style="text-anchor:start")
            return element("g", _valve(x, y), label, class_="flow")
        case "stock":
            shape = element("rect", class_="stock", x=x - width / 2, y=y - height / 2, width=width, height=height)
            return element("g", shape, *_words(box.label, x, y, width), class_=f"box{ghost}")
        case "auxiliary" | "parameter" | "series" if width <= 16:
            dot = element("circle", class_="dot", cx=x, cy=y, r=4.0)
            return element("g", dot, *_words(box.label, x, y + 18), class_=f"aux{ghost}")
        case _:
            shown = f"<{box.label}>" if box.ghost else box.label
            return element("g", *_words(shown, x, y), class_=f"aux{ghost}")


def _valve(x: float, y: float) -> Markup:
    left, right, top, bottom = f"{x - 8:.1f}", f"{x + 8:.1f}", f"{y - 7:.1f}", f"{y + 7:.1f}"
    return element("path", class_="valve", d=f"M{left} {top}L{right} {bottom}V{top}L{left} {bottom}Z")


def _words(label: str, x: float, y: float, width: float = 0.0) -> list[Markup]:
    label = label.replace("_", " ")
    rows = textwrap.wrap(label, max(LETTERS, int(width / 6.5))) or [label]
    first = y + 4 - (len(rows) - 1) * 7
    return [element("text", row, x=x, y=first + 14 * k) for k, row in enumerate(rows)]


def _pipe(arrow: ViewArrow, boxes: Mapping[int, ViewBox]) -> Markup:
    source, target = boxes[arrow.source], boxes[arrow.target]
    points = [(source.x, source.y), *arrow.through, (target.x, target.y)]
    points[-1] = _edge(points[-2], target, 7.0 if arrow.head else 0.0)
    path = line(np.array(points))
    head = _head(points[-2], points[-1], 7.0, "flowhead") if arrow.head else Markup()
    return element("g", element("path", class_="pipe", d=path), element("path", class_="bore", d=path), head)


def _link(arrow: ViewArrow, boxes: Mapping[int, ViewBox]) -> Markup:
    source, target = boxes[arrow.source], boxes[arrow.target]
    a, b = (source.x, source.y), (target.x, target.y)
    middle = arrow.through[0] if arrow.through else ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
    control = (2 * middle[0] - (a[0] + b[0]) / 2, 2 * middle[1] - (a[1] + b[1]) / 2)
    start, end = _edge(control, source, 2.0), _edge(control, target, 5.0)
    path = f"M{start[0]:.1f} {start[1]:.1f}Q{control[0]:.1f} {control[1]:.1f} {end[0]:.1f} {end[1]:.1f}"
    parts = [element("path", class_="link", d=path), _head(control, end, 5.0, "head")]
    if arrow.sign:
        shown = arrow.sign.replace("+-", "±").replace("-", "−")
        along = (end[0] * 0.85 + control[0] * 0.15, end[1] * 0.85 + control[1] * 0.15)
        parts.append(element("text", shown, class_="sign", x=along[0] + 9, y=along[1] - 3))
    return element("g", element("title", f"{source.label or 'flow'} → {target.label or 'flow'}"), *parts)


def _edge(origin: Point, box: ViewBox, gap: float) -> Point:
    """Find where a line from ``origin`` to the centre of a box meets its border, less ``gap``."""
    dx, dy = box.x - origin[0], box.y - origin[1]
    length = math.hypot(dx, dy)
    if length < 1e-9:
        return box.x, box.y
    wide, high = max(box.width / 2, 8.0), max(box.height / 2, 8.0)
    reach = min(wide / abs(dx) if dx else math.inf, high / abs(dy) if dy else math.inf)
    back = min(1.0, reach + gap / length)
    return box.x - dx * back, box.y - dy * back


def _head(before: Point, tip: Point, size: float, kind: str) -> Markup:
    dx, dy = tip[0] - before[0], tip[1] - before[1]
    length = math.hypot(dx, dy) or 1.0
    ux, uy = dx / length * size, dy / length * size
    ends = ((tip[0] + ux, tip[1] + uy), (tip[0] - uy, tip[1] + ux), (tip[0] + uy, tip[1] - ux))
    return element("path", class_=kind, d="M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ends) + "Z")

"""Views of an XMILE file (XMILE 1.0, chapter 6)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from wherenow.api.views.model_view import Point, View, ViewArrow, ViewBox
from wherenow.exchange.xmile.reading.xml_reader import Tag, read_markup
from wherenow.language.syntax import canonical
from wherenow.model.model_types import Variable

_SIZES = {"stock": (100.0, 40.0), "flow": (16.0, 16.0), "aux": (16.0, 16.0)}
_KINDS = {"stock": "stock", "flow": "flow", "aux": "auxiliary"}


def views(text: str, path: str, variables: Mapping[str, Variable]) -> Iterator[View]:
    """Return every view of a file that contains a variable."""
    root = read_markup(text, path, [])
    for model in root.all("model"):
        for parent in model.all("views"):
            for tag in parent.all("view"):
                found = _view(tag, variables)
                if found.boxes:
                    yield found


def _view(tag: Tag, variables: Mapping[str, Variable]) -> View:
    boxes: dict[int, ViewBox] = {}
    number: dict[str, int] = {}
    arrows: list[ViewArrow] = []
    for child in (*tag.children, *(c for group in tag.all("group") for c in group.children)):
        kind = child.name
        alias = child.inner("of") if kind == "alias" else ""
        name = canonical(alias or child.attributes.get("name", ""))
        place = _place(child)
        if place is None or name not in variables or kind not in (*_KINDS, "alias"):
            continue
        at = len(boxes)
        shown = str(variables[name].kind) if alias else _KINDS[kind]
        width, height = _SIZES[kind if kind in _SIZES else "aux"]
        if kind == "stock":
            width, height = _number(child, "width") or width, _number(child, "height") or height
        label = (variables[name].label or child.attributes.get("name", name)).replace("\\n", " ")
        x, y = place
        if kind == "stock" and _number(child, "width") is not None:  # a sized stock is placed by its corner
            x, y = x + width / 2, y + height / 2
        size = {"width": width, "height": height}
        boxes[at] = ViewBox(name=name, label=label, kind=shown, x=x, y=y, ghost=bool(alias), **size)
        number.setdefault(child.attributes.get("uid", "") or name, at)
        number.setdefault(name, at)
    for flow in tag.all("flow"):
        arrows += _pipes(canonical(flow.attributes.get("name", "")), flow, boxes, number, variables)
    for connector in tag.all("connector"):
        ends = [_end(connector.find(way), number) for way in ("from", "to")]
        if ends[0] is not None and ends[1] is not None:
            bend = _bend(boxes[ends[0]], boxes[ends[1]], _number(connector, "angle"))
            arrows.append(ViewArrow(source=ends[0], target=ends[1], through=bend))
    return View(tag.attributes.get("name", ""), boxes, tuple(arrows))


def _pipes(
    name: str, flow: Tag, boxes: dict[int, ViewBox], number: Mapping[str, int], variables: Mapping[str, Variable]
) -> Iterator[ViewArrow]:
    """Build a flow's pipe, from the stock or cloud at its first point to that at its last."""
    points = [p for tag in flow.all("pts") for p in map(_place, tag.all("pt")) if p is not None]
    if name not in number or len(points) < 2:
        return
    drained = [s for s, v in variables.items() if name in v.outflows and s in number]
    filled = [s for s, v in variables.items() if name in v.inflows and s in number]
    for stocks, point, into in ((drained, points[0], False), (filled, points[-1], True)):
        if stocks:
            end = number[stocks[0]]
        else:
            end = max(boxes) + 1
            boxes[end] = ViewBox(name="", label="", kind="cloud", x=point[0], y=point[1], width=20, height=16)
        yield ViewArrow(source=number[name], target=end, pipe=True, head=into)


def _end(tag: Tag | None, number: Mapping[str, int]) -> int | None:
    if tag is None:
        return None
    alias = tag.find("alias")
    return number.get(alias.attributes.get("uid", "") if alias is not None else canonical(tag.value))


def _bend(source: ViewBox, target: ViewBox, angle: float | None) -> tuple[Point, ...]:
    """Find the middle of an arc that leaves at an angle (degrees anticlockwise from three o'clock)."""
    if angle is None:
        return ()
    dx, dy = target.x - source.x, target.y - source.y
    off = (math.radians(angle) - math.atan2(-dy, dx) + math.pi) % (2 * math.pi) - math.pi
    rise = math.tan(max(-1.2, min(1.2, off / 2))) / 2  # the rise of a circular arc, relative to the chord
    return ((source.x + dx / 2 + dy * rise, source.y + dy / 2 - dx * rise),)


def _place(tag: Tag) -> Point | None:
    x, y = _number(tag, "x"), _number(tag, "y")
    return None if x is None or y is None else (x, y)


def _number(tag: Tag, name: str) -> float | None:
    try:
        return float(tag.attributes.get(name, ""))
    except ValueError:
        return None

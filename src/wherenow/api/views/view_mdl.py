"""Views of a Vensim file: its sketch, as Vensim writes it (https://www.vensim.com/documentation/24305.html).

Each line is an element. ``10`` is a variable, ``11`` a valve, ``12`` a cloud or comment: number, text, position, half
width and half height, shape. ``1`` is an arrow: number, from, to, shape, hidden, polarity, thickness, and points on the
way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from wherenow.api.views.model_view import Point, View, ViewArrow, ViewBox
from wherenow.exchange.vensim.reading.sections import SKETCH
from wherenow.language.syntax import canonical
from wherenow.model.model_types import Kind, Variable

_FIELDS = re.compile(r'"(?:[^"\\]|\\.)*"|[^,]*')
_POINT = re.compile(r"\((-?[\d.]+),(-?[\d.]+)\)")
PIPE, CLOUD = 22, "48"
_SIGNS = {"43": "+", "45": "-", "83": "+", "79": "-"}
"""Polarities that an arrow may have: +, -, and s and o of older files."""


def views(text: str, variables: Mapping[str, Variable]) -> Iterator[View]:
    """Return every view of a file that contains a variable."""
    for part in SKETCH.split(text)[1:]:
        title = re.search(r"^\*([^\n]*)$", part, re.MULTILINE)
        boxes: dict[int, ViewBox] = {}
        arrows: list[ViewArrow] = []
        for line in part.split("\n"):
            kind, _, rest = line.partition(",")
            if kind in ("10", "11", "12"):
                if (box := _box(kind, _split(rest), variables)) is not None:
                    boxes[box[0]] = box[1]
            elif kind == "1" and (arrow := _arrow(rest)) is not None:
                arrows.append(arrow)
        if any(box.name for box in boxes.values()):
            drawn = tuple(a for a in arrows if a.source in boxes and a.target in boxes)
            yield View(title[1].strip() if title else "", boxes, drawn)


def _split(line: str) -> list[str]:
    return [m[0] for m in _FIELDS.finditer(line) if m.start() == 0 or line[m.start() - 1] == ","]


def _box(kind: str, fields: list[str], variables: Mapping[str, Variable]) -> tuple[int, ViewBox] | None:
    try:
        number, x, y, width, height = (int(fields[i]) for i in (0, 2, 3, 4, 5))
    except (ValueError, IndexError):
        return None
    if kind == "11":
        return number, ViewBox(name="", label="", kind="valve", x=x, y=y, width=2 * width, height=2 * height)
    if kind == "12":
        cloud = ViewBox(name="", label="", kind="cloud", x=x, y=y, width=20, height=16)
        return (number, cloud) if fields[1] == CLOUD else None
    label = fields[1].strip('"').replace("\\n", " ")
    name = canonical(fields[1])
    known = variables.get(name)
    if known is None and name != "time":
        return None
    shown = str(known.kind) if known else "auxiliary"
    if known is not None and known.kind is Kind.FLOW:
        shown = "flow name"  # the valve beside it represents the flow
    ghost = len(fields) > 7 and fields[7].isdigit() and not int(fields[7]) & 1
    return number, ViewBox(
        name=name, label=label, kind=shown, x=x, y=y, width=2 * width, height=2 * height, ghost=ghost
    )


def _arrow(rest: str) -> ViewArrow | None:
    fields = rest.split("|")[0].split(",")
    try:
        source, target = int(fields[1]), int(fields[2])
    except (ValueError, IndexError):
        return None
    pipe = len(fields) > 6 and fields[6] == str(PIPE)
    if len(fields) > 4 and fields[4] == "1":
        return None  # Vensim hides this arrow
    points: tuple[Point, ...] = tuple((float(x), float(y)) for x, y in _POINT.findall(rest))
    bent = points if fields[3] not in ("0", "4", "100") or len(points) > 1 else ()
    return ViewArrow(
        source=source,
        target=target,
        through=() if pipe and len(points) < 2 else bent,
        pipe=pipe,
        head=not pipe or fields[3] == "4",
        sign=_SIGNS.get(fields[5], ""),
    )

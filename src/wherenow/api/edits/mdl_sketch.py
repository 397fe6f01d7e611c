"""Edits of the views of a Vensim file. Each line is an element: ``10`` a variable, ``11`` a valve, ``1`` an arrow.

The format is that of files written by Vensim (https://www.vensim.com/documentation/24305.html).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from wherenow.exchange.vensim.reading.sections import SKETCH
from wherenow.language.syntax import canonical

_ELEMENT = re.compile(r'^(1[0-2]),(\d+),("(?:[^"\\]|\\.)*"|[^,\n]*),(-?\d+),(-?\d+),(.*)$', re.MULTILINE)
_ARROW = re.compile(r"^1,(\d+),(\d+),(\d+),.*\n?", re.MULTILINE)
_END = re.compile(r"^///---\\\\\\", re.MULTILINE)


def _parts(text: str) -> tuple[str, str]:
    cut = SKETCH.search(text)
    return (text[: cut.start()], text[cut.start() :]) if cut else (text, "")


def in_sketch(name: str) -> str:
    """Return a name as it is written in a sketch, quoted if it has a comma."""
    return f'"{name}"' if "," in name else name


def with_renamed(text: str, key: str, new: str) -> str:
    """Return the text with a variable's boxes renamed."""
    equations, sketch = _parts(text)

    def rename(found: re.Match[str]) -> str:
        if found[1] != "10" or canonical(found[3]) != key:
            return found[0]
        return f"10,{found[2]},{in_sketch(new)},{found[4]},{found[5]},{found[6]}"

    return equations + _ELEMENT.sub(rename, sketch)


def without_boxes(text: str, key: str) -> str:
    """Return the text without a variable's boxes, their valves, and the arrows from or to either."""
    equations, sketch = _parts(text)
    gone: set[str] = set()
    before: re.Match[str] | None = None
    for found in _ELEMENT.finditer(sketch):
        if found[1] == "10" and canonical(found[3]) == key:
            gone.add(found[2])
            if before is not None and before[1] == "11":
                gone.add(before[2])
        before = found
    sketch = _ARROW.sub(lambda arrow: "" if {arrow[2], arrow[3]} & gone else arrow[0], sketch)
    lines = [line for line in sketch.split("\n") if not ((m := _ELEMENT.match(line)) and m[2] in gone)]
    return equations + "\n".join(lines)


def with_box(text: str, name: str, kind: str, causes: Iterable[str]) -> str:
    """Return the text with a box below all others in the first view, and arrows from causes that have boxes there."""
    equations, sketch = _parts(text)
    first = _first_view(sketch)
    if first is None:
        return text
    start, end = first
    view = sketch[start:end]
    boxes = list(_ELEMENT.finditer(view))
    number = max([int(m[1]) for m in re.finditer(r"^1\d?,(\d+),", view, re.MULTILINE)], default=0) + 1
    across = min((int(m[4]) for m in boxes), default=100)
    down = max((int(m[5]) for m in boxes), default=60) + 70
    size = "40,20,3" if kind == "stock" else "50,11,8"
    added = [f"10,{number},{in_sketch(name)},{across},{down},{size},3,0,0,0,0,0,0"]
    places = {canonical(m[3]): m[2] for m in reversed(boxes) if m[1] == "10"}
    for step, cause in enumerate((c for c in causes if c in places), start=1):
        added.append(f"1,{number + step},{places[cause]},{number},0,0,0,0,0,64,0,-1--1--1,,1|(0,0)|")
    view = view.rstrip("\n") + "\n" + "\n".join(added) + "\n"
    return equations + sketch[:start] + view + sketch[end:]


def _first_view(sketch: str) -> tuple[int, int] | None:
    """Find the span of the first view's elements."""
    title = re.search(r"^\*[^\n]*\n(?:\$[^\n]*\n)?", sketch, re.MULTILINE)
    if title is None:
        return None
    following = SKETCH.search(sketch, title.end())
    end = _END.search(sketch, title.end())
    ends = [m.start() for m in (following, end) if m is not None]
    return title.end(), min(ends, default=len(sketch))

"""Views for model files that are written: boxes as in the model's own view, or an automatic layout.

The view determines the boxes; everything else (valves, pipes, clouds, arrows) follows from the equations.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from wherenow.api.edits.mdl_sketch import in_sketch
from wherenow.api.views.diagram import beside, views_of
from wherenow.api.views.model_view import Point, View, laid_out
from wherenow.case.case_types import Case
from wherenow.ensemble.simulate import system_of
from wherenow.model.graph import links
from wherenow.model.model_types import Kind, Variable

ASIDE = 120.0
"""Distance from a valve to the cloud at its open end."""
MARGIN = 80.0
_SHAPES = {"stock": "46,22,3", "flow": "50,11,40", "auxiliary": "50,11,8"}
_TAIL = "0,0,0,-1--1--1,,1"


@dataclass(frozen=True, slots=True)
class _Places:
    """The position of each variable, in the order of the model, and the links to draw as arrows."""

    at: Mapping[str, Point]
    variables: Mapping[str, Variable]
    arrows: tuple[tuple[str, str], ...]

    def ends(self, flow: str) -> tuple[str, str]:
        """Return the stocks that a flow drains and fills, '' for a cloud."""
        drained = (n for n, v in self.variables.items() if flow in v.outflows)
        filled = (n for n, v in self.variables.items() if flow in v.inflows)
        return next(drained, ""), next(filled, "")

    def cloud(self, flow: str, end: int) -> Point:
        """Place the cloud at an open end of a flow, opposite the stock at its other end."""
        (x, y), other = self.at[flow], self.ends(flow)[1 - end]
        side = (self.at[other][0] > x) if other else end == 0
        return (x - ASIDE if side else x + ASIDE), y


def _places(case: Case, source: bytes | None) -> _Places:
    """Take positions from the first view of the model's file, or lay them out; other variables go below the view."""
    found = views_of(case, source)
    view: View = found[0] if found else laid_out(case)
    at: dict[str, Point] = {}
    for box in view.boxes.values():
        if box.name and not box.ghost and box.name not in at:
            valve = next((b for b in view.boxes.values() if beside(box, b)), box) if box.kind == "flow name" else box
            at[box.name] = (valve.x, valve.y)
    variables = {n: v for n, v in case.model.variables.items() if v.kind is not Kind.LOOKUP}
    at = {name: at[name] for name in variables if name in at}
    left, top = (min((place[i] for place in at.values()), default=0.0) for i in (0, 1))
    below = max((y for _, y in at.values()), default=0.0) + MARGIN
    missing = [name for name in variables if name not in at]
    at |= {name: (left + 150.0 * (k % 6), below + 50.0 * (k // 6)) for k, name in enumerate(missing)}
    shifted = {n: (x - left + MARGIN + ASIDE, y - top + MARGIN) for n, (x, y) in at.items()}
    piped = {(f, n) for n, v in variables.items() for f in (*v.inflows, *v.outflows)}
    arrows = [(k.source, k.target) for k in links(system_of(case, ())) if not k.initial]
    drawn = tuple(
        p for p in dict.fromkeys(arrows) if p[0] in shifted and p[1] in shifted and p not in piped and p[0] != p[1]
    )
    return _Places(shifted, variables, drawn)


def with_mdl_view(text: str, case: Case, source: bytes | None, labels: Mapping[str, str]) -> str:
    """Add a view to the text of a Vensim file with an empty sketch; ``labels`` are names by canonical name."""
    end = text.index("///---\\\\\\")
    lines = "".join(f"{line}\n" for line in _mdl_lines(_places(case, source), labels))
    return text[:end] + lines + text[end:]


def _mdl_lines(places: _Places, labels: Mapping[str, str]) -> Iterator[str]:
    number: dict[str, int] = {}
    count = 0

    for name, (x, y) in places.at.items():
        kind = places.variables[name].kind
        if kind is Kind.FLOW:
            count += 1
            number[f"{name} valve"] = count
            yield f"11,{count},0,{x:.0f},{y:.0f},6,8,34,3,0,0,1,0,0,0"
            y += 20
        count += 1
        number[name] = count
        shape, label = _SHAPES.get(str(kind), _SHAPES["auxiliary"]), in_sketch(labels.get(name, name))
        yield f"10,{count},{label},{x:.0f},{y:.0f},{shape},3,0,0,{-1 if kind is Kind.FLOW else 0},0,0,0"
    for flow in (n for n in places.at if places.variables[n].kind is Kind.FLOW):
        valve, (x, y) = number[f"{flow} valve"], places.at[flow]
        for end, stock in enumerate(places.ends(flow)):
            if stock in number:
                other, across = number[stock], places.at[stock][0]
            else:
                count += 1
                across, _ = places.cloud(flow, end)
                other = count
                yield f"12,{count},48,{across:.0f},{y:.0f},10,8,0,3,0,0,-1,0,0,0"
            count += 1
            yield f"1,{count},{valve},{other},{100 if end == 0 else 4},0,0,22,{_TAIL}|({(x + across) / 2:.0f},{y:.0f})|"
    for source, target in places.arrows:
        count += 1
        yield f"1,{count},{number[source]},{number[target]},0,0,0,0,0,64,0,-1--1--1,,1|(0,0)|"


def with_xmile_view(text: str, case: Case, source: bytes | None, labels: Mapping[str, str]) -> str:
    """Add a view to the text of an XMILE file without one (XMILE 1.0, chapter 6)."""
    end = text.rindex("</model>")
    start = len(text[:end].rstrip(" "))
    lines = "".join(f"    {line}\n" for line in _xmile_lines(_places(case, source), labels))
    return f"{text[:start]}{lines}{text[start:]}"


def _xmile_lines(places: _Places, labels: Mapping[str, str]) -> Iterator[str]:
    tags = {Kind.STOCK: "stock", Kind.FLOW: "flow"}
    yield "<views>"
    yield "  <view>"
    for name, (x, y) in places.at.items():
        tag = tags.get(places.variables[name].kind, "aux")
        head = f'<{tag} name={quoteattr(labels.get(name, name))} x="{x:.0f}" y="{y:.0f}"'
        if tag != "flow":
            yield f"    {head}/>"
            continue
        ends = [places.at[s] if s in places.at else places.cloud(name, k) for k, s in enumerate(places.ends(name))]
        points = "".join(f'<pt x="{px:.0f}" y="{py:.0f}"/>' for px, py in ends)
        yield f"    {head}><pts>{points}</pts></flow>"
    for uid, (source, target) in enumerate(places.arrows, start=1):
        a, b = (escape(labels.get(n, n).replace("\\n", " ").replace(" ", "_")) for n in (source, target))
        (ax, ay), (bx, by) = places.at[source], places.at[target]
        angle = math.degrees(math.atan2(ay - by, bx - ax)) % 360  # the angle of a straight line, anticlockwise
        yield f'    <connector uid="{uid}" angle="{angle:.1f}"><from>{a}</from><to>{b}</to></connector>'
    yield "  </view>"
    yield "</views>"

"""A view of a model: positions of boxes and arrows, from the file or an automatic layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wherenow.case.case_types import Case
from wherenow.ensemble.simulate import system_of
from wherenow.model.graph import links
from wherenow.model.model_types import Kind
from wherenow.report.diagrams.causal_diagram import layered

Point = tuple[float, float]
WIDE, HIGH = 190.0, 84.0
"""Horizontal and vertical distance between boxes."""
ACROSS = 6
"""Maximum number of boxes side by side; a longer layer continues below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewBox:
    """A variable or cloud centred at ``(x, y)``.

    ``kind`` is a variable's kind, ``cloud`` or ``valve``; ``flow beside`` is a flow with its name beside it, ``flow
    name`` the name of a nearby valve. ``name`` is canonical, '' for clouds; ``ghost`` marks a second box of a variable.
    """

    name: str
    label: str  # text as drawn
    kind: str
    x: float  # horizontal position of the centre
    y: float  # vertical position of the centre, downwards
    width: float  # width of the box
    height: float  # height of the box
    ghost: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewArrow:
    """An arrow from one box to another, by number; ``through`` are points on the way; ``pipe`` marks a flow."""

    source: int  # number of the box where the arrow starts
    target: int  # number of the box where the arrow ends
    through: tuple[Point, ...] = ()
    pipe: bool = False
    head: bool = True  # whether the arrow has a head
    sign: str = ""  # polarity drawn at the head; '' for none


@dataclass(frozen=True, slots=True)
class View:
    title: str
    boxes: Mapping[int, ViewBox]
    arrows: tuple[ViewArrow, ...]


def laid_out(case: Case) -> View:
    """Lay out a view of a model whose file has none: causes above effects, stocks in line with their flows."""
    variables = {n: v for n, v in case.model.variables.items() if v.kind is not Kind.LOOKUP}
    pipes = [(flow, name) for name, v in variables.items() for flow in v.inflows]
    pipes += [(name, flow) for name, v in variables.items() for flow in v.outflows]
    connected = {*pipes, *((b, a) for a, b in pipes)}
    causes = [
        (link.source, link.target)
        for link in links(system_of(case, ()))
        if not link.initial and link.source in variables and link.target in variables
    ]
    stocks = {name for name, v in variables.items() if v.kind is Kind.STOCK}
    # the pipe between a flow and a stock already shows their link
    shown = {*pipes, *(pair for pair in connected if pair[1] in stocks)}
    drawn = [pair for pair in dict.fromkeys(causes) if pair not in shown]
    rows: dict[int, list[tuple[int, str]]] = {}
    for name, place in layered(list(variables), [*pipes, *drawn]).items():
        rows.setdefault(place.layer, []).append((place.row, name))
    number = {name: i for i, name in enumerate(variables)}
    boxes: dict[int, ViewBox] = {}
    line = 0
    for layer in sorted(rows):
        names = [name for _, name in sorted(rows[layer])]
        for start in range(0, len(names), ACROSS):
            part = names[start : start + ACROSS]
            for column, name in enumerate(part):
                x = (column - (len(part) - 1) / 2) * WIDE
                kind = {"flow": "flow beside"}.get(str(variables[name].kind), str(variables[name].kind))
                size = (104.0, 40.0) if kind == "stock" else (16.0, 16.0) if kind == "flow beside" else (104.0, 24.0)
                label = variables[name].label or name.replace("_", " ")
                boxes[number[name]] = ViewBox(
                    name=name, label=label, kind=kind, x=x, y=line * HIGH, width=size[0], height=size[1]
                )
            line += 1
    arrows = [ViewArrow(source=number[a], target=number[b], pipe=True) for a, b in pipes]
    arrows += [ViewArrow(source=number[a], target=number[b]) for a, b in drawn if a != b]
    return View(case.title or case.name, boxes, tuple(arrows))

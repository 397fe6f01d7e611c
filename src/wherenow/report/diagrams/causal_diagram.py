"""Causal diagrams: sectors and the links between them, and the inside of a sector.

Boxes lie in layers from causes to effects (Sugiyama, Tagawa & Toda 1981). A layout depends only on the boxes and links,
so that selecting, cutting or opening other elements does not change it.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from wherenow.report.charts.svg import drawing, element

if TYPE_CHECKING:
    import networkx as nx


BOX, BESIDE = (140.0, 40.0), 16.0  # size of a box, and horizontal space between boxes
BETWEEN = 38.0  # vertical space between layers
ACROSS = 6  # maximum number of boxes side by side; a longer layer continues below
EDGE, SIDE = 14.0, 84.0  # margin above and below the drawing, and at its sides for arrows that lead back
LETTERS = 23  # maximum number of letters in a line of a box
RING = (1080.0, 560.0)


@dataclass(frozen=True, slots=True)
class DiagramBox:
    """A variable, or a neighbouring sector; ``kind`` is a class of the style sheet."""

    name: str
    label: str
    kind: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class DiagramArrow:
    """An arrow; ``weight`` is the number of links that it represents."""

    source: str
    target: str
    weight: int = 1


Address = Callable[[str], str]
"""Maps the name of a box, or ``source>target`` of an arrow, to its link."""


def ring(
    boxes: Sequence[DiagramBox], arrows: Iterable[DiagramArrow], address: Address, title: str, description: str
) -> Markup:
    """Draw sectors on an ellipse, in the order given, with one arrow for the links between each pair."""
    width, height = RING
    places = {}
    for i, box in enumerate(boxes):
        angle = 2 * math.pi * i / len(boxes) - math.pi / 2
        places[box.name] = (
            width / 2 + math.cos(angle) * (width / 2 - BOX[0] / 2 - EDGE),
            height / 2 + math.sin(angle) * (height / 2 - BOX[1] / 2 - EDGE),
        )
    most = max((a.weight for a in arrows), default=1)
    drawn = [_chord(a, places, (width / 2, height / 2), most) for a in arrows if a.source != a.target]
    named = [_box(box, places[box.name], address(box.name)) for box in boxes]
    return drawing(width, height, title, description, *drawn, *named, class_="chart diagram", role="group")


def inside(
    boxes: Sequence[DiagramBox],
    arrows: Sequence[DiagramArrow],
    sources: Sequence[DiagramBox],
    targets: Sequence[DiagramBox],
    address: Address,
    title: str,
    description: str,
) -> Markup:
    """Draw the boxes of one sector in layers, between the sectors that affect them and those that they affect.

    ``arrows`` may begin at one of ``sources`` and end at one of ``targets``; all names differ from each other and from
    those of ``boxes``.
    """
    laid = layered([b.name for b in boxes], [(a.source, a.target) for a in arrows])
    layers = max((p.layer for p in laid.values()), default=0) + 1
    rows: list[list[str]] = [[b.name for b in sources], *([] for _ in range(layers)), [b.name for b in targets]]
    for name, place in sorted(laid.items(), key=lambda item: (item[1].layer, item[1].row)):
        rows[place.layer + 1].append(name)
    rows = [part for row in rows for part in _wrapped(row)]
    widest = max(len(row) for row in rows)
    width = 2 * SIDE + widest * BOX[0] + (widest - 1) * BESIDE
    height = 2 * EDGE + len(rows) * BOX[1] + (len(rows) - 1) * BETWEEN
    places = {}
    for i, row in enumerate(rows):
        left = width / 2 - (len(row) * BOX[0] + (len(row) - 1) * BESIDE) / 2 + BOX[0] / 2
        for k, name in enumerate(row):
            places[name] = (left + k * (BOX[0] + BESIDE), EDGE + BOX[1] / 2 + i * (BOX[1] + BETWEEN))
    drawn = [_arrow(a, places, address) for a in arrows]
    named = [_box(b, places[b.name], address(b.name)) for b in (*sources, *boxes, *targets)]
    return drawing(width, height, title, description, *drawn, *named, class_="chart diagram", role="group")


def _wrapped(row: list[str]) -> list[list[str]]:
    """Split a layer into rows of about equal length; an empty layer has no rows."""
    parts = -(-len(row) // ACROSS)
    size = -(-len(row) // parts) if parts else 1
    return [row[i : i + size] for i in range(0, len(row), size)]


def _box(box: DiagramBox, place: tuple[float, float], href: str) -> Markup:
    x, y = place
    lines = textwrap.wrap(box.label, LETTERS) or [box.label]
    lines = lines if len(lines) <= 2 else [lines[0], textwrap.shorten(" ".join(lines[1:]), LETTERS, placeholder="…")]
    first = y + 4 - (len(lines) - 1) * 6.5
    text = [
        element("text", words, x=x, y=first + 13 * i, text_anchor="middle", class_="label")
        for i, words in enumerate(lines)
    ]
    rounded = BOX[1] / 2 if box.kind in ("flow", "sector") else 4.0
    shape = element(
        "rect", x=x - BOX[0] / 2, y=y - BOX[1] / 2, width=BOX[0], height=BOX[1], rx=rounded, class_=f"box {box.kind}"
    )
    words = f"{box.label}. {box.about}".strip()
    return element("a", element("title", words), shape, *text, href=href, class_="box-link", aria_label=words)


def _arrow(arrow: DiagramArrow, places: Mapping[str, tuple[float, float]], address: Address) -> Markup:
    (x0, y0), (x1, y1) = places[arrow.source], places[arrow.target]
    half = BOX[1] / 2
    if y1 > y0 + half:
        start, end = (x0, y0 + half), (x1, y1 - half - 5)
        bend = max(18.0, (end[1] - start[1]) * 0.45)
        path = (start, (x0, start[1] + bend), (x1, end[1] - bend), end)
    else:  # an arrow back, sideways or to its own source passes around the sides of both boxes
        side = BOX[0] / 2
        reach = side + 14 + min(60.0, abs(y1 - y0) * 0.1)
        path = ((x0 + side, y0 + 6), (x0 + reach, y0 + 4), (x1 + reach, y1 - 4), (x1 + side + 5, y1 - 6))
    name = f"{arrow.source}>{arrow.target}"
    tooltip = f"{arrow.source} → {arrow.target}".replace("_", " ")
    return element(
        "a",
        element("title", tooltip),
        element("path", class_="hit", d=_curve(path)),
        element("path", class_="link unsigned", d=_curve(path), stroke_width=1.2),
        element("path", class_="head unsigned", d=_head(path)),
        href=address(name),
        class_="arrow-link",
        aria_label=tooltip,
        tabindex="-1",  # the list below the diagram has the same links
    )


def _chord(
    arrow: DiagramArrow, places: Mapping[str, tuple[float, float]], middle: tuple[float, float], most: int
) -> Markup:
    (x0, y0), (x1, y1) = places[arrow.source], places[arrow.target]
    pull = 0.55
    a = (x0 + (middle[0] - x0) * pull, y0 + (middle[1] - y0) * pull)
    b = (x1 + (middle[0] - x1) * pull, y1 + (middle[1] - y1) * pull)
    tooltip = f"{arrow.source} → {arrow.target}: {arrow.weight} links".replace("_", " ")
    width = 0.8 + 5.0 * arrow.weight / most
    path = _curve(((x0, y0), a, b, (x1, y1)))
    return element("path", element("title", tooltip), class_="link unsigned chord", d=path, stroke_width=width)


def _curve(points: tuple[tuple[float, float], ...]) -> str:
    (x0, y0), *rest = points
    return f"M{x0:.1f} {y0:.1f}C" + " ".join(f"{x:.1f} {y:.1f}" for x, y in rest)


def _head(points: tuple[tuple[float, float], ...]) -> str:
    """Draw a small triangle at the end of a curve, pointing along it."""
    (xa, ya), (xb, yb) = points[-2], points[-1]
    length = math.hypot(xb - xa, yb - ya) or 1.0
    dx, dy = (xb - xa) / length, (yb - ya) / length
    tip = (xb + 5 * dx, yb + 5 * dy)
    left, right = (xb - 4 * dx - 4 * dy, yb - 4 * dy + 4 * dx), (xb - 4 * dx + 4 * dy, yb - 4 * dy - 4 * dx)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in (tip, left, right)) + "Z"


SWEEPS = 8
"""Number of passes that order boxes by their neighbours, alternately forwards and backwards."""

Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class LayerPosition:
    """A box's layer (from 0, causes first) and its position in the layer (from 0, at the top)."""

    layer: int
    row: int


def layered(names: Sequence[str], edges: Iterable[Edge]) -> dict[str, LayerPosition]:
    """Place each of ``names``; links that close a loop point backwards."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(names)
    known = set(names)
    graph.add_edges_from((a, b) for a, b in edges if a in known and b in known and a != b)
    forward = _without_loops(graph)
    graph.clear_edges()
    graph.add_edges_from(forward)
    rows = _ordered(_layers(graph), forward)
    return {name: LayerPosition(i, row) for i, layer in enumerate(rows) for row, name in enumerate(layer)}


def _without_loops(graph: nx.DiGraph[str]) -> list[Edge]:
    """Drop the links that lead back to a box on the current path of a depth-first search, in order."""
    import networkx as nx

    on_the_way: set[str] = set()
    forward: list[Edge] = []
    for a, b, label in nx.dfs_labeled_edges(graph):
        if label == "reverse":
            on_the_way.discard(b)
        elif a == b:  # this pair marks the root of a search
            on_the_way.add(b)
        elif b not in on_the_way:
            forward.append((a, b))
            if label == "forward":
                on_the_way.add(b)
    return forward


def _layers(graph: nx.DiGraph[str]) -> list[list[str]]:
    """Put each box one layer after its last cause, and a box without causes just before its first effect."""
    import networkx as nx

    depth = {name: i for i, layer in enumerate(nx.topological_generations(graph)) for name in layer}
    for name in graph:
        if graph.out_degree(name) and not graph.in_degree(name):
            depth[name] = min(depth[effect] for effect in graph.successors(name)) - 1
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name in graph:
        layers[depth[name]].append(name)
    return [layer for layer in layers if layer]


def _ordered(layers: list[list[str]], edges: list[Edge]) -> list[list[str]]:
    """Order the boxes of each layer by the mean position of their neighbours in the layer before, or after."""
    neighbours: dict[str, list[str]] = {}
    for a, b in edges:
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    layer_of = {name: i for i, layer in enumerate(layers) for name in layer}
    for sweep in range(SWEEPS):
        forwards = sweep % 2 == 0
        order = range(1, len(layers)) if forwards else range(len(layers) - 2, -1, -1)
        share = {n: (row + 0.5) / len(layer) for layer in layers for row, n in enumerate(layer)}
        for i in order:

            def middle(name: str, i: int = i, forwards: bool = forwards, share: dict[str, float] = share) -> float:
                beside = [n for n in neighbours.get(name, ()) if (layer_of[n] < i) == forwards and layer_of[n] != i]
                return sum(share[n] for n in beside) / len(beside) if beside else share[name]

            layers[i] = sorted(layers[i], key=middle)
            share |= {n: (row + 0.5) / len(layers[i]) for row, n in enumerate(layers[i])}
    return layers

"""Layout of causal diagrams in layers from causes to effects (Sugiyama, Tagawa & Toda 1981).

A layout depends only on the boxes and links, so that selecting, cutting or opening other elements does not change it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx

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
        elif a == b:  # the root of a search
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

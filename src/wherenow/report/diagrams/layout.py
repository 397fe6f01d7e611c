"""Layout of causal diagrams in layers from causes to effects (Sugiyama, Tagawa & Toda 1981).

A layout depends only on the boxes and links, so that selecting, cutting or opening other elements does not change it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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
    known = set(names)
    forward = _without_loops(names, [(a, b) for a, b in dict.fromkeys(edges) if a in known and b in known and a != b])
    layers = _layers(names, forward)
    rows = _ordered(layers, forward)
    return {name: LayerPosition(i, row) for i, layer in enumerate(rows) for row, name in enumerate(layer)}


def _without_loops(names: Sequence[str], edges: list[Edge]) -> list[Edge]:
    """Drop the links that lead back to a box on the current path of a depth-first search, in order."""
    out: dict[str, list[str]] = {name: [] for name in names}
    for a, b in edges:
        out[a].append(b)
    on_the_way: set[str] = set()
    done: set[str] = set()
    kept: list[Edge] = []
    for root in names:
        if root in done:
            continue
        on_the_way.add(root)
        stack = [(root, iter(out[root]))]
        while stack:
            name, following = stack[-1]
            after = next(following, None)
            if after is None:
                stack.pop()
                on_the_way.discard(name)
                done.add(name)
            elif after not in on_the_way:
                kept.append((name, after))
                if after not in done:
                    on_the_way.add(after)
                    stack.append((after, iter(out[after])))
    return kept


def _layers(names: Sequence[str], edges: list[Edge]) -> list[list[str]]:
    """Put each box one layer after its last cause, and a box without causes just before its first effect."""
    before: dict[str, list[str]] = {name: [] for name in names}
    after: dict[str, list[str]] = {name: [] for name in names}
    for a, b in edges:
        before[b].append(a)
        after[a].append(b)
    depth: dict[str, int] = {}
    waiting = {name: len(before[name]) for name in names}
    ready = [name for name in names if not waiting[name]]
    for name in ready:  # grows as its members' effects become ready
        depth[name] = max((depth[cause] + 1 for cause in before[name]), default=0)
        for effect in after[name]:
            waiting[effect] -= 1
            if not waiting[effect]:
                ready.append(effect)
    for name in names:
        if not before[name] and after[name]:
            depth[name] = min(depth[effect] for effect in after[name]) - 1
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name in names:
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
